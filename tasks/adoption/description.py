"""The description of a model from elsewhere: a YAML file with its files and what is known of its conventions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from tasks.adoption.graph import Graph, read_file, read_graph
from tasks.autoencoder.conventions import Layout, Order, Range
from tasks.autoencoder.custom import PATH, custom_sources
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError

HALVES = ("encoder", "decoder")


def _whole_numbers(shape: Any) -> Any:
    """``shape`` as given. Raises ``ValueError`` in place of one complaint for each form that it may have."""
    sizes = shape if isinstance(shape, list | tuple) else [shape]
    if not sizes or not all(type(size) is int and size > 0 for size in sizes):
        raise ValueError("a whole number, or a list such as [4, 8, 8]")
    return shape


Shape = Annotated[int | tuple[int, ...], BeforeValidator(_whole_numbers)]


class Pixels(StageConfig):
    """What is known of the images that the encoder takes; the rest is found out."""

    layout: Layout | None = Field(None, description="NCHW or NHWC.")
    range: Range | None = Field(None, description="Values of black and of white.")
    order: Order | None = Field(None, description="RGB or BGR.")


class Output(Pixels):
    """What is known of the images that the decoder gives; the rest is found out."""

    logits: bool | None = Field(None, description="Whether a sigmoid is still to be applied.")

    @model_validator(mode="after")
    def _logits_have_no_range(self) -> Output:
        if self.logits and self.range not in (None, (0.0, 1.0)):
            raise ValueError("a sigmoid gives [0, 1]: leave out range, or logits")
        return self


class Description(StageConfig):
    """The files of a model, and what is declared of it."""

    encoder: str = Field(description="An ONNX file, or package.module:factory.")
    decoder: str = Field(description="An ONNX file, or package.module:factory.")
    weights: str | None = Field(None, description="The safetensors file of the factories' weights.")
    latent: Shape | None = Field(None, description="Shape of the latent vector of one image.")
    latent_output: str | None = Field(None, description="Which output of the encoder is z.")
    pixels: Pixels = Field(Pixels(), description="The images that the encoder takes.")
    output: Output = Field(Output(), description="The images that the decoder gives.")
    image_size: int | None = Field(None, ge=32, le=256, description="Side of the images, pixels.")
    variational: bool | None = Field(None, description="Whether it was trained towards the prior N(0, I).")
    trust: bool = Field(False, description="Whether declarations are kept even if the images contradict them.")

    @field_validator("latent_output", mode="before")
    @classmethod
    def _numbers_are_names(cls, name: Any) -> Any:
        return str(name) if isinstance(name, int) and not isinstance(name, bool) else name

    @model_validator(mode="after")
    def _weights_belong_to_factories(self) -> Description:
        if any(map(is_factory, (self.encoder, self.decoder))) != (self.weights is not None):
            raise ValueError(
                "weights: a factory (package.module:factory) needs the safetensors file of its weights, an ONNX file "
                "has its own"
            )
        return self


def is_factory(half: str) -> bool:
    """Whether a half is given as an import path."""
    return re.fullmatch(PATH, half) is not None


class Model:
    """A model from elsewhere: its description, and the files in the folder of that."""

    def __init__(self, file: Path) -> None:
        """Read the description. Raises ``InputError`` that names the field."""
        self.file = file
        self.description = _described(file)

    def path(self, half: str) -> Path:
        """The file of a half: its ONNX file, or its weights."""
        name: str = getattr(self.description, half)
        return self.file.parent / (self.description.weights or name if is_factory(name) else name)

    def factory(self, half: str) -> str | None:
        """The import path of a half's factory; None for an ONNX file."""
        name: str = getattr(self.description, half)
        return name if is_factory(name) else None

    @cached_property
    def graphs(self) -> dict[str, Graph]:
        """What the ONNX files say. Raises ``InputError`` for a file that is none."""
        return {half: read_graph(self.path(half)) for half in HALVES if self.factory(half) is None}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Digests of the factories' modules. Raises ``InputError`` for one that is not found."""
        return custom_sources(self.factory(half) for half in HALVES)

    @property
    def layout(self) -> Layout | None:
        """Where the encoder takes the colours, by what is declared or by its file; None where neither says it."""
        return self.description.pixels.layout or layout_of(self._encoder_axes)

    @property
    def image_size(self) -> int | None:
        """Side of its images, by what is declared or by the encoder's file; None where neither says it."""
        axes = self._encoder_axes
        if self.description.image_size is None and len(axes) == 4:
            side = axes[1] if layout_of(axes) == "NHWC" else axes[2]
            return side if isinstance(side, int) else None
        return self.description.image_size

    @property
    def variational(self) -> bool:
        """Whether it has a prior: as declared, else where the encoder has several outputs."""
        declared = self.description.variational
        if declared is None:
            outputs = self.graphs["encoder"].outputs if "encoder" in self.graphs else ()
            codes = [output for output in outputs if output.type == "FLOAT"]
            return self.description.latent_output is not None or len(codes) > 1
        return declared

    @property
    def _encoder_axes(self) -> tuple[Any, ...]:
        graph = self.graphs.get("encoder")
        return (graph.inputs[0].axes if graph is not None and graph.inputs else None) or ()

    def identity(self) -> dict[str, Any]:
        """What decides the result: the content of the files, the factories' sources, and what is declared."""
        declared = self.description.model_dump(mode="json", exclude={*HALVES, "weights"})
        return {
            "declared": declared,
            "files": {half: self._digest(half) for half in HALVES},
            "factories": {half: path for half in HALVES if (path := self.factory(half)) is not None},
            "sources": self.sources,
        }

    def _digest(self, half: str) -> str:
        """Of the content of a half's file, and of the files of weights beside it."""
        path = self.path(half)
        beside = self.graphs[half].external if half in self.graphs else ()
        digest = hashlib.blake2b(read_file(path), digest_size=16)
        for name in beside:
            with open(path.parent / name, "rb") as file:
                digest.update(hashlib.file_digest(file, "blake2b").digest())
        return digest.hexdigest()


def layout_of(axes: tuple[Any, ...]) -> Layout | None:
    """Where the three colours are among the ``axes`` of an image; None where that cannot be told."""
    if len(axes) != 4 or (axes[1] == 3) == (axes[3] == 3):
        return None
    return "NCHW" if axes[1] == 3 else "NHWC"


def _described(file: Path) -> Description:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the description of the autoencoder {file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file} is not a description of an autoencoder, which is a YAML file that names its encoder and decoder"
        ) from error
    if not isinstance(content, Mapping):
        raise InputError(f"{file} must name an encoder and a decoder, such as 'encoder: encoder.onnx'")
    try:
        return Description.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{file}: {'; '.join(map(_explained, error.errors()))}") from error


def _explained(problem: Any) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    if name in HALVES and problem["type"] == "missing":
        return f"{name} is missing: name the {name}'s ONNX file, or package.module:factory"
    if problem["type"] == "extra_forbidden":
        group = {"pixels": Pixels, "output": Output}.get(name.partition(".")[0], Description)
        return f"{name}: no such field; choose from {', '.join(group.model_fields)}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{name}: {message} (got {problem['input']!r})" if name else message
