"""What is known about the images besides their pixels: from list files, metadata files and the names of folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from tasks.ingestion.config import Persons
from tasks.ingestion.grouping import Folders, read_folders
from tasks.ingestion.lists import ImageList, ListFile, read_attributes, read_identity, read_partition
from tasks.ingestion.matching import matched
from tasks.ingestion.metadata import read_metadata
from tasks.stage.wording import counted, first_names

READERS: Mapping[str, Callable[[ListFile], ImageList]] = {
    "attributes": read_attributes,
    "partition": read_partition,
    "identity": read_identity,
}
"""What reads each kind of list file."""

PartitionSource = Literal["official", "metadata", "folders", "none"]


@dataclass(frozen=True)
class ImageFacts:
    """Attributes, partition and person of the images, by their names; each None where nothing says it.

    ``partition_source``: what the partition was read from; ``of_celeba``: whether one of CelebA's own lists is about
    the images; ``folders``: what the folders say; ``notes``: a line each for how something was read or why it is not
    used.
    """

    attributes: ImageList | None
    partition: ImageList | None
    identity: ImageList | None
    partition_source: PartitionSource
    of_celeba: bool
    folders: Folders
    notes: tuple[str, ...]

    def digest(self, names: Sequence[str]) -> bytes:
        """Of everything that is known of the images ``names``, wherever it was read."""
        total = blake2b(f"{self.partition_source} {self.folders.sure}".encode())
        for listed in (self.attributes, self.partition, self.identity, self.folders.persons):
            total.update(b"none" if listed is None else "\n".join(listed.columns).encode())
            total.update(b"" if listed is None else listed.values(names).tobytes())
        return total.digest()

    def persons(self, setting: Persons) -> ImageList | None:
        """The person of each image, by the identity list or, as ``setting`` says, by the folders."""
        by_folder = setting == "folders" or (setting == "auto" and self.folders.sure)
        return self.identity or (self.folders.persons if by_folder else None)


def read_image_facts(
    lists: Mapping[str, Sequence[ListFile]], metadata: Sequence[ListFile], names: Sequence[str], flat: bool
) -> ImageFacts:
    """What ``lists``, ``metadata`` and folders say of the images ``names``; the first of these that says it counts.

    ``lists``: CelebA's list files by what they are about, of which the first that is about the images counts;
    ``metadata``: metadata files; ``flat``: the folders say nothing. What is about none of the images is not used, with
    a note. Raises ``InputError`` for what is malformed.
    """
    notes: list[str] = []

    def about_images(listed: ImageList | None) -> ImageList | None:
        found = None if listed is None else matched(listed, names)
        if listed is not None and found is None:
            notes.append(_mismatch(listed, names))
        return found

    def first_about_images(about: str, files: Sequence[ListFile]) -> ImageList | None:
        found: ImageList | None = None
        for file in files:
            if found is None:
                found = about_images(READERS[about](file))
            else:
                notes.append(f"{file.location} is not used: {found.location} is")
        return found

    read = {about: first_about_images(about, files) for about, files in lists.items()}
    described = read_metadata(metadata)
    attributes, split = about_images(described.attributes), about_images(described.partition)
    folders = Folders() if flat else read_folders(names)
    partitions: dict[PartitionSource, ImageList | None] = {
        "official": read.get("partition"),
        "metadata": split,
        "folders": folders.partition,
    }
    attributes_found = [one for one in (read.get("attributes"), attributes, folders.attributes) if one is not None]
    partitions_found = {source: one for source, one in partitions.items() if one is not None}
    for about, found in (("attributes", attributes_found), ("split", [*partitions_found.values()])):
        notes += [f"{one.name}: not used for {about}, as {found[0].name} is" for one in found[1:]]
    source: PartitionSource = next(iter(partitions_found), "none")
    return ImageFacts(
        next(iter(attributes_found), None),
        partitions_found.get(source),
        read.get("identity"),
        source,
        any(listed is not None for listed in read.values()),
        folders,
        tuple(dict.fromkeys((*notes, *described.notes, *folders.notes))),
    )


def _mismatch(listed: ImageList, names: Sequence[str]) -> str:
    row = next(iter(listed.rows), None)
    if row is None:
        return f"{listed.name} is not used: it has no rows"
    return (
        f"{listed.name} is not used: none of its {counted(len(listed.rows), 'row')} names an image that is here "
        f"(a row is about {first_names([row[:80]])}, an image is {names[0]})"
    )
