"""A partition's images as batches on the device: resident if they fit, otherwise read from Zarr in each epoch.

Both ways give the same batches. The order of an epoch is drawn so that it can be streamed: the array's chunks are
shuffled and gathered into windows of at most ``WINDOW_BYTES``, and the images of each window are shuffled. What fits
one window (20,000 images of 64×64) is thereby shuffled evenly; a larger set nearly so, its windows holding random
chunks of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import zarr

from storage.arrays import read_rows
from tasks.compute.devices import free_memory

WINDOW_BYTES = 256 * 2**20
RESIDENT_SHARE = 0.4
"""Share of the free memory that resident images may take."""

Rows = npt.NDArray[np.int64]


def window_order(rows: Rows, chunk_rows: int, window_rows: int, random: np.random.Generator) -> list[Rows]:
    """The positions ``0 … len(rows) − 1`` in a random order, as windows that touch few chunks each.

    ``rows``: (n,) ascending rows of an array whose chunks hold ``chunk_rows`` rows. A window has at most
    ``window_rows`` positions, or one chunk's if that is more.
    """
    starts = np.flatnonzero(np.diff(rows // chunk_rows, prepend=-1))
    blocks = np.split(np.arange(len(rows)), starts[1:])
    windows: list[list[Rows]] = [[]]
    held = 0
    for index in random.permutation(len(blocks)):
        block = blocks[index]
        if windows[-1] and held + len(block) > window_rows:
            windows.append([])
            held = 0
        windows[-1].append(block)
        held += len(block)
    return [random.permutation(np.concatenate(window)) for window in windows]


def fits(count: int, row_bytes: int, device: torch.device) -> bool:
    """Whether ``count`` images of ``row_bytes`` bytes may stay on ``device``."""
    return count * row_bytes <= RESIDENT_SHARE * free_memory(device)


class PartitionImages:
    """The images ``rows`` of ``array`` (image, y, x, channel) as batches (n, 3, S, S) uint8 on ``device``.

    ``rows``: (count,) ascending. ``resident``: keep them all there, else read them from the array each time.
    """

    def __init__(self, array: zarr.Array[Any], rows: Rows, device: torch.device, resident: bool) -> None:
        self._array = array
        self._rows = rows
        self._device = device
        row_bytes = int(np.prod(array.shape[1:]))
        self._chunk_rows = array.chunks[0]
        self._window_rows = max(1, WINDOW_BYTES // row_bytes)
        self._resident = self._load() if resident else None

    def __len__(self) -> int:
        return len(self._rows)

    def sequential(self, batch_size: int) -> Iterator[torch.Tensor]:
        """All images in their order, in batches of ``batch_size`` (the last one smaller)."""
        positions = np.arange(len(self))
        windows = [positions[k : k + self._window_rows] for k in range(0, len(self), self._window_rows)]
        return self._batches(windows, [batch_size] * (len(self) // batch_size) + [len(self) % batch_size])

    def shuffled(self, steps: int, seed: int, epoch: int) -> Iterator[torch.Tensor]:
        """All images in an order that depends on ``(seed, epoch)``, in ``steps`` batches that differ by at most one."""
        random = np.random.default_rng([seed, epoch])
        windows = window_order(self._rows, self._chunk_rows, self._window_rows, random)
        return self._batches(windows, [len(part) for part in np.array_split(np.arange(len(self)), steps)])

    def sample(self, positions: Rows) -> npt.NDArray[np.uint8]:
        """The images at ``positions`` (ascending) as (n, S, S, 3) uint8 in host memory."""
        if self._resident is None:
            return read_rows(self._array, self._rows[positions])
        pixels: npt.NDArray[np.uint8] = self._resident[torch.from_numpy(positions).to(self._device)].cpu().numpy()
        return pixels.transpose(0, 2, 3, 1)

    def _load(self) -> torch.Tensor:
        shape = self._array.shape
        pixels = torch.empty((len(self), shape[3], shape[1], shape[2]), dtype=torch.uint8, device=self._device)
        for start in range(0, len(self), self._window_rows):
            part = read_rows(self._array, self._rows[start : start + self._window_rows])
            pixels[start : start + len(part)] = torch.from_numpy(part).permute(0, 3, 1, 2).to(self._device)
        return pixels

    def _batches(self, windows: Sequence[Rows], sizes: Sequence[int]) -> Iterator[torch.Tensor]:
        sizes = [size for size in sizes if size]
        if self._resident is not None:
            order = torch.from_numpy(np.concatenate(windows)).to(self._device)
            for part in torch.split(order, list(sizes)):
                yield self._resident[part]
            return
        held = np.empty((0, *self._array.shape[1:]), np.uint8)
        remaining = iter(sizes)
        size = next(remaining, 0)
        for pixels in self._read_ahead(windows):
            held, start = np.concatenate([held, pixels]), 0
            while size and start + size <= len(held):
                batch = np.ascontiguousarray(held[start : start + size].transpose(0, 3, 1, 2))
                yield torch.from_numpy(batch).to(self._device, non_blocking=True)
                start += size
                size = next(remaining, 0)
            held = held[start:]

    def _read_ahead(self, windows: Sequence[Rows]) -> Iterator[npt.NDArray[np.uint8]]:
        """The windows' images in order; the next window is read while the last one is used."""

        def read(window: Rows) -> npt.NDArray[np.uint8]:
            ascending = np.sort(window)
            return read_rows(self._array, self._rows[ascending])[np.searchsorted(ascending, window)]

        with ThreadPoolExecutor(1) as reader:
            ahead = reader.submit(read, windows[0])
            for following in [*windows[1:], None]:
                pixels = ahead.result()
                if following is not None:
                    ahead = reader.submit(read, following)
                yield pixels
