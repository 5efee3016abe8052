"""Every sampler of pythae 0.1.2 beside ours: the same autoencoder, the same judge.

``python -m benchmarks.pythae_samplers STORE`` takes the newest finished study of a store, gives its autoencoder to each
of pythae's samplers, has their faces judged as those of our samplers are, and writes the table of docs/samplers.md.
Without a store it runs the demo first. pythae is installed beside the project (``make .peers/installed``) if it is not
there. Both sides are fitted once, to the training images, with their own default settings; times are those of this
process on its threads.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks.processes import ROOT
from tasks.assessment.instruments import open_instruments
from tasks.assessment.judge import METRICS, Judge, look
from tasks.assessment.rows import Sources
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder
from tasks.compute.devices import repeatable
from tasks.finished.artifacts import Artifacts
from tasks.finished.estimates import estimate
from tasks.ingestion.partition import TRAIN
from tasks.page.wording import percent, with_interval
from tasks.sampling.points import load_points
from tasks.sampling.registry import SAMPLERS, fit

PAGE = ROOT / "docs" / "samplers.md"
BEGIN, END = "<!-- table: written by benchmarks.pythae_samplers -->\n", "<!-- end of table -->\n"
DRAWS, EACH = 8, 250

PEERS = {
    "NormalSampler": ("nothing", "normal_origin", {"prior": True}),
    "HypersphereUniformSampler": ("nothing; meant for an SVAE", "normal_origin", {}),
    "GaussianMixtureSampler": ("a fit", "gaussian_mixture", {}),
    "TwoStageVAESampler": ("a VAE, a training", "two_stage", {}),
    "MAFSampler": ("a training", "autoregressive_flow", {}),
    "IAFSampler": ("a training", "flow_matching", {}),
    "VAMPSampler": ("a VAMP and its pseudo-inputs", "resampled", {}),
    "RHVAESampler": ("an RHVAE and its metric", "manifold_parzen", {}),
    "PoincareDiskSampler": ("a Poincaré VAE", "multivariate_normal", {}),
    "PixelCNNSampler": ("a VQ-VAE, a training", "multivariate_normal", {}),
}
"""Of each of pythae's samplers: what it needs, and ours for the same purpose with its settings."""


class Outcome(NamedTuple):
    """What a sampler did, its judged values by metric, or why it did not; fit and draw: processor seconds."""

    fit: float = 0.0
    draw: float = 0.0
    values: dict[str, np.ndarray] | None = None
    why: str = ""


Draw = Callable[[int], np.ndarray]
"""Faces (n, S, S, 3) uint8 of a draw of n."""


class Bench:
    """The autoencoder of a study, its training images, and the judge."""

    def __init__(self, artifacts: Artifacts, epochs: int) -> None:
        at, self.epochs = artifacts, epochs
        sources = Sources(at.dataset, at.model, at.latents, at.statistics, (at.scored("features"),))
        self.instruments = open_instruments(sources, at.scored("baselines"), "cpu")
        self.real = self.instruments.real
        self.judge = Judge(self.real, at.assessment)
        self.autoencoder: Autoencoder = load_for_inference(at.model, torch.device("cpu"))
        self.points = load_points(at.dataset, at.latents, at.statistics)
        images = self.real.images(np.flatnonzero(self.real.partition == TRAIN))
        self.images = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255

    def outcome(self, prepare: Callable[[], Draw]) -> Outcome:
        """Fit, draw and judge; a sampler that refuses is quoted."""
        try:
            start = time.process_time()
            draw = prepare()
            fitted = time.process_time()
            faces = [draw(EACH) for _ in range(DRAWS)]
            drawn = time.process_time()
        except Exception as error:
            return Outcome(why=f"{type(error).__name__}: {error}".strip().splitlines()[0])
        seen = [look([block], self.instruments) for block in faces]
        return Outcome(fitted - start, drawn - fitted, self.judge(seen))

    def theirs(self, name: str, scaled: float = 1.0) -> Outcome:
        """One of pythae's samplers; our autoencoder as its VAE where it takes no other."""
        import pythae.samplers
        import pythae.trainers

        from benchmarks.pythae_peer import pythae_model, pythae_vae

        logging.disable(logging.WARNING)

        def prepare() -> Draw:
            kind: Any = getattr(pythae.samplers, name)
            make = pythae_vae if PEERS[name][0].startswith("a VAE") else pythae_model
            sampler = kind(make(self.autoencoder).eval())
            with tempfile.TemporaryDirectory() as folder:
                if "training" in PEERS[name][0]:
                    training = pythae.trainers.BaseTrainerConfig(output_dir=folder, num_epochs=self.epochs)
                    sampler.fit(self.images * scaled, training_config=training)
                else:
                    sampler.fit(self.images * scaled)

            def draw(count: int) -> np.ndarray:
                with torch.no_grad():
                    made = sampler.sample(num_samples=count, batch_size=count).clamp(0, 1)
                return (made * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()

            return draw

        torch.manual_seed(0)
        np.random.seed(0)
        return self.outcome(prepare)

    def ours(self, name: str, settings: dict[str, Any]) -> Outcome:
        """One of our samplers at its usual level."""

        def prepare() -> Draw:
            fitted = fit(name, self.points, SAMPLERS.named(name).config_model(**settings), 1)
            rng, level = np.random.default_rng(0), fitted.usual()
            fitted.draw(np.random.default_rng(0), 1, level)  # Some fit at their first draw.
            return lambda count: decode_images(self.autoencoder, fitted.draw(rng, count, level))

        return self.outcome(prepare)


def cells(outcome: Outcome) -> list[str]:
    """The columns of one side."""
    if outcome.values is None:
        return [f"refuses: `{outcome.why}`", "–", "–", "–"]
    found = {metric: estimate(outcome.values[metric].tolist()) for metric in METRICS}
    return [
        with_interval(*found["fd_debiased"]),
        percent(found["broken"].value),
        percent(found["copied"].value),
        f"{outcome.fit:.1f} + {outcome.draw:.1f}",
    ]


def table(bench: Bench, names: Collection[str]) -> Iterator[str]:
    """The lines of the table of pythae's samplers ``names``, as they are found."""
    head = ["pythae's sampler", "needs", "FD∞ ↓", "broken", "copied", "fit + draw, s"]
    yield f"| {' | '.join([*head, 'ours', 'FD∞ ↓', 'broken', 'copied', 'fit + draw, s'])} |"
    yield "|" + "---|" * (len(head) + 5)
    known: dict[str, Outcome] = {}
    with repeatable():
        for name in names:
            needs, ours, settings = PEERS[name]
            key = f"{ours}{settings or ''}"
            if key not in known:
                known[key] = bench.ours(ours, settings)
            line = [name, needs, *cells(bench.theirs(name)), f"`{ours}`", *cells(known[key])]
            yield f"| {' | '.join(line)} |"


def checks(bench: Bench) -> Iterator[str]:
    """What pythae's check of the value range does, tried with the mixture."""
    for words, factor in (("of at most 254/255", 254 / 255), ("in 0…255", 255.0)):
        outcome = bench.theirs("GaussianMixtureSampler", factor / float(bench.images.max()))
        told = cells(outcome)[0] if outcome.values is None else f"fitted, FD∞ {cells(outcome)[0]}"
        yield f"- GaussianMixtureSampler, training images {words}: {told}."


def run_with_pythae() -> None:
    """Start again with pythae installed."""
    subprocess.run(["make", ".peers/installed"], cwd=ROOT, check=True)
    path = os.pathsep.join([str(ROOT / ".peers"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "benchmarks.pythae_samplers", *sys.argv[1:]]
    raise SystemExit(subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}).returncode)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", nargs="?", help="of a finished study; the demo if not given")
    parser.add_argument("--epochs", type=int, default=100, help="of pythae's trainings (default 100, its own)")
    parser.add_argument("--only", action="append", default=[], choices=list(PEERS), help="print these rows alone")
    asked = parser.parse_args()
    os.environ["TQDM_DISABLE"] = "1"
    if importlib.util.find_spec("pythae") is None:
        run_with_pythae()
    from flows.finished import newest_study
    from storage.opening import find_store

    with tempfile.TemporaryDirectory() as temporary:
        store = asked.store or str(Path(temporary) / "store")
        if asked.store is None:
            command = "from flows.cli import main; main()"
            subprocess.run([sys.executable, "-c", command, "run", "--store", store], cwd=ROOT, check=True)
        bench = Bench(newest_study(find_store(store)), asked.epochs)
        lines = []
        parts = (table(bench, asked.only),) if asked.only else (table(bench, PEERS), iter([""]), checks(bench))
        for part in parts:
            for line in part:
                print(line, flush=True)
                lines.append(line)
    if asked.only:
        return
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
