"""Which conventions a model has, by how well it reconstructs images when it is read in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import torch

from tasks.adoption.description import Description
from tasks.adoption.examine import Examined
from tasks.autoencoder.conventions import Conventions, Order, Range
from tasks.autoencoder.halves import run_in_parts
from tasks.stage.errors import InputError

RANGES: tuple[tuple[float, float], ...] = ((0.0, 1.0), (-1.0, 1.0), (-0.5, 0.5), (0.0, 255.0))
MOST_ERROR = 0.5
"""Largest error of an accepted reading, in errors of the mean image."""
MARGIN = 1.5
"""How many times larger the error of the next best reading must be, and of a declared one may be."""
SAME = 1.02
"""How many times larger the error of another order of colours must be to mean anything; below that, it is RGB."""
BOUNDED: dict[str, tuple[float, float]] = {"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0)}
"""Ranges of operations that a decoder may end in."""


@dataclass(frozen=True)
class Reading:
    """Which output is z, and how images are taken and given."""

    code: str
    pixels: Conventions
    output: Conventions

    def __str__(self) -> str:
        return f"takes {self.pixels}, gives {self.output}, z = {self.code}"


@dataclass(frozen=True)
class Measured:
    """A reading and its mean squared error per pixel, in errors of the mean image."""

    reading: Reading
    error: float


def measure(examined: Examined, images: torch.Tensor) -> list[Measured]:
    """Every reading with its error on ``images`` (n, 3, S, S) in [0, 1], the best first."""
    spread = float((images - images.mean(dim=0)).square().mean())
    found = []
    declared = examined.model.description
    for order in _orders(declared):
        for limits in _with(RANGES, declared.pixels.range):
            pixels = Conventions(layout=examined.layout, range=limits, order=order[0])
            codes = run_in_parts(examined.encoder, pixels.given(images), examined.codes)
            for code in examined.codes:
                decoded = examined.decode(codes[code])
                for output in _outputs(examined, order[1]):
                    error = float((output.read(decoded) - images).square().mean()) / max(spread, 1e-12)
                    found.append(Measured(Reading(code, pixels, output), error if error == error else float("inf")))
    return sorted(found, key=lambda one: one.error)  # of equal ones RGB comes first, as it was measured first


def _orders(declared: Description) -> list[tuple[Order, Order]]:
    """Orders of the colours on both sides: the same, unless declared otherwise."""
    orders = [(order, order) for order in get_args(Order)]
    given = declared.pixels.order, declared.output.order
    if given[0] and given[1] and given[0] != given[1]:
        orders.append((given[0], given[1]))
    return orders


def _with(ranges: tuple[tuple[float, float], ...], declared: Range | None) -> tuple[tuple[float, float], ...]:
    return ranges if declared is None or declared in ranges else (*ranges, declared)


def _outputs(examined: Examined, order: Order) -> Iterator[Conventions]:
    declared, layout = examined.model.description.output, examined.decoded_layout
    for limits in _with(RANGES, declared.range):
        yield Conventions(layout=layout, range=limits, order=order)
    yield Conventions(layout=layout, range=(0.0, 1.0), order=order, logits=True)


def choose(examined: Examined, measured: list[Measured]) -> Measured:
    """The reading that was declared, or is beyond doubt. Raises ``InputError`` that names what to declare instead."""
    declared, file = examined.model.description, examined.model.file
    bound = _bound(examined)
    allowed = [one for one in measured if _agrees(one.reading, declared)]
    possible = [one for one in measured if _is_possible(one.reading, bound)]
    candidates = [one for one in allowed if _is_possible(one.reading, bound)] or allowed
    best = candidates[0]
    if declared.trust:
        return best
    if best.error >= 1:
        raise InputError(
            f"{file}: a model that {best.reading} reconstructs the images worse than their mean image (error "
            f"{best.error:.3g} of its): {_way_out(best, possible[0])}"
        )
    other = next((one for one in possible if one.error * MARGIN <= best.error), None)
    if other is not None and not _agrees(other.reading, declared):
        raise InputError(
            f"{file} declares {_differences(best.reading, other.reading, 0)}, but with "
            f"{_differences(best.reading, other.reading, 1)} the error is {other.error:.3g} in place of "
            f"{best.error:.3g} of the mean image's: declare that, or trust: true"
        )
    if bound is not None and not _is_possible(best.reading, bound):
        operation, limits = bound
        what = "logits" if best.reading.output.logits else f"output.range {_range(best.reading)}"
        raise InputError(
            f"{file} declares {what}, but the decoder ends in a {operation.lower()}: declare output.range "
            f"{list(limits)}, or trust: true"
        )
    _check_beyond_doubt(file, candidates)
    return best


def _check_beyond_doubt(file: object, candidates: list[Measured]) -> None:
    """Only of readings that are not wholly declared."""
    if len(candidates) == 1:
        return
    best = candidates[0]
    second = next((one for one in candidates[1:] if not _alike(one, best)), best)
    if best.error > MOST_ERROR or second.error < MARGIN * best.error:
        raise InputError(
            f"{file}: how the model takes and gives images cannot be told from the images. The best readings: "
            + "; ".join(f"{one.reading} (error {one.error:.3g} of the mean image's)" for one in candidates[:3])
            + f". Declare {_differences(best.reading, second.reading, 0)} or "
            f"{_differences(best.reading, second.reading, 1)}"
        )


def _alike(one: Measured, other: Measured) -> bool:
    """Whether two readings differ in the order of colours alone, which grey images do not show."""
    return one.error <= SAME * other.error and all(
        name.endswith(".order") or value == _fields(other.reading)[name] for name, value in _fields(one.reading).items()
    )


def _bound(examined: Examined) -> tuple[str, tuple[float, float]] | None:
    """The operation that the decoder ends in and its range, where it has one."""
    graph = examined.model.graphs.get("decoder")
    operation = graph.last_operation(examined.decoded) if graph is not None else ""
    return (operation, BOUNDED[operation]) if operation in BOUNDED else None


def _is_possible(reading: Reading, bound: tuple[str, tuple[float, float]] | None) -> bool:
    return bound is None or (reading.output.range == bound[1] and not reading.output.logits)


def _agrees(reading: Reading, declared: Description) -> bool:
    pixels, output = declared.pixels, declared.output
    wanted = (
        (pixels.range, reading.pixels.range),
        (pixels.order, reading.pixels.order),
        (output.range, reading.output.range),
        (output.order, reading.output.order),
        (output.logits, reading.output.logits),
        (declared.latent_output, reading.code),
    )
    # A declared range is of what the decoder gives, and not of what a sigmoid makes of it.
    logits_meant = output.range is None or output.logits is not None or not reading.output.logits
    return logits_meant and all(value in (None, found) for value, found in wanted)


def _range(reading: Reading) -> str:
    return "[{:g}, {:g}]".format(*reading.output.range)


def _fields(reading: Reading) -> dict[str, str]:
    fields = {"latent_output": reading.code}
    for side, conventions in (("pixels", reading.pixels), ("output", reading.output)):
        fields[f"{side}.range"] = "[{:g}, {:g}]".format(*conventions.range)
        fields[f"{side}.order"] = conventions.order
    fields["output.logits"] = "yes" if reading.output.logits else "no"
    return fields


def _differences(one: Reading, other: Reading, which: int) -> str:
    """The fields in which two readings differ, with the values of the first or the second."""
    pair = _fields(one), _fields(other)
    return ", ".join(f"{name} {pair[which][name]}" for name in pair[0] if pair[0][name] != pair[1][name])


def _way_out(best: Measured, other: Measured) -> str:
    if other.error * MARGIN <= best.error and (changes := _differences(best.reading, other.reading, 1)):
        return f"with {changes} the error is {other.error:.3g}: declare that, or trust: true"
    return "give images like those that it was trained on, export halves that belong together, or trust: true"


def table(measured: list[Measured]) -> Iterator[dict[str, str]]:
    """Rows of a table of all readings."""
    for one in measured:
        yield {**_fields(one.reading), "error": f"{one.error:.6g}"}
