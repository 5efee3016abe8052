"""An artifact's record: Prefect's own persisted result, written last, so that its presence means complete."""

from __future__ import annotations

import json
from typing import Any

RECORD = "record.json"

PLAIN_JSON: dict[str, Any] = {
    "type": "json",
    "jsonlib": "json",
    "object_encoder": None,
    "object_decoder": None,
    "dumps_kwargs": {},
    "loads_kwargs": {},
}
"""The serializer's own description in a record: JSON that names no class and calls no code."""


def read_record(content: bytes) -> dict[str, Any]:
    """Parse and vet a record: Prefect would import and call what a foreign record names as its serializer.

    Returns ``{"metadata": …, "result": …}`` with the result decoded. Raises ``ValueError`` if the record was
    not written by this project.
    """
    record = json.loads(content)
    if not isinstance(record, dict) or set(record) != {"metadata", "result"}:
        raise ValueError("not a record")
    if record["metadata"].get("serializer") != PLAIN_JSON:
        raise ValueError("the record names a serializer that is not this project's")
    result = json.loads(record["result"])
    if not isinstance(result, dict):
        raise ValueError("the record holds no result")
    return {"metadata": record["metadata"], "result": result}
