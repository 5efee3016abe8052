"""Serving the explorer until it is told to stop."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

import uvicorn

from tasks.exploring.app import make_app
from tasks.exploring.explorer import Explorer
from tasks.exploring.opened import OpenedStudy
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")

PATIENCE = 2.0
"""Seconds that the end of the explorer waits for a fit that is under way."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, on any free port for 0. Raises ``InputError`` if it is taken or not this machine's."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # With the protocol named, asyncio sends small packets at once; otherwise each answer waits 40 ms for its rest.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        raise InputError(f"{host} port {port} cannot be served ({error}); try another --port or --host") from error
    return listening


def address(listening: socket.socket) -> str:
    """The URL at which a browser on this machine finds what listens there."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def serve(study: OpenedStudy, listening: socket.socket, host: str, ready: Callable[[], None]) -> None:
    """Answer on ``listening`` until interrupted; ``ready`` is called when the first page can be asked for.

    One thread decodes one face sooner than several, which would wait for each other. Raises what ends the server, such
    as ``InputError`` for a model that cannot be loaded, which is known only after ``ready``.
    """
    study.threads = 1
    explorer = Explorer(study)
    app = make_app(explorer, host)
    study.neighbours(study.points.mean, 1)
    server = _Server(uvicorn.Config(app, log_level="warning", access_log=False, ws="none"), ready)
    stopped = Event()
    failures: list[Exception] = []

    def prepare() -> None:
        try:
            study.decode(study.points.mean)
        except Exception as error:
            failures.append(error)
            server.should_exit = True
        else:
            _fit(study, stopped)

    preparing = Thread(target=prepare, daemon=True)
    preparing.start()
    try:
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    finally:
        stopped.set()
        preparing.join(PATIENCE)
    if failures:
        raise failures[0]
    if preparing.is_alive():
        # Python would end the thread in the middle of compiled code, which aborts the process.
        sys.stdout.flush()
        logging.shutdown()
        os._exit(0)


def _fit(study: OpenedStudy, stopped: Event) -> None:
    """Fit every sampler at the levels that need fitting, so that few requests have to wait for it."""
    for sampler in study.samplers:
        try:
            for level in study.fitted(sampler).levels():
                if stopped.is_set():
                    return
                study.draw(sampler, 1, **level)
        except InputError as error:
            log.warning("cannot draw with %s: %s", sampler, error)


class _Server(uvicorn.Server):
    """Says when it is up."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call ``ready``."""
        await super().startup(sockets)
        if self.started:
            self._ready()
