"""What the names of folders say about the images in them: the split, the person, the class."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.ingestion.lists import ABSENT, PARTITION_CODES, ImageList, person, persons
from tasks.stage.wording import counted, first_names

FEWEST_PERSONS = 20
"""So many folders may be persons; fewer are classes, such as expressions."""

_NEUTRAL = ("set", "data", "image", "images", "img", "imgs", "face", "faces", "split")

Paths = Mapping[str, tuple[str, ...]]
"""The folders of each image, from the outermost on, by its name."""


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

    A split: every image lies in a folder such as train, val or test, and some lie in train and some do not. Below it
    the outermost folders are persons if there are 20 or more and most of their files' names begin with the folder's or
    come back in other folders, as 0001.jpg does. From 2 to 19 are classes, unless their names are numbered or those of
    a split; then folders inside them may be persons, those of one name being one person.
    """
    paths: Paths = {name: tuple(name.split("/")[:-1]) for name in names}
    partition, notes = _split(paths)
    while partition is not None and (level := _split_level(list(paths.values()))) is not None:
        paths = {name: (*path[:level], *path[level + 1 :]) for name, path in paths.items()}
    paths = _without_common(paths)
    outermost = _grouped(paths, 0)
    if len(outermost) < 2:
        return Folders(partition, notes=notes)
    loose = [name for name, path in paths.items() if not path]
    if len(loose) >= len(paths) / 2:
        return Folders(partition, notes=notes)
    if loose:
        notes = (*notes, f"{counted(len(loose), 'image')} outside the other folders: {first_names(loose)}")
    depth, people = next(
        (
            (depth, groups)
            for depth in range(max(map(len, paths.values())))
            if len(groups := _grouped(paths, depth)) >= FEWEST_PERSONS
        ),
        (0, outermost),
    )
    sure = len(people) >= FEWEST_PERSONS and _are_persons(people)
    classes, remarks = _classes(outermost, paths) if len(outermost) < FEWEST_PERSONS else (None, ())
    if depth == 0 and len(people) >= FEWEST_PERSONS and not sure:
        remarks = (
            f"{len(people)} folders hold the images and are not read as persons: their files are neither named "
            "after them nor named alike across folders; if each holds one person, set ingest.persons=folders",
        )
    return Folders(partition, classes, _persons(people), sure, (*notes, *remarks))


def _without_common(paths: Paths) -> Paths:
    """Folders of each image without those at the beginning that all images in folders share."""
    inside = [path for path in paths.values() if path]
    shared = 0
    while inside and all(len(path) > shared and path[shared] == inside[0][shared] for path in inside):
        shared += 1
    return {name: path[shared:] for name, path in paths.items()}


def _grouped(paths: Paths, depth: int) -> dict[str, list[str]]:
    """Images by the name of the folder at a ``depth``, without those that lie further out."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, path in paths.items():
        if len(path) > depth:
            groups[path[depth]].append(name)
    return groups


def split_code(text: str) -> int | None:
    """The partition that the name of a folder means, such as ``train``, ``Test_set`` or ``images-val``; else None."""
    words = [word for word in re.split(r"[^a-z]+", text.lower()) if word]
    codes = {code for word in words if (code := _word_code(word)) is not None}
    return codes.pop() if len(codes) == 1 else None


def _is_splits_name(text: str) -> bool:
    """Whether the whole name is that of a split, ``test_images`` but not ``Val_Kilmer``."""
    words = [word for word in re.split(r"[^a-z]+", text.lower()) if word]
    return split_code(text) is not None and all(_word_code(word) is not None or word in _NEUTRAL for word in words)


def _word_code(word: str) -> int | None:
    """``train``, ``trainset`` and ``traina``, the first of two domains, alike."""
    for ending in ("", "set", "a", "b"):
        if word.endswith(ending) and (code := PARTITION_CODES.get(word.removesuffix(ending))) is not None:
            return code
    return None


def _split_level(paths: Sequence[tuple[str, ...]]) -> int | None:
    """Which of the folders of every path is a split's, one at which they differ first; None if none is that of all."""
    depth = min((len(path) for path in paths), default=0)
    codes = {level: {split_code(path[level]) for path in paths} for level in range(depth)}
    of_all = [level for level, found in codes.items() if None not in found]
    return next((level for level in of_all if len(codes[level]) > 1), of_all[0] if of_all else None)


def _split(paths: Paths) -> tuple[ImageList | None, tuple[str, ...]]:
    level = _split_level(list(paths.values()))
    if level is None:
        return None, _outside(paths)
    folders = sorted({path[level] for path in paths.values()})
    codes = {split_code(folder) for folder in folders}
    if 0 not in codes or len(codes) < 2:
        reason = "no image is held out" if 0 in codes else "there is nothing to train on"
        return None, (f"the images lie in {_named(folders)} alone, which is not a split: {reason}",)
    rows = {name: bytes([split_code(path[level]) or 0]) for name, path in paths.items()}
    return ImageList(_named(folders), _named(folders), ("partition",), rows), ()


def _outside(paths: Paths) -> tuple[str, ...]:
    """What is said where some images lie in a split's folders and some do not."""
    inside = {name: next((f for f in path if _is_splits_name(f)), None) for name, path in paths.items()}
    folders = sorted({folder for folder in inside.values() if folder is not None})
    if not folders:
        return ()
    outside = [name for name, folder in inside.items() if folder is None]
    are = "is" if len(folders) == 1 else "are"
    if not outside:
        return (f"{_named(folders)} {are} not used as a split: they lie at different depths",)
    lie = "lies" if len(outside) == 1 else "lie"
    elsewhere = f"{counted(len(outside), 'image')} {lie} elsewhere ({first_names(outside)})"
    return (f"{_named(folders)} {are} not used as a split: {elsewhere}",)


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
        total += len(own)
        named_after += sum(stem.startswith(folder.lower()) for stem in own)
        named_alike += sum(folders_of[stem] > 1 for stem in own)
    return max(named_after, named_alike) > total / 2


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0].lower()


def _classes(groups: Mapping[str, list[str]], paths: Paths) -> tuple[ImageList | None, tuple[str, ...]]:
    """An attribute for each folder: its images have it, the others lack it, of loose ones it is unknown."""
    columns = tuple(sorted(groups))
    if any(map(_is_splits_name, columns)):
        return None, ()
    title = _named(columns)
    hint = "; if each holds one person, set ingest.persons=folders" if len(groups) >= 5 and _are_persons(groups) else ""
    if len({re.sub(r"\d+", "", column) for column in columns}) == 1:
        return None, (f"{title} are not read as attributes: their names differ only in numbers{hint}",)
    note = f"{title} are read as attributes: each image has its own folder's attribute and not the others{hint}"
    lacks_all = bytes([ABSENT]) * len(columns)
    rows = dict.fromkeys(paths, bytes(len(columns)))
    for position, column in enumerate(columns):
        has_one = lacks_all[:position] + b"\1" + lacks_all[position + 1 :]
        rows.update(dict.fromkeys(groups[column], has_one))
    return ImageList(title, title, columns, rows, (note,)), ()
