"""Each stage as a flow of its own, which can be deployed and scheduled alone."""

from __future__ import annotations

from typing import Any

from prefect import Flow, flow

from flows.config import StudyConfig
from flows.handed_plan import handed_plan
from flows.image_counts import check_images
from flows.parameters import StoreLocation, run_name, subject
from flows.run import run_plan
from flows.study import DEFAULTS, study
from flows.study_plan import plan_study
from storage.opening import open_store


def _stage_flow(stage: str, description: str) -> Flow[..., dict[str, Any]]:
    def run(
        config: StudyConfig = DEFAULTS,
        data: str | None = None,
        store: StoreLocation = "artifacts",
        refresh: list[str] | None = None,
    ) -> dict[str, Any]:
        check_images(config, data, stage)
        plan = handed_plan() or plan_study(config, data)
        return run_plan(plan.upto(stage), open_store(store), refresh or [], subject(config, data))

    # The form that the dashboard shows takes the meaning of the parameters from here.
    run.__doc__ = study.fn.__doc__
    description = f"{description} Earlier stages come from the cache or run first."
    return flow(name=stage, description=description, flow_run_name=run_name)(run)


ingest = _stage_flow("ingest", "Crop and resize every image into one Zarr array.")
train = _stage_flow("train", "Train the autoencoder.")
adopt = _stage_flow("adopt", "Check, measure and record an autoencoder that was trained elsewhere.")
encode = _stage_flow("encode", "Encode every image into its latent point.")
analyse = _stage_flow("analyse", "Measure how the latent points are distributed.")
sample = _stage_flow("sample", "Draw and decode new latent points with every sampler.")
assess = _stage_flow("assess", "Score the decoded faces against real ones.")
report = _stage_flow("report", "Write the report.")

STAGES = {flow.name: flow for flow in (ingest, train, adopt, encode, analyse, sample, assess, report)}
