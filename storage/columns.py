"""A CSV file as columns of text."""

from __future__ import annotations

import csv
from pathlib import Path


def read_columns(path: Path) -> dict[str, list[str]]:
    """A CSV file as columns of text; a file that is not there has none."""
    if not path.exists():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns: dict[str, list[str]] = {name: [] for name in reader.fieldnames or ()}
        for row in reader:
            for name, values in columns.items():
                values.append(row[name] or "")
    return columns
