"""Checks of a source before any image is decoded: whether its lists match, and what is unusual but harmless."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks.ingestion.config import IngestConfig
from tasks.ingestion.lists import UNKNOWN_PERSON, ImageList
from tasks.ingestion.partition import check_partition, official_partition, seeded_partition
from tasks.ingestion.source import Source, find_source, open_source
from tasks.stage.errors import InputError
from tasks.stage.wording import counted, first_names


def check_presence(path: Path) -> None:
    """Raise ``InputError`` if there is nothing at ``path``, or an empty folder, without a look at what is there."""
    found = find_source(path)
    try:
        empty = found.is_dir() and not any(found.iterdir())
    except OSError:
        empty = True  # or it cannot be listed, which opening it says
    if empty:
        open_source(found).close()


def check_data(path: Path, config: IngestConfig) -> npt.NDArray[np.int8]:
    """The partition of the images at ``path``, (n,) int8, before any is decoded.

    Raises ``InputError`` if there is nothing to ingest or a list does not fit.
    """
    with open_source(path) as source:
        partition, _ = check_source(source, config)
        return partition


def check_source(source: Source, config: IngestConfig) -> tuple[npt.NDArray[np.int8], list[str]]:
    """The partition of all images, (n,) int8, and a line for each thing to know about the source.

    That is how lists were read, what they lack, and what lies there and is not used.

    Raises ``InputError`` if a list lacks more images than may be left out, or one side of the partition is empty.
    """
    known, persons = source.known, source.known.persons(config.persons)
    notes = list(known.notes)
    used = [one for one in (known.attributes, known.partition, persons) if one is not None]
    for listed in used:
        notes += listed.notes
        extra = listed.extra(source.names)
        if extra:
            rows = f"{counted(len(extra), 'row')} of images that are absent"
            notes.append(f"{listed.name}: {rows} ({first_names(extra)})")
    by_folder = persons is not None and persons is known.folders.persons
    if persons is not None and by_folder:
        split = "" if known.partition else "; the partition keeps each on one side"
        notes.append(f"{len(set(persons.rows.values()))} folders are read as persons{split} (ingest.persons)")
    elif config.persons == "folders" and known.identity is None:
        raise InputError(f"ingest.persons=folders, but the images of {source.path} do not lie in several folders")
    try:
        partition = partition_of(source.names, source, config)
    except InputError as error:
        raise InputError("; ".join((str(error), *source.unused))) from error
    allowed = allowed_to_skip(len(source.names), config)
    for about, one in (("attributes", known.attributes), ("persons", None if by_folder else persons)):
        notes += [] if one is None else _check_missing(one, about, source.names, allowed)
    return partition, [*dict.fromkeys((*notes, *source.unused))]


def allowed_to_skip(candidates: int, config: IngestConfig) -> int:
    """How many of ``candidates`` images may be left out."""
    return max(config.min_skipped_allowed, int(candidates * config.max_skipped_share))


def partition_of(names: Sequence[str], source: Source, config: IngestConfig) -> npt.NDArray[np.int8]:
    """The partition of ``names``, some or all images of the source, (n,) int8: the data's own, or one that is drawn.

    Raises ``InputError`` unless some train and some are held out.
    """
    listed = source.known.partition
    if listed is not None:
        partition = official_partition(listed, names)
        check_partition(partition, listed.location)
        return partition
    persons = source.known.persons(config.persons)
    identity = None if persons is None else persons.values(names)[:, 0]
    if persons is not None and identity is not None and len(np.unique(identity)) == 1 and identity[0] != UNKNOWN_PERSON:
        raise InputError(
            f"{persons.location}: all images are of one person, so none can be held out; add other persons"
        )
    partition = seeded_partition(names, config.validation_share, config.test_share, config.split_seed, identity)
    check_partition(partition, "the drawn partition (ingest.validation_share, ingest.test_share)")
    return partition


def _check_missing(listed: ImageList, about: str, names: Sequence[str], allowed: int) -> list[str]:
    """Warn of images without a row; refuse more than ``allowed`` of them."""
    missing = listed.missing(names)
    if len(missing) > allowed:
        raise InputError(
            f"{listed.location} has no row for {len(missing)} of {counted(len(names), 'image')} "
            f"({first_names(missing)}); add the rows, or remove the file to ingest without {about}"
        )
    if not missing:
        return []
    return [
        f"{listed.name}: no row for {counted(len(missing), 'image')}, whose {about} are therefore unknown "
        f"({first_names(missing)})"
    ]
