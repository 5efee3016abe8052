"""Arguments that cannot be right, found before the commands are imported, which takes most of a short run's time.

Whatever is not found here is found by the commands themselves, with the same words.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from storage.names import check_name
from tasks.ingestion.candidates import ABSENT, EMPTY
from tasks.stage.errors import InputError

STUDIES = ("run", "ingest", "train", "adopt", "encode", "analyse", "sample", "assess", "report")
"""The commands that take a study's data and settings."""


def check_arguments(arguments: Sequence[str]) -> None:
    """Raise ``ValueError`` for text that is not valid, absent or empty data, and settings that there are not."""
    for before, argument in pairwise(["", *arguments]):
        check_name(argument, before if before.startswith("--") else "the argument")
    if not arguments or arguments[0] not in STUDIES or {"--help", "--debug"} & {*arguments}:
        return
    for data in _values(arguments, "--data")[-1:]:
        _check_presence(Path(data).expanduser())
    if settings := _values(arguments, "--set"):
        from flows.groups import check_setting_names

        check_setting_names(settings)


def _check_presence(data: Path) -> None:
    """As in ``tasks.ingestion.check``, whose modules import NumPy."""
    place = os.path.normpath(data.absolute())
    if not data.exists():
        raise InputError(f"{place} {ABSENT}")
    with suppress(OSError):  # what cannot be listed is said when it is opened
        if data.is_dir() and not any(data.iterdir()):
            raise InputError(f"{place} {EMPTY}")


def _values(arguments: Sequence[str], option: str) -> list[str]:
    """What is given to ``option``, in either way of writing it."""
    apart = [value for before, value in pairwise(arguments) if before == option]
    return apart + [one.removeprefix(f"{option}=") for one in arguments if one.startswith(f"{option}=")]
