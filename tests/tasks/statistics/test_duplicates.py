from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy.spatial.distance import cdist
from scipy.stats import pearsonr

from tasks.statistics.duplicates import candidate_pairs, cells_of, in_both, pixel_correlation, pixel_similarity, reduced


def smooth(count: int, side: int = 64, seed: int = 0) -> np.ndarray:
    """Random smooth pictures (n, side, side, 3) uint8 with fine structure on them."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (count, 6, 6, 3), np.uint8)
    grown = [Image.fromarray(one).resize((side, side), Image.Resampling.BICUBIC) for one in coarse]
    return np.stack([np.asarray(one) for one in grown])


def encoded(image: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def brighter(image: np.ndarray) -> np.ndarray:
    dimmed = ImageEnhance.Contrast(Image.fromarray(image)).enhance(0.7)
    return np.asarray(ImageEnhance.Brightness(dimmed).enhance(1.15))


def test_candidates_are_the_nearest_of_all_pairs():
    points = np.random.default_rng(0).standard_normal((120, 5)).astype(np.float32)
    distance = cdist(points.astype(float), points.astype(float))
    np.fill_diagonal(distance, np.inf)
    nearest = {tuple(sorted((i, int(j)))) for i in range(120) for j in np.argsort(distance[i])[:3]}
    pairs = candidate_pairs(points, 3)
    assert {tuple(pair) for pair in pairs.rows.tolist()} == nearest
    assert len(pairs.rows) == len(nearest)
    np.testing.assert_allclose(pairs.distance, distance[tuple(pairs.rows.T)])
    assert np.all(np.diff(pairs.distance) >= 0)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_candidates_among_few(count):
    pairs = candidate_pairs(np.arange(count, dtype=np.float32)[:, None])
    assert len(pairs.rows) == count * (count - 1) // 2


def test_equal_points_are_candidates():
    pairs = candidate_pairs(np.ones((4, 3), np.float32))
    assert len(pairs.rows) >= 2
    assert np.all(pairs.rows[:, 0] < pairs.rows[:, 1])
    assert np.all(pairs.distance == 0)


def test_correlation_is_that_of_scipy():
    images = smooth(6)
    expected = [pearsonr(a.ravel().astype(float), b.ravel().astype(float)).statistic for a, b in zip(images, images[::-1], strict=True)]  # fmt: skip  # noqa: E501
    np.testing.assert_allclose(pixel_correlation(images, images[::-1]), expected)


def test_copies_are_alike_and_others_are_not():
    images = smooth(40)
    for change in (lambda one: encoded(one, 30), brighter, lambda one: encoded(brighter(one), 50)):
        assert np.all(pixel_correlation(images, np.stack([change(one) for one in images])) > 0.98)
    assert np.all(pixel_correlation(images[:20], images[20:]) < 0.9)


def test_an_image_of_one_colour_is_like_nothing():
    flat = np.full((1, 8, 8, 3), 7, np.uint8)
    assert np.isnan(pixel_correlation(flat, flat)).all()


def test_reduced_is_the_mean_of_blocks():
    image = np.zeros((1, 4, 4, 1), np.uint8)
    image[0, :2, :2, 0] = [[10, 20], [30, 40]]
    np.testing.assert_array_equal(reduced(image, 2)[0, :, :, 0], [[25, 0], [0, 0]])
    assert reduced(smooth(2, 100), 64).shape == (2, 50, 50, 3)
    untouched = smooth(2)
    assert reduced(untouched, 64) is untouched


def test_each_image_is_read_once_in_order():
    images = smooth(600, 8)
    asked: list[int] = []

    def read(rows: np.ndarray) -> np.ndarray:
        asked.extend(rows.tolist())
        return images[rows]

    pairs = np.random.default_rng(1).choice(600, (700, 2))
    found = pixel_similarity(read, pairs)
    assert asked == sorted(set(pairs.ravel().tolist()))
    np.testing.assert_allclose(found, pixel_correlation(images[pairs[:, 0]], images[pairs[:, 1]]))
    assert len(pixel_similarity(read, np.empty((0, 2), np.int64))) == 0


def test_persons_on_both_sides():
    identity = np.array([5, 5, 5, 9, 9, 7, -1, -1, 0, 0])
    train = np.array([1, 1, 0, 1, 1, 0, 1, 0, 0, 1], bool)
    shared = in_both(identity, train)
    assert [values.tolist() for values in shared] == [[0, 5], [1, 2], [1, 1]]
    assert len(in_both(np.full(3, -1), train[:3]).identity) == 0


def test_copies_among_many_points_are_candidates() -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((21_000, 8)).astype(np.float32)
    points[20_000:] = points[:1_000] + 1e-3 * rng.standard_normal((1_000, 8)).astype(np.float32)
    assert cells_of(len(points)) == 145
    found = candidate_pairs(points)
    planted = {(number, number + 20_000) for number in range(1_000)}
    assert planted <= {tuple(pair) for pair in found.rows[:1_100].tolist()}
    assert all(np.array_equal(a, b) for a, b in zip(candidate_pairs(points), found, strict=True))
