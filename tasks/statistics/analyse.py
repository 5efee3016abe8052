"""The analyse stage: everything that is known about the cloud of latent points.

Three passes over all points give what can stream; then every facet asks its question of that and of the points in
memory. All of it is units of work that Dask computes and that survive an interruption.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from threadpoolctl import threadpool_limits

from storage.arrays import finish, open_for_writing, read_array, write_array
from storage.files import write_json
from tasks.compute.cluster.config import LOCALLY, DaskConfig
from tasks.compute.cluster.pool import Pool
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError
from tasks.statistics.blocks import Arrays, own_workers, workers_for
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core_fit import CoreFit
from tasks.statistics.covariance import Inverse, invert
from tasks.statistics.distributions import bin_edges
from tasks.statistics.facet import Cloud
from tasks.statistics.facets import registered
from tasks.statistics.memory import check_memory
from tasks.statistics.moments import Moments
from tasks.statistics.passes import Aim, Measure
from tasks.statistics.planes import choose_planes
from tasks.statistics.points import Points, open_points
from tasks.statistics.results import Analysis, summarise, write_statistics
from tasks.statistics.streaming import First, Second, Work, first_pass, robust_core, second_pass, third_pass
from tasks.statistics.summary import plain_numbers


def measure_of(points: Points, moments: Moments, inverse: Inverse, core: CoreFit, config: AnalyseConfig) -> Measure:
    """What the second pass measures with."""
    return Measure(
        mean=moments.mean,
        std=np.sqrt(np.diagonal(moments.covariance())),
        edges=bin_edges(moments.minimum, moments.maximum, config.bins),
        varies=moments.varies,
        factor=inverse.factor,
        location=core.location,
        core_factor=core.factor,
        probability=config.core_probability,
        attributes=str(points.images / "attribute") if points.has_attributes else None,
    )


def _analysis(work: Work, first: First, inverse: Inverse, core: CoreFit, edges: Any, second: Second) -> Analysis:
    return Analysis(
        config=work.config,
        train=first.train,
        heldout=first.heldout,
        inverse=inverse,
        core=core,
        core_moments=second.core,
        edges=edges,
        histogram=second.histogram,
        inside=second.inside,
        powers=second.powers,
        attributes=second.attributes,
        rows=work.points.train,
    )


def facet_of(name: str, cloud: Cloud) -> Arrays:
    """One facet's arrays, the names of their dimensions and the facts, as arrays that can be kept."""
    facet = registered()[name](cloud)
    if facet is None:
        return {"about": _packed({"dimensions": {}, "facts": None})}
    dimensions = {array: names for array, (_, names) in facet.arrays.items()}
    about = _packed({"dimensions": dimensions, "facts": plain_numbers(facet.facts)})
    return {"about": about, **{f"array {array}": np.asarray(values) for array, (values, _) in facet.arrays.items()}}


def _packed(about: dict[str, Any]) -> Any:
    return np.frombuffer(json.dumps(about).encode(), np.uint8)


def facets(work: Work, workers: Pool, cloud: Cloud, group: zarr.Group) -> dict[str, Any]:
    """Measure all facets, write their arrays into ``group``, and give the facts of each by its name."""
    names = list(registered())
    work.run(workers, "facet", names, facet_of, cloud)
    facts = {}
    for name, kept in zip(names, work.kept("facet", names), strict=True):
        about = json.loads(kept["about"].tobytes())
        for array, dimensions in about["dimensions"].items():
            write_array(group, array, kept[f"array {array}"], dimensions)
        facts[name] = about["facts"]
    return facts


def analyse(
    dataset: Path,
    latents: Path,
    config: AnalyseConfig,
    out: Path,
    progress: Progress = no_progress,
    dask: DaskConfig = LOCALLY,
) -> dict[str, Any]:
    """Write ``statistics.zarr`` and ``summary.json`` into ``out``, from the latents of ``dataset``.

    Moments, distributions and axes are those of the training points, distances are given for every image.
    Raises ``InputError`` if the latents are not finite, all the same, fewer than three, or of another data set.
    """
    points = open_points(dataset, latents)
    values = points.rows * points.components
    if not dask.address:
        check_memory(points.rows, points.components, config, *own_workers(config, dask, values))
    with threadpool_limits(limits=1, user_api="blas"):
        work = Work(points, config, out, progress, further=1 + len(registered()))
        group = open_for_writing(out / "statistics.zarr")
        with workers_for(config, dask, values, out) as workers:
            first = first_pass(work, workers)
            if not first.train.varies.any():
                raise InputError(
                    f"all {first.train.count} training points in {points.array.parent} are the same: the encoder has "
                    "collapsed; train it longer, with another seed or a lower learning rate"
                )
            inverse, core = invert(first.train), robust_core(work, first)
            measure = measure_of(points, first.train, inverse, core, config)
            analysis = _analysis(work, first, inverse, core, measure.edges, second_pass(work, workers, measure, group))
            write_statistics(analysis, group)
            planes = choose_planes(analysis)
            third = third_pass(work, workers, Aim(analysis.centre_and_half_width[0], planes), group)
            cloud = Cloud(
                analysis=analysis,
                training=first.training,
                heldout=first.held,
                core=read_array(group, "core")[first.training.rows] if core.location is not None else None,
                planes=planes,
                density=third.density,
                inside=third.inside,
                images=points.images,
                array=points.array,
            )
            found = facets(work, workers, cloud, group)
        finish(out / "statistics.zarr")
        summary = summarise(analysis, group) | found
        write_json(out / "summary.json", summary)
        work.finish()
    return {
        "images": points.rows,
        "training_images": int(first.train.count),
        "components": points.components,
        "core_share": summary["core"]["train"],
        "covariance": inverse.estimate,
    }
