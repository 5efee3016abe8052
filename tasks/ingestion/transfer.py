"""One file over HTTP into a folder, continuing what an interrupted attempt left."""

from __future__ import annotations

import http.client
import logging
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import BinaryIO

from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")

ATTEMPTS = 5
TIMEOUT = 60.0
_BLOCK = 2**20
_WORTH_RETRYING = frozenset({408, 425, 429, 500, 502, 503, 504})


class _BrokenOffError(Exception):
    """The connection ended too early, or the server is busy: worth another attempt."""


def transfer(url: str, target: Path, progress: Progress = no_progress, pause: float = 1.0) -> None:
    """Download ``url`` to ``target``, appending to what is already there if the server can continue (HTTP Range).

    Gives up after five attempts in a row without progress, ``pause`` seconds before the first retry and twice as long
    before each further one. Raises ``InputError`` that names the URL if it cannot be downloaded.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"{url} is not an http:// or https:// address")
    failures = 0
    while True:
        before = _size(target)
        try:
            return _attempt(url, target, progress)
        except _BrokenOffError as error:
            failures = 1 if _size(target) > before else failures + 1
            if failures == ATTEMPTS:
                raise InputError(
                    f"{url} cannot be reached, or the download breaks off ({error}); check the network and run the "
                    "command again, which continues where it stopped"
                ) from error
            log.info("download: %s (%s), trying again", url, error)
            time.sleep(pause * 2 ** (failures - 1))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _attempt(url: str, target: Path, progress: Progress) -> None:
    """One request; what was received stays in ``target`` even if it breaks off."""
    start = _size(target)
    headers = {"Range": f"bytes={start}-"} if start else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as response:
            continues = response.status == 206 and _range_start(response) == start
            if start and not continues:
                start = 0
            length = response.headers.get("Content-Length")
            expected = start + int(length) if length is not None else None
            with _open_target(target, append=start > 0) as file:
                _copy(response, file, start, expected, progress)
    except urllib.error.HTTPError as error:
        if error.code == 416 and start:  # nothing left to send, or another file by now; the checksum will tell
            return
        if error.code in _WORTH_RETRYING:
            raise _BrokenOffError(f"HTTP {error.code} {error.reason}") from error
        raise InputError(f"{url}: HTTP {error.code} {error.reason}; check the address") from error
    except urllib.error.URLError as error:
        raise _BrokenOffError(str(error.reason)) from error
    except http.client.InvalidURL as error:
        raise InputError(f"{url} is not a valid address ({error})") from error
    except (http.client.HTTPException, OSError) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from error


def _range_start(response: http.client.HTTPResponse) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _open_target(target: Path, append: bool) -> BinaryIO:
    try:
        return open(target, "ab" if append else "wb")
    except OSError as error:
        raise InputError(f"{target} cannot be written ({error.strerror})") from error


def _copy(
    response: http.client.HTTPResponse, file: BinaryIO, start: int, expected: int | None, progress: Progress
) -> None:
    """Append the response's body to ``file``; a body shorter than announced counts as broken off."""
    done = start
    while block := response.read1(_BLOCK):
        try:
            file.write(block)
        except OSError as error:
            raise InputError(f"{file.name} cannot be written ({error.strerror}); is the disk full?") from error
        done += len(block)
        progress(done, expected or done, Path(file.name).stem)
    if expected is not None and done < expected:
        raise _BrokenOffError(f"{done} of {expected} bytes arrived")
