from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from tasks.ingestion.decode import decode_square, resize
from tasks.ingestion.decoding import Frame, Outcome, decode_outcomes
from tasks.ingestion.source import open_source

SIDES = [40, 40, 600, 600, 600, 0, 0, 40, 31, 32, 1100, 1100, 40]
"""Of the images of the folder, in order; 0 stands for one that cannot be read."""


def folder_of(path: Path) -> Path:
    rng = np.random.default_rng(1)
    for number, side in enumerate(SIDES):
        file = path / f"{number:02d}.png"
        if side:
            Image.fromarray(rng.integers(0, 256, (side, side + 6, 3), dtype=np.uint8)).save(file)
        else:
            file.write_bytes(b"nothing")
    return path


def test_outcomes_keep_the_order_of_the_names_whatever_the_sizes(tmp_path: Path) -> None:
    with open_source(folder_of(tmp_path)) as source:
        outcomes = decode_outcomes(source.read, source.names, Frame("square", 32))
        for name, side, outcome in zip(source.names, SIDES, outcomes, strict=True):
            if not side:
                assert outcome.pixels is None
                assert outcome.reason == "not an image"
                continue
            alone = resize(decode_square(source.read(name), "square")[np.newaxis], 32)[0]
            np.testing.assert_array_equal(outcome.pixels, alone)


def test_enlarging_is_told(tmp_path: Path) -> None:
    with open_source(folder_of(tmp_path)) as source:
        outcomes = decode_outcomes(source.read, source.names, Frame("square", 32))
    assert [outcome.enlarged for outcome in outcomes] == [side == 31 for side in SIDES]


def test_threads_do_not_overwrite_each_others_pixels(tmp_path: Path) -> None:
    """Two threads, in step, each with its own images of one size."""
    pixels = np.random.default_rng(4).integers(0, 256, (8, 60, 64, 3), dtype=np.uint8)
    for number, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / f"{number:02d}.jpg")
    together = threading.Barrier(2)
    with open_source(tmp_path) as source:

        def decode(names: Sequence[str]) -> list[Outcome]:
            return decode_outcomes(read, names, Frame(60, 60))

        def read(name: str) -> bytes:
            together.wait(timeout=60)
            return source.read(name)

        with ThreadPoolExecutor(2) as pool:
            outcomes = [*itertools.chain(*pool.map(decode, [source.names[:4], source.names[4:]]))]
        for name, outcome in zip(source.names, outcomes, strict=True):
            np.testing.assert_array_equal(outcome.pixels, decode_square(source.read(name), 60))
