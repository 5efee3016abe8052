"""The options that several commands share, and how a command ends where something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from flows.console import console

Preset = Annotated[
    str | None,
    typer.Option(help="demo (if no --data is given), celeba (96×96, for a GPU) or celeba64 (published)."),
]
Data = Annotated[
    str | None,
    typer.Option(help="A CelebA folder, img_align_celeba.zip, or any folder of images; synthetic faces if not given."),
]
StoreOption = Annotated[
    str,
    typer.Option(
        envvar="LATENTFACES_STORE", help="What holds every result: a folder, or a URL such as s3://bucket/prefix."
    ),
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Key of the model; the newest in the store if not given.")
]
LevelOption = Annotated[
    list[str] | None,
    typer.Option("--level", metavar="NAME=VALUE", help="The sampler's parameter, such as fact=1.0."),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="STAGE.FIELD=VALUE", help="Change one setting; repeatable.")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A YAML file of settings by stage.")]
Refresh = Annotated[
    list[str] | None, typer.Option(metavar="STAGE", help="Redo a stage even if its result is there; repeatable.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say which stages would run, and why; run nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object: key, path and cached of every artifact.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show Prefect's own log, and tracebacks.")]


@contextmanager
def clear_errors(debug: bool) -> Iterator[None]:
    """End with one clear line and status 1 where a person can mend what is wrong; a traceback with ``--debug``."""
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
        away = _server_is_away(error)
        console.print(f"latentfaces: {away or text}", soft_wrap=True)
        if not debug and not away and not isinstance(error, ValueError | OSError | StoreFailed):
            console.print(f"({type(error).__name__}; --debug shows where)")
        raise SystemExit(1) from None


def _server_is_away(error: BaseException) -> str | None:
    """What to say if it was the Prefect server that did not answer."""
    if "httpx" not in sys.modules:  # its import takes a while
        return None
    from httpx import TransportError

    if not isinstance(error, TransportError):
        return None
    from prefect.settings import PREFECT_API_URL

    from flows.prefect_server import away

    address = PREFECT_API_URL.value()
    if not address:
        return "the temporary Prefect server is gone: run the same command again, what is finished is kept"
    return away(address, str(error) or type(error).__name__)
