"""The commands that run the study, or one stage and the stages that it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from flows.cli.options import (
    AutoencoderOption,
    ConfigFile,
    Data,
    Debug,
    DryRun,
    Json,
    Preset,
    Refresh,
    Settings,
    StoreOption,
    clear_errors,
    run_or_cached,
)
from flows.console import configure_logging, console, progress_shown

if TYPE_CHECKING:
    from flows.plan import Plan

HELP = {
    "ingest": "Crop and resize every image into one Zarr array.",
    "train": "Train the autoencoder, after the stages that it needs.",
    "adopt": "Check, measure and record an autoencoder from elsewhere, after the stages that this needs.",
    "encode": "Encode every image into its latent point, after the stages that this needs.",
    "analyse": "Measure how the latent points are distributed, after the stages that this needs.",
    "sample": "Draw and decode new points with every sampler, after the stages that this needs.",
    "assess": "Score the decoded faces against real ones, after the stages that this needs.",
    "report": "Write the report, after the stages that it needs.",
}


def _run(
    stage: str | None,
    preset: str | None,
    data: str | None,
    autoencoder: str | None,
    store: str,
    settings: list[str] | None,
    config_file: Path | None,
    refresh: list[str] | None,
    dry_run: bool,
    as_json: bool,
    debug: bool,
) -> None:
    with clear_errors(debug):
        from storage.opening import find_store

        # Before Prefect is imported, which takes a second, and before it sees the parameters: it logs and keeps even
        # those of a run that it refuses.
        find_store(store)
        if data is not None:
            from tasks.ingestion.check import check_presence

            check_presence(Path(data))
        from flows.config import study_config

        adopted = [] if autoencoder is None else [f"adopt.file={json.dumps(autoencoder)}"]
        config = study_config(preset or (None if data else "demo"), config_file, [*(settings or []), *adopted])
        from flows.image_counts import check_images

        check_images(config, data, stage)
        configure_logging(debug)

        def make_plan() -> Plan:
            from flows.study_plan import plan_study

            plan = plan_study(config, data)
            return plan.upto(stage) if stage else plan

        if dry_run:
            with progress_shown():
                print_outlook(make_plan(), store, refresh or [], as_json)
            return

        def flow() -> Callable[..., dict[str, Any]]:
            if stage is None:
                from flows.study import study

                return study
            from flows.stages import STAGES

            return STAGES[stage]

        summary = run_or_cached(make_plan, flow, debug, store, refresh or [], config=config, data=data)
    print_summary(summary, as_json, store)


def print_summary(summary: dict[str, Any], as_json: bool, store: str) -> None:
    """Say where the result of a run is: all of it as JSON, or the report, or what the last stage made."""
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    elif "report" in summary:
        console.print("The report:", end=" ")
        typer.echo(f"{summary['report']['path']}/report.html")
    else:
        typer.echo(list(summary.values())[-1].get("path", store))


def print_outlook(plan: Plan, store: str, refresh: list[str], as_json: bool) -> None:
    """Say which steps of ``plan`` would run, and why."""
    from flows.outlook import outlook
    from storage.opening import find_store

    views = list(outlook(plan, find_store(store), refresh))
    if as_json:
        fields = [{"step": v.step.name, "key": v.step.key, "cached": v.cached, "reason": v.reason} for v in views]
        typer.echo(json.dumps(fields, indent=2))
        return
    width = max(len(view.step.name) for view in views)
    for view in views:
        typer.echo(f"{view.step.name:{width}}  {'cached' if view.cached else 'run':6}  {view.reason}")
    cached = sum(view.cached for view in views)
    console.print(f"{len(views) - cached} of {len(views)} steps would run, {cached} come from the cache")


def command_of(stage: str | None) -> Callable[..., None]:
    """The command that runs ``stage``, or the whole study if that is None."""

    def command(
        preset: Preset = None,
        data: Data = None,
        autoencoder: AutoencoderOption = None,
        store: StoreOption = "artifacts",
        settings: Settings = None,
        config: ConfigFile = None,
        refresh: Refresh = None,
        dry_run: DryRun = False,
        as_json: Json = False,
        debug: Debug = False,
    ) -> None:
        _run(stage, preset, data, autoencoder, store, settings, config, refresh, dry_run, as_json, debug)

    return command
