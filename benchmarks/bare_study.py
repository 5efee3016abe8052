"""A study's kernels called in order, without Prefect, without keys, locks and records.

``python -m benchmarks.bare_study FOLDER [STAGE.FIELD=VALUE ...]``. What it writes is
what ``latentfaces run`` writes into its store.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from flows.config import study_config
from flows.study_plan import plan_study
from tasks.stage.step import Step


def run(step: Step, at: dict[str, Path], several: dict[str, dict[str, Path]], out: Path) -> None:
    """Call the kernel of ``step``; ``at``: the artifacts that come before it, ``several``: those of each sampler."""
    from tasks.assessment.baselines import assess_baselines
    from tasks.assessment.features import train_features
    from tasks.assessment.gather import gather_scores
    from tasks.assessment.judge import judge_autoencoder, judge_sampler
    from tasks.assessment.likelihood import measure_likelihood
    from tasks.assessment.quality import assess_sampler
    from tasks.assessment.rows import Sources
    from tasks.encoding.encode import encode
    from tasks.ingestion.ingest import ingest
    from tasks.sampling.sample import sample
    from tasks.statistics.analyse import analyse
    from tasks.synthesis.synthesize import synthesize
    from tasks.training.train import train

    config: Any = step.config
    if step.artifact == "faces":
        synthesize(out, config.count, config.seed, config.workers)
    elif step.artifact == "dataset":
        ingest(at["faces"], config, out)
    elif step.artifact == "model":
        train(at["dataset"], config, out)
    elif step.artifact == "latents":
        encode(at["dataset"], at["model"], config, out)
    elif step.artifact == "statistics":
        analyse(at["dataset"], at["latents"], config, out)
    elif step.artifact == "samples":
        sample(step.about or "", *(at[name] for name in ("dataset", "model", "latents", "statistics")), config, out)
    elif step.artifact == "features":
        train_features(at["dataset"], config, out)
    elif step.artifact in ("baselines", "quality", "judged"):
        sources = Sources(at["dataset"], at["model"], at["latents"], at["statistics"], (at["features"],))
        sampler = (step.about or "").removeprefix("judge ")
        if step.artifact == "baselines":
            assess_baselines(sources, config, out)
        elif step.artifact == "quality":
            assess_sampler(sources, at["baselines"], several["samples"][sampler], config, out)
        elif step.about == "autoencoder":
            judge_autoencoder(sources, at["baselines"], config, out)
        else:
            quality = several["quality"][sampler]
            judge_sampler(sampler, sources, at["baselines"], quality, config.sample, config.assess, out)
    elif step.artifact == "likelihoods":
        measured = (at[name] for name in ("dataset", "latents", "statistics"))
        measure_likelihood(config.sampler, *measured, config.sample, out)
    elif step.artifact == "scores":
        judged = dict(several["judged"])
        autoencoder = judged.pop("autoencoder")
        scored, likelihoods = [at["baselines"], *several["quality"].values()], list(several["likelihoods"].values())
        gather_scores(scored, list(judged.values()), autoencoder, out, likelihoods)
    elif step.artifact == "conditioned":
        from tasks.assessment.conditioned import assess_conditioned

        sources = Sources(at["dataset"], at["model"], at["latents"], at["statistics"], (at["features"],))
        assess_conditioned(sources, at["baselines"], config, out)
    else:
        from tasks.finished.artifacts import Artifacts
        from tasks.reporting.report import write_report

        folders: dict[str, Any] = {
            name: at[name]
            for name in ("dataset", "model", "latents", "statistics", "features", "scores", "conditioned")
        }
        write_report(Artifacts(**folders, samples=several["samples"]), config, out, str(out.parents[1]))


def main() -> None:
    folder, *settings = sys.argv[1:]
    at: dict[str, Path] = {}
    several: dict[str, dict[str, Path]] = {"samples": {}, "quality": {}, "judged": {}, "likelihoods": {}}
    for step in plan_study(study_config("demo", None, settings), None).steps:
        out = Path(folder) / step.artifact / step.key
        out.mkdir(parents=True)
        run(step, at, several, out)
        if step.artifact in several:
            several[step.artifact][step.about or ""] = out
        else:
            at[step.artifact] = out


if __name__ == "__main__":
    main()
