import numpy as np
import pytest
from pydantic import ValidationError

from storage.arrays import open_complete, read_array
from tasks.exploring.describe import study_facts
from tasks.exploring.explorer import Explorer
from tasks.exploring.state import State
from tasks.stage.errors import InputError


@pytest.fixture(scope="session")
def explorer(study):
    return Explorer(study)


def state(kind="mean", start=None, **moves):
    return State.model_validate({"start": {"kind": kind, **(start or {})}, **moves})


@pytest.mark.parametrize("sampler", ["uniform_component", "multivariate_normal"])
def test_the_face_of_a_z_is_the_pipelines(explorer, study, sampler):
    group = open_complete(study.artifacts.samples[sampler] / "samples.zarr")
    z, image = read_array(group, "z")[0], read_array(group, "image")[0]
    distance = read_array(group, "mahalanobis")[0]
    for row in range(12):
        view = explorer.view(state("point", {"z": z[row].tolist()}))
        np.testing.assert_array_equal(view.face, image[row])
        np.testing.assert_array_equal(view.z, z[row])
        assert view.distances["mahalanobis"] == pytest.approx(distance[row])


def test_one_step_along_a_main_axis_is_one_standard_deviation(explorer, study):
    start = explorer.point(state())
    for axis in range(3):
        step = explorer.point(state(axes={axis: 1})).astype(float) - start
        direction = step / np.linalg.norm(step)
        spread = (study.points.z_train.all() @ direction).std(ddof=1)
        assert np.linalg.norm(step) == pytest.approx(spread, rel=1e-4)
    moved = explorer.point(state(axes={0: 2, 1: -1}))
    assert study.distances(moved).mahalanobis[0] == pytest.approx(np.sqrt(5), rel=1e-4)


def test_a_component_moves_alone(explorer, study):
    step = explorer.point(state(components={4: 1.5})).astype(float) - explorer.point(state())
    assert step[4] == pytest.approx(1.5 * study.points.z_train.all()[:, 4].std(ddof=1), rel=1e-4)
    assert not np.delete(step, 4).any()


def test_attributes_go_from_without_to_with(explorer, study):
    train = study.points.train_index
    has = read_array(open_complete(study.artifacts.dataset / "images.zarr"), "attribute")[train, 1] == 1
    z = study.points.z_train.all().astype(float)
    shift = z[has].mean(0) - z[~has].mean(0)
    step = explorer.point(state(attributes={"Tall": 1})).astype(float) - explorer.point(state())
    np.testing.assert_allclose(step, shift, rtol=1e-4, atol=1e-5)


def test_the_attribute_whose_means_are_farthest_apart_comes_first(explorer, study):
    start = explorer.point(state())
    apart = [
        study.distances(explorer.point(state(attributes={name: 1}))).mahalanobis[0] for name in explorer.attribute_names
    ]
    assert study.distances(start).mahalanobis[0] < 1e-4
    assert apart[0] > apart[1] > 0


def test_the_probe_changes_its_score_as_much_by_a_shorter_step(explorer, study):
    start = explorer.point(state()).astype(float)
    plain, probe = (
        explorer.point(state(attributes={"Broad": 1}, direction=direction)) - start
        for direction in ("difference", "probe")
    )
    score = np.linalg.inv(np.cov(study.points.z_train.all().astype(float).T)) @ plain
    assert probe @ score == pytest.approx(plain @ score, rel=1e-3)
    assert np.linalg.norm(probe) <= np.linalg.norm(plain) * (1 + 1e-6)
    assert np.linalg.norm(np.cross(probe[:3] / np.linalg.norm(probe), score[:3] / np.linalg.norm(score))) < 1e-3


def test_a_walk_begins_and_ends_at_its_images(explorer, study):
    for mode in ("linear", "spherical", "whitened"):
        for t, row in ((0, 5), (1, 9)):
            z = explorer.point(state("walk", {"first": 5, "second": 9, "t": t, "mode": mode}))
            np.testing.assert_allclose(z, study.z[row], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(explorer.point(state("real", {"row": 7})), study.z[7])


def test_a_parameter_moves_one_and_the_same_face(explorer, study):
    def offset(fact):
        start = {"sampler": "uniform_component", "level": {"fact": fact}, "seed": 4}
        return explorer.point(state("draw", start)).astype(float) - study.points.centre

    np.testing.assert_allclose(offset(2.0), 2 * offset(1.0), rtol=1e-3, atol=1e-4)


def test_an_order_is_one_draw_with_the_attributes(explorer, study):
    """Broad is whether the first component lies above the median; the same seed shows it change."""
    median = np.median(study.z[:, 0])
    broad, narrow = (
        np.array([explorer.point(state("order", {"attributes": {"Broad": side}, "seed": n})) for n in range(30)])
        for side in (1, -1)
    )
    assert (broad[:, 0] > median).mean() > 0.8
    assert (narrow[:, 0] < median).mean() > 0.8
    apart = study.distances(broad - narrow + study.points.mean.astype(np.float32)).mahalanobis
    strangers = study.distances(broad - np.roll(narrow, 1, axis=0) + study.points.mean.astype(np.float32)).mahalanobis
    assert np.median(apart) < 0.8 * np.median(strangers), "an attribute changes the face less than another draw"


def test_coordinates_in_planes_are_those_of_the_densities(explorer, study):
    measured = study.points.statistics
    middle = explorer.view(state()).planes
    np.testing.assert_allclose(middle, measured["plane_mean"], rtol=1e-4, atol=1e-4)
    for number, plane in enumerate(explorer.planes):
        places = study.points.z_train.all().astype(float) @ plane.directions.T
        low, high = measured["plane_edge"][number, :, 0], measured["plane_edge"][number, :, -1]
        bins = measured["plane_density"].shape[1]
        ranges = list(zip(low, high, strict=True))
        counts = np.histogram2d(places[:, 1], places[:, 0], bins=bins, range=[ranges[1], ranges[0]])[0]
        assert np.abs(counts - measured["plane_density"][number]).sum() <= 4


def test_nearer_is_the_share_of_real_points(explorer, study):
    view = explorer.view(state(axes={0: 1.5, 2: -1}))
    inside = study.distances(study.points.z_train.all()).mahalanobis < view.distances["mahalanobis"]
    assert view.nearer["mahalanobis"] == pytest.approx(inside.mean(), abs=0.01)


def test_what_the_page_is_told(explorer, study):
    facts = study_facts(explorer)
    assert [sampler["name"] for sampler in facts["samplers"]] == list(study.samplers)
    assert facts["recommended"] == {"sampler": study.recommendation.sampler, "level": study.recommendation.level}
    assert facts["ways"] == ["linear", "spherical", "whitened"]
    (mixture,) = (sampler for sampler in facts["samplers"] if sampler["name"] == "gaussian_mixture")
    assert mixture["parameters"][0]["choices"] == [1]  # 180 points
    assert sum(axis["share"] for axis in facts["axes"]) == pytest.approx(1)
    assert sorted(facts["attributes"]) == ["Broad", "Tall"]
    assert sorted(facts["orders"]) == ["Broad", "Tall"]
    assert sum(facts["distances"]["mahalanobis"]["counts"]) >= 0.99 * facts["training_points"]
    for sampler in facts["samplers"]:
        for parameter in sampler["parameters"]:
            if "choices" in parameter:
                assert parameter["usual"] in parameter["choices"]
                continue
            assert parameter["low"] <= parameter["usual"] <= parameter["high"]
            for value in (parameter["low"], parameter["high"]):
                study.draw(sampler["name"], 1, **{parameter["name"]: value})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (state("draw", {"sampler": "nearest"}), "unknown sampler 'nearest'"),
        (state("draw", {"sampler": "shuffled", "level": {"fact": 1}}), "fact: not swept"),
        (state("order", {"attributes": {"Kind": 1}}), "unknown attribute 'Kind'"),
        (state("real", {"row": 300}), "rows 0 to 299"),
        (state("walk", {"first": 0, "second": 10**6}), "rows 0 to 299"),
        (state("point", {"z": [0.0] * 7}), r"\(n, 6\)"),
        (state(axes={6: 1}), "no main axis 6; there are 0 to 5"),
        (state(components={99: 1}), "no component 99"),
        (state(attributes={"Kind": 1}), "attribute 'Kind'; there are Broad, Tall"),
    ],
)
def test_what_the_study_does_not_have_is_named(explorer, asked, message):
    with pytest.raises(InputError, match=message):
        explorer.point(asked)


@pytest.mark.parametrize("moves", [{"axes": {0: 1e9}}, {"axes": {-1: 1}}, {"correction": 2}, {"nonsense": 1}])
def test_states_out_of_range_are_refused(moves):
    with pytest.raises(ValidationError):
        state(**moves)
