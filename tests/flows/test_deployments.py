"""``prefect.yaml`` on a real server, with the README's commands."""

import os
import subprocess
import sys

import yaml
from prefect import get_client
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL, temporary_settings

from storage.keys import PROJECT


def deployments() -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
    return found


def test_every_entrypoint_is_a_flow_that_takes_the_parameters() -> None:
    for deployment in deployments():
        flow = load_flow_from_entrypoint(str(PROJECT / deployment["entrypoint"]))
        assert set(deployment["parameters"]) <= set(flow.parameters.properties)
        expected = {"config", "store"} if flow.name == "compare" else {"config", "data", "store", "refresh"}
        assert set(flow.parameters.properties) == expected


def test_all_are_deployed_and_the_study_is_scheduled(prefect_server: str) -> None:
    environment = {**os.environ, "PREFECT_API_URL": prefect_server}
    for arguments in (
        ["work-pool", "create", "--type", "process", "latentfaces"],
        ["--no-prompt", "deploy", "--all"],
    ):
        command = [sys.executable, "-m", "prefect", *arguments]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stdout + done.stderr
    with temporary_settings({PREFECT_API_URL: prefect_server}), get_client(sync_client=True) as client:
        there = {deployment.name: deployment for deployment in client.read_deployments()}
    assert set(there) == {deployment["name"] for deployment in deployments()}
    assert [schedule.schedule.cron for schedule in there["nightly"].schedules] == ["0 3 * * *"]  # type: ignore[union-attr]
