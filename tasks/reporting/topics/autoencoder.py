"""The autoencoder: what it is, how it was trained, how well it reconstructs."""

from __future__ import annotations

from storage.columns import read_columns
from tasks.autoencoder.adopted import AdoptedConfig
from tasks.autoencoder.interface import ADOPTED
from tasks.encoding.preview import interleave, reconstruction_pairs
from tasks.page.drawing import Drawn, picture
from tasks.page.images import contact_sheet
from tasks.page.section import Column, Fold, Picture, Prose, fold, paragraph, table
from tasks.page.sheets import photograph
from tasks.page.wording import counted, percent, short
from tasks.reporting.topic import Evidence, Finding, Numbers, ReportedStudy, at, topic
from tasks.training.preview import loss_figure

MEASURES = (Column("mse", "MSE ↓", short), Column("psnr", "PSNR, dB ↑", short), Column("ssim", "SSIM ↑", short))


def autoencoder(numbers: Numbers) -> Finding | None:
    """Held-out error against a PCA with as many components."""
    own, linear = (at(numbers.pca_baseline, model, "mse") for model in ("autoencoder", "pca"))
    if not own or not linear:
        return None
    ratio = own / linear
    if ratio < 0.98:
        text = f"The autoencoder reconstructs better than a PCA of the same size: {percent(1 - ratio)} less error."
    elif ratio <= 1.02:
        text = "The autoencoder reconstructs about as well as a PCA of the same size."
    else:
        text = f"The autoencoder is worse than a PCA of the same size: {percent(ratio - 1)} more error."
        if not numbers.pca_baseline.get(ADOPTED):
            text += " More training may help."
    detail = f"Held-out mean squared error {short(own)} against {short(linear)}."
    bars = (Evidence("autoencoder", own), Evidence("PCA", linear))
    return Finding("autoencoder", "autoencoder", text, detail, bars, "held-out MSE per pixel, lower is better")


def _words(study: ReportedStudy) -> Prose:
    network = study.network
    if network.get("family") == ADOPTED:
        return _adopted(study)
    facts = [counted(study.dimension, "component")]
    if shape := " → ".join(str(width) for width in network.get("channels", ())):
        facts.append(f"encoder stages of {shape} feature maps")
    facts += [
        f"{name.replace('_', ' ')} {network[name]}" for name in ("normalisation", "activation") if name in network
    ]
    epochs = len(read_columns(study.model / "history.csv").get("epoch", []))
    return paragraph("A {}: {}; trained for {} epochs.", study.family, ", ".join(facts), epochs)


def _adopted(study: ReportedStudy) -> Prose:
    config = AdoptedConfig.model_validate(study.network)
    shape = f" ({'×'.join(map(str, config.latent))})" if len(config.latent) > 1 else ""
    return paragraph(
        "A model from elsewhere, adopted as it is: {}{}, images of {}×{} pixels. Its encoder takes {}, its decoder "
        "gives {}. Nothing is known of its training; it may have seen these held-out images.",
        counted(config.latent_dim, "component"),
        shape,
        config.image_size,
        config.image_size,
        str(config.pixels).replace("-", "−"),
        str(config.output).replace("-", "−"),
    )


def _errors(study: ReportedStudy) -> Fold | None:
    components = counted(int(study.pca_baseline.get("components", study.dimension)), "component")
    names = {"autoencoder": "autoencoder", "pca": f"PCA with {components}"}
    found = [(name, study.pca_baseline[key]) for key, name in names.items() if study.pca_baseline.get(key)]
    rows = [{"model": name, **errors} for name, errors in found]
    held_out = study.pca_baseline.get("held_out")
    caption = "Reconstruction error on held-out images, per pixel on the 0–1 scale."
    if isinstance(held_out, int):
        caption = f"Reconstruction error on {held_out:,} held-out images; the error is per pixel on the 0–1 scale."
    return fold("The errors in numbers", table("yardstick", (Column("model"), *MEASURES), rows, caption))


@picture
def _loss(study: ReportedStudy) -> Drawn | None:
    if not (study.model / "history.csv").exists():
        return None
    return Drawn(
        "loss",
        loss_figure(study.model / "history.csv", at(study.pca_baseline, "pca", "mse")),
        "Training and validation error per epoch, and the quality of validation reconstructions. The dashed line is a "
        "PCA with as many components on the held-out images.",
        "Line plots of loss, PSNR and SSIM against the epoch.",
    )


def _reconstructions(study: ReportedStudy) -> Picture:
    originals, decoded = reconstruction_pairs(study.dataset, study.latents, study.model, study.config.reconstructions)
    columns = min(study.config.grid_columns, len(originals))
    return photograph(
        "reconstructions",
        contact_sheet(interleave(originals, decoded, columns), columns),
        "Held-out originals, and below each row what the autoencoder makes of them: D(E(x)).",
        f"Rows of {columns} held-out photographs, each above its row of reconstructions.",
    )


ORDER, RANK = 130, 20
FINDERS = (autoencoder,)
build = topic("autoencoder", "The autoencoder", _words, _reconstructions, _loss, _errors)
