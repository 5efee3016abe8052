import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from storage.rows import StoredRows
from tasks.assessment.broken import Cycle
from tasks.assessment.gradients import gradient_energy
from tasks.assessment.metric import Draw, Metric, Reconstructions, Reference
from tasks.assessment.metrics import registered
from tasks.assessment.network import features_of, seeded_network


def clouds(count: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(count, 32, 32, 3))
    smooth = ndimage.gaussian_filter(noise, (0, 1.2, 1.2, 0), mode="wrap")
    return (127 + 45 * smooth / smooth.std()).clip(0, 255).astype(np.uint8)


NETWORK = seeded_network(1, 0).eval()


def draw(images: np.ndarray, latents: np.ndarray) -> Draw:
    return Draw(images, features_of(NETWORK, images), latents, latents, cycle(latents))


def cycle(latents: np.ndarray) -> Cycle:
    distance = np.linalg.norm(latents, axis=1).astype(float)
    return Cycle(distance / 100, distance)


@pytest.fixture(scope="module")
def latents() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {name: rng.normal(size=(60, 4)).astype(np.float32) for name in ("known", "unseen", "other")}


@pytest.fixture(scope="module")
def reference(latents: dict[str, np.ndarray]) -> Reference:
    known, unseen = (draw(clouds(60, seed), latents[name]) for seed, name in ((0, "known"), (1, "unseen")))
    return Reference(
        "train",
        known.images,
        known.features,
        known.features,
        *(
            Reconstructions(
                StoredRows(seen.features), StoredRows(seen.latents), gradient_energy(seen.images), seen.cycle
            )
            for seen in (known, unseen)
        ),
        np.eye(4),
        seed=0,
    )


def evaluate(name: str, reference: Reference, images: np.ndarray, latents: np.ndarray) -> float:
    value = registered()[name]().against(reference)(draw(images, latents))
    return value[""] if isinstance(value, dict) else value


def test_every_module_is_a_metric_named_after_it():
    assert {"fd", "swd", "novelty", "novelty_latent"} <= set(registered())
    assert list(registered()) == sorted(registered())
    for metric in registered().values():
        assert issubclass(metric, Metric)
        assert metric.space in ("pixels", "features", "latent")
        assert all(field.description for field in metric.model_fields.values())


def cautions(reference: Reference) -> dict[str, str]:
    return {name: text for name, metric in registered().items() if (text := metric().caution(reference))}


def test_usual_data_need_no_caution(reference):
    assert cautions(reference) == {}


def test_copies_are_said_by_the_metrics_that_look_at_neighbours(reference):
    def at(rows: np.ndarray) -> Reconstructions:
        known = reference.known
        return Reconstructions(
            known.features.at(rows), known.latents.at(rows), known.energy[rows], known.cycle.at(rows)
        )

    rows = np.repeat(np.arange(6), 10)
    copied = dataclasses.replace(reference, shown=reference.shown[rows], known=at(rows), unseen=at(rows[:30]))
    found = cautions(copied)
    assert set(found) == {"precision", "recall", "density", "coverage", "novelty", "novelty_latent"}
    for name in ("precision", "density", "coverage"):
        assert found[name].startswith("100 % of the training images compared with have 5 or more exact copies")
    assert "rows that repeat images (real, reconstruction, resampled)" in found["recall"]
    for name in ("novelty", "novelty_latent"):
        assert found[name].startswith("Every held-out image is a copy of a training image")


@pytest.mark.parametrize("name", ["fd", "fd_decoded", "swd"])
def test_damage_raises_a_distance(name, reference, latents):
    real = clouds(60, 2)
    blurred = ndimage.gaussian_filter(real, (0, 1, 1, 0))
    noise = np.random.default_rng(3).integers(0, 256, real.shape, np.uint8)
    values = [evaluate(name, reference, images, latents["other"]) for images in (real, blurred, noise)]
    assert values[0] < values[1]
    assert values[0] < values[2]
    if name != "swd":
        assert values[1] < values[2]


@pytest.mark.parametrize("name", ["fd", "fd_decoded", "swd"])
def test_the_reference_is_at_distance_zero_from_itself(name, reference, latents):
    assert evaluate(name, reference, reference.images, latents["other"]) == pytest.approx(0, abs=1e-9)


def test_broken_faces_are_not_counted_as_new(reference, latents):
    novelty, unseen = registered()["novelty"]().against(reference), draw(clouds(60, 1), latents["unseen"])
    intact, broken = np.full(60, np.exp(-9.0)), np.full(60, np.exp(9.0))
    assert novelty(dataclasses.replace(unseen, cycle=Cycle(intact, intact))) == pytest.approx(1)
    far = np.where(np.arange(60)[:, None] < 30, unseen.features, unseen.features + 100)
    half = np.where(np.arange(60) < 30, intact, broken)
    mixed = dataclasses.replace(unseen, features=far, cycle=Cycle(half, half))
    few = Draw(*(getattr(unseen, name)[:30] for name in ("images", "features", "latents", "encoded")),
               Cycle(intact[:30], intact[:30]))  # fmt: skip
    assert novelty(mixed) == pytest.approx(novelty(few))
    assert np.isnan(novelty(dataclasses.replace(unseen, cycle=Cycle(broken, broken))))


def test_the_novelties_look_at_their_own_space_alone(reference, latents):
    known, unseen = clouds(60, 0), clouds(60, 1)
    assert evaluate("novelty", reference, known, latents["unseen"]) == 0
    # But for the 5 % that count as broken.
    assert evaluate("novelty", reference, unseen, latents["known"]) == pytest.approx(1, abs=0.02)
    assert evaluate("novelty_latent", reference, unseen, latents["known"]) == 0
    assert evaluate("novelty_latent", reference, known, latents["unseen"]) == pytest.approx(1)
    assert evaluate("novelty_latent", reference, known, latents["other"] + 100) > 10


@pytest.mark.parametrize("name", ["fd", "fd_decoded", "novelty", "novelty_latent", "broken", "copied"])
def test_the_order_of_a_draw_does_not_matter(name, reference, latents):
    images, order = clouds(60, 4), np.random.default_rng(5).permutation(60)
    values = [evaluate(name, reference, images[o], latents["other"][o]) for o in (np.arange(60), order)]
    assert values[0] == pytest.approx(values[1], rel=1e-5)
