"""The command that studies latent points alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import (
    ConfigFile,
    Debug,
    DryRun,
    Json,
    Refresh,
    Settings,
    StoreOption,
    clear_errors,
    run_or_cached,
)
from flows.cli.study import print_outlook, print_summary
from flows.console import configure_logging, progress_shown

if TYPE_CHECKING:
    from flows.plan import Plan

HELP = """Study latent points alone: which draw gives new ones that cannot be told from them.

FILE is .npy, .npz, .zarr, .parquet, .h5 or .h5ad, .csv or .tsv, with a row per point. Parquet and HDF5 need
pip install 'latentfaces[points]'. Nothing is ever unpickled, and no row is left out.

\b
  latentfaces points z.npy --split split.npy
  latentfaces points cells.h5ad --field obsm/X_scVI --labels cell_type
  latentfaces points z.parquet --names id --set rate.repeats=10
"""


def points(
    file: Annotated[str, typer.Argument(help="A file of latent points.", metavar="FILE")],
    field: Annotated[
        str | None, typer.Option(help="The array or list column that holds the points, where there are several.")
    ] = None,
    names: Annotated[str | None, typer.Option(help="Row names: a field of the file, or a file of its own.")] = None,
    split: Annotated[
        str | None,
        typer.Option(help="A field or file that says train, validation or test of each point; by default seeded."),
    ] = None,
    labels: Annotated[str | None, typer.Option(help="A field or file with a category of each point.")] = None,
    store: StoreOption = "artifacts",
    settings: Settings = None,
    config: ConfigFile = None,
    refresh: Refresh = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """See HELP."""
    with clear_errors(debug):
        from storage.opening import find_store

        find_store(store)
        from flows.points.config import points_config

        given = {"field": field, "names": names, "split": split, "labels": labels}
        read = {name: value for name, value in given.items() if value is not None}
        chosen = points_config(config, settings or [], read)
        configure_logging(debug)
        from flows.points.plan import plan_points, points_digest

        with progress_shown():
            digest = points_digest(file, chosen)

        def make_plan() -> Plan:
            return plan_points(chosen, file, digest)

        if dry_run:
            print_outlook(make_plan(), store, refresh or [], as_json)
            return

        def flow() -> Callable[..., dict[str, Any]]:
            from flows.points.study import study_points

            return study_points

        data = str(Path(file).absolute())
        summary = run_or_cached(make_plan, flow, debug, store, refresh or [], data=data, config=chosen)
    print_summary(summary, as_json, store)
