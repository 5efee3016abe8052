"""A line for each kind of file beside the images that is not used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename

from tasks.ingestion.layout import CELEBA_FOLDER, Layout
from tasks.stage.wording import counted, first_names

OTHER_PICTURES = (
    ".heic", ".heif", ".hif", ".jxl", ".svg", ".eps", ".psd", ".tga", ".exr", ".hdr", ".ico", ".icns", ".pcx", ".dds",
    ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2",
)  # fmt: skip
"""Extensions of pictures that are not read."""

_UNREMARKABLE = ("readme", "license", "licence", "notice", "copying", "citation", "thumbs", "desktop")
"""Stems of files that are in many folders and that nobody takes for data."""

_EXAMPLES = 3
_MOST_LINES = 8


def unused_files(names: Sequence[str]) -> Iterator[str]:
    """A line for each extension among ``names``, the commonest ones first, with counts and examples."""
    by_suffix: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if basename(name).lower().partition(".")[0] not in _UNREMARKABLE:
            by_suffix[_suffix(name)].append(name)
    kinds = sorted(by_suffix.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    for suffix, found in kinds[:_MOST_LINES]:
        one = len(found) == 1
        kind = f"ending in {suffix}" if suffix else "without an extension"
        if suffix == ".zip":
            advice = ": unpack it, or pass it to --data" if one else ": unpack them, or pass one to --data"
        elif suffix in OTHER_PICTURES:
            advice = f": convert {'it' if one else 'them'} to JPEG or PNG"
        else:
            advice = "" if suffix else ": images need one, such as .jpg"
        files = f"{counted(len(found), 'file')} {kind} {'is' if one else 'are'}"
        yield f"{files} not used ({first_names(found, _EXAMPLES)}){advice}"
    others = [name for _, found in kinds[_MOST_LINES:] for name in found]
    if others:
        extensions = counted(len(kinds) - _MOST_LINES, "other extension")
        yield f"{counted(len(others), 'file')} of {extensions} not used ({first_names(others, _EXAMPLES)})"


def unused_folders(linked: Sequence[str], hidden: Sequence[str]) -> Iterator[str]:
    """A line for linked folders, and one for hidden ones but Git's."""
    hidden = [name for name in hidden if basename(name) != ".git"]
    for kind, names, advice in (
        ("linked", linked, "not followed ({}): copy the folder there, or pass it to --data"),
        ("hidden", hidden, "not read ({})"),
    ):
        if names:
            folders = f"{counted(len(names), f'{kind} folder')} {'is' if len(names) == 1 else 'are'}"
            yield f"{folders} " + advice.format(first_names(names, _EXAMPLES))


def unused_images(layout: Layout, masks: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A line for images beside CelebA's folder, and one for masks."""
    if layout.outside:
        images = f"{counted(len(layout.outside), 'image')} {'is' if len(layout.outside) == 1 else 'are'}"
        yield f"{images} not used, outside {CELEBA_FOLDER} ({first_names(layout.outside, _EXAMPLES)})"
    if masks:
        count, folders = sum(map(len, masks.values())), first_names(list(masks), _EXAMPLES)
        yield (
            f"{counted(count, 'image')} in {folders} {'is' if count == 1 else 'are'} not used: few colours, as masks "
            "have; to use them, rename the folder or pass it to --data"
        )


def _suffix(name: str) -> str:
    base, dot, suffix = basename(name).rpartition(".")
    return f".{suffix.lower()}" if base and dot else ""
