import csv

import numpy as np

from tasks.training.preview import loss_curve


def test_the_loss_curve_is_drawn(tmp_path):
    columns = ("epoch", "train_loss", "validation_mse", "validation_psnr", "validation_ssim", "learning_rate")
    with open(tmp_path / "history.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows((k, 0.1 / k, 0.12 / k, 10 + k, 1 - 1 / (k + 1), 1e-3) for k in range(1, 6))
    curve = np.asarray(loss_curve(tmp_path / "history.csv"))
    colours = {tuple(pixel) for pixel in curve.reshape(-1, 3)}
    assert (0x00, 0x72, 0xB2) in colours
    assert (0xD5, 0x5E, 0x00) in colours
