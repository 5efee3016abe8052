"""Where in a tree of files the images and their lists lie: CelebA in any of its forms, or any images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename

from tasks.ingestion.candidates import is_image_name
from tasks.ingestion.metadata import FILES as METADATA_FILES

CELEBA_FOLDER = "img_align_celeba"
LIST_FILES: Mapping[str, tuple[str, ...]] = {
    "attributes": ("list_attr_celeba.txt", "list_attr_celeba.csv", "CelebAMask-HQ-attribute-anno.txt"),
    "partition": ("list_eval_partition.txt", "list_eval_partition.csv"),
    "identity": ("identity_CelebA.txt", "identity_CelebA.csv"),
}
"""What each list file is about, and its names: the official one first, then those of other copies."""


@dataclass(frozen=True)
class Layout:
    """What lies where, by relative POSIX paths.

    ``root``: the folder of the images, ``""`` or ending in a slash; ``images``: their names below it; ``aligned``:
    whether it is CelebA's ``img_align_celeba``. ``lists``: list files by what they are about, those that count first;
    ``metadata``: metadata files; ``outside``: images that lie elsewhere; ``others``: all other files.
    """

    root: str
    images: tuple[str, ...]
    aligned: bool
    lists: Mapping[str, tuple[str, ...]]
    metadata: tuple[str, ...]
    outside: tuple[str, ...]
    others: tuple[str, ...]


def recognise(names: Sequence[str]) -> Layout:
    """The layout of a tree of files, given by their sorted relative POSIX paths."""
    candidates: list[str] = []
    others: list[str] = []
    for name in names:
        (candidates if is_image_name(name) else others).append(name)
    root = _celeba_root(candidates)
    lists = find_lists(others)
    # In CelebA's layout nothing but the lists says more about an image than its name.
    metadata = () if root else tuple(name for name in others if basename(name) in METADATA_FILES)
    taken = {*(name for found in lists.values() for name in found), *metadata}
    return Layout(
        root,
        tuple(name.removeprefix(root) for name in candidates if name.startswith(root)),
        bool(root),
        lists,
        metadata,
        tuple(name for name in candidates if not name.startswith(root)),
        tuple(name for name in others if name not in taken),
    )


def find_lists(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """List files by what they are about: the official name first, then the one nearest to the root."""
    return {
        about: tuple(
            sorted(
                (name for name in names if basename(name) in bases),
                key=lambda name, bases=bases: (bases.index(basename(name)), name.count("/"), name),  # type: ignore[misc]
            )
        )
        for about, bases in LIST_FILES.items()
    }


def _celeba_root(candidates: Sequence[str]) -> str:
    """The folder ``img_align_celeba`` that holds most images, the inner one of two of that name; else ``""``."""
    roots = Counter(root for name in candidates if (root := _root_of(name)))
    return max(roots, key=lambda root: (roots[root], root)) if roots else ""


def _root_of(name: str) -> str:
    if CELEBA_FOLDER not in name:
        return ""
    folders = name.split("/")[:-1]
    if CELEBA_FOLDER not in folders:
        return ""
    end = folders.index(CELEBA_FOLDER) + 1
    while end < len(folders) and folders[end] == CELEBA_FOLDER:
        end += 1
    return "/".join(folders[:end]) + "/"
