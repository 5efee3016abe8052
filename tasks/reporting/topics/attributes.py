"""Attributes in the latent space: how well they can be read, and what moving along them does to a face."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.page.drawing import BLUE, GREY, ORANGE, new_figure, plot, style
from tasks.page.section import Block, Cell, Fold, Picture, Section, Table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet, labelled_stack
from tasks.page.wording import counted, percent, short
from tasks.reporting.study import ReportedStudy

ORDER = 550
BARS = 60
COMPONENTS = 20
STRIPS = 6
STEPS = (-3, -2, -1, 0, 1, 2, 3)
Entry = dict[str, Any]
Floats = npt.NDArray[np.float64]


def build(study: ReportedStudy) -> Section | None:
    """AUC of every attribute, the components that go with them, strips along the best-read ones, and all numbers."""
    facts = study.summary.get("attributes")
    if not facts:
        return None
    judged = sorted((one for one in facts["attributes"] if one["auc"] is not None), key=lambda one: -one["auc"])
    blocks: list[Block | None] = [
        _bars(study, facts, judged[:BARS]),
        _strips(study, facts, judged),
        _components(study, facts, judged),
        _table(facts["attributes"]),
    ]
    return Section(
        "attributes",
        "Attributes in the latent space",
        tuple(block for block in blocks if block is not None),
        study.claims("attributes"),
    )


def _bars(study: ReportedStudy, facts: dict[str, Any], judged: list[Entry]) -> Picture | None:
    if not judged:
        return None
    with style():
        figure = new_figure(0.9 + 0.17 * max(len(judged), 4))
        left, right = figure.subplots(1, 2, sharey=True)
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
        right.set(xlabel="Mahalanobis distance", title="Shift of the mean")
        left.set_ylim(len(judged) - 0.4, -0.6)
        right.tick_params(axis="y", length=0)
        for axis in (left, right):
            axis.grid(False, axis="y")
        return plot(
            "attributes",
            figure,
            study.config.dpi,
            "Left: how well a linear discriminant fitted to the training points tells held-out points "
            f"({facts['heldout_points']:,}) with an attribute from those without: 0.5 is guessing, 1 is without a "
            f"fault. The marks are what the best of all attributes without any meaning passes once in "
            f"{round(1 / facts['chance']):,} times, were all images independent (several images of a person are not "
            "quite). Right: distance between the means with and without the attribute over all training points.",
            f"Bars of the AUC of {len(judged)} attributes, from {short(judged[0]['auc'])} to "
            f"{short(judged[-1]['auc'])}, and of the shift of the mean.",
        )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _strips(study: ReportedStudy, facts: dict[str, Any], judged: list[Entry]) -> Picture | None:
    found = [study.statistic(name) for name in ("mean", "covariance", "attribute_direction", "attribute_shift")]
    if any(one is None for one in found) or not judged:
        return None
    mean, covariance, directions, shifts = (np.asarray(one, np.float64) for one in found)
    names = [one["name"] for one in facts["attributes"]]
    autoencoder = load_for_inference(study.model)
    captions = [f"{step:+d} σ".replace("-", "−") if step else "mean" for step in STEPS]
    strips, labels = [], []
    for one in judged[:STRIPS]:
        direction, shift = (values[names.index(one["name"])] for values in (directions, shifts))
        deviation = float(np.sqrt(direction @ covariance @ direction))
        along = np.outer(STEPS, direction * deviation)
        images = decode_images(autoencoder, (mean + along).astype(np.float32))
        strips.append(captioned_sheet(images, captions, len(STEPS)))
        moved = short(float(np.linalg.norm(shift)) / deviation)
        labels.append(f"{_words(one['name'])}: AUC {short(one['auc'])}; the shift is {moved} σ")
    return photograph(
        "attribute_strips",
        labelled_stack(strips, labels),
        "Decoded points on lines through the mean of the training points, in the direction from the mean without to "
        "the mean with an attribute, for those that are read best. σ is the standard deviation of the training points "
        "along the line. Other attributes that go with it change too.",
        f"Strips of faces along the shifts of {len(strips)} attributes.",
    )


def _components(study: ReportedStudy, facts: dict[str, Any], judged: list[Entry]) -> Picture | None:
    """Heat map of the correlations of the components that go with any attribute most."""
    found = study.statistic("attribute_correlation")
    if found is None:
        return None
    names = [one["name"] for one in facts["attributes"]]
    order = [names.index(one["name"]) for one in judged[:BARS]] or list(range(min(len(names), BARS)))
    correlation = np.asarray(found, np.float64)[order]
    strength = np.max(np.abs(np.nan_to_num(correlation)), axis=0)
    chosen = np.argsort(-strength, kind="stable")[:COMPONENTS]
    chosen = chosen[strength[chosen] > 0]
    if not len(chosen):
        return None
    shown = correlation[:, chosen]
    largest = float(np.nanmax(np.abs(shown)))
    with style():
        figure = new_figure(1.2 + 0.17 * max(len(order), 4))
        axis = figure.subplots()
        image = axis.imshow(shown, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect="auto", interpolation="nearest")
        axis.set_xticks(range(len(chosen)), [str(component) for component in chosen])
        axis.set_yticks(range(len(order)), [_words(names[index]) for index in order])
        axis.set(xlabel="component, strongest first", title="Correlation of components with attributes")
        axis.grid(False)
        figure.colorbar(image, ax=axis, label="correlation", pad=0.02)
        return plot(
            "attribute_components",
            figure,
            study.config.dpi,
            "Point-biserial correlation over the training points of each attribute with the "
            f"{counted(len(chosen), 'component')} whose largest |correlation| with any of them is largest. A component "
            "that stood for one attribute alone would show as a column with a single strong cell.",
            f"Heat map of correlations of {counted(len(chosen), 'component')} with {len(order)} attributes, up to "
            f"{short(largest)}.",
        )


def _table(entries: list[Entry]) -> Fold:
    ranked = sorted(entries, key=lambda one: -(one["auc"] or 0.0))
    rows: tuple[tuple[Cell, ...], ...] = tuple(_row(one) for one in ranked)
    shown = tuple(
        (_words(one["name"]), f"{one['with']:,}", f"{one['heldout_with']:,}", _number(one["auc"]),
         _number(one["auc_by_chance"]), "–" if one["balanced_accuracy"] is None else percent(one["balanced_accuracy"]),
         _number(one["mahalanobis"]), _strongest(one))
        for one in ranked
    )  # fmt: skip
    columns = (
        "attribute", "training_with", "training_without", "heldout_with", "heldout_without", "auc", "auc_by_chance",
        "balanced_accuracy", "mahalanobis", "component", "correlation",
    )  # fmt: skip
    headings = (
        "attribute", "training images with it", "held-out points with it", "AUC", "by chance", "balanced accuracy",
        "shift", "components that correlate most",
    )  # fmt: skip
    return Fold("All attributes in numbers", (Table("attributes", columns, rows, "", headings, shown),))


def _row(one: Entry) -> tuple[Cell, ...]:
    numbers = (one[name] if one[name] is not None else "" for name in ("auc", "auc_by_chance", "balanced_accuracy"))
    best = one["components"][0] if one["components"] else {"component": "", "correlation": ""}
    shift = one["mahalanobis"] if one["mahalanobis"] is not None else ""
    sizes = (one["with"], one["without"], one["heldout_with"], one["heldout_without"])
    return (one["name"], *sizes, *numbers, shift, best["component"], best["correlation"])


def _number(value: float | None) -> str:
    return "–" if value is None else short(value)


def _strongest(one: Entry) -> str:
    return ", ".join(f"{found['component']} ({short(found['correlation'])})" for found in one["components"])
