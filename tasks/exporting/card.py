"""The model card: what was exported, what it was made from, what it is worth, what it is not for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from storage.arrays import open_complete, read_array
from tasks.assessment.tables import Score, read_cautions
from tasks.exploring.opened import OpenedStudy
from tasks.finished.metrics import metric_named
from tasks.finished.scores import ScoreTable
from tasks.ingestion.partition import TEST, TRAIN, VALIDATION
from tasks.page.wording import counted
from tasks.sampling.form import Form
from tasks.sampling.registry import SAMPLERS
from tasks.sampling.sampler import Level, level_label
from tasks.training.registry import FAMILIES


@dataclass(frozen=True)
class Exported:
    """What the card is about. onnx: the largest difference from torch by network, empty if ONNX was left out."""

    study: OpenedStudy
    sampler: str
    level: Level
    form: Form
    table: ScoreTable | None
    onnx: dict[str, float]


def model_card(exported: Exported) -> str:
    """The card as Markdown."""
    parts = (_what, _files, _data, _autoencoder, _sampler, _scores, _limits)
    return "\n".join(line for part in parts for line in [*part(exported), ""]).rstrip() + "\n"


def _what(exported: Exported) -> list[str]:
    config = exported.study.autoencoder.config
    return [
        f"# A face autoencoder and how to draw from it: `{exported.sampler}`",
        "",
        f"A {FAMILIES.named(config.family).title}, {config.image_size}×{config.image_size} "
        f"pixels and {counted(config.latent_dim, 'latent component')}, and a sampler: it draws latent vectors z that "
        "the decoder turns into new faces. Made by latentfaces.",
    ]


def _files(exported: Exported) -> list[str]:
    rows = [
        ("`decoder.safetensors`, `encoder.safetensors`", "weights; `autoencoder.json` is the network's configuration"),
        ("`sampler.safetensors`, `sampler.json`", "the fitted sampler's arrays, and what they are"),
    ]
    own = exported.study.autoencoder.config.decoder
    if own is None:
        rows.insert(0, ("`make_faces_torch.py`", "draws and decodes with numpy, safetensors and torch"))
    if exported.onnx:
        differences = ", ".join(f"{name} {value:.1g}" for name, value in exported.onnx.items())
        rows.insert(0 if own else 1, ("`make_faces.py`", "draws and decodes with numpy, safetensors and onnxruntime"))
        rows.append(("`decoder.onnx`, `encoder.onnx`", f"compared with torch; largest difference: {differences}"))
    script = "make_faces.py" if own else "make_faces_torch.py"
    heading = ["## Files", "", "| file | what it is |", "|---|---|"]
    notes = [
        "",
        f"Images are (n, 3, S, S) float32 in [0, 1], z is (n, components) float32. `python {script} 8 0` "
        "writes eight faces drawn with the seed 0.",
    ]
    return [*heading, *(f"| {file} | {what} |" for file, what in rows), *notes]


def _data(exported: Exported) -> list[str]:
    partition = exported.study.finished.partition
    train, validation, test = (int((partition == part).sum()) for part in (TRAIN, VALIDATION, TEST))
    words = (
        f"{len(partition):,} images: {train:,} for training, {validation:,} for validation, {test:,} for testing (data "
        f"set `{exported.study.artifacts.dataset.name}`)."
    )
    return ["## Training data", "", words, *(["", exported.form.note] if exported.form.note else [])]


def _autoencoder(exported: Exported) -> list[str]:
    error = read_array(open_complete(exported.study.artifacts.latents / "latents.zarr"), "reconstruction_error")
    held_out = error[exported.study.finished.partition != TRAIN]
    lines = ["## Autoencoder", ""]
    if len(held_out):
        lines.append(
            f"Mean squared error of held-out reconstructions, per pixel on the 0–1 scale: {held_out.mean():.5f}."
        )
    if found := exported.study.finished.pca_baseline:
        lines += ["", "| held-out images | MSE | PSNR, dB | SSIM |", "|---|---|---|---|"]
        for name, text in (("autoencoder", "autoencoder"), ("pca", "PCA with as many components")):
            if name in found:
                row = found[name]
                lines.append(f"| {text} | {row['mse']:.5f} | {row['psnr']:.2f} | {row['ssim']:.3f} |")
    return lines


def _sampler(exported: Exported) -> list[str]:
    kind = SAMPLERS.named(exported.sampler)
    at_level = f" at {level_label(exported.level).replace(',', ', ')}" if exported.level else ""
    return [
        "## Sampler",
        "",
        f"`{exported.sampler}`{at_level}: {kind.description()}",
        "",
        f"Exported as `{exported.form.kind}`:",
        "",
        "```python",
        *exported.form.draw.splitlines(),
        "```",
    ]


def _scores(exported: Exported) -> list[str]:
    if exported.table is None:
        return ["## Scores", "", "The study was not scored."]
    rows = exported.table
    own = [("real", ""), ("reconstruction", ""), (exported.sampler, level_label(exported.level))]
    metrics = list(dict.fromkeys((row.metric, row.features, row.reference) for row in rows.rows))
    lines = [
        "## Scores",
        "",
        "Mean ± standard deviation over repeated draws, beside real images and reconstructions of the partition that "
        "is not the reference. ↓ lower is better, ↑ higher is better, →1 nearer to one is better.",
        "",
        f"| metric | features | against | real | reconstruction | {exported.sampler} |",
        "|---|---|---|---|---|---|",
    ]
    for metric, features, reference in metrics:
        cells = [_cell(rows.select(name, label, metric, features, reference)) for name, label in own]
        lines.append(f"| {metric_named(metric).heading} | {features} | {reference} | {' | '.join(cells)} |")
    known = {shown.title: shown.meaning for shown in (metric_named(name) for name, _, _ in metrics) if shown.meaning}
    assert exported.study.artifacts.scores is not None
    beware = [
        f"- **Beware of {metric_named(caution['metric']).title}** ({caution['features']}, against "
        f"{caution['reference']}): {caution['text']}"
        for caution in read_cautions(exported.study.artifacts.scores)
    ]
    return [*lines, "", *(f"- **{title}**: {meaning}" for title, meaning in known.items()), *beware]


def _cell(rows: Iterable[Score]) -> str:
    for row in rows:
        if math.isfinite(row.value):
            return f"{row.value:.4g}" + (f" ± {row.spread:.2g}" if np.isfinite(row.spread) else "")
    return "–"


def _limits(exported: Exported) -> list[str]:
    return [
        "## Limits",
        "",
        "Faces look as the training images do: what is rare there is rare or wrong here, and attributes that go "
        "together there go together here. Nothing keeps a drawn face from resembling a real person: the novelty above "
        "says how far from the training faces draws are on average, not each of them. Terms of the training images "
        "apply to what is made from them; CelebA and pictures and weights made from it are for non-commercial research "
        "only and may not be passed on. Not for identification, nor for judging people.",
    ]
