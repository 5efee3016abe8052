"""Whether the Prefect server answers: Prefect would retry every request for a minute, and the work would wait."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit
from urllib.request import getproxies

PATIENCE_SECONDS = 60.0
"""How long to wait for a server that is away, in total until it is back; restarting one takes less."""

_away_since: dict[str, float] = {}


def wait_for_server(address: str | None, patiently: bool = True) -> None:
    """Return once somebody listens at ``address``, the Prefect server's API; ``OSError`` if it is away for too long.

    A temporary server (None) and one behind a proxy are taken to be there.
    """
    address = address or ""
    parts = urlsplit(address)
    if not parts.hostname or parts.scheme in getproxies():
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    while True:
        try:
            socket.create_connection((parts.hostname, port), timeout=2).close()
        except OSError:
            since = _away_since.setdefault(address, time.monotonic())
            if not patiently or time.monotonic() - since >= PATIENCE_SECONDS:
                raise
            time.sleep(0.5)
        else:
            _away_since.pop(address, None)
            return
