"""The ingest stage: check the lists, decode every image, write the data set."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import zarr

from storage.arrays import finish, open_for_writing, write_array
from storage.files import write_text
from storage.journal import Journal
from tasks.compute.cluster.config import LOCALLY, DaskConfig
from tasks.compute.devices import repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.ingestion.check import allowed_to_skip, check_source, partition_of
from tasks.ingestion.chunks import Tally, cut_to_length, write_images
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.decoding import Frame, decoding
from tasks.ingestion.source import Source, open_source
from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

CELEBA_CROP = 148
"""Side of the centre square that frames the face in an aligned CelebA image of 178 x 218 pixels."""

_LISTED = 20
_LONGEST_LIST = 1000


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
        _, warnings = check_source(opened, config)
        frame = Frame(_crop(opened, config), config.image_size)
        allowed = allowed_to_skip(len(opened.names), config)
        group, journal = open_for_writing(out / "images.zarr"), Journal(out)
        with repeatable(threads=1), decoding(config, dask, out) as decode:
            tally = write_images(opened, frame, group, journal, decode, progress, max(allowed, _LONGEST_LIST))
        _write_csv(out / "skipped.csv", ("name", "reason"), tally.skipped)
        _refuse_too_many(opened, tally, allowed, out, config)
        facts = _write_facts(opened, tally, config, group)
    if tally.enlarged:
        warnings.append(
            f"{tally.enlarged} images had a crop of fewer than {config.image_size} pixels and were enlarged"
        )
    warnings += _narrow(tally, facts["images"])
    _write_csv(out / "warnings.csv", ("warning",), ([warning] for warning in warnings))
    finish(out / "images.zarr")
    journal.close()
    return {**facts, "crop": frame.crop, "image_size": frame.size, "skipped": len(tally.skipped), "warnings": warnings}


def _remove_litter(out: Path) -> None:
    """Remove the temporary files that a killed writer left."""
    for path in out.rglob("*.partial"):
        path.unlink()


def _crop(source: Source, config: IngestConfig) -> int | Literal["square"]:
    if config.crop == "auto":
        return CELEBA_CROP if source.kind == "celeba" else "square"
    return config.crop


def _refuse_too_many(source: Source, tally: Tally, allowed: int, out: Path, config: IngestConfig) -> None:
    if len(tally.skipped) <= allowed:
        return
    shown = [f"{name} ({reason})" for name, reason in tally.skipped]
    raise InputError(
        f"{len(tally.skipped)} of the first {tally.taken} images of {source.path} cannot be used; at most {allowed} "
        f"may be skipped: {first_names(shown, _LISTED)}; the list is {out / 'skipped.csv'}. Fix or remove them, "
        f"check ingest.crop ({config.crop}), or raise ingest.max_skipped_share ({config.max_skipped_share})"
    )


def _write_facts(source: Source, tally: Tally, config: IngestConfig, group: zarr.Group) -> dict[str, Any]:
    """Write all that is known about the images beside their pixels."""
    left_out = {name for name, _ in tally.skipped}
    names = [name for name in source.names if name not in left_out]
    partition = partition_of(names, source, config)
    cut_to_length(group, len(names))
    if tally.alike:
        _refuse_one_picture(source, group, len(names))
    write_array(group, "name", np.array(names), ("image",))
    write_array(group, "partition", partition, ("image",))
    known, persons = source.known, source.known.persons(config.persons)
    if known.attributes is not None:
        write_array(group, "attribute", known.attributes.values(names), ("image", "attribute"))
        write_array(group, "attribute_name", np.array(known.attributes.columns), ("attribute",))
    if persons is not None:
        write_array(group, "identity", persons.values(names)[:, 0].astype(np.int64), ("image",))
    drawn = "seeded" if persons is None else "seeded by person"
    kinds = {
        "partition_source": drawn if known.partition is None else known.partition_source,
        "source_kind": source.kind,
    }
    group.attrs.update({**kinds, "image_size": config.image_size})
    train, validation, test = (int(np.sum(partition == value)) for value in (0, 1, 2))
    attributes = 0 if known.attributes is None else len(known.attributes.columns)
    counts = {"train": train, "validation": validation, "test": test, "attributes": attributes}
    return {"images": len(names), **counts, **kinds}


def _refuse_one_picture(source: Source, group: zarr.Group, count: int) -> None:
    """Refuse a data set all of whose images are one picture, where those of each chunk are."""
    images = group["image"]
    assert isinstance(images, zarr.Array)
    first = np.asarray(images[:1])
    if all(np.array_equal(images[start : start + 1], first) for start in range(0, count, images.chunks[0])):
        raise InputError(
            f"all {count} images of {source.path} are the same picture once cropped and resized: there is nothing to "
            "learn from them; give different images"
        )


def _narrow(tally: Tally, count: int) -> list[str]:
    """A line if all values of all images lie in a small part of the range."""
    if not tally.narrow:
        return []
    return [
        f"all {count} images use only the values {tally.lowest} to {tally.highest} of 0 to 255: if their files keep "
        "8-bit values in 16 bits, convert them to 8 bits"
    ]


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())
