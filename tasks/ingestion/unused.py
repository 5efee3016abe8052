"""A line for each kind of thing that lies beside the images and is not used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tasks.ingestion.layout import CELEBA_FOLDER, Layout
from tasks.ingestion.lists import first_names

OTHER_PICTURES = (
    ".heic", ".heif", ".hif", ".jxl", ".svg", ".eps", ".psd", ".tga", ".exr", ".hdr", ".ico", ".icns", ".pcx", ".dds",
    ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2",
)  # fmt: skip
"""Extensions of pictures that are not read."""

_UNREMARKABLE = ("readme", "license", "licence", "notice", "copying", "citation", "thumbs.db", "desktop.ini")
"""Beginnings of names that lie in many folders and that nobody takes for data."""

_EXAMPLES = 3


def unused_files(names: Sequence[str]) -> Iterator[str]:
    """A line for each extension among ``names``, with counts and examples."""
    by_suffix: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if not _base(name).lower().startswith(_UNREMARKABLE):
            by_suffix[_suffix(name)].append(name)
    for suffix, found in sorted(by_suffix.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        examples = first_names([printable(name) for name in found], _EXAMPLES)
        files = f"{len(found)} {'file' if len(found) == 1 else 'files'}"
        are = "is" if len(found) == 1 else "are"
        if suffix == ".zip":
            yield f"{files} ending in .zip {are} not used ({examples}): unpack them, or give one alone"
        elif suffix in OTHER_PICTURES:
            yield f"{files} ending in {suffix} {are} not used ({examples}): convert them to JPEG or PNG"
        elif suffix:
            yield f"{files} ending in {suffix} {are} not used ({examples})"
        else:
            yield f"{files} without an extension {are} not used ({examples}): images need one, such as .jpg"


def unused_folders(linked: Sequence[str], hidden: Sequence[str]) -> Iterator[str]:
    """A line for linked folders, and one for hidden ones but Git's."""
    hidden = [name for name in hidden if name.rpartition("/")[2] != ".git"]
    for kind, names, advice in (
        ("linked", linked, "not followed ({}): put the folder itself there, or give it alone"),
        ("hidden", hidden, "not read ({})"),
    ):
        if names:
            folders = f"1 {kind} folder is" if len(names) == 1 else f"{len(names)} {kind} folders are"
            yield f"{folders} " + advice.format(first_names([printable(name) for name in names], _EXAMPLES))


def unused_images(layout: Layout, masks: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A line for images beside CelebA's folder, and one for each folder of masks at the top of the tree."""
    if layout.outside:
        examples = first_names([printable(name) for name in layout.outside], _EXAMPLES)
        yield f"{len(layout.outside)} images outside {CELEBA_FOLDER} are not used ({examples})"
    by_top: dict[str, int] = defaultdict(int)
    for folder, names in masks.items():
        by_top[folder.partition("/")[0]] += len(names)
    for folder, count in sorted(by_top.items()):
        yield (
            f"{count} images in {printable(folder) or 'the topmost folder'} are not used: they have few colours, "
            "as masks do; give their folder alone if they are what you mean"
        )


def printable(name: str) -> str:
    """The name with escapes for what is not text."""
    return name.encode("utf-8", "backslashreplace").decode()


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _suffix(name: str) -> str:
    base, dot, suffix = _base(name).rpartition(".")
    return f".{printable(suffix.lower())}" if base and dot else ""
