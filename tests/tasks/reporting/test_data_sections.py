"""What the report says about attributes, near-duplicates and people."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.reporting.topics import attributes, duplicates
from tasks.reporting.topics.attributes import readable
from tasks.reporting.topics.duplicates import leaks, people


def probe(name: str, auc: float | None, by_chance: float | None = 0.6) -> dict:
    return {
        "name": name, "with": 300, "without": 700, "heldout_with": 30, "heldout_without": 70, "mahalanobis": 1.5,
        "components": [{"component": 1, "correlation": -0.4}], "auc": auc, "auc_by_chance": by_chance,
        "balanced_accuracy": None if auc is None else 0.75,
    }  # fmt: skip


def attributes_of(*probes: dict) -> SimpleNamespace:
    return SimpleNamespace(summary={"attributes": {"attributes": list(probes), "heldout_points": 100, "chance": 0.001}})


def test_attributes_that_chance_explains_are_not_counted():
    found = readable(attributes_of(probe("Bald", 0.55), probe("Young", 0.9), probe("Rare", None, None)))
    assert found.text.startswith("1 of 2 attributes can be read linearly")
    assert "Young (0.900" in found.detail
    assert "Bald (0.550" in found.detail
    assert "1 further attribute has too few" in found.detail
    assert found.decided


@pytest.mark.parametrize(
    ("probes", "text", "decided"),
    [
        ([probe("Bald", 0.55)], "cannot be told", False),
        ([probe("Bald", 0.95)], "Bald can be read linearly", True),
        ([probe("Bald", 0.95), probe("Young", 0.8)], "All 2 attributes can be read", True),
    ],
)
def test_attributes_as_the_numbers_say(probes, text, decided):
    found = readable(attributes_of(*probes))
    assert text in found.text
    assert found.decided is decided


def test_nothing_is_said_where_nothing_was_judged():
    empty = study_of({"attributes": None, "duplicates": None})
    assert [finder(empty) for finder in (readable, leaks, people)] == [None] * 3
    assert readable(attributes_of(probe("Rare", None, None))) is None
    assert [section.build(empty) for section in (attributes, duplicates)] == [None, None]


def image(number: int, partition: str) -> dict:
    return {"name": f"<{number}>.jpg", "partition": partition}


FOUND = {
    "images": 6000, "looked_at": 6000, "axes": 64, "nearest": 3, "threshold": 0.96, "candidates": 9000,
    "verified": 5000, "largest_distance": 3.2, "smallest_similarity": 0.1, "found": 2, "last_tenth": 500,
    "found_in_last_tenth": 0, "largest_similarity_in_last_tenth": 0.81, "across": 1, "heldout_images_across": 1,
    "pairs": [
        {"first": image(0, "train"), "second": image(3, "test"), "similarity": 0.97},
        {"first": image(1, "train"), "second": image(2, "train"), "similarity": 0.99},
    ],
    "people": {
        "known": 40, "images_unknown": 3, "in_both": 1, "training_images": 8, "heldout_images": 5,
        "heldout_total": 50, "listed": [
            {"identity": 7, "training_images": 8, "heldout_images": 5, "training_example": "a.jpg",
             "heldout_example": "b.jpg"},
        ],
    },
}  # fmt: skip


def numbers(**changed: object) -> SimpleNamespace:
    return SimpleNamespace(summary={"duplicates": FOUND | changed})


def test_leaks_as_the_numbers_say():
    assert leaks(numbers()).text == "The split leaks: 1 held-out image is all but the same as a training image."
    inside = leaks(numbers(across=0, heldout_images_across=0))
    assert "in the data twice, but no such pair was found" in inside.text
    none = leaks(numbers(found=0, across=0, heldout_images_across=0))
    assert none.text == "No near-duplicate images were found."
    untold = leaks(numbers(found=0, across=0, heldout_images_across=0, verified=0))
    assert not untold.decided
    assert "6,000 of 9,000 images, a seeded choice" in leaks(numbers(images=9000)).detail


def test_people_as_the_numbers_say():
    found = people(numbers())
    assert found.text == "1 person appears in both training and held-out images."
    assert "10 % of the held-out images" in found.detail
    assert people(numbers(people=FOUND["people"] | {"in_both": 0})).text.startswith("No person appears")
    assert people(numbers(people=None)) is None


def study_of(summary: dict, **arrays: np.ndarray) -> SimpleNamespace:
    photographs = np.random.default_rng(0).integers(0, 255, (4, 32, 32, 3), np.uint8)
    return SimpleNamespace(
        summary=summary, statistic=arrays.get, claims=lambda _: (), config=SimpleNamespace(dpi=50),
        photographs=lambda rows: photographs[rows],
    )  # fmt: skip


def test_section_of_duplicates():
    section = duplicates.build(study_of({"duplicates": FOUND}, duplicate_pair=np.array([[0, 3], [1, 2]])))
    assert [picture.name for picture in section.pictures()] == ["duplicates"]
    pairs, shared = section.tables()
    assert pairs.rows[0] == ("<0>.jpg", "training", "<3>.jpg", "test", 0.97)
    assert shared.rows == ((7, 8, 5, "a.jpg", "b.jpg"),)
    assert "the most alike of the farthest 500 correlate by 0.810" in section.blocks[0].html
    bare = duplicates.build(study_of({"duplicates": FOUND | {"found": 0, "pairs": [], "people": None}}))
    assert not [*bare.pictures(), *bare.tables()]


def test_section_of_attributes(tmp_path):
    config = AutoencoderConfig(image_size=32, channels=(8, 8), latent_dim=3, normalisation="none")
    save_config(config, tmp_path)
    save_weights(Autoencoder(config, seed=0), tmp_path, "best")
    direction = np.array([[1.0, 0, 0], [np.nan] * 3])
    study = study_of(
        attributes_of(probe("Wavy_Hair", 0.9), probe("Rare", None, None)).summary,
        mean=np.zeros(3), covariance=np.eye(3), attribute_direction=direction, attribute_shift=2 * direction,
        attribute_correlation=np.array([[0.1, -0.4, np.nan], [np.nan] * 3]),
    )  # fmt: skip
    study.model = tmp_path
    section = attributes.build(study)
    assert [picture.name for picture in section.pictures()] == [
        "attributes",
        "attribute_strips",
        "attribute_components",
    ]
    (table,) = section.tables()
    assert [row[0] for row in table.rows] == ["Wavy_Hair", "Rare"]
    assert table.shown[0][3:5] == ("0.900", "0.600")
    assert table.shown[1][3:6] == ("–", "–", "–")


def test_section_where_no_attribute_could_be_judged():
    undefined = probe("Rare", None, None) | {"mahalanobis": None, "components": []}
    section = attributes.build(
        study_of(attributes_of(undefined).summary, attribute_correlation=np.full((1, 3), np.nan))
    )
    assert not list(section.pictures())
    assert len(list(section.tables())) == 1
