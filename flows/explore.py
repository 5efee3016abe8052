"""``latentfaces explore``: a page for exploring a finished study's latent space."""

from __future__ import annotations

import logging
import webbrowser
from collections.abc import Callable
from contextlib import suppress

from flows.notebook import open_study
from tasks.exploring.serve import address, bind, serve

log = logging.getLogger("latentfaces")


def explore(store: str, model: str | None, host: str, port: int, browser: bool, say: Callable[[str], None]) -> None:
    """Serve the explorer until interrupted; ``say`` gets its address, once it answers there.

    Raises ``InputError`` if ``store`` has no finished study, or the port is taken.
    """
    study = open_study(store, model)
    log.info("opening %r", study)
    with bind(host, port) as listening:
        where = address(listening)

        def ready() -> None:
            say(where)
            if browser:
                webbrowser.open(where)

        # Interrupting is how one ends it.
        with suppress(KeyboardInterrupt):
            serve(study, listening, host, ready)
