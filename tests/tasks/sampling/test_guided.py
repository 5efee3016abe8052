from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from storage.rows import StoredRows
from tasks.sampling import guided
from tasks.sampling.guided import GuidedFlow
from tasks.sampling.labels import Labels
from tasks.sampling.learning import fit
from tasks.sampling.learning.fit import Training
from tasks.sampling.points import Points
from tasks.stage.errors import InputError
from tests.tasks.sampling.conftest import statistics_of

QUICK = Training(1000, 200, 128, 5e-3, 0.0, keep_moments=False)


def begun() -> GuidedFlow:
    """Points with an attribute lie on a ring, those without within it; the halves are another attribute."""
    rng = np.random.default_rng(0)
    ring = rng.random(1200) < 0.5
    radius, angle = np.where(ring, 3, 0.5) + rng.normal(0, 0.2, 1200), rng.uniform(0, 2 * np.pi, 1200)
    z = (radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]) + [7, -2]).astype(np.float32)
    value = np.where(np.column_stack([ring, z[:, 0] > 7, rng.random(1200) < 0.001]), 1, -1)
    labels = Labels(("Ring", "Right", "Rare"), value.astype(np.int8))
    return GuidedFlow(Points(StoredRows(z), np.arange(1200), statistics_of(z)), labels, seed=1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fit")


@pytest.fixture(scope="module")
def flow(kept) -> Iterator[GuidedFlow]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guided, "MOMENTS_OF", 400)  # Of two coordinates, which is enough and quicker.
        patch.setattr(guided, "FLOW_STEPS", 10)
        patch.setattr(fit, "ROUNDS", 10)
        flow = begun()
        flow.learn(kept, training=QUICK)
        yield flow


def test_a_group_that_is_not_normal_is_drawn_as_it_is(flow):
    """One normal distribution would fill the ring."""
    ring = flow.draw(np.random.default_rng(0), 300, {"Ring": 1}) - [7, -2]
    inside = flow.draw(np.random.default_rng(0), 300, {"Ring": -1}) - [7, -2]
    assert (np.linalg.norm(ring, axis=1) > 1.75).mean() > 0.9
    assert (np.linalg.norm(inside, axis=1) < 1.75).mean() > 0.9


def test_any_subset_can_be_asked_for(flow, assert_mean):
    quarter = flow.draw(np.random.default_rng(0), 300, {"Ring": 1, "Right": 1}) - [7, -2]
    assert (quarter[:, 0] > 0).mean() > 0.9
    assert_mean(quarter[:, 1], 0)
    right = flow.draw(np.random.default_rng(0), 300, {"Right": 1}) - [7, -2]
    assert (np.linalg.norm(right, axis=1) > 1.75).mean() == pytest.approx(0.5, abs=0.12)


def test_draws_have_the_moments_of_the_group(flow, assert_covariance):
    group = flow.points.z_train.all()[flow.labels.group({"Right": 1})].astype(float)
    z = flow.draw(np.random.default_rng(5), 1000, {"Right": 1})
    assert_covariance(z, group.mean(0), np.cov(group.T))


def test_guidance_goes_beyond_the_group(flow):
    right = [flow.draw(np.random.default_rng(2), 300, {"Right": 1}, guidance)[:, 0].mean() for guidance in (1.0, 2.0)]
    assert right[1] > right[0] + 0.2


def test_a_fit_that_is_kept_draws_the_same(flow, kept):
    again = begun()
    assert again.learn(kept) == flow.learn(kept)
    first, second = (one.draw(np.random.default_rng(0), 5, {"Ring": 1}) for one in (flow, again))
    np.testing.assert_array_equal(first, second)


def test_a_killed_fit_continues_with_the_same_bits(flow, kept, tmp_path):
    def kill(done: int, total: int, text: str = "") -> None:
        if done > 100:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        begun().learn(tmp_path, kill, training=QUICK)
    assert not (tmp_path / "fit.safetensors").exists()
    begun().learn(tmp_path, training=QUICK)
    assert (tmp_path / "fit.safetensors").read_bytes() == (kept / "fit.safetensors").read_bytes()


def test_what_is_too_rare_is_refused(flow):
    with pytest.raises(InputError, match="too few to learn from"):
        flow.draw(np.random.default_rng(0), 1, {"Rare": 1})
