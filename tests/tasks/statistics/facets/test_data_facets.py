"""Attributes, near-duplicates and people, from data in which they were planted."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score

from storage.arrays import create_array, finish, open_for_writing, write_array
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.covariance import invert
from tasks.statistics.facet import Cloud, Subset
from tasks.statistics.facets import attributes, duplicates
from tasks.statistics.moments import moments_of
from tasks.statistics.passes import attribute_sums
from tasks.statistics.results import Analysis, AttributeSums

COUNT = 1200
NAMES = ("Eyeglasses", "Chance", "Rare", "All")


def cloud_of(root: Path, z: np.ndarray, partition: np.ndarray, config: AnalyseConfig, **facts: np.ndarray) -> Cloud:
    """A cloud of all points with what these facets ask about, and the data set on disk."""
    images, latents = open_for_writing(root / "images.zarr"), open_for_writing(root / "latents.zarr")
    dimensions = {"image": ("image", "y", "x", "channel"), "attribute": ("image", "attribute")}
    for name, values in facts.items():
        write_array(images, name, values, dimensions.get(name, ("image",)))
    write_array(images, "partition", partition.astype(np.int8), ("image",))
    if "attribute" in facts:
        write_array(images, "attribute_name", np.array(NAMES), ("attribute",))
    finish(root / "images.zarr")
    z = z.astype(np.float32)
    create_array(latents, "z", z.shape, np.float32, ("image", "component"), (100, z.shape[1]))[...] = z
    train = partition == 0
    sides = [Subset(np.flatnonzero(side), z[side]) for side in (train, ~train)]
    moments = [moments_of(side.z) for side in sides]
    sums = None
    if "attribute" in facts:
        found = attribute_sums(sides[0].z - moments[0].mean, facts["attribute"][train])
        sums = AttributeSums(found["attribute_count"], found["attribute_sum"])
    analysis = Analysis(
        config=config, train=moments[0], heldout=moments[1], inverse=invert(moments[0]), core=None, core_moments=None,
        edges=None, histogram=None, inside=None, powers=None, attributes=sums, rows=train,
    )  # fmt: skip
    return Cloud(analysis, *sides, None, None, None, None, root / "images.zarr", root / "latents.zarr" / "z")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory) -> tuple[Cloud, np.ndarray, np.ndarray]:
    """Six components, the last constant. The first attribute moves the second component, by two deviations."""
    rng = np.random.default_rng(0)
    has = np.column_stack([rng.random(COUNT) < share for share in (0.3, 0.5, 0.005, 1.1)])
    z = rng.standard_normal((COUNT, 6)) * [1, 2, 3, 1, 1, 0] + 4
    z[:, 1] += 4 * has[:, 0]
    flags = np.where(has, 1, -1).astype(np.int8)
    flags[:40, 1] = 0
    partition = np.arange(COUNT) % 3
    cloud = cloud_of(tmp_path_factory.mktemp("labelled"), z, partition, AnalyseConfig(), attribute=flags)
    return cloud, z.astype(np.float32), flags


def test_attributes_are_read_as_scikit_learn_reads_them(labelled):
    cloud, z, flags = labelled
    facet = attributes.measure(cloud)
    train, varying = np.arange(COUNT) % 3 == 0, slice(0, 5)
    probe = LinearDiscriminantAnalysis(solver="lsqr").fit(z[train, varying], flags[train, 0])
    expected = roc_auc_score(flags[~train, 0], probe.decision_function(z[~train, varying]))
    first = facet.facts["attributes"][0]
    assert first["name"] == "Eyeglasses"
    assert first["auc"] == pytest.approx(expected, abs=1e-6)
    assert expected == pytest.approx(0.921, abs=0.03)  # Φ(2/√2), of two normal scores two deviations apart
    assert first["balanced_accuracy"] == pytest.approx(0.841, abs=0.03)  # Φ(1)
    assert first["auc_by_chance"] < 0.62
    assert first["components"][0]["component"] == 1
    assert facet.facts["strongest"][0]["attribute"] == "Eyeglasses"


def test_attributes_without_meaning_or_too_few_points(labelled):
    cloud, _, flags = labelled
    facet = attributes.measure(cloud)
    _, chance, rare, always = facet.facts["attributes"]
    heldout = flags[np.arange(COUNT) % 3 != 0]
    assert chance["auc"] < chance["auc_by_chance"]
    assert chance["heldout_with"] + chance["heldout_without"] == np.sum(heldout[:, 1] != 0) < len(heldout)
    assert rare["heldout_with"] == np.sum(heldout[:, 2] == 1) < 10
    assert always["without"] == 0
    assert np.isnan([rare["auc"], always["auc"], always["mahalanobis"]]).all()
    assert (facet.facts["read"], facet.facts["heldout_points"]) == (2, 800)


def test_shift_of_the_attribute_that_was_planted(labelled):
    facet = attributes.measure(labelled[0])
    shift, dimensions = facet.arrays["attribute_shift"]
    assert dimensions == ("attribute", "component")
    assert shift[0, 1] == pytest.approx(4, abs=0.6)
    assert shift[0, 5] == 0
    direction = facet.arrays["attribute_direction"][0]
    assert np.linalg.norm(direction[0]) == pytest.approx(1)
    assert np.isnan(facet.arrays["attribute_correlation"][0][0, 5])


def test_no_attributes_no_facet(labelled):
    cloud = labelled[0]
    assert attributes.measure(replace(cloud, analysis=replace(cloud.analysis, attributes=None))) is None


@pytest.mark.parametrize("rows", [3, 0])
def test_few_held_out_points(labelled, rows):
    cloud = labelled[0]
    few = Subset(cloud.heldout.rows[:rows], cloud.heldout.z[:rows])
    facet = attributes.measure(replace(cloud, heldout=few))
    assert (facet.facts["read"], facet.facts["heldout_points"]) == (0, rows)


def changed(image: np.ndarray, quality: int, gain: float, offset: float) -> np.ndarray:
    buffer = io.BytesIO()
    pixels = np.clip(image.astype(float) * gain + offset, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


PLANTED = {(0, 301): (60, 1.0, 0), (7, 304): (90, 0.9, 10), (12, 306): (60, 1.05, -12), (30, 307): (75, 1.0, 15)}


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Cloud:
    """320 pictures, four of them changed copies of others; latents are projections of the pixels.

    Of every three images the first is for training. Persons: image i and i + 160 are person i, 20 images of nobody.
    """
    rng = np.random.default_rng(4)
    coarse = rng.integers(30, 220, (320, 4, 4, 3), np.uint8)
    images = np.stack([np.asarray(Image.fromarray(one).resize((32, 32), Image.Resampling.BICUBIC)) for one in coarse])
    for (source, target), how in PLANTED.items():
        images[target] = changed(images[source], *how)
    z = images.reshape(320, -1).astype(np.float64) @ rng.standard_normal((3072, 12)) / 1000
    identity = np.arange(320) % 160
    identity[150:160] = identity[310:320] = -1
    names = np.array([f"{i:06d}.jpg" for i in range(320)])
    folder = tmp_path_factory.mktemp("photographs")
    return cloud_of(folder, z, np.arange(320) % 3, AnalyseConfig(), image=images, name=names, identity=identity)


def test_copies_are_found_and_named(photographs):
    facet = duplicates.measure(photographs)
    facts = facet.facts
    found = {(int(one["first"]["name"][:6]), int(one["second"]["name"][:6])) for one in facts["pairs"]}
    assert found == set(PLANTED)
    assert {tuple(pair) for pair in facet.arrays["duplicate_pair"][0].tolist()} == set(PLANTED)
    across = {pair for pair in PLANTED if (pair[0] % 3 == 0) != (pair[1] % 3 == 0)}
    assert (facts["found"], facts["across"], facts["heldout_images_across"]) == (4, len(across), len(across))
    listed = [(one["first"]["partition"], one["second"]["partition"]) for one in facts["pairs"]]
    sides = ("train", "validation", "test")
    assert sorted(listed) == sorted((sides[a % 3], sides[b % 3]) for a, b in PLANTED)
    assert all(("train" in pair) for pair in listed[: len(across)])
    assert (facts["images"], facts["looked_at"], facts["verified"]) == (320, 320, facts["candidates"])


def test_people_in_both_partitions(photographs):
    """Since 160 = 3·53 + 1, i and i + 160 share a side only where both are held out, i mod 3 = 1."""
    people = duplicates.measure(photographs).facts["people"]
    shared = [i for i in range(150) if i % 3 != 1]
    assert (people["known"], people["images_unknown"], people["in_both"]) == (150, 20, len(shared))
    assert [one["identity"] for one in people["listed"]] == shared[:50]
    assert (people["training_images"], people["heldout_images"]) == (100, 100)
    first, third = people["listed"][0], people["listed"][1]
    assert (first["training_example"], first["heldout_example"]) == ("000000.jpg", "000160.jpg")
    assert (third["identity"], third["training_example"], third["heldout_example"]) == (2, "000162.jpg", "000002.jpg")


def test_many_images_are_a_seeded_choice(photographs):
    config = AnalyseConfig.model_construct(duplicate_points=100, duplicate_similarity=0.95, seed=0)
    cloud = replace(photographs, analysis=replace(photographs.analysis, config=config))
    facts = [duplicates.measure(cloud).facts for _ in range(2)]
    assert facts[0] == facts[1]
    assert (facts[0]["images"], facts[0]["looked_at"]) == (320, 100)
    assert facts[0]["found"] <= 4


def test_without_images_or_persons(photographs, labelled, tmp_path):
    assert duplicates.measure(labelled[0]) is None
    rng = np.random.default_rng(6)
    images = rng.integers(0, 255, (4, 8, 8, 3), np.uint8)
    cloud = cloud_of(tmp_path, rng.standard_normal((4, 1)), np.array([0, 0, 0, 1]), AnalyseConfig(), image=images)
    facet = duplicates.measure(cloud)
    assert facet.arrays == {}
    assert (facet.facts["found"], facet.facts["pairs"], facet.facts["people"]) == (0, [], None)
