"""The stages up to the latent points on an S3 endpoint; the whole study is in test_remote_study.py."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.config import study_config
from flows.stages import STAGES
from storage.record import RECORD
from tests.endpoint import KEY_ID, SECRET, Endpoint


def test_the_same_as_on_a_disk_and_then_from_the_cache(
    prefect_api: str, endpoint: Endpoint, bucket: str, tmp_path: Path, tiny_settings: list[str]
) -> None:
    config, url = study_config("demo", None, tiny_settings), f"s3://{bucket}/p"

    def run(store: str) -> dict[str, Any]:
        return STAGES["encode"](config=config, store=store)

    run(str(tmp_path / "local"))
    made = run(url)
    assert not any(entry["cached"] for entry in made.values())
    assert made["latents"]["path"] == f"{url}/latents/{made['latents']['key']}"
    there = {name.removeprefix("p/"): content for name, content in endpoint.contents(bucket).items()}
    local = {path.relative_to(tmp_path / "local").as_posix(): path for path in (tmp_path / "local").rglob("*")}
    here = {name: path.read_bytes() for name, path in local.items() if path.is_file() and name[0] != "."}
    assert set(there) == set(here)
    assert [n for n in here if here[n] != there[n] and Path(n).name not in ("host.json", RECORD)] == []
    shutil.rmtree(tmp_path / "cache")
    assert all(entry["cached"] for entry in run(url).values())
    written = [*there.values(), *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())]
    assert not any(secret.encode() in content for content in written for secret in (SECRET, KEY_ID))


def test_a_store_that_cannot_be_reached_stops_the_run_at_once(
    prefect_api: str, bucket: str, monkeypatch: pytest.MonkeyPatch, tiny_settings: list[str]
) -> None:
    from storage.failure import StoreFailed

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreFailed, match=r"cannot be reached at http://127.0.0.1:9"):
        STAGES["ingest"](config=study_config("demo", None, tiny_settings), store=f"s3://{bucket}/p")
