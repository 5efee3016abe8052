"""Records as Prefect writes them."""

import json

from storage.record import PLAIN_JSON

KEY = "0123456789abcdef"


def record(result: dict[str, object], serializer: dict[str, object] = PLAIN_JSON) -> bytes:
    return json.dumps({"metadata": {"serializer": serializer}, "result": json.dumps(result)}).encode()
