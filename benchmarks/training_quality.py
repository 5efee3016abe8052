"""Time until the autoencoder's held-out error passes that of a PCA with as many components.

``python -m benchmarks.training_quality --data DIR --set train.epochs=40`` ingests ``DIR`` (or renders ``--faces``
synthetic faces), trains, and prints the first epoch, and the seconds until then, whose held-out error is below the
PCA's, fitted to the same training images; then the errors at the end. ``--set`` as for ``latentfaces run``: repeat it
with ``train.optimizer=adamw`` and so on to compare. Epochs count the time of all that happens in them.
"""

from __future__ import annotations

import argparse
import csv
import logging
import tempfile
import time
from pathlib import Path

from benchmarks.inputs import faces
from flows.config import study_config
from storage.files import read_json
from tasks.ingestion.ingest import ingest
from tasks.training.train import train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="images; synthetic faces if not given")
    parser.add_argument("--faces", type=int, default=20_000, help="how many are rendered (default 20000)")
    parser.add_argument("--set", action="append", default=[], metavar="STAGE.FIELD=VALUE")
    asked = parser.parse_args()
    logging.disable(logging.INFO)
    config = study_config(None, None, asked.set)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        dataset, model = folder / "dataset", folder / "model"
        ingest(asked.data or faces(folder, asked.faces), config.ingest, dataset)
        epochs_at: list[float] = []
        start = time.perf_counter()

        def note(done: int, total: int, text: str = "") -> None:
            # The last batch of epoch e is told as "epoch e/…"; its validation ends before the next epoch's first.
            epoch = (
                int(text.split("/")[0].removeprefix("epoch ")) if text.startswith("epoch ") else config.train.epochs + 1
            )
            while len(epochs_at) < epoch - 1:
                epochs_at.append(time.perf_counter() - start)

        train(dataset, config.train, model, note)
        measured = read_json(model / "yardstick.json")
        history = list(csv.DictReader((model / "history.csv").open(encoding="utf-8")))
    pca, own = measured["pca"]["mse"], measured["autoencoder"]["mse"]
    passed = next((row for row in history if float(row["validation_mse"]) < pca), None)
    if passed is None:
        print(f"not passed in {len(history)} epochs, {epochs_at[-1]:.0f} s")
    else:
        epoch = int(passed["epoch"])
        print(f"passed the PCA in epoch {epoch} of {len(history)}, after {epochs_at[epoch - 1]:.0f} s")
    print(f"held-out MSE at the end {own:.5f}, PCA {pca:.5f}: {own / pca:.3f} times, after {epochs_at[-1]:.0f} s")


if __name__ == "__main__":
    main()
