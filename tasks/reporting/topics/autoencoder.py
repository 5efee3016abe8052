"""The autoencoder: what it is, how it was trained, how well it reconstructs."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from storage.columns import read_columns
from tasks.encoding.preview import interleave, reconstruction_pairs
from tasks.page.drawing import plot, style
from tasks.page.images import contact_sheet
from tasks.page.section import Block, Cell, Fold, Picture, Prose, Section, Table
from tasks.page.sheets import photograph
from tasks.page.wording import counted, short
from tasks.reporting.study import ReportedStudy
from tasks.training.preview import loss_figure

ORDER = 130
MEASURES = (("mse", "MSE ↓"), ("psnr", "PSNR, dB ↑"), ("ssim", "SSIM ↑"))


def build(study: ReportedStudy) -> Section:
    """Network, yardstick, loss curve, reconstructions."""
    blocks: list[Block] = [Prose(_words(study)), _reconstructions(study), _loss(study), *_yardstick(study)]
    return Section("autoencoder", "The autoencoder", tuple(blocks), study.claims("autoencoder"))


def _words(study: ReportedStudy) -> Markup:
    network = study.network
    shape = " → ".join(str(width) for width in network.get("channels", ()))
    facts = [counted(study.dimension, "component")]
    if shape:
        facts.append(f"encoder stages of {shape} feature maps")
    facts += [
        f"{name.replace('_', ' ')} {network[name]}" for name in ("normalisation", "activation") if name in network
    ]
    epochs = len(read_columns(study.model / "history.csv").get("epoch", []))
    return Markup("<p>A {}: {}; trained for {} epochs.</p>").format(study.family, ", ".join(facts), epochs)


def _yardstick(study: ReportedStudy) -> list[Fold]:
    rows: list[tuple[Cell, ...]] = []
    components = counted(int(study.yardstick.get("components", study.dimension)), "component")
    names = {"autoencoder": "autoencoder", "pca": f"PCA with {components}"}
    for key, name in names.items():
        measured: dict[str, Any] = study.yardstick.get(key) or {}
        if measured:
            rows.append((name, *(float(measured[measure]) for measure, _ in MEASURES)))
    if not rows:
        return []
    held_out = study.yardstick.get("held_out")
    table = Table(
        "yardstick",
        ("model", *(measure for measure, _ in MEASURES)),
        tuple(rows),
        f"Reconstruction error on {held_out:,} held-out images; the error is per pixel on the 0–1 scale."
        if isinstance(held_out, int)
        else "Reconstruction error on held-out images, per pixel on the 0–1 scale.",
        headings=("model", *(title for _, title in MEASURES)),
        shown=tuple((name, *(short(float(value)) for value in values)) for name, *values in rows),
    )
    return [Fold("The errors in numbers", (table,))]


def _loss(study: ReportedStudy) -> Picture:
    pca = (study.yardstick.get("pca") or {}).get("mse")
    with style():
        return plot(
            "loss",
            loss_figure(study.model / "history.csv", pca),
            study.config.dpi,
            "Training and validation error per epoch, and the quality of validation reconstructions. The dashed line "
            "is a PCA with as many components on the held-out images.",
            "Line plots of loss, PSNR and SSIM against the epoch.",
        )


def _reconstructions(study: ReportedStudy) -> Picture:
    columns = study.config.grid_columns
    originals, decoded = reconstruction_pairs(study.dataset, study.latents, study.model, study.config.reconstructions)
    columns = min(columns, len(originals))
    return photograph(
        "reconstructions",
        contact_sheet(interleave(originals, decoded, columns), columns),
        "Held-out originals, and below each row what the autoencoder makes of them: D(E(x)).",
        f"Rows of {columns} held-out photographs, each above its row of reconstructions.",
    )
