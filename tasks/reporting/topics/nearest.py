"""The best draw's faces beside the real faces nearest to them, in latent space and in features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from storage.arrays import open_complete, read_array
from tasks.assessment.network import features_of, load_network
from tasks.ingestion.partition import TRAIN
from tasks.page.images import contact_sheet
from tasks.page.section import Block, Picture, Section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.sampling.neighbours import NeighbourIndex

ORDER = 730
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
    columns = min(study.config.grid_columns, neighbour.shape[0])
    ranks = min(RANKS, neighbour.shape[1])
    rows = [draws.images(level, slice(columns))]
    rows += [study.photographs(neighbour[:columns, rank]) for rank in range(ranks)]
    picture = photograph(
        "nearest",
        contact_sheet(np.concatenate(rows), columns),
        f"First row: drawn with {sampler}, {draws.title(level)}. Below each: the photographs of the {ranks} training "
        "images whose z-points are nearest to it, nearest first.",
        f"{columns} drawn faces, each above its {ranks} nearest training photographs.",
    )
    blocks: list[Block] = [picture]
    if (study.features / "features.zarr").exists():
        blocks.append(_in_features(study, rows[0], sampler))
    return Section("nearest", "Are they new?", tuple(blocks), study.claims("nearest"))


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
        "features, with the distance below each: faces that a network takes for alike, however far apart their "
        "z-points are.",
        f"{len(faces)} drawn faces, each above the {ranks} training photographs nearest in features.",
    )
