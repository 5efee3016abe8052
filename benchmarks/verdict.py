"""Whether a study's verdict holds: fresh seeds, known truths and known-broken faces.

``python -m benchmarks.verdict STORE`` judges every sampler of the newest study in a local store again with ten other
seeds, at the levels that the study judged. It prints how often the 95 % intervals of a seed hold the mean of all
others, how often pairs that are called different keep their order, and which sampler each seed recommends. Before that:
the bias of FD∞ where the truth is 0, and how well broken faces are told from held-out reconstructions. The demo takes
about fifteen minutes on two cores; what was judged is kept in ``--journal`` and not judged again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from flows.finished import newest_study
from storage.opening import open_store
from tasks.assessment.broken import Brokenness, Cycle
from tasks.assessment.frechet import debiased, fit
from tasks.assessment.instruments import Instruments, open_instruments
from tasks.assessment.judge import METRICS, judge_sampler
from tasks.assessment.quality import seen
from tasks.assessment.rows import RealImages, Sources
from tasks.assessment.tables import DRAWS, DrawScore, read_draws
from tasks.autoencoder.codec import decode_images
from tasks.finished.artifacts import Artifacts
from tasks.finished.study import Study
from tasks.finished.verdict import Verdict, decide, judged_rows, numbers_kept
from tasks.ingestion.partition import TRAIN
from tasks.sampling.registry import fit as fit_sampler

FIRST_SEED = 1000
SIZES = (500, 1000, 2000, 5000)
BROKEN = (("uniform_component", {"fact": 3.0}), ("uniform_common", {}), ("normal_origin", {"scale": 2.0}))


def main() -> None:
    """Print the checks of the study in a store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", help="a local store with a finished study")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--journal", type=Path, default=Path("verdict.jsonl"))
    options = parser.parse_args()
    store = open_store(options.store)
    artifacts = newest_study(store)
    study = Study(artifacts)
    instruments = open_instruments(_sources(artifacts), artifacts.scored("baselines"), "auto")
    real = instruments.real
    print_bias(real)
    print_broken(study, instruments)
    made_from = json.loads((artifacts.scored("scores") / "config.json").read_text())["inputs"]
    quality = {
        name.removeprefix("quality/"): Path(options.store) / "quality" / key
        for name, key in made_from.items()
        if name.startswith("quality/")
    }
    fresh = judge_again(study, quality, options.seeds, options.journal)
    print_coverage([study.verdict, *(_decided(study, rows) for rows in fresh)])


def _sources(artifacts: Artifacts) -> Sources:
    folders = artifacts.dataset, artifacts.model, artifacts.latents, artifacts.statistics
    return Sources(*folders, (artifacts.scored("features"),))


def print_bias(real: RealImages) -> None:
    """FD∞ of random training reconstructions from all the others, whose truth is 0."""
    known = real.reconstructed[real.deciding.name].take(real.of("train"))
    rng = np.random.default_rng(0)
    for size in (size for size in SIZES if size <= len(known) // 2):
        values = []
        for _ in range(20):
            order = rng.permutation(len(known))
            values.append(debiased(np.array_split(known[order[:size]], 8), fit(known[order[size:]])).mean())
        print(f"bias at n = {size:,}: {np.mean(values):+.3f} on average, standard deviation {np.std(values):.3f}")


def print_broken(study: Study, instruments: Instruments) -> None:
    """How well known-broken faces are told from held-out reconstructions, and how many of other ones are flagged."""
    real, autoencoder = instruments.real, instruments.autoencoder
    held_out = np.random.default_rng(0).permutation(real.of("heldout"))
    first, second = np.array_split(held_out, 2)
    measure = Brokenness.calibrated(real.cycle.at(first))
    unseen = measure(real.cycle.at(second))
    print(f"broken: {np.mean(unseen > measure.threshold):.1%} of {len(second):,} other held-out reconstructions")
    for name, given in BROKEN:
        sampler = fit_sampler(name, study.points, study.artifacts.sampling.settings(name), 0)
        z = sampler.draw(np.random.default_rng(0), 400, sampler.requested(given))
        parts = [seen(decode_images(autoencoder, block), block, instruments).cycle for block in np.array_split(z, 4)]
        drawn = measure(Cycle(*map(np.concatenate, zip(*parts, strict=True))))
        share = np.mean(drawn > measure.threshold)
        print(f"broken: AUROC {auroc(drawn, unseen):.3f} for {name} {given or ''}, {share:.0%} flagged")


def auroc(positive: npt.NDArray[np.float64], negative: npt.NDArray[np.float64]) -> float:
    """The probability that a positive value exceeds a negative one, by ranks."""
    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    return float((ranks.sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative)))


def judge_again(study: Study, quality: dict[str, Path], seeds: int, journal: Path) -> list[list[DrawScore]]:
    """The judged draws of every sampler with each of the other seeds."""
    kept: dict[tuple[str, int], list[dict[str, Any]]] = {}
    if journal.exists():
        for line in journal.read_text().splitlines():
            entry = json.loads(line)
            kept[entry["sampler"], entry["seed"]] = entry["rows"]
    settings, config = study.artifacts.sampling, study.artifacts.assessment
    with tempfile.TemporaryDirectory() as folder, open(journal, "a", encoding="utf-8") as file:
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            for name, scored in quality.items():
                if (name, seed) not in kept:
                    other = settings.model_copy(update={"seed": seed})
                    baselines = study.artifacts.scored("baselines")
                    judge_sampler(name, _sources(study.artifacts), baselines, scored, other, config, Path(folder))
                    kept[name, seed] = [vars(row) for row in read_draws(Path(folder) / DRAWS)]
                    file.write(json.dumps({"sampler": name, "seed": seed, "rows": kept[name, seed]}) + "\n")
                    file.flush()
    return [
        [DrawScore(**row) for name in quality for row in kept[name, seed]]
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
    ]


def _decided(study: Study, rows: list[DrawScore]) -> Verdict:
    training = int((study.partition == TRAIN).sum())
    facts = study.verdict.autoencoder
    return decide(judged_rows(rows), facts, lambda row: numbers_kept(row, training, study.dimension))


def print_coverage(verdicts: list[Verdict]) -> None:
    """The study's own verdict first. Each seed's intervals are held against the mean of all other seeds."""
    own, fresh = verdicts[0], verdicts[1:]
    held: dict[str, list[bool]] = {metric: [] for metric in METRICS}
    fields = dict(zip(METRICS, ("distance", "kid", "broken", "copied"), strict=True))
    for row in own.judged:
        rows = [found for verdict in verdicts if (found := verdict.at(row.sampler, row.label)) is not None]
        for metric, field in fields.items():
            estimates = [getattr(found, field) for found in rows]
            for place, published in enumerate(estimates):
                mean = np.mean([other.value for other in estimates[:place] + estimates[place + 1 :]])
                # A share of which all draws agree has no width: it holds what rounds to it.
                held[metric].append(bool(published.low - 1e-3 <= mean <= published.high + 1e-3))
    for metric, hits in held.items():
        print(f"95 % intervals of {metric} that hold the mean of all other seeds: {sum(hits)} of {len(hits)}")
    total = [hit for hits in held.values() for hit in hits]
    print(f"all: {np.mean(total):.1%} of {len(total)}")
    pairs = kept = 0
    for first, second in combinations(own.leaders, 2):
        if not first.distance.overlaps(second.distance):
            pairs += 1
            kept += all(_order(verdict, first, second) for verdict in fresh)
    print(f"pairs called different: {pairs}, of which {kept} keep their order with every seed")
    picks = Counter(verdict.pick.sampler if verdict.pick else "no answer" for verdict in fresh)
    print(f"recommended: {own.pick.name if own.pick else 'no answer'}; by fresh seeds: {dict(picks)}")
    print(f"named as tied with it: {', '.join(row.name for row in own.tied)}")
    print(f"excluded narrowly: {', '.join(row.name for row in own.narrowly_excluded) or 'none'}")
    for row in own.leaders:
        seeds = [other.distance.value for one in fresh if (other := one.at(row.sampler, row.label)) is not None]
        print(f"  {row.name:45s} FD∞ {row.distance.value:7.3f} [{row.distance.low:.3f}, {row.distance.high:.3f}]"
              f"  seeds {np.mean(seeds):7.3f} ± {np.std(seeds, ddof=1):.3f}"
              f"  broken {row.broken.value:.1%} copied {row.copied.value:.1%}")  # fmt: skip


def _order(verdict: Verdict, first: Any, second: Any) -> bool:
    pair = [verdict.at(row.sampler, row.label) for row in (first, second)]
    return pair[0] is not None and pair[1] is not None and pair[0].distance.value < pair[1].distance.value


if __name__ == "__main__":
    main()
