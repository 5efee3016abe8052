"""Downloads CelebA's official files from Google Drive or from a mirror."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.compute.progress import Progress, no_progress
from tasks.ingestion.transfer import transfer
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")

TERMS = """\
CelebA (Large-scale CelebFaces Attributes Dataset), Multimedia Laboratory, The Chinese University of Hong Kong
https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html

- The data set is available for non-commercial research purposes only.
- The images were obtained from the Internet and are not property of MMLAB, which is not responsible for their
  content nor their meaning.
- You agree not to reproduce, duplicate, copy, sell, trade, resell or exploit for any commercial purposes any portion
  of the images and any portion of derived data.
- You agree not to further copy, publish or distribute any portion of the data set, except copies for internal use at
  a single site within the same organisation.
- MMLAB reserves the right to terminate your access to the data set at any time.
- The face identities are released upon request for research purposes only.

The page above is authoritative; this is a summary of its agreement."""


@dataclass(frozen=True)
class OfficialFile:
    """A file to bring: its name, its MD5 checksum in hexadecimal, and its id on Google Drive."""

    name: str
    md5: str
    drive_id: str


OFFICIAL_FILES = (
    OfficialFile("list_attr_celeba.txt", "75e246fa4810816ffd6ee81facbd244c", "0B7EVK8r0v71pblRyaVFSWGxPY0U"),
    OfficialFile("list_eval_partition.txt", "d32c9cbf5e040fd4025c592c306e6668", "0B7EVK8r0v71pY0NSMzRuSXJEVkk"),
    OfficialFile("img_align_celeba.zip", "00d2c5bc6d35e252742224ab0c1e8fcb", "0B7EVK8r0v71pZjFTYXZWM3FlRnM"),
)
"""Names, checksums and ids as its authors published them; the small ones first."""


def download(
    folder: Path,
    base_url: str | None = None,
    *,
    terms_accepted: bool,
    files: Sequence[OfficialFile] = OFFICIAL_FILES,
    progress: Progress = no_progress,
    pause: float = 1.0,
) -> dict[str, Any]:
    """Download ``files`` into ``folder``, from Google Drive or from ``base_url/<name>``, and check their MD5 checksums.

    Files that are already there and intact are kept; a damaged one is renamed ``<name>.damaged`` and downloaded again;
    an interrupted transfer continues. ``pause``: seconds before the first repetition.
    Returns the names that were kept and brought. Raises ``InputError`` if the terms (``TERMS``) are not accepted, if
    a file cannot be had, or if it arrives damaged.
    """
    if not terms_accepted:
        raise InputError("CelebA may only be downloaded by those who accept its terms: non-commercial research only")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot create the folder {folder} ({error.strerror}); choose another one") from error
    kept: list[str] = []
    brought: list[str] = []
    for file in files:
        if _is_intact(folder / file.name, file.md5):
            kept.append(file.name)
        else:
            _download(file, folder, base_url, progress, pause)
            brought.append(file.name)
    return {"folder": str(folder), "kept": kept, "downloaded": brought}


def _download(file: OfficialFile, folder: Path, base_url: str | None, progress: Progress, pause: float) -> None:
    """Download one file as ``<name>.part``, which is renamed only once its checksum is right."""
    target, part = folder / file.name, folder / f"{file.name}.part"
    if target.exists():
        aside = target.with_name(f"{file.name}.damaged")
        log.warning("%s is not the official file (wrong MD5 checksum); kept as %s, downloading it again", target, aside)
        target.replace(aside)
    for continued in (part.exists(), False):
        if base_url is None:
            _from_google_drive(file, part, progress)
        else:
            transfer(f"{base_url.rstrip('/')}/{file.name}", part, progress, pause)
        actual = _md5(part)
        if actual == file.md5:
            part.replace(target)
            return
        part.unlink()
        if not continued:
            break
    raise InputError(
        f"{file.name} arrived damaged or is another version (MD5 {actual}, expected {file.md5}) and was deleted; run "
        "the command again, or fetch it with a browser from CelebA's page and put it into the folder"
    )


def _from_google_drive(file: OfficialFile, part: Path, progress: Progress) -> None:
    import gdown
    import requests

    def tell(done: int, total: int | None) -> None:
        progress(done, total or done, file.name)

    try:
        gdown.download(
            id=file.drive_id, output=str(part), quiet=True, resume=True, progress=tell, timeout=60.0, retries=3
        )
    except (gdown.DownloadError, requests.RequestException, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"cannot download {file.name} from Google Drive ({reason}), which often refuses after many downloads: try "
            "again later, download it with a browser from CelebA's page into the folder, or use a mirror with --from"
        ) from error


def _is_intact(path: Path, md5: str) -> bool:
    return path.is_file() and _md5(path) == md5


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
