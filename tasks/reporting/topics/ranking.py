"""Which differences between samplers are real."""

from __future__ import annotations

from tasks.finished.metrics import metric_named
from tasks.finished.numbers import Numbers
from tasks.page.finding import Finding


def ranking(numbers: Numbers) -> Finding | None:
    """How many pairs of samplers differ, and how many the lowest is told apart from."""
    found = numbers.ranking
    if found is None:
        return None
    names = [name for name in found.names if name in numbers.scores.samplers]
    if len(names) < 2:
        return None
    pairs = [(first, second) for place, first in enumerate(names) for second in names[place + 1 :]]
    ties = [pair for pair in pairs if found.tied(*pair)]
    differ = len(pairs) - len(ties)
    title = metric_named(numbers.judge.metric).title
    if not ties:
        text = f"The order of all {len(names)} samplers by {title} is real: every pair differs by more than chance."
    elif differ:
        text = f"Of {len(pairs)} pairs of samplers {differ} differ in {title} by more than chance."
    else:
        text = f"No two of the {len(names)} samplers can be told apart by {title}."
    detail = ""
    if ties:
        others = len(names) - 1
        told = others - sum(names[0] in pair for pair in ties)
        detail = f"The lowest, {names[0]}, is told apart from {told} of the {others} others. "
    detail += (
        f"Each at its best level, t-tests on repeated draws with moderated variances, all pairs adjusted together "
        f"(Holm), level {found.significance:g}."
    )
    return Finding("ranking", "ladder", text, detail, decided=differ > 0)


RANK = 5
FINDERS = (ranking,)
