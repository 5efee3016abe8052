"""All commands; each module beside this one holds a group of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from flows.cli.comparison import HELP as COMPARE
from flows.cli.comparison import compare
from flows.cli.data import download, synthesize
from flows.cli.finished import explore, export, generate, interpolate
from flows.cli.points import HELP as POINTS
from flows.cli.points import points
from flows.cli.service import serve
from flows.cli.store import doctor, gc, ls, show, verify
from flows.cli.study import HELP as STAGES
from flows.cli.study import command_of


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


app.command("run", help="Run the whole study, from images to the report.")(command_of(None))
for _stage, _help in STAGES.items():
    app.command(_stage, help=_help)(command_of(_stage))
app.command("compare", help=COMPARE)(compare)
app.command("points", help=POINTS)(points)
_COMMANDS: tuple[Callable[..., None], ...] = (
    synthesize, download,
    generate, explore, export, interpolate,
    ls, show, verify, gc, doctor,
    serve,
)  # fmt: skip
for _command in _COMMANDS:
    app.command()(_command)
