"""``latentfaces serve`` ended while a network is trained, kindly and by a loss of power, and started again."""

import os
import signal
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.flows.serving import descendants, running_service, start, wait_until_completed

pytestmark = [pytest.mark.service, pytest.mark.timeout(900)]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_a_dead_run_held_is_free_again(
    tmp_path: Path, unused_port: int, tiny_settings: list[str], number: signal.Signals
) -> None:
    """The slots of the limit on trainings, and of the deployment: the next run of the same deployment completes."""
    with running_service(tmp_path, unused_port) as service:
        with temporary_settings({PREFECT_API_URL: service.api}), get_client(sync_client=True) as client:
            start(client, "train/train", str(service.store), [*tiny_settings, "train.epochs=10000"])

            def training() -> bool:
                limit = client.read_global_concurrency_limit_by_name("tag:training")
                return bool(limit.active_slots) and any(service.store.glob("model/*/checkpoint.safetensors"))

            service.wait_for(training, 300)
        family = descendants(service.process.pid)
        assert len(family) >= 4
        for one in family if number == signal.SIGKILL else family[:1]:
            os.kill(one, number)
        service.process.wait(120)
        assert not [one for one in family if Path(f"/proc/{one}/exe").exists()]
    assert not (tmp_path / "prefect" / "prefect.db").exists()

    with running_service(tmp_path, unused_port) as service:
        with temporary_settings({PREFECT_API_URL: service.api}), get_client(sync_client=True) as client:
            run = start(client, "train/train", str(service.store), tiny_settings)
            # No lease need expire: those of deployments last five minutes.
            wait_until_completed(service, client, run, seconds=200)
            assert {one.state_name for one in client.read_flow_runs() if one.start_time} == {"Crashed", "Completed"}
