"""The command line: what commands there are; a module beside this one for each kind of them."""

from __future__ import annotations

import typer

from flows.cli import data, finished, house, service, study
from flows.console import set_prefect_defaults

app = typer.Typer(
    name="latentfaces",
    help="How must a latent vector be drawn so that a plain autoencoder's decoder makes a clear, new human face?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("run", help="Run the whole study, from images to the report.")(study.command_of(None))
for _stage, _help in study.HELP.items():
    app.command(_stage, help=_help)(study.command_of(_stage))
for _command in (data.synthesize, data.download, data.generate):
    app.command()(_command)
for _command in (house.ls, house.show, house.verify, house.gc, house.doctor):
    app.command()(_command)
app.command()(finished.explore)
app.command()(service.serve)


def main() -> None:
    """Run the command line."""
    set_prefect_defaults()
    app()
