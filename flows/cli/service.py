"""The command that runs the pipeline as a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import Debug, clear_errors
from flows.console import configure_logging


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The server's port.")] = 4200,
    logs: Annotated[
        Path | None, typer.Option(help="Folder for server.log and worker.log; by default standard error.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Run a Prefect server and a worker with all deployments until Ctrl-C; the dashboard is on port 4200."""
    with clear_errors(debug):
        from flows.serve import Address
        from flows.serve import serve as run

        configure_logging(debug)
        if logs:
            logs.mkdir(parents=True, exist_ok=True)
        run(Address(host, port), logs)
