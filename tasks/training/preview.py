"""The loss curve."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from storage.columns import read_columns
from tasks.page.drawing import BLUE, GREEN, GREY, ORANGE, VERMILLION, drawn, logarithmic, new_figure, style


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
