"""Points in a file as each kind of file gives them: rows block by block, and the values that come with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

BLOCK_ROWS = 2**15

Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Source:
    """n points with d components in a file.

    where: file and field in words; blocks: the rows in order, (m, d) or (m, ...) of real numbers, read anew at each
    call; column: the components' names, if they have any; value: a field with one value per point, (n,), by its name,
    raising ``KeyError`` for one that is not there; fields: the names that ``value`` takes, as far as they can be
    listed; names: the field that holds the row names, if the format says so; unused: fields that are neither.
    """

    where: str
    rows: int
    blocks: Callable[[], Iterator[Values]]
    value: Callable[[str], Values]
    column: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    names: str | None = None
    unused: tuple[str, ...] = field(default=())


def numeric(dtype: np.dtype[Any], where: str) -> None:
    """Raise ``InputError`` unless values of ``dtype`` can be components."""
    if dtype.hasobject:
        raise InputError(
            f"{where} holds Python objects, which are never unpickled; save plain numbers instead: "
            "np.save(path, np.asarray(z, dtype=np.float32))"
        )
    if dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise InputError(f"{where} is {dtype}; points are float16, float32, float64 or whole numbers")


def two_dimensional(shape: tuple[int, ...], where: str) -> None:
    """Raise ``InputError`` unless ``shape`` is that of points: a row each, whatever the shape of a row."""
    if len(shape) < 2 or 0 in shape:
        words = " × ".join(map(str, shape)) or "a single number"
        remedy = "; a single component takes z.reshape(-1, 1)" if len(shape) == 1 and shape[0] else ""
        raise InputError(f"{where} is {words}; points have one row each and one column per component{remedy}")


def sliced(array: Any, rows: int) -> Callable[[], Iterator[Values]]:
    """The rows of what can be sliced, block by block."""

    def blocks() -> Iterator[Values]:
        for start in range(0, rows, BLOCK_ROWS):
            yield np.asarray(array[start : start + BLOCK_ROWS])

    return blocks


def only(candidates: dict[str, tuple[int, ...]], where: str, option: str = "--field") -> str:
    """The name of the one field that can be meant. Raises ``InputError`` that lists them where it is not one."""
    if len(candidates) == 1:
        return next(iter(candidates))
    if not candidates:
        raise InputError(f"{where} has no array of numbers with a row per point")
    listed = [f"{name} ({' × '.join(map(str, shape))})" for name, shape in candidates.items()]
    raise InputError(f"{where} has several arrays: {first_names(listed, 12)}; choose one with {option} NAME")
