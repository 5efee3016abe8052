"""Output on a terminal: progress bars, short log lines, and one clear line for an error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from rich.console import Console

from flows.homes import substitution_warning
from flows.prefect_settings import find_setting
from tasks.compute.progress import listening
from tasks.stage.errors import InputError

# What is printed names settings, files and errors: brackets and colons in them are text.
console = Console(stderr=True, highlight=False, markup=False, emoji=False)


def set_prefect_defaults() -> None:
    """Settings that Prefect reads from the environment; whatever the user has set stays."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    if not any(map(find_setting, ("server.ephemeral.enabled", "server.allow_ephemeral_mode"))):
        # Prefect allows temporary servers in its own first profile alone.
        os.environ["PREFECT_SERVER_EPHEMERAL_ENABLED"] = "true"
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "latentfaces")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    # Log lines outside a flow run go to the terminal only.
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    # A temporary server is stopped while its own loops still run, and would print their tracebacks.
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_ROOT_LEVEL", "CRITICAL")


class _ConsoleHandler(logging.Handler):
    """A line per record, above the progress bar; tracebacks only where asked for."""

    def __init__(self, debug: bool) -> None:
        super().__init__(logging.DEBUG if debug else logging.INFO)
        self._debug = debug
        self.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("prefect") and not self._debug:
            # The stages' own lines say the same in plain words; what went wrong ends the command.
            return
        if record.exc_info and self._debug:
            console.print(self.format(record), soft_wrap=True)
            return
        bare = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        style = "yellow" if record.levelno >= logging.WARNING else None
        console.print(self.format(bare), style=style, soft_wrap=True)


def configure_logging(debug: bool) -> None:
    """Send this project's log (and Prefect's with ``debug``) to standard error, beside Prefect's own handlers.

    Prefect's console handler prints every traceback; ours replaces it. What goes to the dashboard is unchanged. Call
    this again after importing Prefect's engine, which installs its handlers again; it is not imported for this.
    """
    handler = _ConsoleHandler(debug)
    replaced: tuple[type[logging.Handler], ...] = (_ConsoleHandler,)
    if "prefect" in sys.modules:
        from prefect.logging.configuration import setup_logging
        from prefect.logging.handlers import PrefectConsoleHandler

        setup_logging()
        replaced = (_ConsoleHandler, PrefectConsoleHandler)
    else:
        # As Prefect sets the root logger up.
        logging.getLogger().setLevel(os.environ.get("PREFECT_LOGGING_ROOT_LEVEL", "CRITICAL").upper())
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    for logger in loggers:
        for old in [old for old in logger.handlers if isinstance(old, replaced)]:
            logger.removeHandler(old)
            logger.addHandler(handler)
    ours = logging.getLogger("latentfaces")
    for again in [one for place, one in enumerate(ours.handlers) if type(one) in map(type, ours.handlers[:place])]:
        ours.removeHandler(again)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    for logger in (ours, logging.getLogger()):
        if handler not in logger.handlers:
            logger.addHandler(handler)
    _warn_once(substitution_warning())


@lru_cache
def _warn_once(text: str) -> None:
    if text:
        logging.getLogger("latentfaces").warning(text)


def say_which_server() -> None:
    """Log which server the run will use, before a temporary one takes seconds to start.

    Raises ``InputError`` if no Prefect server answers at the address that is set, or there is neither an address nor
    permission for a temporary server.
    """
    from prefect.settings import PREFECT_API_URL, get_current_settings

    log = logging.getLogger("latentfaces")
    address = PREFECT_API_URL.value()
    if not address and not get_current_settings().server.ephemeral.enabled:
        raise InputError(
            "there is no Prefect server to use: PREFECT_API_URL is not set, and temporary servers are disabled "
            "(PREFECT_SERVER_EPHEMERAL_ENABLED is false); change one of the two"
        )
    if not address:
        log.info("using a temporary Prefect server (PREFECT_API_URL is not set)")
        return
    from flows.prefect_server import check_server, setting_of

    check_server(address)
    log.info("using the Prefect server %s (from %s)", address, setting_of(address).origin)


@contextmanager
def progress_shown() -> Iterator[None]:
    """Show a progress bar for the current stage if standard error is a terminal; otherwise progress is logged."""
    if not console.is_terminal:
        yield
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bars: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int, note: str) -> None:
            if stage not in bars:
                for bar in bars.values():
                    progress.update(bar, visible=False)
                bars[stage] = progress.add_task(stage, total=total, note=note)
            progress.update(bars[stage], completed=done, total=total, note=note, visible=done < total)

        with listening(show):
            yield
