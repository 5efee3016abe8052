"""Options that several commands share, and how a command reports an error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from flows.console import configure_logging, console, progress_shown, say_which_server
from flows.prefect_settings import server_address

if TYPE_CHECKING:
    from flows.plan import Plan

Preset = Annotated[
    str | None,
    typer.Option(
        help="demo (the default without --data), celeba (96×96, for a GPU) or celeba64 (the published protocol)."
    ),
]
Data = Annotated[
    str | None,
    typer.Option(help="CelebA, or any folder or zip file of images; by default synthetic faces."),
]
AutoencoderOption = Annotated[
    str | None,
    typer.Option(
        "--autoencoder",
        metavar="FILE",
        help="A YAML file that describes an autoencoder of yours, which is studied in place of a trained one.",
    ),
]
StoreOption = Annotated[
    str,
    typer.Option(
        envvar="LATENTFACES_STORE", help="Where results are kept: a folder, or a URL such as s3://bucket/prefix."
    ),
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Key of the model; by default the newest in the store.")
]
LevelOption = Annotated[
    list[str] | None,
    typer.Option("--level", metavar="NAME=VALUE", help="A parameter of the sampler, such as fact=1.0; repeatable."),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="STAGE.FIELD=VALUE", help="Change one setting; repeatable.")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A YAML file of settings, grouped by stage.")]
Refresh = Annotated[
    list[str] | None,
    typer.Option(metavar="STAGE", help="Recompute a stage even if its result is in the store; repeatable."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show which stages would run, and why; run nothing.")]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print a JSON object with each artifact's key and path, and whether it was cached."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show Prefect's own log, and tracebacks.")]


LoadFlow: TypeAlias = Callable[[], Callable[..., dict[str, Any]]]
"""Imports a flow: Prefect's engine takes seconds."""


@contextmanager
def clear_errors(debug: bool) -> Iterator[None]:
    """Report an error in one clear line and exit with status 1; show the traceback too with ``--debug``."""
    from storage.failure import StoreFailed

    try:
        yield
    except KeyboardInterrupt:
        console.print("Interrupted. The same command continues where this one stopped.")
        raise SystemExit(130) from None
    except (Exception, StoreFailed) as error:
        if debug:
            console.print_exception()
        text = " ".join(str(error).split()) or type(error).__name__
        unreachable = _server_unreachable(error)
        console.print(f"latentfaces: {unreachable or text}", soft_wrap=True)
        if not debug and not unreachable and not isinstance(error, ValueError | OSError | StoreFailed):
            console.print(f"({type(error).__name__}; --debug shows where)")
        raise SystemExit(1) from None


def run_or_cached(
    make_plan: Callable[[], Plan], load: LoadFlow, debug: bool, store: str, refresh: list[str], **arguments: Any
) -> dict[str, Any]:
    """The summary of a run of the plan that ``make_plan`` makes.

    Where no Prefect server is configured, a plan that is complete in the store is done without one; where one is, the
    flow that ``load`` imports reports there that everything is cached.
    """
    arguments |= {"store": store, "refresh": refresh}
    if server_address():
        return run_flow(load, debug, **arguments)
    from flows.cached import cached_summary
    from flows.handed_plan import handing
    from storage.opening import find_store

    with progress_shown():
        plan = make_plan()
        summary = cached_summary(plan, find_store(store), refresh)
    if summary is not None:
        return summary
    with handing(plan):
        return run_flow(load, debug, **arguments)


def run_flow(load: LoadFlow, debug: bool, **arguments: Any) -> dict[str, Any]:
    """The summary of the flow that ``load`` imports, called with ``arguments`` while a Prefect server is there for it.

    It is imported late: Prefect's engine takes seconds, and a wrong setting or a dry run need not wait for it.
    """
    from flows.temporary_server import begun_server

    say_which_server()
    with begun_server() as leave_to_prefect:
        flow = load()
        configure_logging(debug)
        leave_to_prefect()
        with progress_shown():
            return flow(**arguments)


def _server_unreachable(error: BaseException) -> str | None:
    """The message if the Prefect server did not answer, else None."""
    if "httpx" not in sys.modules:  # its import takes a while
        return None
    from httpx import TransportError

    if not isinstance(error, TransportError):
        return None
    from prefect.settings import PREFECT_API_URL

    from flows.prefect_server import unreachable

    address = PREFECT_API_URL.value()
    if not address:
        return "the temporary Prefect server has stopped: run the same command again; finished work is kept"
    return unreachable(address, str(error) or type(error).__name__)
