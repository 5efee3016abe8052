"""What ``prefect.yaml`` deploys; ``make check-service`` deploys it."""

import yaml
from prefect.flows import load_flow_from_entrypoint

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
