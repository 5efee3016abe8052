"""The model card: what was exported, what it was made from, what it is worth, what it is not for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from storage.arrays import open_complete, read_array
from tasks.assessment.broken import FLAGGED
from tasks.assessment.copies import NEAREST
from tasks.assessment.tables import Score, read_cautions
from tasks.autoencoder.network import Autoencoder
from tasks.exploring.opened import OpenedStudy
from tasks.exporting.order import FILES
from tasks.finished.estimates import dashed, hundredths, share_words
from tasks.finished.metrics import metric_named
from tasks.finished.scores import ScoreTable
from tasks.finished.verdict import DISTANCE, Judged, Verdict
from tasks.ingestion.partition import TEST, TRAIN, VALIDATION
from tasks.page.wording import counted, listed, percent, with_interval
from tasks.sampling.form import WITH_POINTS, Form
from tasks.sampling.registry import SAMPLERS
from tasks.sampling.sampler import Level, level_label


@dataclass(frozen=True)
class Exported:
    """What the card is about.

    onnx: the largest difference from torch by network, empty if ONNX was left out; network: None if it was adopted.
    attributes: whether draws with attributes are exported too.
    """

    study: OpenedStudy
    sampler: str
    level: Level
    form: Form
    table: ScoreTable | None
    onnx: dict[str, float]
    network: Autoencoder | None
    attributes: bool = False


def model_card(exported: Exported) -> str:
    """The card as Markdown."""
    parts = (_what, _files, _data, _autoencoder, _sampler, _verdict, _scores, _limits)
    return "\n".join(line for part in parts for line in [*part(exported), ""]).rstrip() + "\n"


def _what(exported: Exported) -> list[str]:
    size = exported.study.sizes
    return [
        f"# A face autoencoder and how to draw from it: `{exported.sampler}`",
        "",
        f"A {exported.study.finished.family}, {size.image_size}×{size.image_size} "
        f"pixels and {counted(size.latent_dim, 'latent component')}, and a sampler: it draws latent vectors z that "
        "the decoder turns into new faces. Made by latentfaces.",
    ]


def _files(exported: Exported) -> list[str]:
    rows = [("`sampler.safetensors`, `sampler.json`", "the fitted sampler's arrays, and what they are")]
    if exported.attributes:
        rows.append((", ".join(f"`{name}`" for name in FILES), "what draws with attributes take"))
    heading = ["## Files", "", "| file | what it is |", "|---|---|"]
    if exported.network is None:
        rows = [
            ("`make_faces.py`", "draws and decodes with numpy, safetensors and onnxruntime"),
            ("`decoder/`, `encoder/`", "the model's own files; `autoencoder.json` says what they take and give"),
            ("`adopt.yaml`", "their description, with which latentfaces studies the model again (`--autoencoder`)"),
            *rows,
        ]
        note = "`python make_faces.py 8 0` writes eight faces drawn with the seed 0."
        table = [*heading, *(f"| {file} | {what} |" for file, what in rows)]
        return [*table, "", note, *_to_order(exported, "make_faces.py")]
    weights = "weights; `autoencoder.json` is the network's configuration"
    rows.insert(0, ("`decoder.safetensors`, `encoder.safetensors`", weights))
    own = exported.network.config.decoder
    if own is None:
        rows.insert(0, ("`make_faces_torch.py`", "draws and decodes with numpy, safetensors and torch"))
    if exported.onnx:
        differences = ", ".join(f"{name} {value:.1g}" for name, value in exported.onnx.items())
        rows.insert(0 if own else 1, ("`make_faces.py`", "draws and decodes with numpy, safetensors and onnxruntime"))
        rows.append(("`decoder.onnx`, `encoder.onnx`", f"compared with torch; largest difference: {differences}"))
        rows.append(("`adopt.yaml`", "their description, with which latentfaces studies them (`--autoencoder`)"))
    script = "make_faces.py" if own else "make_faces_torch.py"
    notes = [
        "",
        f"Images are (n, 3, S, S) float32 in [0, 1], z is (n, components) float32. `python {script} 8 0` "
        "writes eight faces drawn with the seed 0.",
        *_to_order(exported, script),
    ]
    return [*heading, *(f"| {file} | {what} |" for file, what in rows), *notes]


def _to_order(exported: Exported, script: str) -> list[str]:
    """How faces with attributes are drawn, if they can be."""
    if not exported.attributes:
        return []
    names = exported.study.labels.names
    return [
        "",
        f"`python {script} 8 0 --with {names[0]}` writes faces with an attribute, `--without {names[0]}` faces "
        "without; both can be repeated. They are drawn from normal distributions given attributes, not by the "
        f"sampler below. Attributes: {', '.join(names)}.",
    ]


def _data(exported: Exported) -> list[str]:
    partition = exported.study.finished.partition
    train, validation, test = (int((partition == part).sum()) for part in (TRAIN, VALIDATION, TEST))
    words = (
        f"{len(partition):,} images: {train:,} for training, {validation:,} for validation, {test:,} for testing (data "
        f"set `{exported.study.artifacts.dataset.name}`)."
    )
    notes = [exported.form.note, f"`{FILES[0]}`: {WITH_POINTS}" if exported.attributes else ""]
    return ["## Training data", "", words, *(line for note in notes if note for line in ("", note))]


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


def _verdict(exported: Exported) -> list[str]:
    """What the study's rule makes of the exported draw, and how its faces were judged."""
    if exported.study.artifacts.scores is None:
        return ["## Verdict", "", "The study was not scored: nothing is known of this draw's faces."]
    verdict = exported.study.finished.verdict
    row = verdict.at(exported.sampler, level_label(exported.level))
    lines = ["## Verdict", "", _standing(verdict, row, exported.sampler)]
    if row is not None:
        lines += ["", *_judged(verdict, row)]
    return [*lines, *(["", *(f"- {text}" for text in verdict.reservations)] if verdict.reservations else [])]


def _standing(verdict: Verdict, row: Judged | None, sampler: str) -> str:
    if verdict.pick is None:
        return f"**{verdict.no_answer}** The study recommends no draw; this one was chosen by hand."
    if row is None:
        best = verdict.leader(sampler)
        judged = f"; `{sampler}` was judged at {best.level or 'its only level'}" if best else ""
        return f"This draw was not judged{judged}. The study recommends `{verdict.pick.name}`."
    pick, standing = verdict.pick, verdict.standing(row)
    equal = listed([f"`{one.name}`" for one in verdict.tied if one != row])
    if standing == "recommended":
        alone = (
            f" The study cannot tell {equal} from it; this draw keeps least of the training points." if equal else ""
        )
        return f"**The study recommends this draw.**{alone}"
    if standing == "tied":
        return (
            f"The study cannot tell this draw from `{pick.name}`, which it recommends: that keeps less of the points."
        )
    if standing:
        return f"**Not recommended**: too many of its faces are {standing}. The study recommends `{pick.name}`."
    ratio = pick.against(row).ratio
    times = f", {with_interval(*ratio)} times as far" if math.isfinite(ratio.value) else ""
    return f"Its faces are farther from real ones than those of `{pick.name}`, which the study recommends{times}."


def _judged(verdict: Verdict, row: Judged) -> list[str]:
    limits, unseen = verdict.autoencoder, verdict.reconstructions
    rows = (
        (f"{DISTANCE}, lower is better", with_interval(*row.distance), dashed(unseen["fd_debiased"], hundredths), ""),
        ("broken faces", share_words(row.broken), dashed(unseen["broken"], percent), percent(limits["most_broken"])),
        ("copies", share_words(row.copied), dashed(unseen["copied"], percent), percent(limits["most_copied"])),
    )
    return [
        f"Judged by {row.n:,} fresh faces, with 95 % intervals. {DISTANCE} is the squared Fréchet distance from "
        "reconstructions of the training images, without the bias of finite samples. A face is broken if passing it "
        f"through the autoencoder again changes or moves it more than {100 * (1 - FLAGGED):g} % of reconstructions, "
        "and a copy if it lies nearer to a training reconstruction than "
        f"{100 * (1 - NEAREST):g} % of those lie to one another.",
        "",
        f"| | {row.sampler} | held-out reconstructions | limit |",
        "|---|---|---|---|",
        *(f"| {' | '.join(cells)} |" for cells in rows),
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
        "Mean ± standard deviation over stored draws, beside real images and reconstructions of the partition that "
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
        "together there go together here. Nothing keeps a drawn face from resembling a real person: the share of "
        "copies and the novelty above describe draws on average, not each of them. Terms of the training images "
        "apply to what is made from them; CelebA and pictures and weights made from it are for non-commercial research "
        "only and may not be passed on. Not for identification, nor for judging people.",
    ]
