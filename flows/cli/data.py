"""The commands that provide data: synthetic faces and CelebA."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import Debug, clear_errors
from flows.console import configure_logging, console, progress_shown


def synthesize(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; created if it does not exist.")],
    count: Annotated[int, typer.Option(min=10, help="Number of faces.")] = 4000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the faces.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Number of processes; by default one per core.")] = None,
    debug: Debug = False,
) -> None:
    """Write synthetic faces in CelebA's own file layout."""
    with clear_errors(debug):
        from tasks.compute.progress import progress_of
        from tasks.synthesis.synthesize import synthesize as write_faces

        configure_logging(debug)
        with progress_shown():
            write_faces(folder, count, seed, workers, progress_of("synthesize"))
    typer.echo(str(folder))


def download(
    folder: Annotated[Path, typer.Argument(help="Folder for CelebA's files.")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Download from this mirror, not from Google Drive.")
    ] = None,
    accept_terms: Annotated[bool, typer.Option("--accept-terms", help="Accept CelebA's terms.")] = False,
    debug: Debug = False,
) -> None:
    """Download CelebA's official files; an interrupted download resumes."""
    with clear_errors(debug):
        from tasks.compute.progress import progress_of
        from tasks.ingestion.download import TERMS
        from tasks.ingestion.download import download as fetch
        from tasks.stage.errors import InputError

        configure_logging(debug)
        console.print(TERMS)
        if not accept_terms and not (sys.stdin.isatty() and typer.confirm("Do you agree to these terms?", err=True)):
            raise InputError("CelebA's terms were not accepted, so nothing was downloaded; --accept-terms accepts them")
        with progress_shown():
            fetch(folder, source, terms_accepted=True, progress=progress_of("download"))
    typer.echo(str(folder))
