"""The command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.console import configure_logging, console, progress_shown, say_which_server, set_prefect_defaults

app = typer.Typer(
    name="latentfaces",
    help="How must a latent vector be drawn so that a plain autoencoder's decoder makes a clear, new human face?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Preset = Annotated[
    str | None,
    typer.Option(help="demo (if no --data is given), celeba (96×96, for a GPU) or celeba64 (published)."),
]
Data = Annotated[
    str | None,
    typer.Option(help="A CelebA folder, img_align_celeba.zip, or any folder of images; synthetic faces if not given."),
]
StoreOption = Annotated[str, typer.Option(envvar="LATENTFACES_STORE", help="The folder that holds every result.")]
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


def _run(
    stage: str | None,
    preset: str | None,
    data: str | None,
    store: str,
    settings: list[str] | None,
    config_file: Path | None,
    refresh: list[str] | None,
    dry_run: bool,
    as_json: bool,
    debug: bool,
) -> None:
    with _clear_errors(debug):
        from flows.config import study_config
        from flows.stages import STAGES
        from flows.study import study

        configure_logging(debug)
        config = study_config(preset or (None if data else "demo"), config_file, settings or [])
        if dry_run:
            with progress_shown():
                _print_outlook(config, data, store, stage, refresh or [], as_json)
            return
        flow = STAGES[stage] if stage else study
        say_which_server()
        with progress_shown():
            summary = flow(config=config, data=data, store=store, refresh=refresh or [])
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    elif "report" in summary:
        console.print("The report:", end=" ")
        typer.echo(str(Path(summary["report"]["path"]) / "report.html"))
    else:
        typer.echo(list(summary.values())[-1].get("path", store))


def _print_outlook(
    config: Any, data: str | None, store: str, stage: str | None, refresh: list[str], as_json: bool
) -> None:
    from flows.plan import outlook, plan_study
    from storage.store import find_store

    plan = plan_study(config, data)
    if stage:
        plan = plan.upto(stage)
    views = list(outlook(plan, find_store(store), refresh))
    if as_json:
        fields = [{"step": v.step.name, "key": v.step.key, "cached": v.cached, "why": v.why} for v in views]
        typer.echo(json.dumps(fields, indent=2))
        return
    width = max(len(view.step.name) for view in views)
    for view in views:
        typer.echo(f"{view.step.name:{width}}  {'cached' if view.cached else 'run':6}  {view.why}")


def _stage_command(stage: str | None) -> Callable[..., None]:
    def command(
        preset: Preset = None,
        data: Data = None,
        store: StoreOption = "artifacts",
        settings: Settings = None,
        config: ConfigFile = None,
        refresh: Refresh = None,
        dry_run: DryRun = False,
        as_json: Json = False,
        debug: Debug = False,
    ) -> None:
        _run(stage, preset, data, store, settings, config, refresh, dry_run, as_json, debug)

    return command


app.command("run", help="Run the whole study, from images to the report.")(_stage_command(None))
for _stage, _help in {
    "ingest": "Crop and resize every image into one Zarr array.",
    "train": "Train the autoencoder (and what it needs).",
    "encode": "Encode every image into its latent point (and what that needs).",
    "analyse": "Measure how the latent points are distributed (and what that needs).",
    "sample": "Draw and decode new points with every sampler (and what that needs).",
    "assess": "Score the decoded faces against real ones (and what that needs).",
    "report": "Write the report (and what it needs).",
}.items():
    app.command(_stage, help=_help)(_stage_command(_stage))


@app.command()
def synthesize(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if it is not there.")],
    count: Annotated[int, typer.Option(min=10, help="Number of faces.")] = 4000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every factor of every face.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all cores if not given.")] = None,
    debug: Debug = False,
) -> None:
    """Write synthetic faces in CelebA's own file layout."""
    with _clear_errors(debug):
        from tasks.progress import progress_of
        from tasks.synthesis.synthesize import synthesize as write_faces

        configure_logging(debug)
        with progress_shown():
            write_faces(folder, count, seed, workers, progress_of("synthesize"))
    typer.echo(str(folder))


@app.command()
def download(
    folder: Annotated[Path, typer.Argument(help="Where to put CelebA's files.")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="A mirror instead of Google Drive.")
    ] = None,
    accept_terms: Annotated[bool, typer.Option("--accept-terms", help="Agree to CelebA's terms.")] = False,
    debug: Debug = False,
) -> None:
    """Bring CelebA's official files, resuming where an earlier download stopped."""
    with _clear_errors(debug):
        from tasks.errors import InputError
        from tasks.ingestion.download import TERMS
        from tasks.ingestion.download import download as fetch
        from tasks.progress import progress_of

        configure_logging(debug)
        console.print(TERMS, markup=False)
        if not accept_terms and not (sys.stdin.isatty() and typer.confirm("Do you agree to these terms?", err=True)):
            raise InputError("CelebA's terms were not accepted: nothing was downloaded (--accept-terms agrees to them)")
        with progress_shown():
            fetch(folder, source, terms_accepted=True, progress=progress_of("download"))
    typer.echo(str(folder))


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="Where to write the faces and their contact sheet.")],
    sampler: Annotated[str, typer.Option(help="The way of drawing.")] = "manifold_parzen",
    count: Annotated[int, typer.Option(min=1, help="Number of faces.")] = 21,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    level: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="The sampler's parameter, such as fact=1.0.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Key of the model; the newest in the store if not given.")] = None,
    store: StoreOption = "artifacts",
    debug: Debug = False,
) -> None:
    """Draw new faces from a study that is in the store: PNG files and a contact sheet."""
    with _clear_errors(debug):
        from flows.generate import generate_faces

        configure_logging(debug)
        sheet = generate_faces(store, sampler, count, seed, level or [], model, out)
    typer.echo(str(sheet))


@app.command()
def explore(
    model: Annotated[str | None, typer.Option(help="Key of the model; the newest in the store if not given.")] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; others reach it only if this is not loopback.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; any free one if 0.")] = 8421,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    store: StoreOption = "artifacts",
    debug: Debug = False,
) -> None:
    """Walk through the latent space of a study that is in the store, in a browser."""
    with _clear_errors(debug):
        from flows.explore import explore as serve_page

        configure_logging(debug)
        serve_page(store, model, host, port, not no_open, typer.echo)


@contextmanager
def _clear_errors(debug: bool) -> Iterator[None]:
    """End with one clear line and status 1 where a person can mend what is wrong; a traceback with ``--debug``."""
    from storage.store import StoreFailure

    try:
        yield
    except KeyboardInterrupt:
        console.print("Interrupted. The same command continues where this one stopped.")
        raise SystemExit(130) from None
    except (Exception, StoreFailure) as error:
        if debug:
            console.print_exception()
        text = " ".join(str(error).split()) or type(error).__name__
        console.print(f"latentfaces: {text}", markup=False, soft_wrap=True)
        if not debug and not isinstance(error, ValueError | OSError | StoreFailure):
            console.print(f"({type(error).__name__}; --debug shows where)", markup=False)
        raise SystemExit(1) from None


def main() -> None:
    """Run the command line."""
    set_prefect_defaults()
    app()
