"""Which columns of a table are components: fractions, never an index or a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tasks.points.config import ReadConfig
from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

INDEX = re.compile(r"(__index_level_\d+__|unnamed: \d+|index|)", re.IGNORECASE)
"""What libraries call a column that holds an index."""


def components_of(kinds: Mapping[str, str], indices: Sequence[str], config: ReadConfig, path: Path) -> tuple[str, ...]:
    """The columns that are components: those that ``config`` names, else all of numbers.

    kinds: ``fraction``, ``whole`` or ``other`` by the column's name; indices: columns of which the file says that they
    are an index. Raises ``InputError`` for an index, and for whole numbers among fractions, that would become a
    component.
    """
    missing = [name for name in config.columns if name not in kinds]
    if missing:
        raise InputError(f"read.columns: {path} has no column {missing[0]}; it has {first_names(list(kinds), 12)}")
    if config.columns:
        return config.columns
    apart = {config.names, config.split, config.labels}
    numbers = [name for name, kind in kinds.items() if kind != "other" and name not in apart]
    index = next((name for name in numbers if name in indices or INDEX.fullmatch(name.strip())), None)
    if index is not None:
        raise InputError(
            f"{path}: the column {index or '(without a name)'} is an index, which would become a component; write "
            f"the table without it (index=False), or say that it holds the row names: --names {index or 'NAME'}"
        )
    fractions = [name for name in numbers if kinds[name] == "fraction"]
    whole = [name for name in numbers if kinds[name] == "whole"]
    if fractions and whole:
        raise InputError(
            f"{path}: {first_names(whole)} holds whole numbers where {len(fractions)} columns hold fractions; say what "
            f"it is (--labels {whole[0]}, --names {whole[0]} or --split {whole[0]}), or list the components: --set "
            f"read.columns=[{fractions[0]}, …]"
        )
    if not numbers:
        raise InputError(f"{path} has no column of numbers; its columns are {first_names(list(kinds), 12)}")
    return tuple(numbers)
