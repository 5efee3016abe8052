import numpy as np

from tasks.exploring.correction import corrected, correction_of
from tasks.exploring.explorer import Explorer
from tasks.exploring.state import State
from tasks.sampling.correction import local_projection


def test_no_strength_leaves_points_alone(study):
    z = study.draw("multivariate_normal", 5)
    np.testing.assert_array_equal(corrected(study, z, 0.0), z)


def test_the_corrected_draws_of_the_base_are_the_samplers_own(study):
    kept = study.draw("neighbour_corrected", 8, seed=6, strength=0.5)
    untouched = study.draw("neighbour_corrected", 8, seed=6, strength=0.0)
    np.testing.assert_allclose(corrected(study, untouched, 0.5), kept, rtol=1e-5, atol=1e-5)
    assert np.abs(kept - untouched).max() > 0.01


def test_corrected_points_lie_nearer_to_their_neighbours_hull(study):
    sampler = correction_of(study)
    z = study.draw("normal_component", 50, seed=2)

    def gap(points):
        hull = local_projection(study.points, points, sampler.k, sampler.config.ridge)
        return np.linalg.norm(points - hull, axis=1).mean()

    assert gap(corrected(study, z, 1.0)) < gap(z)


def test_the_explorer_corrects_what_it_shows(study):
    explorer = Explorer(study)
    assert explorer.has_correction
    start = {"kind": "draw", "sampler": "normal_component", "seed": 3}
    plain, moved = (explorer.view(State.model_validate({"start": start, "correction": c})) for c in (None, 0.75))
    np.testing.assert_allclose(moved.z, corrected(study, plain.z[None], 0.75)[0])
    assert (moved.face != plain.face).any()
    # A twentieth at a time: what lies between has the nearest one's map.
    near = explorer.view(State.model_validate({"start": start, "correction": 0.751}))
    np.testing.assert_array_equal(near.z, moved.z)
