"""Numbers in words, as one writes them in a sentence or a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tasks.stage.wording import counted as counted


def short(value: float) -> str:
    """The number in three significant digits, large ones with separators: 0.00432, 19.3, 14,342."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if size < 1e-4:
        return f"{value:.1e}"
    places = max(0, 2 - math.floor(math.log10(size)))
    rounded = f"{value:,.{places}f}"
    return rounded.replace("-", "−")


def with_spread(value: float, spread: float) -> str:
    """Both to the spread's second digit, ``19.31 ± 0.42``, or the value alone where the spread is unknown."""
    if not math.isfinite(spread) or spread <= 0:
        return short(value)
    places = min(6, max(0, 1 - math.floor(math.log10(spread))))
    return f"{value:,.{places}f} ± {spread:,.{places}f}".replace("-", "−")


def with_interval(value: float, low: float, high: float) -> str:
    """A value and its interval to the second digit of the interval's half: ``0.57 [0.36, 0.78]``."""
    reach = (high - low) / 2
    if not math.isfinite(reach) or reach <= 0:
        return short(value)
    places = min(6, max(0, 1 - math.floor(math.log10(reach))))
    return f"{value:,.{places}f} [{low:,.{places}f}, {high:,.{places}f}]".replace("-", "−")


def listed(names: Sequence[str]) -> str:
    """Names as one lists them: ``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def probability(p: float) -> str:
    """A p-value as one writes it: p = 0.012, p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def p_value(p: float) -> str:
    """A p-value in a table's cell: 0.012, < 0.001."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def signed(value: float, places: int = 0) -> str:
    """The number with its sign, a minus and not a hyphen: +2, −0.31."""
    return f"{value:+.{places}f}".replace("-", "−")


def percent(share: float) -> str:
    """A share as per cent, with a decimal near the ends: 97.5 %."""
    value = 100 * share
    return f"{value:.0f} %" if 10 <= value <= 90 else f"{value:.1f} %"
