import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from storage.arrays import open_complete, read_array
from storage.files import read_json
from tasks.assessment.config import AssessConfig
from tasks.assessment.judge import METRICS, judge_autoencoder, judge_sampler, promising
from tasks.assessment.quality import assess_sampler
from tasks.assessment.rows import Sources
from tasks.assessment.tables import Score, read_draws, read_scores
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.finished.verdict import decide, judged_rows
from tasks.sampling.config import SampleConfig
from tasks.sampling.sample import sample
from tasks.stage.errors import InputError

Values = dict[tuple[str, str], list[float]]

SAMPLING = SampleConfig(
    count=36,
    seed=1,
    device="cpu",
    multivariate_normal={"scale": [0.5, 1.0, 20.0]},
    normal_component={"scale": [20.0]},
    neighbour_corrected={"strength": [0.0], "k": 5, "reference": 50},
)


@pytest.fixture(scope="module")
def judging(config: AssessConfig) -> AssessConfig:
    return config.model_copy(update={"judge": config.judge.model_copy(update={"count": 500})})


@pytest.fixture(scope="module")
def judge(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Path]:
    """Draw, score and judge one sampler; the folder of what was judged."""

    def make(
        sampler: str, sources: Sources, baselines: Path, config: AssessConfig, sampling: SampleConfig = SAMPLING
    ) -> Path:
        root = tmp_path_factory.mktemp(sampler)
        data = (sources.dataset, sources.model, sources.latents, sources.statistics)
        sample(sampler, *data, sampling, root / "samples")
        assess_sampler(sources, baselines, root / "samples", config, root / "quality")
        judge_sampler(sampler, sources, baselines, root / "quality", sampling, config, root / "judged")
        return root / "judged"

    return make


@pytest.fixture(scope="module")
def normal(judge, study, sources, judging) -> Path:
    return judge("multivariate_normal", sources, study["baselines"], judging)


def values(folder: Path) -> Values:
    found: Values = {}
    for row in read_draws(folder / "draws.csv"):
        found.setdefault((row.label, row.metric), []).append(row.value)
    return found


def test_at_its_promising_and_its_usual_level_where_that_is_compared(normal):
    label, _ = promising(read_scores(normal.parent / "quality" / "scores.csv"), "attributes", AssessConfig())
    assert {label for label, _ in values(normal)} == {label, "scale=1.0"}
    assert {metric for _, metric in values(normal)} == set(METRICS)


def test_the_draws_are_as_many_as_asked_for_or_a_few_more(normal, judging):
    rows = read_draws(normal / "draws.csv")
    assert {row.draw for row in rows} == set(range(judging.judge.repeats))
    assert {row.n for row in rows} == {63}
    assert {(row.reference, row.features) for row in rows} == {("train", "attributes")}
    assert all(math.isfinite(row.value) for row in rows)
    # They are draws of their own, not parts of one.
    for drawn in values(normal).values():
        if max(drawn) > 0:
            assert len(set(drawn)) > 1


def test_the_same_seed_gives_the_same_bytes_and_another_other_draws(
    normal, study, sources, judging, contents, tmp_path
):
    def again(seed: int, out: Path) -> Path:
        sampling = SAMPLING.model_copy(update={"seed": seed})
        quality = normal.parent / "quality"
        judge_sampler("multivariate_normal", sources, study["baselines"], quality, sampling, judging, out)
        return out

    assert contents(again(1, tmp_path / "same")) == contents(normal)
    other = values(again(2, tmp_path / "other"))
    for key, drawn in values(normal).items():
        if key[1] in ("fd_debiased", "kid_decoded"):
            assert not set(drawn) & set(other[key])


def test_two_samplers_that_draw_the_same_get_the_same_values(normal, judge, study, sources, judging):
    """neighbour_corrected at strength 0 is multivariate_normal: random numbers are common to all samplers."""
    unmoved = values(judge("neighbour_corrected", sources, study["baselines"], judging))
    assert {label for label, _ in unmoved} == {"spread=kept,strength=0.0"}
    for metric in METRICS:
        assert unmoved["spread=kept,strength=0.0", metric] == values(normal)["scale=1.0", metric]


def test_copies_and_faces_from_far_outside_are_told(judge, study, sources, judging):
    copies = values(judge("resampled", sources, study["baselines"], judging))
    assert min(copies["all", "copied"]) == 1
    assert np.mean(copies["all", "broken"]) < 0.2
    far = values(judge("normal_component", sources, study["baselines"], judging))
    assert min(far["scale=20.0", "broken"]) > 0.9
    assert max(far["scale=20.0", "copied"]) < 0.1
    assert min(far["scale=20.0", "fd_debiased"]) > max(far["scale=1.0", "fd_debiased"])


def test_the_autoencoder_of_a_poor_study(study, sources, judging, normal, contents, tmp_path):
    facts = judge_autoencoder(sources, study["baselines"], judging, tmp_path / "first")
    written = read_json(tmp_path / "first" / "autoencoder.json")
    assert {**facts, "heldout": written["heldout"]} == written
    assert written["references"] == 60
    assert written["features"] == "attributes"
    assert (written["most_broken"], written["most_copied"]) == (0.2, 0.1)
    # It was never trained.
    assert written["error_share"] > 0.25
    # Neither the 60 nor the 40 are enough for a debiased distance.
    assert written["decoder_share"] is None
    assert written["heldout"]["fd_debiased"] is None
    assert written["heldout"]["broken"] == pytest.approx(0.05, abs=0.06)
    judge_autoencoder(sources, study["baselines"], judging, tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    found = decide(judged_rows(read_draws(normal / "draws.csv")), written, lambda row: 1.0)
    assert found.pick is None
    assert found.withheld.startswith("60 training images are too few")


def test_the_held_out_error_is_a_share_of_the_variance_of_held_out_pixels(
    study, sources, judging, squares, autoencoder, tmp_path
):
    error = judge_autoencoder(sources, study["baselines"], judging, tmp_path)["error_share"]
    partition = np.repeat([0, 1, 2], [60, 20, 20])[np.random.default_rng(1).permutation(100)]
    images = squares(100, 0)[0][partition != 0] / 255
    z = read_array(open_complete(sources.latents / "latents.zarr"), "z")[partition != 0]
    decoded = decode_images(autoencoder, z) / 255
    assert error == pytest.approx(np.square(decoded - images).mean() / images.var(axis=0).mean(), rel=1e-3)


def test_all_draws_of_a_learned_sampler_come_from_the_stored_fit(study, sources, judging, judge, tmp_path, monkeypatch):
    from tasks.sampling.learning import fit

    quick = SAMPLING.autoregressive_flow.model_copy(update={"width": 8, "epochs": 5})
    sampling = SAMPLING.model_copy(update={"autoregressive_flow": quick})
    data = (sources.dataset, sources.model, sources.latents, sources.statistics)
    sample("autoregressive_flow", *data, sampling, tmp_path / "samples")
    assess_sampler(sources, study["baselines"], tmp_path / "samples", judging, tmp_path / "quality")
    monkeypatch.setattr(fit, "_fit", None)
    quality, out = tmp_path / "quality", tmp_path / "judged"
    facts = judge_sampler(
        "autoregressive_flow",
        sources,
        study["baselines"],
        quality,
        sampling,
        judging,
        out,
        samples=tmp_path / "samples",
    )
    assert (facts["draws"], facts["fits"]) == (8, 1)
    assert len(values(tmp_path / "judged")[facts["level"], "fd_debiased"]) == 8


def of_level(label: str, distance: float, broken: float = 0.05, copied: float = 0.05) -> list[Score]:
    found = {"fd_decoded": distance, "broken": broken, "copied": copied}
    rows = [Score("a", label, metric, "random", "train", value) for metric, value in found.items()]
    # Other references and the second network have no say.
    return [*rows, *(dataclasses.replace(row, value=0.0, reference="heldout") for row in rows),
            *(dataclasses.replace(row, value=-1.0, features="inception") for row in rows)]  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "chosen"),
    [
        ([of_level("x=1", 2.0), of_level("x=2", 1.0), of_level("x=3", 3.0)], "x=2"),
        ([of_level("x=1", 2.0), of_level("x=2", 1.0, broken=0.21)], "x=1"),
        ([of_level("x=1", 2.0), of_level("x=2", 1.0, copied=0.11)], "x=1"),
        ([of_level("x=1", 2.0, broken=1.0), of_level("x=2", 1.0, copied=1.0)], "x=2"),
        ([of_level("words=a, b=c", 2.0)], "words=a, b=c"),
    ],
)
def test_the_closest_of_the_levels_within_the_limits_is_promising(levels, chosen):
    label, distances = promising([score for level in levels for score in level], "random", AssessConfig())
    assert label == chosen
    assert distances == {level[0].label: level[0].value for level in levels}


def test_many_draws_of_a_few_faces(judge, study, sources, judging):
    many = judging.judge.model_copy(update={"repeats": 100})
    folder = judge("shuffled", sources, study["baselines"], judging.model_copy(update={"judge": many}))
    rows = read_draws(folder / "draws.csv")
    assert {row.n for row in rows} == {5}
    assert len(rows) == 100 * len(METRICS)
    assert all(math.isfinite(row.value) for row in rows)
    (found,) = judged_rows(rows)
    assert found.n == 500


def test_what_the_stored_draws_show_to_be_far_off_gets_a_quarter_of_the_faces_but_not_too_few(
    judge, study, sources, judging
):
    far = SampleConfig(count=36, device="cpu", uniform_common={"b": [50.0]}, multivariate_normal={"scale": [20.0]})
    for count, n in ((2400, 75), (600, 63)):
        config = judging.model_copy(update={"judge": judging.judge.model_copy(update={"count": count})})
        rows = read_draws(judge("uniform_common", sources, study["baselines"], config, far) / "draws.csv")
        assert {row.n for row in rows} == {n}
    # Each level for itself: of the one for a planned comparison there are no stored draws, so nothing is known of it.
    rows = read_draws(judge("multivariate_normal", sources, study["baselines"], config, far) / "draws.csv")
    assert {(row.label, row.n) for row in rows} == {("scale=20.0", 63), ("scale=1.0", 75)}


def random_study(
    write_study: Callable[..., dict[str, Path]],
    root: Path,
    images: np.ndarray,
    held_out: int,
    autoencoder: Autoencoder,
    config: AssessConfig,
) -> dict[str, Path]:
    """A study without attributes: the feature network is not trained."""
    partition = np.repeat([0, 1], [len(images) - held_out, held_out])
    return write_study(root, images, partition, None, config, autoencoder)


def test_four_held_out_images(write_study, sources_of, squares, autoencoder, judging, judge, tmp_path):
    config = judging.model_copy(update={"repeats": 2, "count": 4})
    folders = random_study(write_study, tmp_path, squares(30, 3)[0], 4, autoencoder, config)
    facts = judge_autoencoder(sources_of(folders), folders["baselines"], config, tmp_path / "judged")
    assert facts["references"] == 26
    assert facts["features"] == "random"
    held_out = read_json(tmp_path / "judged" / "autoencoder.json")["heldout"]
    assert math.isfinite(held_out["kid_decoded"])
    assert 0 <= held_out["broken"] <= 1
    drawn = values(judge("multivariate_normal", sources_of(folders), folders["baselines"], config))
    assert all(np.isfinite(found).all() for found in drawn.values())


def test_a_single_component(write_study, sources_of, squares, judging, judge, tmp_path):
    single = Autoencoder(AutoencoderConfig(image_size=32, channels=(8, 16), latent_dim=1), seed=3).eval()
    folders = random_study(write_study, tmp_path, squares(60, 4)[0], 20, single, judging)
    for sampler in ("multivariate_normal", "resampled"):
        drawn = values(judge(sampler, sources_of(folders), folders["baselines"], judging))
        assert all(np.isfinite(found).all() for found in drawn.values())
    assert math.isfinite(judge_autoencoder(sources_of(folders), folders["baselines"], judging, tmp_path)["error_share"])


def test_one_image_repeated(write_study, sources_of, squares, autoencoder, judging, judge, tmp_path):
    images = np.repeat(squares(1, 5)[0], 60, axis=0)
    folders = random_study(write_study, tmp_path, images, 20, autoencoder, judging)
    facts = judge_autoencoder(sources_of(folders), folders["baselines"], judging, tmp_path / "judged")
    assert facts["error_share"] is None
    assert facts["decoder_share"] is None
    assert facts["alike"] is True
    with pytest.raises(InputError, match=r"all training points in .* are the same"):
        judge("resampled", sources_of(folders), folders["baselines"], judging)


def test_where_each_image_is_there_twice_copies_are_told(
    write_study, sources_of, squares, autoencoder, judging, judge, tmp_path
):
    images = np.repeat(squares(40, 6)[0], 2, axis=0)
    folders = random_study(write_study, tmp_path, images, 20, autoencoder, judging)
    copies = values(judge("resampled", sources_of(folders), folders["baselines"], judging))
    assert min(copies["all", "copied"]) == 1


def test_a_refit_draws_at_the_level_that_was_stored(
    write_study, sources_of, squares, autoencoder, judging, judge, tmp_path
):
    """Of points that repeat, each random subset has another number that differ, and so of attainable components."""
    images = np.repeat(squares(30, 7)[0], 2, axis=0)
    folders = random_study(write_study, tmp_path, images, 20, autoencoder, judging)
    mixture = {"components": [50], "points_per_component": 2, "fitted_points": 20, "shrinkage": 0.5}
    sampling = SampleConfig(count=36, device="cpu", gaussian_mixture=mixture)
    drawn = values(judge("gaussian_mixture", sources_of(folders), folders["baselines"], judging, sampling))
    assert {len(found) for found in drawn.values()} == {judging.judge.repeats}
    assert len({label for label, _ in drawn}) == 1
