"""Checks of a model from elsewhere that run it but need no data: batches, repetition, shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from tasks.adoption.axes import shape_words
from tasks.adoption.description import HALVES, Model, is_factory
from tasks.autoencoder.conventions import Layout
from tasks.autoencoder.halves import FactoryHalf, Half, OnnxHalf, first_line, run_in_parts
from tasks.stage.errors import InputError

BATCHES = (1, 2, 3)
ROUNDING = 1e-3
"""Largest difference, relative to the largest value, that another batch size may make by rounding alone."""


@dataclass(frozen=True)
class Examined:
    """A model that runs. ``codes``: the encoder's outputs that can be z; ``decoded``: the decoder's that is the image.

    ``latent``: the shape of what the decoder takes for one image.
    """

    model: Model
    encoder: Half
    decoder: Half
    image_size: int
    layout: Layout
    latent: tuple[int, ...]
    codes: tuple[str, ...]
    decoded: str
    decoded_layout: Layout

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """The decoder's image of what the encoder gave."""
        return run_in_parts(self.decoder, code.reshape(-1, *self.latent), [self.decoded])[self.decoded]


def examine(model: Model, image_size: int, device: torch.device) -> Examined:
    """Run both halves on a few images of noise, of ``image_size`` pixels. Raises ``InputError`` for what is wrong."""
    side = model.image_size or image_size
    encoder, decoder = (_open(model, half, device) for half in HALVES)
    noise = torch.rand((max(BATCHES), 3, side, side), generator=torch.Generator().manual_seed(0)).to(encoder.device)
    layout, outputs = _encoded(model, encoder, noise)
    repeated = _repeated(model, encoder, _arranged(noise, layout), outputs)
    latent, codes = _latent(model, decoder, repeated)
    decoded, decoded_layout = _decoded(model, decoder, outputs[max(BATCHES)][codes[0]].reshape(-1, *latent), side)
    return Examined(model, encoder, decoder, side, layout, latent, codes, decoded, decoded_layout)


Outputs = dict[str, torch.Tensor]


def _open(model: Model, half: str, device: torch.device) -> Half:
    factory = model.factory(half)
    if factory is None:
        return OnnxHalf(model.path(half), device)
    return FactoryHalf(factory, model.path(half), half, device)


def _arranged(images: torch.Tensor, layout: Layout) -> torch.Tensor:
    return images.permute(0, 2, 3, 1).contiguous() if layout == "NHWC" else images


def _encoded(model: Model, encoder: Half, noise: torch.Tensor) -> tuple[Layout, dict[int, Outputs]]:
    """The layout in which the encoder takes images, and its outputs for one, two and three of them."""
    likely: Layout = model.layout or "NCHW"
    other: Layout = "NHWC" if likely == "NCHW" else "NCHW"
    try:
        return likely, _in_batches(model, "encoder", encoder, _arranged(noise, likely))
    except InputError:
        try:
            outputs = _in_batches(model, "encoder", encoder, _arranged(noise, other))
        except InputError:
            outputs = {}
        if not outputs:
            raise
    if model.description.pixels.layout is not None:
        raise InputError(
            f"{model.file} declares pixels.layout {likely}, but {_called(model, 'encoder')} takes images as {other}: "
            "declare that"
        )
    return other, outputs


def _in_batches(model: Model, name: str, half: Half, given: torch.Tensor) -> dict[int, Outputs]:
    """The outputs for the first one, two and three rows of ``given``, of those that have a row for each.

    Raises ``InputError`` if the batch is fixed.
    """
    where = _called(model, name)
    outputs: dict[int, Outputs] = {}
    failures: dict[int, str] = {}
    for count in BATCHES:
        try:
            found = {key: value for key, value in half(given[:count]).items() if value.is_floating_point()}
        except Exception as error:
            failures[count] = f"{type(error).__name__}: {first_line(error)}"
            continue
        outputs[count] = {key: value for key, value in found.items() if value.ndim and len(value) == count}
        if not outputs[count]:
            del outputs[count]
            failures[count] = f"it gives {', '.join(str(list(value.shape)) for value in found.values())}"
    if not failures and (names := [name for name in outputs[1] if all(name in found for found in outputs.values())]):
        return {count: {name: found[name] for name in names} for count, found in outputs.items()}
    if not failures:
        raise InputError(f"{where} has no output with a row for each image: export it with a free batch axis")
    first = next(iter(failures))
    if len(failures) == len(BATCHES):
        hint = _fixed(model, name) or "check what it takes"
        raise InputError(f"{where} fails on {shape_words(tuple(given.shape))}: {failures[3]}; {hint}")
    hint = _fixed(model, name) or (
        "squeeze() without an axis does this" if 1 in failures else "export it with a free batch axis"
    )
    raise InputError(
        f"{where} works for batches of {', '.join(map(str, outputs))} but not of {first} ({failures[first]}): {hint}"
    )


def _fixed(model: Model, half: str) -> str | None:
    graph = model.graphs.get(half)
    axes = graph.inputs[0].axes if graph is not None else None
    if axes and isinstance(axes[0], int):
        return (
            f"its batch is fixed to {axes[0]}: export it with a free batch axis (dynamic_shapes of torch.onnx.export)"
        )
    return None


def _called(model: Model, half: str) -> str:
    name: str = getattr(model.description, half)
    return name if is_factory(name) else str(model.path(half))


def _repeated(model: Model, encoder: Half, images: torch.Tensor, outputs: dict[int, Outputs]) -> Outputs:
    """The encoder's outputs that are the same whenever, and in whatever company, an image is encoded."""
    first, again = outputs[max(BATCHES)], encoder(images)
    declared = model.description.latent_output
    if declared is not None and declared not in first:
        raise InputError(
            f"{model.file} declares latent_output {declared!r}, but the outputs of {_called(model, 'encoder')} are "
            f"{', '.join(first)}"
        )
    for name, value in first.items():
        if declared in (None, name) and not value.isfinite().all():
            raise InputError(
                f"{_called(model, 'encoder')} gives values that are not finite ({name}): its weights are damaged, or "
                "it was exported in a precision that is too low"
            )
    same = {name: value for name, value in first.items() if _alike(value, again[name], 1e-6)}
    if not same or declared not in (None, *same):
        raise InputError(
            f"{_called(model, 'encoder')} gives another z for the same images when run again: it draws at random "
            "(a sampling layer, or Dropout in training mode); export the mean alone, after model.eval()"
        )
    for name, value in same.items():
        if not _alike(outputs[1][name], value[:1], ROUNDING):
            raise InputError(
                f"{_called(model, 'encoder')} gives another z for an image alone than among others: it normalises by "
                "the batch; export it after model.eval()"
            )
    return same


def _alike(one: torch.Tensor, other: torch.Tensor, tolerance: float) -> bool:
    scale = float(one.abs().max())
    return one.shape == other.shape and float((one - other).abs().max()) <= tolerance * max(scale, 1e-12)


def _latent(model: Model, decoder: Half, codes: Outputs) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The shape of what the decoder takes, and the encoder's outputs that have as many components."""
    declared, meant = model.description.latent, model.description.latent_output
    given = {name: tuple(value.shape[1:]) for name, value in codes.items()}
    meant_first = dict(sorted(codes.items(), key=lambda code: code[0] != meant))
    latent = _taken(model) or (
        (declared,) if isinstance(declared, int) else declared or _first_taken(model, decoder, meant_first)
    )
    fitting = tuple(name for name, shape in given.items() if math.prod(shape) == math.prod(latent))
    if declared is not None:
        shape = (declared,) if isinstance(declared, int) else declared
        if math.prod(shape) != math.prod(latent) or (len(shape) > 1 and shape != latent):
            raise InputError(
                f"{model.file} declares latent {list(shape)}, but {_called(model, 'decoder')} takes {list(latent)}: "
                "declare that"
            )
    if not fitting:
        shapes = ", ".join(f"{name} {list(shape)}" for name, shape in given.items())
        twice = any(math.prod(shape) == 2 * math.prod(latent) for shape in given.values())
        hint = (
            "these are means and variances together: export the means alone (docs/adopt.md)"
            if twice
            else "export two halves that belong together"
        )
        raise InputError(
            f"{_called(model, 'encoder')} gives {shapes}, but {_called(model, 'decoder')} takes {list(latent)}: {hint}"
        )
    if meant is not None and meant not in fitting:
        raise InputError(
            f"{model.file} declares latent_output {meant!r}, which is {list(given[meant])}, but "
            f"{_called(model, 'decoder')} takes {list(latent)}: declare {' or '.join(fitting)}"
        )
    return latent, fitting


def _taken(model: Model) -> tuple[int, ...] | None:
    """The decoder's latent shape, if its file says it."""
    graph = model.graphs.get("decoder")
    axes = graph.inputs[0].axes if graph is not None else None
    if axes is not None and len(axes) == 1:
        raise InputError(
            f"{model.path('decoder')} takes one latent vector {shape_words(axes)} and no batch: export it with an axis "
            "for the batch"
        )
    if axes is None or not all(isinstance(axis, int) for axis in axes[1:]):
        return None
    return tuple(int(axis) for axis in axes[1:] if isinstance(axis, int))


def _first_taken(model: Model, decoder: Half, codes: Outputs) -> tuple[int, ...]:
    """The shape of the encoder's first output that the decoder runs on."""
    failure = ""
    for value in codes.values():
        shape = tuple(value.shape[1:])
        try:
            decoder(torch.zeros(2, *shape, device=decoder.device))
        except Exception as error:
            failure = f"{type(error).__name__}: {first_line(error)}"
        else:
            return shape
    given = ", ".join(f"{name} {list(value.shape[1:])}" for name, value in codes.items())
    raise InputError(
        f"{_called(model, 'decoder')} fails on what {_called(model, 'encoder')} gives, {given} ({failure}): export two "
        "halves that belong together, or declare latent"
    )


def _decoded(model: Model, decoder: Half, z: torch.Tensor, side: int) -> tuple[str, Layout]:
    """Which of the decoder's outputs is the image, and where its colours are."""
    where = _called(model, "decoder")
    outputs = _in_batches(model, "decoder", decoder, z)
    first, again = outputs[max(BATCHES)], decoder(z)
    layouts: dict[tuple[int, ...], Layout] = {(3, side, side): "NCHW", (side, side, 3): "NHWC"}
    name = next((name for name, value in first.items() if tuple(value.shape[1:]) in layouts), None)
    if name is None:
        shapes = ", ".join(f"{key} {list(value.shape[1:])}" for key, value in first.items())
        raise InputError(
            f"{where} gives {shapes} for one latent vector; it must give images of {side}×{side} pixels and three "
            f"colours, [3, {side}, {side}] or [{side}, {side}, 3]"
        )
    if not first[name].isfinite().all():
        raise InputError(f"{where} gives values that are not finite: its weights are damaged")
    if not _alike(first[name], again[name], 1e-6):
        raise InputError(
            f"{where} gives another image of the same z when run again: it draws at random (Dropout in training mode); "
            "export it after model.eval()"
        )
    if not _alike(outputs[1][name], first[name][:1], ROUNDING):
        raise InputError(
            f"{where} gives another image of a z alone than among others: it normalises by the batch; export it after "
            "model.eval()"
        )
    layout, declared = layouts[tuple(first[name].shape[1:])], model.description.output.layout
    if declared not in (None, layout):
        raise InputError(
            f"{model.file} declares output.layout {declared}, but {where} gives {list(first[name].shape[1:])} for one "
            f"image: it is {layout}"
        )
    return name, layout
