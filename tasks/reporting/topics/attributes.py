"""Attributes in the latent space: how well they can be read, and what moving along them does to a face."""

from __future__ import annotations

import numpy as np

from tasks.page.drawing import BLUE, GREY, ORANGE, Drawn, heat_map, picture, subplots
from tasks.page.section import Column, Fold, Picture, alike, fold, table
from tasks.page.sheets import photograph
from tasks.page.wording import counted, percent, short
from tasks.reporting.lines import lines
from tasks.reporting.topic import Evidence, Facts, Finding, Floats, Numbers, ReportedStudy, measured, topic

BARS = 60
COMPONENTS = 20
STRIPS = 6


@measured("attributes")
def readable(numbers: Numbers, facts: Facts) -> Finding | None:
    """How many attributes a linear probe reads from held-out points better than chance could; the best and worst."""
    ranked = sorted(_judged(facts), key=lambda one: (-one["auc"], one["name"]))
    if not ranked:
        return None
    read = sum(one["auc"] > one["auc_by_chance"] for one in ranked)
    best, *worst = [ranked[0], ranked[-1]][: len(ranked)]
    bars = tuple(Evidence(_words(one["name"]), one["auc"], text=short(one["auc"])) for one in (best, *worst))
    ends = ", ".join([f"{_named(best)} is read best", *(f"{_named(one)} worst" for one in worst)])
    detail = f"Area under the ROC curve over {facts['heldout_points']:,} held-out points: {ends}."
    if unjudged := len(facts["attributes"]) - len(ranked):
        has = counted(unjudged, "further attribute has", "further attributes have")
        detail += f" {has} too few held-out points to judge."
    return Finding("attributes", "attributes", _claim(ranked, read), detail, bars, "AUC", bool(read))


def _claim(ranked: list[Facts], read: int) -> str:
    whence = "linearly from the latent points of unseen images"
    if not read:
        return f"Whether any attribute can be read {whence} cannot be told: none is read better than chance can."
    if len(ranked) == 1:
        return f"{_words(ranked[0]['name'])} can be read {whence}."
    if read == len(ranked):
        return f"All {read} attributes can be read {whence}."
    return f"{read} of {len(ranked)} attributes can be read {whence}; the others no better than chance can."


def _named(one: Facts) -> str:
    right = f"{percent(one['balanced_accuracy'])} right on average of both classes"
    return f"{_words(one['name'])} ({short(one['auc'])}, {right})"


def _judged(facts: Facts) -> list[Facts]:
    """The attributes that a probe was judged on, those first that are read best."""
    judged = (one for one in facts["attributes"] if one["auc"] is not None)
    return sorted(judged, key=lambda one: -one["auc"])


def _words(name: str) -> str:
    return name.replace("_", " ")


@measured("attributes")
@picture
def _bars(study: ReportedStudy, facts: Facts) -> Drawn | None:
    judged = _judged(facts)[:BARS]
    if not judged:
        return None
    figure, (left, right) = subplots(0.9 + 0.17 * max(len(judged), 4), 1, 2, sharey=True)
    places = np.arange(len(judged))
    left.barh(places, [one["auc"] - 0.5 for one in judged], left=0.5, color=BLUE, height=0.7)
    chance = [one["auc_by_chance"] for one in judged]
    left.scatter(chance, places, marker="|", color=ORANGE, s=60, linewidths=2, label="chance can reach", zorder=3)
    left.axvline(0.5, color=GREY, linewidth=1)
    lowest = min(0.45, *(one["auc"] for one in judged))
    left.set(xlim=(lowest, 1.0), xlabel="area under the ROC curve", title="Read from unseen images")
    left.set_yticks(places, [_words(one["name"]) for one in judged])
    left.legend(loc="lower right", frameon=True, framealpha=0.9, edgecolor="none")
    right.barh(places, [one["mahalanobis"] for one in judged], color=GREY, height=0.7)
    right.set(xlabel="Mahalanobis distance of the means", title="Shift of the mean")
    left.set_ylim(len(judged) - 0.4, -0.6)
    right.tick_params(axis="y", length=0)
    for axis in (left, right):
        axis.grid(False, axis="y")
    return Drawn(
        "attributes",
        figure,
        "Left: how well a linear discriminant fitted to the training points tells held-out points "
        f"({facts['heldout_points']:,}) with an attribute from those without: 0.5 is guessing, 1 is without a fault. "
        "The marks are what the best of all attributes without any meaning passes once in "
        f"{round(1 / facts['chance']):,} times, were all images independent (several images of a person are not "
        "quite). Right: distance between the means with and without the attribute over all training points.",
        f"Bars of the AUC of {len(judged)} attributes, from {short(judged[0]['auc'])} to {short(judged[-1]['auc'])}, "
        "and of the shift of the mean.",
    )


@measured("attributes", arrays=("mean", "covariance", "attribute_direction", "attribute_shift"))
def _strips(
    study: ReportedStudy, facts: Facts, mean: Floats, covariance: Floats, directions: Floats, shifts: Floats
) -> Picture | None:
    judged = _judged(facts)[:STRIPS]
    if not judged:
        return None
    names = [one["name"] for one in facts["attributes"]]
    steps, labels = [], []
    for one in judged:
        direction, shift = (values[names.index(one["name"])] for values in (directions, shifts))
        deviation = float(np.sqrt(direction @ covariance @ direction))
        steps.append(direction * deviation)
        moved = short(float(np.linalg.norm(shift)) / deviation)
        labels.append(f"{_words(one['name'])}: AUC {short(one['auc'])}; the shift is {moved} σ")
    sheet, _ = lines(study.model, mean, steps, labels)
    return photograph(
        "attribute_strips",
        sheet,
        "Decoded points on lines through the mean of the training points, in the direction from the mean without to "
        "the mean with an attribute, for those that are read best. σ is the standard deviation of the training points "
        "along the line. Other attributes that go with it change too.",
        f"Strips of faces along the shifts of {len(steps)} attributes.",
    )


@measured("attributes", arrays=("attribute_correlation",))
@picture
def _components(study: ReportedStudy, facts: Facts, found: Floats) -> Drawn | None:
    """Heat map of the correlations of the components that go with any attribute most."""
    names = [one["name"] for one in facts["attributes"]]
    order = [names.index(one["name"]) for one in _judged(facts)[:BARS]] or list(range(min(len(names), BARS)))
    correlation = found[order]
    strength = np.max(np.abs(np.nan_to_num(correlation)), axis=0)
    chosen = np.argsort(-strength, kind="stable")[:COMPONENTS]
    chosen = chosen[strength[chosen] > 0]
    if not len(chosen):
        return None
    figure, axis = subplots(1.2 + 0.17 * max(len(order), 4))
    largest = heat_map(axis, correlation[:, chosen], "auto", label="correlation", pad=0.02)
    axis.set_xticks(range(len(chosen)), [str(component) for component in chosen])
    axis.set_yticks(range(len(order)), [_words(names[index]) for index in order])
    axis.set(xlabel="component, strongest first", title="Correlation of components with attributes")
    components = counted(len(chosen), "component")
    return Drawn(
        "attribute_components",
        figure,
        f"Point-biserial correlation over the training points of each attribute with the {components} whose largest "
        "|correlation| with any of them is largest. A component that stood for one attribute alone would show as a "
        "column with a single strong cell.",
        f"Heat map of correlations of {components} with {len(order)} attributes, up to {short(largest)}.",
    )


COLUMNS = (
    Column("attribute", shown=_words),
    Column("training_with", "training images with it", "{:,}".format),
    Column("training_without", shown=None),
    Column("heldout_with", "held-out points with it", "{:,}".format),
    Column("heldout_without", shown=None),
    *alike(short, auc="AUC", auc_by_chance="by chance"),
    Column("balanced_accuracy", "balanced accuracy", percent),
    Column("mahalanobis", "shift", short),
    *alike(None, "component", "correlation"),
    Column("", "components that correlate most"),
)
TOLD = ("name", "with", "without", "heldout_with", "heldout_without", "auc", "auc_by_chance", "balanced_accuracy")


@measured("attributes", "attributes")
def _table(study: ReportedStudy, entries: list[Facts]) -> Fold | None:
    rows = []
    for one in sorted(entries, key=lambda one: -(one["auc"] or 0.0)):
        first = (one["components"] or [{"component": None, "correlation": None}])[0]
        most = ", ".join(f"{found['component']} ({short(found['correlation'])})" for found in one["components"])
        rows.append((*(one[name] for name in TOLD), one["mahalanobis"], first["component"], first["correlation"], most))
    return fold("All attributes in numbers", table("attributes", COLUMNS, rows))


ORDER, RANK = 550, 90
FINDERS = (readable,)
build = topic("attributes", "Attributes in the latent space", _bars, _strips, _components, _table)
