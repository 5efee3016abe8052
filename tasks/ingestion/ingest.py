"""The ingest stage: check the lists, decode every image, write the data set."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import finish, open_for_writing, write_array
from storage.files import write_text
from storage.journal import Journal
from tasks.cluster.config import LOCALLY, DaskConfig
from tasks.devices import repeatable
from tasks.errors import InputError
from tasks.ingestion.chunks import Tally, cut_to_length, write_images
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.decoding import Frame, decoding
from tasks.ingestion.lists import ImageList, first_names, read_attributes, read_identity, read_partition
from tasks.ingestion.partition import check_partition, official_partition, seeded_partition
from tasks.ingestion.source import Source, open_source
from tasks.progress import Progress, no_progress

CELEBA_CROP = 148
"""Side of the centre square that frames the face in an aligned CelebA image of 178 x 218 pixels."""

_LISTED = 20
_LONGEST_LIST = 1000


@dataclass(frozen=True)
class Lists:
    """What the list files say, each absent if its file is."""

    attributes: ImageList | None
    partition: ImageList | None
    identity: ImageList | None

    @property
    def partition_source(self) -> str:
        """``official`` from a list file, or ``seeded``."""
        return "seeded" if self.partition is None else "official"


def ingest(
    source: Path, config: IngestConfig, out: Path, progress: Progress = no_progress, dask: DaskConfig = LOCALLY
) -> dict[str, Any]:
    """Write ``out/images.zarr``, ``skipped.csv`` and ``warnings.csv`` from the images at ``source``.

    Images are in the order of their names, and everything about them is matched by name. The bytes do not depend on
    ``config.workers`` or ``dask``, nor on whether an earlier call was killed on the way. Raises ``InputError`` if the
    source or its lists are malformed, too many images are unreadable, or one side of the partition is empty.
    """
    _remove_litter(out)
    with open_source(source) as opened:
        lists = _read_lists(opened)
        warnings = _check_lists(opened.names, lists, config)
        frame = Frame(_crop(opened, config), config.image_size)
        allowed = allowed_to_skip(len(opened.names), config)
        group, journal = open_for_writing(out / "images.zarr"), Journal(out)
        with repeatable(threads=1), decoding(config, dask, out) as decode:
            tally = write_images(opened, frame, group, journal, decode, progress, max(allowed, _LONGEST_LIST))
        _write_csv(out / "skipped.csv", ("name", "reason"), tally.skipped)
        _refuse_too_many(opened, tally, allowed, out, config)
        facts = _write_facts(opened, lists, tally, config, group)
    if tally.enlarged:
        warnings.append(
            f"{tally.enlarged} images had a crop of fewer than {config.image_size} pixels and were enlarged"
        )
    _write_csv(out / "warnings.csv", ("warning",), ([warning] for warning in warnings))
    finish(out / "images.zarr")
    journal.close()
    return {**facts, "crop": frame.crop, "image_size": frame.size, "skipped": len(tally.skipped), "warnings": warnings}


def allowed_to_skip(candidates: int, config: IngestConfig) -> int:
    """How many of ``candidates`` images may be left out."""
    return max(config.min_skipped_allowed, int(candidates * config.max_skipped_share))


def _remove_litter(out: Path) -> None:
    """Remove the temporary files that a killed writer left."""
    for path in out.rglob("*.partial"):
        path.unlink()


def _crop(source: Source, config: IngestConfig) -> int | Literal["square"]:
    if config.crop == "auto":
        return CELEBA_CROP if source.kind == "celeba" else "square"
    return config.crop


def _read_lists(source: Source) -> Lists:
    def read(about: str, reader: Callable[[Path], ImageList]) -> ImageList | None:
        path = source.lists.get(about)
        return None if path is None else reader(path)

    return Lists(
        read("attributes", read_attributes), read("partition", read_partition), read("identity", read_identity)
    )


def _partition(names: Sequence[str], lists: Lists, config: IngestConfig) -> npt.NDArray[np.int8]:
    if lists.partition is None:
        partition = seeded_partition(names, config.validation_share, config.test_share, config.split_seed)
        check_partition(partition, "the drawn partition (ingest.validation_share, ingest.test_share)")
    else:
        partition = official_partition(lists.partition, names)
        check_partition(partition, str(lists.partition.path))
    return partition


def _check_lists(names: Sequence[str], lists: Lists, config: IngestConfig) -> list[str]:
    """Refuse, before anything is decoded, lists that do not fit the images; say what is odd but harmless."""
    warnings: list[str] = []
    for listed in filter(None, (lists.attributes, lists.partition, lists.identity)):
        warnings += listed.warnings
        extra = listed.extra(names)
        if extra:
            warnings.append(f"{listed.path.name}: {len(extra)} rows of images that are absent ({first_names(extra)})")
    _partition(names, lists, config)
    allowed = allowed_to_skip(len(names), config)
    for about, one in (("attributes", lists.attributes), ("persons", lists.identity)):
        warnings += [] if one is None else _check_missing(one, about, names, allowed)
    return warnings


def _check_missing(listed: ImageList, about: str, names: Sequence[str], allowed: int) -> list[str]:
    """Warn of images without a row; refuse more than ``allowed`` of them."""
    missing = listed.missing(names)
    if len(missing) > allowed:
        raise InputError(
            f"{listed.path} has no row for {len(missing)} of {len(names)} images ({first_names(missing)}); "
            f"add the rows, or remove the file to go without {about}"
        )
    if not missing:
        return []
    return [
        f"{listed.path.name}: no row for {len(missing)} images, whose {about} are therefore unknown "
        f"({first_names(missing)})"
    ]


def _refuse_too_many(source: Source, tally: Tally, allowed: int, out: Path, config: IngestConfig) -> None:
    if len(tally.skipped) <= allowed:
        return
    shown = [f"{name} ({reason})" for name, reason in tally.skipped]
    raise InputError(
        f"{len(tally.skipped)} of the first {tally.taken} images of {source.path} cannot be used, at most {allowed} "
        f"may be left out: {first_names(shown, _LISTED)}; the list is {out / 'skipped.csv'}. Mend or remove them, "
        f"check ingest.crop ({config.crop}), or raise ingest.max_skipped_share ({config.max_skipped_share})"
    )


def _write_facts(source: Source, lists: Lists, tally: Tally, config: IngestConfig, group: zarr.Group) -> dict[str, Any]:
    """Write all that is known about the images beside their pixels."""
    left_out = {name for name, _ in tally.skipped}
    names = [name for name in source.names if name not in left_out]
    partition = _partition(names, lists, config)
    cut_to_length(group, len(names))
    write_array(group, "name", np.array(names), ("image",))
    write_array(group, "partition", partition, ("image",))
    if lists.attributes is not None:
        write_array(group, "attribute", lists.attributes.values(names), ("image", "attribute"))
        write_array(group, "attribute_name", np.array(lists.attributes.columns), ("attribute",))
    if lists.identity is not None:
        write_array(group, "identity", lists.identity.values(names)[:, 0].astype(np.int64), ("image",))
    kinds = {"partition_source": lists.partition_source, "source_kind": source.kind}
    group.attrs.update({**kinds, "image_size": config.image_size})
    train, validation, test = (int(np.sum(partition == value)) for value in (0, 1, 2))
    attributes = 0 if lists.attributes is None else len(lists.attributes.columns)
    counts = {"train": train, "validation": validation, "test": test, "attributes": attributes}
    return {"images": len(names), **counts, **kinds}


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())
