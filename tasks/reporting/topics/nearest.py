"""Whether draws copy: faces of the recommended one beside the nearest real ones, in latent space and in features."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from storage.arrays import open_complete, stored_array
from storage.rows import StoredRows
from tasks.assessment.copies import NEAREST
from tasks.assessment.network import features_of, load_network
from tasks.finished.estimates import share_words
from tasks.finished.numbers import Numbers
from tasks.ingestion.partition import TRAIN
from tasks.page.finding import Finding
from tasks.page.images import contact_sheet
from tasks.page.section import Picture, Section, section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.words import bar, limit
from tasks.sampling.neighbours import NeighbourIndex

ORDER = 730
RANK = 18
RANKS = 3


def build(study: ReportedStudy) -> Section | None:
    """Drawn faces in the first row, their nearest training photographs in the rows below."""
    # Where nothing is recommended, the closest of all still shows whether it copies.
    row = study.verdict.pick or next(iter(study.verdict.leaders), None)
    level = study.level(row.sampler, row.label) if row is not None else None
    neighbour = study.samples[row.sampler].values("neighbour", level) if row is not None and level is not None else None
    if row is None or level is None or neighbour is None:
        return None
    sampler = row.sampler
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
    verdict = numbers.verdict
    known = sorted(verdict.leaders, key=lambda row: -row.copied.value)
    if not known:
        return None
    most = limit(verdict.autoencoder["most_copied"])
    copies = [row for row in known if verdict.copies(row)]
    if copies:
        listed = ", ".join(f"{row.name} ({share_words(row.copied)})" for row in copies)
        text = f"{len(copies)} of {len(known)} samplers {'copies' if len(copies) == 1 else 'copy'} training faces: "
        text, detail = f"{text}{listed}.", "A small distance there is memory, not generation. "
    else:
        text = f"No sampler copies training faces: at most {share_words(known[0].copied)} of its faces are copies"
        text, detail = f"{text} ({known[0].name}, limit {most}).", ""
    detail += (
        f"A face is a copy if it lies nearer in features to a training reconstruction than {limit(1 - NEAREST)} of "
        f"those lie to their nearest other one; by that measure {limit(NEAREST)} of the training faces are copies "
        f"themselves. More than {most} excludes a sampler."
    )
    bars = tuple(bar(row.name, row.copied, share_words(row.copied)) for row in (*known[:3], *known[3:][-1:]))
    return Finding("copies", "nearest", text, detail, bars, "share of copies, with 95 % intervals")


FINDERS = (copying,)


def _in_features(study: ReportedStudy, faces: npt.NDArray[np.uint8], sampler: str) -> Picture:
    """The same faces above the training photographs nearest to them in the feature network's eyes."""
    feature = stored_array(open_complete(study.features / "features.zarr"), "feature")
    train = np.flatnonzero(study.partition == TRAIN)
    drawn = features_of(load_network(study.features, torch.device("cpu")), faces)
    ranks = min(RANKS, len(train))
    nearest, distance = NeighbourIndex(StoredRows(feature, train)).nearest(drawn, ranks)
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
