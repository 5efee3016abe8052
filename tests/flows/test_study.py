"""The whole study on a handful of synthetic faces, every stage and the Prefect server real."""

import csv
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
import xarray
from prefect import get_client

from flows.config import study_config
from flows.stages import STAGES
from flows.study import study
from storage.record import RECORD


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def first(prefect_server: str, store: Path, tiny_settings: list[str]) -> dict[str, Any]:
    return run(prefect_server, store, tiny_settings)


def run(api: str, store: Path, settings: list[str], **arguments: Any) -> dict[str, Any]:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: api}):
        summary: dict[str, Any] = study(config=study_config("demo", None, settings), store=str(store), **arguments)
    return summary


def entries(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    flat = {}
    for artifact, entry in summary.items():
        if "key" in entry:
            flat[artifact] = entry
        else:
            flat |= {f"{artifact} {about}": part for about, part in entry.items()}
    return flat


def made(summary: dict[str, Any]) -> set[str]:
    return {name for name, entry in entries(summary).items() if not entry["cached"]}


def test_everything_is_made_and_recorded(first: dict[str, Any]) -> None:
    assert {"dataset", "model", "latents", "statistics", "samples", "features", "scores", "report"} <= set(first)
    assert set(first["samples"]) == {"uniform_component", "multivariate_normal"}
    assert made(first) == set(entries(first))
    for entry in entries(first).values():
        assert (Path(entry["path"]) / RECORD).is_file()
        assert not list(Path(entry["path"]).rglob("*.partial"))


def test_scores_have_every_sampler_and_the_fixed_rows(first: dict[str, Any]) -> None:
    with open(Path(first["scores"]["path"]) / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["sampler", "label", "metric", "features", "reference", "value", "spread", "n", "seed"]
    assert {row["sampler"] for row in rows} == {"real", "reconstruction", "uniform_component", "multivariate_normal"}
    assert {row["metric"] for row in rows} == {
        "fd_decoded", "swd", "swd_32", "swd_16", "fd", "kid", "precision", "recall", "density", "coverage", "novelty",
        "novelty_latent", "reencoding", "sharpness", "broken", "copied",
    }  # fmt: skip
    assert {row["reference"] for row in rows} == {"train", "heldout"}
    assert {row["n"] for row in rows} == {"6"}


def test_every_sampler_is_judged_by_fresh_draws(first: dict[str, Any]) -> None:
    with open(Path(first["scores"]["path"]) / "judged_draws.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (
        {row["sampler"] for row in rows}
        == {"uniform_component", "multivariate_normal"}
        == set(first["judged"]) - {"autoencoder"}
    )
    assert {row["metric"] for row in rows} == {"fd_debiased", "kid_decoded", "broken", "copied"}
    assert {row["draw"] for row in rows} == {str(draw) for draw in range(8)}
    assert {row["n"] for row in rows} == {"63"}


def test_xarray_opens_every_zarr_store_with_labels(first: dict[str, Any]) -> None:
    opened = 0
    for entry in entries(first).values():
        for path in Path(entry["path"]).glob("*.zarr"):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                data = xarray.open_zarr(path)
            for array in data.variables.values():
                assert not any(str(name).startswith("dim_") for name in array.dims)
            opened += 1
    assert opened >= 6


def test_again_is_all_cached_and_prefect_says_so(
    prefect_server: str, store: Path, first: dict[str, Any], tiny_settings: list[str]
) -> None:
    again = run(prefect_server, store, tiny_settings)
    assert made(again) == set()
    assert {name: entry["key"] for name, entry in entries(again).items()} == {
        name: entry["key"] for name, entry in entries(first).items()
    }
    from prefect.settings import PREFECT_API_URL, temporary_settings

    # The server hears of task runs by events, which may lag behind the flow's end.
    deadline = time.monotonic() + 60
    while True:
        with temporary_settings({PREFECT_API_URL: prefect_server}), get_client(sync_client=True) as client:
            runs = client.read_task_runs(limit=200)
        started = [task_run for task_run in runs if task_run.start_time is not None]
        latest = max(started, key=lambda task_run: task_run.start_time).flow_run_id
        states = {task_run.name: task_run.state_name for task_run in runs if task_run.flow_run_id == latest}
        if ("report" in states and set(states.values()) == {"Cached"}) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    assert set(states.values()) == {"Cached"}
    assert "sample uniform_component" in states


def test_a_deleted_folder_is_a_deleted_cache_entry(
    prefect_server: str, store: Path, first: dict[str, Any], tiny_settings: list[str]
) -> None:
    import shutil

    latents = Path(first["latents"]["path"])
    before = {path.relative_to(latents): path.read_bytes() for path in latents.rglob("c/**/*") if path.is_file()}
    shutil.rmtree(latents)
    assert made(run(prefect_server, store, tiny_settings)) == {"latents"}
    after = {path.relative_to(latents): path.read_bytes() for path in latents.rglob("c/**/*") if path.is_file()}
    assert before == after


def test_refresh_redoes_one_stage(
    prefect_server: str, store: Path, first: dict[str, Any], tiny_settings: list[str]
) -> None:
    assert made(run(prefect_server, store, tiny_settings, refresh=["report"])) == {"report"}


def test_another_level_redoes_that_sampler_its_scores_and_the_report(
    prefect_server: str, store: Path, first: dict[str, Any], tiny_settings: list[str]
) -> None:
    settings = [*tiny_settings, "sample.uniform_component.fact=[0.75]"]
    assert made(run(prefect_server, store, settings)) == {
        "samples uniform_component",
        "quality uniform_component",
        "judged uniform_component",
        "scores",
        "report",
    }


def test_a_stage_is_a_flow_of_its_own(
    prefect_server: str, store: Path, first: dict[str, Any], tiny_settings: list[str]
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: prefect_server}):
        summary = STAGES["encode"](config=study_config("demo", None, tiny_settings), store=str(store))
    assert list(summary) == ["faces", "dataset", "model", "latents"]
    assert made(summary) == set()
