"""Pictures that more than one reader wants: the loss curve, reconstructions, a sampler's grids."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from storage.arrays import open_complete, read_array, read_rows
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.pictures import contact_sheet
from tasks.reporting.drawing import BLUE, GREEN, GREY, ORANGE, VERMILLION, drawn, logarithmic, new_figure, style
from tasks.reporting.study import TRAIN, SampleSet, read_columns
from tasks.reporting.thumbnails import grid, labelled_stack


def _numbers(columns: dict[str, list[str]], name: str) -> npt.NDArray[np.float64]:
    return np.array([float(text) if text else math.nan for text in columns.get(name, [])])


def loss_figure(history: Path, pca_mse: float | None = None) -> Figure:
    """Training and validation error, and the image quality they mean, against the epoch."""
    columns = read_columns(history)
    epoch = _numbers(columns, "epoch")
    figure = new_figure(3.2)
    left, right = figure.subplots(1, 2)
    left.plot(epoch, _numbers(columns, "train_loss"), color=BLUE, marker="o", markersize=2.5, label="training loss")
    left.plot(
        epoch, _numbers(columns, "validation_mse"), color=VERMILLION, marker="o", markersize=2.5, label="validation MSE"
    )
    if pca_mse:
        left.axhline(pca_mse, color=GREY, linestyle="--", linewidth=1.2, label="PCA, held-out MSE")
    left.set(xlabel="epoch", ylabel="error per pixel (0–1 scale)", title="Loss")
    logarithmic(left)
    left.legend()
    psnr, ssim = _numbers(columns, "validation_psnr"), _numbers(columns, "validation_ssim")
    right.plot(epoch, psnr, color=GREEN, marker="o", markersize=2.5)
    right.set(xlabel="epoch", title="Validation images")
    right.set_ylabel("PSNR (dB)", color=GREEN)
    twin = right.twinx()
    twin.plot(epoch, ssim, color=ORANGE, marker="s", markersize=2.5)
    twin.set_ylabel("SSIM", color=ORANGE)
    twin.grid(False)
    twin.spines["right"].set_visible(True)
    return figure


def loss_curve(history: Path, dpi: int = 80) -> Image.Image:
    """The loss curve of a ``history.csv`` as an image."""
    with style():
        return drawn(loss_figure(history), dpi)


def held_out_rows(partition: npt.NDArray[np.int8], count: int) -> npt.NDArray[np.intp]:
    """``count`` images spread evenly over those outside the training partition; over all where there are none."""
    rows = np.flatnonzero(partition != TRAIN)
    rows = rows if len(rows) else np.arange(len(partition))
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))
    return np.asarray(rows[chosen])


def reconstruction_pairs(
    dataset: Path, latents: Path, model: Path, count: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Held-out originals and their reconstructions, each (n, h, w, 3) uint8."""
    images, points = open_complete(dataset / "images.zarr"), open_complete(latents / "latents.zarr")
    rows = held_out_rows(np.asarray(read_array(images, "partition"), np.int8), count)
    originals = read_rows(images["image"], rows)  # type: ignore[arg-type]
    z = read_rows(points["z"], rows)  # type: ignore[arg-type]
    return originals, decode_images(load_for_inference(model), z)


def interleave(
    originals: npt.NDArray[np.uint8], reconstructions: npt.NDArray[np.uint8], columns: int
) -> npt.NDArray[np.uint8]:
    """Rows of ``columns`` originals, each above the row of its reconstructions; a short last row is left out."""
    columns = min(columns, len(originals))
    rows = []
    for start in range(0, len(originals) - columns + 1, columns):
        rows += [originals[start : start + columns], reconstructions[start : start + columns]]
    return np.concatenate(rows)


def reconstruction_sheet(dataset: Path, latents: Path, model: Path, count: int = 14, columns: int = 7) -> Image.Image:
    """Held-out originals above their reconstructions as an image."""
    originals, reconstructions = reconstruction_pairs(dataset, latents, model, count)
    return contact_sheet(interleave(originals, reconstructions, columns), min(columns, len(originals)))


def sampler_grids(samples: Path, rows: int = 3, columns: int = 7) -> dict[str, Image.Image]:
    """For each level of a samples artifact its grid of drawn faces, by the level's label."""
    draws = SampleSet(samples.name, samples)
    return {
        label: grid(draws.images(level, slice(rows * columns)), rows, columns)
        for level, label in enumerate(draws.labels)
    }


def sampler_sheet(samples: Path, rows: int = 3, columns: int = 7) -> Image.Image:
    """All levels' grids, one below the other, each under its label."""
    grids = sampler_grids(samples, rows, columns)
    return labelled_stack(list(grids.values()), list(grids))
