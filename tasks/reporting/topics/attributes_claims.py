"""Findings about attributes: which of them can be read linearly from the latent points."""

from __future__ import annotations

from typing import Any

from tasks.finished.numbers import Numbers
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import percent, short

RANK = 90


def readable(numbers: Numbers) -> Finding | None:
    """How many attributes a linear probe reads from held-out points better than chance could; the best and worst."""
    facts = numbers.summary.get("attributes") or {}
    judged = [one for one in facts.get("attributes") or [] if one["auc"] is not None]
    if not judged:
        return None
    ranked = sorted(judged, key=lambda one: (-one["auc"], one["name"]))
    read = [one for one in ranked if one["auc"] > one["auc_by_chance"]]
    shown = ranked if len(ranked) < 3 else [ranked[0], ranked[-1]]
    bars = tuple(Evidence(str(one["name"]), one["auc"], text=short(one["auc"])) for one in shown)
    detail = (
        f"Area under the ROC curve over {facts['heldout_points']:,} held-out points: {_named(ranked[0])} is read best"
        + (f", {_named(ranked[-1])} worst." if len(ranked) > 1 else ".")
        + _without_probe(len(facts["attributes"]) - len(judged))
    )
    return Finding("attributes", "attributes", _claim(ranked, len(read)), detail, bars, "AUC", bool(read))


def _claim(ranked: list[dict[str, Any]], read: int) -> str:
    whence = "linearly from the latent points of unseen images"
    if not read:
        return f"Whether any attribute can be read {whence} cannot be told: none is read better than chance can."
    if len(ranked) == 1:
        return f"{ranked[0]['name']} can be read {whence}."
    if read == len(ranked):
        return f"All {read} attributes can be read {whence}."
    return f"{read} of {len(ranked)} attributes can be read {whence}; the others no better than chance can."


def _named(one: dict[str, Any]) -> str:
    return f"{one['name']} ({short(one['auc'])}, {percent(one['balanced_accuracy'])} right on average of both classes)"


def _without_probe(count: int) -> str:
    if not count:
        return ""
    return f" {count} further {'attribute has' if count == 1 else 'attributes have'} too few held-out points to judge."


FINDERS = (readable,)
