"""Some of many rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def evenly(count: int, most: int) -> npt.NDArray[np.int64]:
    """At most ``most`` of the rows 0 to ``count`` − 1, evenly spaced, ascending."""
    return np.arange(0, count, max(1, -(-count // most)))
