"""The neighbours of drawn points beside faiss's flat index alone, and a sweep's decoding beside the decoder's own.

Repeat with ``python -m benchmarks.sampling`` in the project's folder; ``--only neighbours`` or ``--only decoding``
runs one of them. Each pair is timed in turns, and the median of the ratios counts, so that other work on the
machine falls on both sides.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import torch

from storage.arrays import open_for_writing
from tasks.autoencoder.codec import BATCH, to_pixels
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.devices import choose_device
from tasks.sampling.neighbours import NeighbourIndex
from tasks.sampling.sample import create_layout, decode_level


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(ours: Callable[[], object], theirs: Callable[[], object], repeat: int) -> tuple[float, float, float]:
    """Median seconds of both and the median of their ratios, after one unmeasured turn."""
    ours()
    theirs()
    pairs = []
    for turn in range(repeat):
        first, second = (ours, theirs) if turn % 2 else (theirs, ours)
        times = {first: seconds(first), second: seconds(second)}
        pairs.append((times[ours], times[theirs]))
    own, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    return own, other, statistics.median(a / b for a, b in pairs)


def neighbours(points: int, components: int, queries: int, k: int, repeat: int) -> None:
    """Exact neighbours with float64 distances in a fixed order, against the float32 answer of the flat index."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((components, components)).astype(np.float32)
    known = rng.standard_normal((points, components), dtype=np.float32) @ mixing + 3
    asked = rng.standard_normal((queries, components), dtype=np.float32) @ mixing + 3
    flat = faiss.IndexFlatL2(components)
    flat.add(known)
    index = NeighbourIndex(known)
    own, alone, ratio = in_turns(lambda: index.nearest(asked, k), lambda: flat.search(asked, k), repeat)
    same = float(np.mean(index.nearest(asked, k)[0] == flat.search(asked, k)[1]))
    print(
        f"neighbours: {k} of {queries} points among {points} x {components}: {own:.2f} s, faiss's flat index alone "
        f"{alone:.2f} s, ratio {ratio:.3f} (at most 1.2); {100 * same:.2f} % of the rows are the same"
    )


@torch.inference_mode()
def bare_loop(autoencoder: Autoencoder, z: np.ndarray, device: torch.device) -> np.ndarray:
    """What decoding costs at least: z in, uint8 images in memory."""
    points = torch.from_numpy(z).to(device)
    return np.concatenate(
        [to_pixels(autoencoder.decode(points[start : start + BATCH])) for start in range(0, len(z), BATCH)]
    )


def decoding(count: int, repeat: int, device: str, channels: tuple[int, ...], size: int, components: int) -> None:
    """Decode a level and store it, against a loop over the same batches that stores nothing."""
    where = choose_device(device)
    config = AutoencoderConfig(image_size=size, channels=channels, latent_dim=components)
    autoencoder = Autoencoder(config, seed=0).to(where).eval()
    z = np.random.default_rng(0).standard_normal((count, components), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        group = open_for_writing(Path(folder) / "samples.zarr")
        arrays = create_layout(group, [{}], count, components, size, 1)
        own, bare, ratio = in_turns(
            lambda: decode_level(autoencoder, z, arrays["image"], 0), lambda: bare_loop(autoencoder, z, where), repeat
        )
        stored = np.asarray(arrays["image"][0])
    if not np.array_equal(stored, bare_loop(autoencoder, z, where)):
        raise SystemExit("the stored images are not those of the bare loop")
    print(
        f"decoding: {count} images of {size} x {size} to Zarr on {where}: {count / own:.0f} images/s, the bare loop "
        f"{count / bare:.0f} images/s, ratio {1 / ratio:.3f} (at least 0.9)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Neighbours and decoding, side by side with their peers.")
    parser.add_argument("--only", choices=("neighbours", "decoding"), help="one of the two (default both)")
    parser.add_argument("--points", type=int, default=202_599, help="points searched among (default 202599)")
    parser.add_argument("--count", type=int, default=3000, help="images decoded in a turn (default 3000)")
    parser.add_argument("--repeat", type=int, default=5, help="turns (default 5)")
    parser.add_argument("--device", default="auto", help="where to decode: auto, cpu, cuda or mps (default auto)")
    arguments = parser.parse_args()
    if arguments.only != "decoding":
        neighbours(arguments.points, 256, 1000, 5, arguments.repeat)
    if arguments.only != "neighbours":
        decoding(arguments.count, arguments.repeat, arguments.device, (32, 64, 128, 256), 64, 256)


if __name__ == "__main__":
    main()
