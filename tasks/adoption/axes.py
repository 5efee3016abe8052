"""Inputs of ONNX files: how many, of which type, with which axes."""

from __future__ import annotations

from tasks.adoption.description import Model, layout_of
from tasks.adoption.graph import Graph, Tensor
from tasks.stage.errors import InputError

PRECISIONS = {"DOUBLE": "float64", "FLOAT16": "float16", "BFLOAT16": "bfloat16"}
"""Types that are refused, by their names in ONNX."""


def check_axes(model: Model) -> None:
    """Raise ``InputError`` for inputs, types or axes that cannot be, as far as the files say them."""
    graphs = model.graphs
    for graph in graphs.values():
        _check_inputs(graph)
    takes = {half: graph.inputs[0].axes for half, graph in graphs.items()}
    if len(takes) == 2 and layout_of(takes["decoder"] or ()) and not _is_image(takes["encoder"]):
        raise InputError(
            f"{model.file}: {model.path('encoder').name} takes no images, and {model.path('decoder').name} does: "
            "encoder and decoder are swapped"
        )
    if "encoder" in graphs:
        _check_image_axes(model, graphs["encoder"].inputs[0])


def _check_inputs(graph: Graph) -> None:
    if len(graph.inputs) != 1:
        names = ", ".join(value.name for value in graph.inputs)
        raise InputError(f"{graph.path} takes {len(graph.inputs)} inputs ({names}); export a model with one input")
    for value in (graph.inputs[0], *graph.outputs):
        if value.type in PRECISIONS:
            raise InputError(
                f"{graph.path} computes in {PRECISIONS[value.type]}: convert the model to float32 and export it again"
            )
    if graph.inputs[0].type != "FLOAT":
        raise InputError(f"{graph.path} takes {graph.inputs[0].type.lower()}: export a model that takes float32")


def _is_image(axes: tuple[object, ...] | None) -> bool:
    return axes is None or len(axes) == 4


def _check_image_axes(model: Model, value: Tensor) -> None:
    axes, path, declared = value.axes, model.path("encoder"), model.description
    if axes is None:
        return
    if len(axes) == 3:
        raise InputError(
            f"{path} takes one image {shape_words(axes)} and no batch: export it with an axis for the batch"
        )
    if len(axes) != 4:
        raise InputError(f"{path} takes {shape_words(axes)}; an encoder takes images, (n, 3, S, S) or (n, S, S, 3)")
    found = layout_of(axes)
    if found is None and all(isinstance(axis, int) for axis in axes[1:]):
        if 1 in (axes[1], axes[3]):
            raise InputError(
                f"{path} takes images of one channel, {shape_words(axes)}: only models of RGB images can be studied"
            )
        raise InputError(f"{path} takes {shape_words(axes)}; an encoder takes images, (n, 3, S, S) or (n, S, S, 3)")
    if found and declared.pixels.layout not in (None, found):
        raise InputError(
            f"{model.file} declares pixels.layout {declared.pixels.layout}, but {path.name} takes {shape_words(axes)}: "
            f"it is {found}"
        )
    sides = [side for side in (axes[1:3] if found == "NHWC" else axes[2:4]) if isinstance(side, int)]
    if found and len(set(sides)) > 1:
        raise InputError(f"{path} takes images of {sides[0]}×{sides[1]} pixels; only square images can be studied")
    if found and sides and declared.image_size not in (None, sides[0]):
        raise InputError(
            f"{model.file} declares image_size {declared.image_size}, but {path.name} takes {shape_words(axes)}: it is "
            f"{sides[0]}"
        )


def shape_words(axes: tuple[object, ...]) -> str:
    """Axes as one writes them, such as ``(n, 3, 32, 32)``."""
    return f"({', '.join('?' if axis is None else str(axis) for axis in axes)})"
