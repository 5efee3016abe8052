"""The whole study on an S3 endpoint: as on a disk, from the cache, and none of the credentials (make check-remote)."""

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
import xarray
import zarr.storage

from flows.config import study_config
from flows.generate import Draw, generate_faces
from flows.outlook import outlook
from flows.study import study
from flows.study_plan import plan_study
from storage.opening import find_store
from storage.remote.store import RemoteStore
from tests.contents import VARIES, without_place
from tests.endpoint import KEY_ID, SECRET, Endpoint

pytestmark = pytest.mark.remote

"""Facts about the machine, and when it was: no part of a result."""


class Both:
    """One study on a disk and in a bucket."""

    def __init__(self, endpoint: Endpoint, folder: Path, api: str, settings: list[str]) -> None:
        self.endpoint, self.folder, self._api, self._settings = endpoint, folder, api, settings
        self.local, self.url = folder / "local", "s3://studies/some/prefix"

    def run(self, store: str) -> dict[str, Any]:
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: self._api}):
            summary: dict[str, Any] = study(config=study_config("demo", None, self._settings), store=store)
        return summary

    def remote_files(self) -> dict[str, bytes]:
        found = self.endpoint.contents("studies")
        names = {name.removeprefix("some/prefix/"): content for name, content in found.items()}
        return {name: without_place(name, content, self.url) for name, content in names.items()}

    def local_files(self) -> dict[str, bytes]:
        found = {path.relative_to(self.local).as_posix(): path for path in self.local.rglob("*")}
        return {
            name: without_place(name, path.read_bytes(), str(self.local))
            for name, path in found.items()
            if path.is_file() and name[0] != "."
        }


@pytest.fixture(scope="module")
def both(
    endpoint: Endpoint, prefect_server: str, tmp_path_factory: pytest.TempPathFactory, tiny_settings: list[str]
) -> Any:
    folder = tmp_path_factory.mktemp("both")
    endpoint.bucket("studies")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in endpoint.environment.items():
            patch.setenv(name, value)
        patch.setenv("LATENTFACES_CACHE", str(folder / "cache"))
        made = Both(endpoint, folder, prefect_server, tiny_settings)
        made.run(str(made.local))
        made.first = made.run(made.url)  # type: ignore[attr-defined]
        yield made


def entries(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for part in summary.values() for entry in ([part] if "key" in part else part.values())]


def test_the_same_bytes_as_on_a_disk(both: Any) -> None:
    local, remote = both.local_files(), both.remote_files()
    assert set(remote) == set(local)
    differing = [name for name in local if remote[name] != local[name] and Path(name).name not in VARIES]
    assert differing == []
    assert not any(entry["cached"] for entry in entries(both.first))
    assert both.first["report"]["path"] == f"{both.url}/report/{both.first['report']['key']}"


def test_again_is_all_cached_without_any_local_copy(both: Any, tiny_settings: list[str]) -> None:
    shutil.rmtree(both.folder / "cache")
    views = outlook(plan_study(study_config("demo", None, tiny_settings), None), find_store(both.url), [])
    assert all(view.cached for view in views)
    assert all(entry["cached"] for entry in entries(both.run(both.url)))


def test_a_deleted_artifact_alone_is_redone_from_what_is_there(both: Any) -> None:
    shutil.rmtree(both.folder / "cache", ignore_errors=True)
    before = both.remote_files()
    latents = both.first["latents"]["key"]
    store = find_store(both.url)
    assert isinstance(store, RemoteStore)
    store.objects.delete(name for name in before if name.startswith(f"latents/{latents}/"))
    again = both.run(both.url)
    assert [entry["key"] for entry in entries(again) if not entry["cached"]] == [latents]
    after = both.remote_files()
    assert {name: after[name] for name in after if Path(name).name not in VARIES} == {
        name: before[name] for name in before if Path(name).name not in VARIES
    }


def test_new_faces_from_a_study_in_a_bucket(both: Any) -> None:
    sheet = generate_faces(both.url, Draw("multivariate_normal", 4, 0), None, both.folder / "faces")
    assert sheet.is_file()


def test_other_programs_open_its_arrays_where_they_lie(both: Any) -> None:
    from obstore.store import S3Store

    latents = f"latents/{both.first['latents']['key']}/latents.zarr"
    place = S3Store.from_url(f"{both.url}/{latents}", client_options={"allow_http": True})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The ObjectStore implementation is experimental")
        there = xarray.open_zarr(zarr.storage.ObjectStore(place, read_only=True))
    xarray.testing.assert_identical(there.load(), xarray.open_zarr(both.local / latents).load())


def test_no_credential_is_written_anywhere(both: Any, caplog: pytest.LogCaptureFixture, prefect_server: str) -> None:
    from prefect import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    caplog.set_level("DEBUG")
    both.run(both.url)
    said = caplog.text  # before this test reads the bucket with boto3, which logs its requests
    caplog.set_level("INFO")
    with temporary_settings({PREFECT_API_URL: prefect_server}), get_client(sync_client=True) as client:
        runs = [run.model_dump_json() for run in (*client.read_flow_runs(limit=200), *client.read_task_runs(limit=200))]
        artifacts = client.request("POST", "/artifacts/filter", json={"limit": 200}).text
        logs = client.request("POST", "/logs/filter", json={"limit": 200}).text
    local = {str(path): path.read_bytes() for path in both.folder.rglob("*") if path.is_file()}
    written = {**local, **both.remote_files(), "log": said.encode(), "runs": json.dumps(runs).encode()}
    written |= {"artifacts": artifacts.encode(), "logs in the dashboard": logs.encode()}
    assert len(written) > 100
    assert "s3://studies/some/prefix" in written["runs"].decode()
    for name, content in written.items():
        assert SECRET.encode() not in content, name
        assert KEY_ID.encode() not in content, name
