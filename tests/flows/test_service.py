"""``latentfaces serve`` as it is used: a real server, a worker of ``prefect.yaml``'s pool, a schedule that fires."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.config import study_config
from storage.record import RECORD
from tests.endpoint import KEY_ID, SECRET, Endpoint
from tests.flows.serving import Service, descendants, running_service, start, wait_until_completed
from tests.flows.test_deployments import deployments

pytestmark = [pytest.mark.service, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, unused_port: int, endpoint: Endpoint) -> Iterator[Service]:
    settings = {**endpoint.environment, "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5"}
    with running_service(tmp_path_factory.mktemp("service"), unused_port, settings) as service:
        yield service


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[SyncPrefectClient]:
    with temporary_settings({PREFECT_API_URL: service.api}), get_client(sync_client=True) as client:
        yield client


@pytest.fixture(scope="module")
def firings(service: Service, client: SyncPrefectClient, tiny_settings: list[str]) -> list[FlowRun]:
    """The first two runs of the nightly study, put on a schedule of every 20 s, with settings that take seconds."""
    nightly = client.read_deployment_by_name("study/nightly")
    config = study_config("demo", None, tiny_settings).model_dump(mode="json")
    often = IntervalSchedule(
        interval=timedelta(seconds=20), anchor_date=datetime.now(UTC) + timedelta(seconds=5), timezone="UTC"
    )
    parameters = {"config": config, "store": str(service.store)}
    schedule = DeploymentScheduleCreate(schedule=often, parameters=parameters, slug="often")
    # The client's own method leaves out a schedule's parameters.
    body = [schedule.model_dump(mode="json")]
    httpx.post(f"{service.api}/deployments/{nightly.id}/schedules", json=body, timeout=30).raise_for_status()

    def ended() -> list[FlowRun]:
        runs = client.read_flow_runs(limit=200)
        done = [run for run in runs if run.state is not None and run.state.is_final()]
        return sorted(done, key=lambda run: run.start_time or datetime.now(UTC))[:2] if len(done) >= 2 else []

    found: list[FlowRun] = service.wait_for(ended, 900)
    return found


def test_the_schedule_fires_by_itself_and_the_second_time_all_is_cached(
    client: SyncPrefectClient, firings: list[FlowRun]
) -> None:
    assert [run.state_name for run in firings] == ["Completed", "Completed"]
    assert all(run.auto_scheduled for run in firings)
    assert firings[0].end_time is not None
    assert firings[1].start_time is not None
    assert firings[1].start_time >= firings[0].end_time
    states: list[dict[str, str | None]] = [{}, {}]
    for task_run in client.read_task_runs(limit=200):
        for place, run in enumerate(firings):
            if task_run.flow_run_id == run.id:
                states[place][task_run.name] = task_run.state_name
    assert set(states[0].values()) == {"Completed"}
    assert set(states[1].values()) == {"Cached"}
    assert set(states[0]) == set(states[1]) >= {"train", "sample uniform_component", "report"}


def test_names_and_artifacts_tell(service: Service, firings: list[FlowRun]) -> None:
    (report,) = (service.store / "report").iterdir()
    assert {run.name for run in firings} == {f"study {report.name[:8]} 120 synthetic 32x32 z8"}
    found = httpx.post(f"{service.api}/artifacts/filter", json={"limit": 200}, timeout=30).json()
    of_first = {item["key"]: item for item in found if item["flow_run_id"] == str(firings[0].id)}
    assert {of_first[key]["type"] for key in ("loss-curve", "reconstructions", "samples-multivariate-normal")} == {
        "image"
    }
    assert of_first["scores"]["type"] == "table"
    assert f"[Report {report.name[:8]}](file://{report}/report.html)" in of_first["report"]["data"]
    summary = of_first["study-summary"]["data"]
    for part in ("120 images", "32×32", "8 latent components", "## The answer", "*reconstructions*", str(report)):
        assert part in summary
    of_second = {item["key"] for item in found if item["flow_run_id"] == str(firings[1].id)}
    assert {"study-summary", "report"} <= of_second


def test_all_of_the_project_is_deployed(client: SyncPrefectClient) -> None:
    there = {deployment.name: deployment for deployment in client.read_deployments()}
    assert set(there) == {deployment["name"] for deployment in deployments()}
    crons = [getattr(schedule.schedule, "cron", None) for schedule in there["nightly"].schedules]
    assert "0 3 * * *" in crons


@pytest.mark.parametrize(
    ("config", "complaint"),
    [({"train": {"epochs": 0}}, "epochs"), ({"train": {"epoch": 3}}, "epoch"), ({"ingest": {"crop": "x"}}, "crop")],
)
def test_the_server_refuses_what_the_form_would(
    service: Service, client: SyncPrefectClient, config: dict[str, Any], complaint: str
) -> None:
    nightly = client.read_deployment_by_name("study/nightly")
    address = f"{service.api}/deployments/{nightly.id}/create_flow_run"
    answer = httpx.post(address, json={"parameters": {"config": config}}, timeout=30)
    assert answer.status_code in (409, 422)
    assert complaint in answer.text


def test_a_credential_in_the_stores_address_is_refused_before_it_is_kept(
    service: Service, client: SyncPrefectClient
) -> None:
    nightly = client.read_deployment_by_name("study/nightly")
    address = f"{service.api}/deployments/{nightly.id}/create_flow_run"
    for location in (f"s3://me:{SECRET}@bucket/store", f"s3://bucket/store?secret={SECRET}"):
        answer = httpx.post(address, json={"parameters": {"store": location}}, timeout=30)
        assert answer.status_code in (409, 422)


def test_two_trainings_at_once_take_turns(
    service: Service, client: SyncPrefectClient, tiny_settings: list[str]
) -> None:
    """Two deployments, each of which trains a network of its own: the limit is one on the whole server."""
    limit = client.read_global_concurrency_limit_by_name("tag:training")
    assert (limit.limit, limit.active) == (1, True)
    settings = [*tiny_settings, "train.epochs=150"]
    runs = [
        start(client, "train/train", str(service.store), [*settings, "train.seed=11"]),
        start(client, "encode/encode", str(service.store), [*settings, "train.seed=12"]),
    ]
    trainings = [run for run in wait_until_completed(service, client, *runs) if run.name == "train"]
    assert [run.state_name for run in trainings] == ["Completed", "Completed"]
    first, second = sorted(trainings, key=lambda run: run.start_time or datetime.now(UTC))
    assert first.end_time is not None
    assert second.created is not None
    assert second.start_time is not None
    assert second.created < first.end_time <= second.start_time


def test_a_deployment_with_a_store_on_s3(
    service: Service, client: SyncPrefectClient, endpoint: Endpoint, tiny_settings: list[str]
) -> None:
    """The worker has the credentials in its environment; nobody else has them, and nothing holds them afterwards."""
    endpoint.bucket("service")
    run = start(client, "encode/encode", "s3://service/store", tiny_settings)
    wait_until_completed(service, client, run)
    written = endpoint.contents("service")
    assert any(name.startswith("store/latents/") and name.endswith(RECORD) for name in written)
    for name, content in written.items():
        assert SECRET.encode() not in content, name
        assert KEY_ID.encode() not in content, name


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks into /proc")
def test_it_listens_on_loopback_alone(service: Service, firings: list[FlowRun]) -> None:
    listening = []
    for process in descendants(service.process.pid):
        own = sockets(process)
        for line in [line for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                listening.append(fields[1])
    assert f"0100007F:{service.port:04X}" in listening
    assert {address.partition(":")[0] for address in listening} == {"0100007F"}


def sockets(process: int) -> set[str]:
    try:
        return {str(path.readlink()) for path in Path(f"/proc/{process}/fd").iterdir()}
    except OSError:
        return set()


def test_no_credential_is_in_any_log_record_artifact_or_database(service: Service, firings: list[FlowRun]) -> None:
    searched = 0
    for path in service.folder.rglob("*"):
        if path.is_file():
            searched += 1
            content = path.read_bytes()
            assert SECRET.encode() not in content, path
            assert KEY_ID.encode() not in content, path
    assert any((service.folder / "prefect").glob("latentfaces.db*"))
    assert searched > 100


def test_ctrl_c_ends_server_and_worker(service: Service) -> None:
    """Last, as it ends what the others use."""
    family = descendants(service.process.pid)
    assert len(family) >= 3
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(120) == 0
    assert not [process for process in family if Path(f"/proc/{process}").exists()]
