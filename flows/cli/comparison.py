"""The command that compares several studies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import Debug, DryRun, Json, StoreOption, clear_errors, run_flow
from flows.console import configure_logging, console, progress_shown

HELP = """Run the same study over a grid of configurations and compare the results.

In the file, base holds the settings that all studies share, and grid the axes: any settings of a study, or data, each
with its values. Every combination of values is a study. Stages that studies share are computed once, results in the
store are reused, and an interrupted comparison continues.

\b
  name: sizes
  data: photos                      # as for run --data; synthetic faces if omitted
  base:
    train: {epochs: 20}
  grid:
    train.latent_dim: [16, 64]
    train.normalisation: [batch, none]
    train.seed: [0, 1]              # repeated runs separate chance from settings
  also:                             # single studies besides the grid
    - {train.family: vae, train.latent_dim: 64}
"""


def compare(
    config: Annotated[Path, typer.Option("--config", help="A YAML file: name, preset, data, base, grid, also.")],
    store: StoreOption = "artifacts",
    parallel: Annotated[
        int | None,
        typer.Option(min=1, help="Studies to run at once; by default one on a GPU, or one per core as memory allows."),
    ] = None,
    reports: Annotated[bool, typer.Option("--reports", help="Also write a report for each study.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """See HELP."""
    with clear_errors(debug):
        from flows.comparing.config import check_members, configurations, load_compare_config
        from storage.opening import find_store

        find_store(store)
        changes: dict[str, Any] = {"parallel": parallel} if parallel else {}
        if reports:
            changes["reports"] = True
        comparison = load_compare_config(config, **changes)
        check_members(configurations(comparison), comparison.reports)
        configure_logging(debug)
        if dry_run:
            with progress_shown():
                _print_overview(comparison, store, as_json)
            return

        def flow() -> Callable[..., dict[str, Any]]:
            from flows.compare import compare

            return compare

        summary = run_flow(flow, debug, config=comparison, store=store)
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
        return
    console.print("The comparison:", end=" ")
    typer.echo(f"{summary['comparison']['path']}/comparison.html")


def _print_overview(comparison: Any, store: str, as_json: bool) -> None:
    from flows.comparing.plan import overview, plan_comparison
    from storage.opening import find_store

    views = list(overview(plan_comparison(comparison), find_store(store)))
    if as_json:
        fields = [
            {
                "studies": v.studies,
                "step": v.outlook.step.name,
                "key": v.outlook.step.key,
                "cached": v.outlook.cached,
                "reason": v.outlook.reason,
            }
            for v in views
        ]
        typer.echo(json.dumps(fields, indent=2))
        return
    widths = [
        max(len(text) for text in column)
        for column in zip(*((v.studies, v.outlook.step.name) for v in views), strict=True)
    ]
    for v in views:
        state = "cached" if v.outlook.cached else "run"
        typer.echo(f"{v.studies:{widths[0]}}  {v.outlook.step.name:{widths[1]}}  {state:6}  {v.outlook.reason}")
