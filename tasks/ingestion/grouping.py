"""What the folders say about the images in them: the split, the person, the class."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.ingestion.lists import PARTITION_CODES, ImageList, first_names, person, persons

_ABSENT, _PRESENT = b"\xff", b"\1"

FEWEST_PERSONS = 20
"""So many folders may be persons; fewer are classes, such as expressions."""


@dataclass(frozen=True)
class Folders:
    """What was read from the names of folders, each None if they say nothing of it.

    ``persons``: one for each folder wherever the images lie in several, ``sure``: whether their files' names show it.
    """

    partition: ImageList | None = None
    attributes: ImageList | None = None
    persons: ImageList | None = None
    sure: bool = False
    notes: tuple[str, ...] = ()


def read_folders(names: Sequence[str]) -> Folders:
    """What the folders of ``names``, relative POSIX paths, say about the images.

    A split: every image lies in a folder such as train, val or test, and some lie in train and some do not. Below it,
    20 folders and more are persons if most of their files' names begin with the folder's or come back in other folders,
    as 0001.jpg does; from 2 to 19 folders are classes unless their names are numbered.
    """
    parts = {name: tuple(name.split("/")[:-1]) for name in names}
    partition, notes = _split(parts)
    if partition is not None:
        place = _split_place(list(parts.values()))
        parts = {name: (*folders[:place], *folders[place + 1 :]) for name, folders in parts.items()}
    return _groups(partition, notes, _without_common(parts))


def _groups(partition: ImageList | None, notes: tuple[str, ...], parts: Mapping[str, tuple[str, ...]]) -> Folders:
    """What the folders below a split's say."""
    groups = _grouped(parts)
    if len(groups) < 2:
        return Folders(partition, notes=notes)
    loose = [name for name, path in parts.items() if not path]
    if loose:
        if len(loose) < len(parts) / 2:
            outside = f"{len(loose)} images lie outside the other {len(groups) - 1} folders ({first_names(loose)})"
            notes = (*notes, f"{outside}: the folders are read neither as persons nor as classes")
        return Folders(partition, notes=notes)
    persons_of_folders = _persons(groups)
    if len(groups) < FEWEST_PERSONS:
        classes = None if _are_numbered(list(groups)) else _classes(groups)
        return Folders(partition, classes, persons_of_folders, notes=notes)
    if _are_persons(groups):
        return Folders(partition, None, persons_of_folders, True, notes)
    unsure = (
        f"{len(groups)} folders hold the images and are not taken for persons, since their files are named neither "
        "after them nor alike; ingest.persons=folders takes each for one person"
    )
    return Folders(partition, None, persons_of_folders, notes=(*notes, unsure))


def _grouped(parts: Mapping[str, tuple[str, ...]]) -> Mapping[str, list[str]]:
    """Images by folder, of the first level at which there are enough for persons, otherwise of the first of all."""
    for depth in (*range(1, max(map(len, parts.values()), default=0) + 1), 1):
        groups: dict[str, list[str]] = defaultdict(list)
        for name, path in parts.items():
            groups["/".join(path[:depth])].append(name)
        if len(groups) >= FEWEST_PERSONS:
            break
    return groups


def _without_common(parts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Folders of each image without those at the beginning that all images share."""
    paths = list(parts.values())
    shared = 0
    while paths and all(len(path) > shared and path[shared] == paths[0][shared] for path in paths):
        shared += 1
    return {name: path[shared:] for name, path in parts.items()}


def _code(folder: str) -> int | None:
    return None if folder.isdecimal() else PARTITION_CODES.get(folder.lower())


def _split_place(paths: Sequence[tuple[str, ...]]) -> int:
    """Which of the folders of every path is a split's, from 0; -1 if none is that of all."""
    depth = min((len(path) for path in paths), default=0)
    return next((place for place in range(depth) if all(_code(path[place]) is not None for path in paths)), -1)


def _split(parts: Mapping[str, tuple[str, ...]]) -> tuple[ImageList | None, tuple[str, ...]]:
    paths = list(parts.values())
    place = _split_place(paths)
    if place < 0:
        return None, _outside(parts)
    folders = sorted({path[place] for path in paths})
    codes = {_code(folder) for folder in folders}
    if 0 not in codes or len(codes) < 2:
        reason = "no image is held out" if 0 in codes else "there is nothing to train on"
        return None, (f"the images lie in {_named(folders)} alone, which is no split as {reason}",)
    rows = {name: bytes([_code(path[place]) or 0]) for name, path in parts.items()}
    return ImageList(_named(folders), _named(folders), ("partition",), rows), ()


def _outside(parts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What is said where some images lie in a split's folders and some do not."""
    inside = {name: next((f for f in path if _code(f) is not None), None) for name, path in parts.items()}
    folders = sorted({folder for folder in inside.values() if folder is not None})
    if len({_code(folder) for folder in folders}) < 2:
        return ()
    outside = [name for name, folder in inside.items() if folder is None]
    if not outside:
        return (f"{_named(folders)} are not used as a split: they lie at different depths",)
    return (f"{_named(folders)} are not used as a split: {len(outside)} images lie elsewhere ({first_names(outside)})",)


def _named(folders: Sequence[str]) -> str:
    noun = "folder" if len(folders) == 1 else "folders"
    return f"the {noun} {first_names(list(folders))}"


def _persons(groups: Mapping[str, list[str]]) -> ImageList:
    rows = {name: person(number) for number, folder in enumerate(sorted(groups), 1) for name in groups[folder]}
    title = f"{len(groups)} folders, a person each"
    return persons(title, title, rows)


def _are_persons(groups: Mapping[str, list[str]]) -> bool:
    """Whether most files are named after their folder, or as files of other folders are."""
    stems = {folder: [_stem(name) for name in names] for folder, names in groups.items()}
    folders_of = Counter(stem for own in stems.values() for stem in set(own))
    total = named_after = named_alike = 0
    for folder, own in stems.items():
        last = folder.rpartition("/")[2].lower()
        total += len(own)
        named_after += sum(stem.startswith(last) for stem in own)
        named_alike += sum(folders_of[stem] > 1 for stem in own)
    return max(named_after, named_alike) > total / 2


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0].lower()


def _are_numbered(folders: Sequence[str]) -> bool:
    """Whether the names differ in their numbers alone, as those of parts of a large set do."""
    return len({re.sub(r"\d+", "", folder) for folder in folders}) == 1


def _classes(groups: Mapping[str, list[str]]) -> ImageList:
    """An attribute for each folder: its images have it, the others lack it."""
    columns = tuple(sorted(groups))
    title = _named(columns)
    note = f"{title} are read as attributes: an image has that of its own folder and lacks the others"
    rows = {
        name: b"".join(_PRESENT if column == folder else _ABSENT for column in columns)
        for folder in columns
        for name in groups[folder]
    }
    return ImageList(title, title, columns, rows, (note,))
