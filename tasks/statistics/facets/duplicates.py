"""Near-duplicate images, and people in both partitions: does what is held out leak into the training?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array, read_rows
from tasks.statistics.duplicates import NEAREST, PROBED, candidate_pairs, cells_of, in_both, pixel_similarity
from tasks.statistics.facet import Cloud, Facet, Labelled

AXES = 64
VERIFIED = 5_000
LISTED = 50
PARTITIONS = ("train", "validation", "test")
Rows = npt.NDArray[np.int64]


def measure(cloud: Cloud) -> Facet | None:
    """Pairs of images with the same pixels but for brightness and contrast, and persons on both sides.

    Pairs of a training and a held-out image come first, the most alike of them before others.
    """
    group = open_complete(cloud.images)
    if "image" not in group or not cloud.analysis.train.varies.any():
        return None
    config, count = cloud.analysis.config, len(cloud.analysis.rows)
    rows = np.arange(count)
    if count > config.duplicate_points:
        rows = np.sort(cloud.rng("duplicates").choice(count, config.duplicate_points, replace=False))
    points = coordinates_of(cloud, rows)
    candidates = candidate_pairs(points)
    pairs, distance = rows[candidates.rows[:VERIFIED]], candidates.distance[:VERIFIED]
    similarity = pixel_similarity(lambda wanted: read_rows(_array(group, "image"), wanted), pairs)
    found = np.flatnonzero(similarity >= config.duplicate_similarity)
    across = np.ptp(cloud.analysis.rows[pairs].astype(np.int8), axis=1) == 1
    found = found[np.lexsort((-similarity[found], ~across[found]))]
    arrays: dict[str, Labelled] = {}
    if len(found):
        arrays = {
            "duplicate_pair": (pairs[found], ("duplicate", "side")),
            "duplicate_similarity": (similarity[found], ("duplicate",)),
        }
    known, last = np.isfinite(similarity), len(pairs) - -(-len(pairs) // 10)
    facts: dict[str, Any] = {
        "images": count,
        "looked_at": len(rows),
        "axes": points.shape[1],
        "nearest": NEAREST,
        "cells": cells_of(len(rows)),
        "probed": PROBED,
        "threshold": config.duplicate_similarity,
        "candidates": len(candidates.rows),
        "verified": len(pairs),
        "largest_distance": float(distance[-1]) if len(distance) else None,
        "median_distance": float(np.median(candidates.distance)) if len(candidates.distance) else None,
        "smallest_similarity": float(similarity[known].min()) if known.any() else None,
        "found": len(found),
        "last_tenth": len(pairs) - last,
        "found_in_last_tenth": int(np.sum(found >= last)),
        "largest_similarity_in_last_tenth": float(similarity[last:][known[last:]].max(initial=-1.0)),
        "found_images": len(np.unique(pairs[found])),
        "across": int(np.sum(across[found])),
        "heldout_images_across": _heldout_across(pairs[found], cloud.analysis.rows),
        "pairs": _listed(group, pairs[found][:LISTED], similarity[found]),
        "people": _people(group, cloud.analysis.rows),
    }
    return Facet(arrays, facts)


def coordinates_of(cloud: Cloud, rows: Rows) -> npt.NDArray[np.float32]:
    """Coordinates (n, k) float32 of ascending ``rows`` along the first main axes, read a chunk at a time."""
    array = zarr.open_array(cloud.array, mode="r", zarr_format=3)
    step, width = array.chunks[0], cloud.coordinates(np.zeros((1, array.shape[1])), AXES).shape[1]
    points = np.empty((len(rows), width), np.float32)
    for start in range(0, array.shape[0], step):
        first, last = np.searchsorted(rows, [start, start + step])
        if first < last:
            z = np.asarray(array[start : start + step])[rows[first:last] - start]
            points[first:last] = cloud.coordinates(z, AXES)
    return points


def _array(group: zarr.Group, name: str) -> Any:
    return group[name]


def _texts(group: zarr.Group, rows: Rows) -> list[dict[str, str]]:
    """Name and partition of some images; the row's number where there are no names."""
    names = [str(name) for name in (read_rows(_array(group, "name"), rows) if "name" in group else rows)]
    partition = read_rows(_array(group, "partition"), rows)
    return [{"name": name, "partition": PARTITIONS[int(code)]} for name, code in zip(names, partition, strict=True)]


def _heldout_across(pairs: Rows, train: npt.NDArray[np.bool_]) -> int:
    """Held-out images of which a near-duplicate is a training image."""
    across = pairs[train[pairs[:, 0]] != train[pairs[:, 1]]]
    return len(np.unique(across[~train[across]]))


def _listed(group: zarr.Group, pairs: Rows, similarity: npt.NDArray[np.float64]) -> list[dict[str, Any]]:
    texts = _texts(group, pairs.ravel())
    return [
        {"first": texts[2 * index], "second": texts[2 * index + 1], "similarity": float(similarity[index])}
        for index in range(len(pairs))
    ]


def _people(group: zarr.Group, train: npt.NDArray[np.bool_]) -> dict[str, Any] | None:
    """Persons known, and those with images on both sides; None where the data do not say who is who."""
    if "identity" not in group:
        return None
    identity = np.asarray(read_array(group, "identity"), np.int64)
    shared = in_both(identity, train)
    involved = np.isin(identity, shared.identity)
    listed = shared.identity[:LISTED]
    examples = [[int(np.flatnonzero((identity == person) & side)[0]) for side in (train, ~train)] for person in listed]
    texts = _texts(group, np.array(examples, np.int64).reshape(-1))
    return {
        "known": len(np.unique(identity[identity >= 0])),
        "images_unknown": int(np.sum(identity < 0)),
        "in_both": len(shared.identity),
        "training_images": int(np.sum(involved & train)),
        "heldout_images": int(np.sum(involved & ~train)),
        "heldout_total": int(np.sum(~train)),
        "listed": [
            {
                "identity": int(person),
                "training_images": int(shared.train[index]),
                "heldout_images": int(shared.heldout[index]),
                "training_example": texts[2 * index]["name"],
                "heldout_example": texts[2 * index + 1]["name"],
            }
            for index, person in enumerate(listed)
        ],
    }
