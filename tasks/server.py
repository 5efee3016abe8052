"""Whether the Prefect server is there: Prefect would try for a minute at every request, and the work would wait."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit
from urllib.request import getproxies

from prefect.settings import PREFECT_API_URL

PATIENCE_SECONDS = 60.0
"""How long a server that is away is waited for, in all until it is back; one that is started again takes less."""

_away_since: dict[str, float] = {}


def wait_for_server(patiently: bool = True) -> None:
    """Return once somebody listens where the Prefect server should; ``OSError`` if it is away for too long.

    A temporary server and one behind a proxy are taken to be there.
    """
    address = PREFECT_API_URL.value() or ""
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
