"""Which differences between samplers are real."""

from __future__ import annotations

from tasks.reporting.findings.finding import Finding, Numbers
from tasks.reporting.metrics import metric_named


def ranking(numbers: Numbers) -> Finding | None:
    """How many pairs of samplers differ, and which neighbours in the ranking do not."""
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
        shown = [f"{first} and {second}" for first, second in ties[:6]]
        more = f", and {len(ties) - 6} more pairs" if len(ties) > 6 else ""
        detail = f"Not told apart: {'; '.join(shown)}{more}. "
    detail += (
        f"Each at its best level, t-tests on repeated draws with moderated variances, all pairs adjusted together "
        f"(Holm), level {found.significance:g}."
    )
    return Finding("ranking", "ladder", text, detail, decided=differ > 0)


ORDER = 5
FINDERS = (ranking,)
