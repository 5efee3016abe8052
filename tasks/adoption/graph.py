"""What an ONNX file says of itself, read without running anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from tasks.autoencoder.conventions import MODEL
from tasks.stage.errors import InputError

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from onnx import ModelProto, NodeProto, TensorProto

REARRANGING = frozenset(
    {"Transpose", "Reshape", "Clip", "Identity", "Squeeze", "Unsqueeze", "Flatten", "Cast", "CastLike"}
)
"""Operations that leave the values of a sigmoid or of a hyperbolic tangent where they are."""

CHECKPOINT = re.compile(rb"PK\x03\x04|\x80[\x02-\x05](?!.{6}\{)", re.DOTALL)
"""How checkpoints begin: as a zip file, or as a pickle, like which a safetensors file may look but for its brace."""

Axis = int | str | None
"""The size of an axis, a name for one that is free, or None where the file says nothing."""


@dataclass(frozen=True)
class Tensor:
    """An input or an output: its name, the name of its type, such as FLOAT, and its axes, None where unknown."""

    name: str
    type: str
    axes: tuple[Axis, ...] | None


@dataclass(frozen=True)
class Graph:
    """An ONNX file's inputs and outputs, the files of weights beside it, and its operations."""

    path: Path
    proto: ModelProto

    @cached_property
    def inputs(self) -> tuple[Tensor, ...]:
        """What must be given."""
        constants = {constant.name for constant in self.proto.graph.initializer}
        return tuple(_tensor(value) for value in self.proto.graph.input if value.name not in constants)

    @cached_property
    def outputs(self) -> tuple[Tensor, ...]:
        """What comes."""
        return tuple(map(_tensor, self.proto.graph.output))

    @cached_property
    def external(self) -> tuple[str, ...]:
        """Files of weights that must lie beside it."""
        found = {
            entry.value for tensor in _tensors(self.proto) for entry in tensor.external_data if entry.key == "location"
        }
        return tuple(sorted(found))

    def last_operation(self, output: str) -> str:
        """The operation that decides the values of ``output``; empty where that cannot be told."""
        made: dict[str, NodeProto] = {name: node for node in self.proto.graph.node for name in node.output}
        functions = {(function.domain, function.name): function for function in self.proto.functions}
        while node := made.get(output):
            function = functions.get((node.domain, node.op_type))
            if function is not None:
                position = list(node.output).index(output)
                made = {name: inside for inside in function.node for name in inside.output}
                output = function.output[position]
            elif node.op_type in REARRANGING:
                output = node.input[0]
            else:
                return str(node.op_type)
        return ""


def _tensors(message: Message) -> Iterator[TensorProto]:
    """All tensors in ``message``, however deep: initializers and attributes, in graphs and in functions."""
    import onnx

    if isinstance(message, onnx.TensorProto):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in [value] if hasattr(value, "ListFields") else value:
                yield from _tensors(part)


def _tensor(value: Any) -> Tensor:
    import onnx

    kind = value.type.tensor_type
    name = onnx.TensorProto.DataType.Name(kind.elem_type)
    if not kind.HasField("shape"):
        return Tensor(value.name, name, None)
    axes = [
        axis.dim_value if axis.HasField("dim_value") else axis.dim_param if axis.HasField("dim_param") else None
        for axis in kind.shape.dim
    ]
    return Tensor(value.name, name, tuple(axes))


def read_graph(path: Path) -> Graph:
    """The graph in the file ``path``. Raises ``InputError`` for a file that is none, or lacks its weights beside it."""
    import onnx
    from google.protobuf.message import DecodeError

    content = read_file(path)
    try:
        proto = onnx.load_model_from_string(content)
    except DecodeError:
        proto = onnx.ModelProto()
    if not proto.graph.node or not proto.graph.output:
        raise InputError(f"{path} is not an ONNX file: export the model with torch.onnx.export or model.export")
    graph = Graph(path, proto)
    for name in graph.external:
        beside, parts = path.parent / name, PurePath(name).parts
        if PurePath(name).is_absolute() or ".." in parts or not beside.resolve().is_relative_to(path.parent.resolve()):
            raise InputError(f"{path} has its weights in {name}, outside its folder: export it again into one folder")
        if parts and parts[0].casefold() == MODEL:
            raise InputError(
                f"{path} has its weights in {name}, a name that is kept for the graph: export it again with weights "
                "of another name"
            )
        if not beside.is_file():
            raise InputError(f"{path} has its weights in {name}, which is missing: put that file beside it")
    for tensor in _tensors(proto):  # onnxruntime reads them; kept here, they would take memory for the whole run
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
    return graph


def read_file(path: Path) -> bytes:
    """The content of a model's file. Raises ``InputError`` if it is not there, empty, or a pickle."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if not content:
        raise InputError(f"{path} is empty: export the model again")
    if CHECKPOINT.match(content):
        raise InputError(
            f"{path} is a checkpoint (a pickle or a zip archive), which may hold code and is never loaded: export the "
            "model with torch.onnx.export, or save its state_dict() with safetensors.torch.save_file (docs/adopt.md)"
        )
    return content
