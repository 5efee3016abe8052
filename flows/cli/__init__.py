"""The command line; each module beside this one holds a group of commands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from flows.cli import comparison, data, finished, points, service, store, study
from flows.console import console, set_prefect_defaults
from flows.homes import ensure_homes
from storage.names import check_name


class Commands(TyperGroup):
    """The list of commands, each with its whole first sentence: Click would cut it at 45 characters."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """A line or two per command, in the order in which they were added."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(1000)) for name, command in self.commands.items()])


app = typer.Typer(
    name="latentfaces",
    cls=Commands,
    help="How must a latent vector be drawn so that a plain autoencoder's decoder makes a clear, new human face?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Help is plain text: brackets are not markup, and paragraphs are wrapped as a whole.
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"latentfaces {version('latentfaces')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options before any command."""


app.command("run", help="Run the whole study, from images to the report.")(study.command_of(None))
for _stage, _help in study.HELP.items():
    app.command(_stage, help=_help)(study.command_of(_stage))
app.command("compare", help=comparison.HELP)(comparison.compare)
app.command("points", help=points.HELP)(points.points)
_COMMANDS: tuple[Callable[..., None], ...] = (
    data.synthesize, data.download,
    finished.generate, finished.explore, finished.export, finished.interpolate,
    store.ls, store.show, store.verify, store.gc, store.doctor,
    service.serve,
)  # fmt: skip
for _command in _COMMANDS:
    app.command()(_command)


def main() -> None:
    """Run the command line."""
    try:
        _check_arguments(sys.argv)
        ensure_homes()
    except (OSError, ValueError) as error:
        console.print(f"latentfaces: {error}", soft_wrap=True)
        raise SystemExit(1) from None
    set_prefect_defaults()
    app()


def _check_arguments(arguments: Sequence[str]) -> None:
    """Raise ``ValueError`` for an argument that is not valid text, as a file's name may be."""
    for before, argument in pairwise(arguments):
        check_name(argument, before if before.startswith("--") else "the argument")
