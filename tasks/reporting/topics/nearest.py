"""Whether draws copy: the best one's faces beside the real faces nearest to them, in latent space and in features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from storage.arrays import open_complete, read_array
from tasks.assessment.network import features_of, load_network
from tasks.finished.numbers import Numbers
from tasks.ingestion.partition import TRAIN
from tasks.page.finding import Evidence, Finding
from tasks.page.images import contact_sheet
from tasks.page.section import Picture, Section, section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.sampling.neighbours import NeighbourIndex

ORDER = 730
RANK = 18
RANKS = 3


def build(study: ReportedStudy) -> Section | None:
    """Drawn faces in the first row, their nearest training photographs in the rows below."""
    if study.answer is None or study.answer.pick is None:
        return None
    sampler, label = study.answer.pick
    level = study.level(sampler, label)
    neighbour = study.samples[sampler].values("neighbour", level) if level is not None else None
    if level is None or neighbour is None:
        return None
    draws = study.samples[sampler]
    columns, ranks = min(study.config.grid_columns, neighbour.shape[0]), min(RANKS, neighbour.shape[1])
    faces = draws.images(level, slice(columns))
    near = photograph(
        "nearest",
        contact_sheet(
            np.concatenate([faces, *(study.photographs(neighbour[:columns, rank]) for rank in range(ranks))]), columns
        ),
        f"First row: drawn with {sampler}, {draws.title(level)}. Below each: the photographs of the {ranks} training "
        "images whose latent points are nearest to it, nearest first.",
        f"{columns} drawn faces, each above its {ranks} nearest training photographs.",
    )
    alike = _in_features(study, faces, sampler) if (study.features / "features.zarr").exists() else None
    return section("nearest", "Are they new?", near, alike, claims=study.claims("nearest"))


def copying(numbers: Numbers) -> Finding | None:
    """Which samplers repeat training faces."""
    found = ((score, numbers.novelty(score)) for score in numbers.scores.leaders(numbers.criterion))
    known = sorted(((score, value) for score, value in found if value is not None), key=lambda pair: pair[1])
    if not known:
        return None
    limit = numbers.criterion.minimum_novelty
    low = [score for score, value in known if value < limit]
    if low:
        named = [
            f"{score.name} ({numbers.novelty(score):.2f})"
            for score in numbers.scores.leaders(numbers.criterion)
            if score in low
        ]
        text = f"{len(low)} of {len(known)} samplers {'copies' if len(low) == 1 else 'copy'} training faces: "
        text, detail = f"{text}{', '.join(named)}.", "A low distance there is memory, not generation. "
    else:
        score, value = known[0]
        text, detail = f"No sampler copies training faces: the lowest novelty is {value:.2f}, of {score.name}.", ""
    detail += f"Novelty is 0 for a copy and 1 for a face as new as an unseen one; below {limit:.2f} is a copy."
    bars = tuple(Evidence(score.name, value, text=f"{value:.2f}") for score, value in (*known[:3], *known[-1:]))
    return Finding("copies", "nearest", text, detail, bars, "novelty")


FINDERS = (copying,)


def _in_features(study: ReportedStudy, faces: npt.NDArray[np.uint8], sampler: str) -> Picture:
    """The same faces above the training photographs nearest to them in the feature network's eyes."""
    feature = read_array(open_complete(study.features / "features.zarr"), "feature")
    train = np.flatnonzero(study.partition == TRAIN)
    drawn = features_of(load_network(study.features, torch.device("cpu")), faces)
    ranks = min(RANKS, len(train))
    nearest, distance = NeighbourIndex(feature[train]).nearest(drawn, ranks)
    captions = [short(float(one)) for one in distance.T.ravel()]
    photographs = study.photographs(train[nearest.T.ravel()])
    sheet = captioned_sheet(
        np.concatenate([faces, photographs]), ["drawn"] * len(faces) + captions, len(faces), minimum_side=64
    )
    name = study.feature_network.get("features", "network's")
    return photograph(
        "nearest_features",
        sheet,
        f"The same faces drawn with {sampler} above the {ranks} training photographs nearest to them in {name} "
        "features, with the distance below each: faces that look alike to a network, however far apart their "
        "latent points are.",
        f"{len(faces)} drawn faces, each above the {ranks} training photographs nearest in features.",
    )
