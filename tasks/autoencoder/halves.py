"""Halves of an adopted autoencoder that can be called: an ONNX file by onnxruntime, or a module of a factory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from

from tasks.autoencoder.custom import check_sources, factory_at
from tasks.stage.errors import InputError

PART = 32
"""Rows that a half is given at once."""

CUDA = {"use_tf32": 0, "cudnn_conv_algo_search": "HEURISTIC"}
"""By default float32 is rounded to 10 bits, and convolutions take the algorithm that is fastest at the moment."""

PREFIXES = ("model.", "module.", "_orig_mod.")
"""What Lightning, DataParallel and torch.compile put before the names of weights."""


class Half(Protocol):
    """An encoder or a decoder as it is: a tensor in its own conventions to its outputs, by their names."""

    device: torch.device

    def __call__(self, given: torch.Tensor) -> dict[str, torch.Tensor]:
        """All outputs of ``given``, a tensor on any device, and there too; computed on ``device``."""


def run_in_parts(half: Half, given: torch.Tensor, names: Sequence[str]) -> dict[str, torch.Tensor]:
    """The outputs ``names`` of ``given``, in parts of ``PART`` rows, of which the last is filled up with its first row.

    So memory is bounded whatever the batch, and a row has the same bits in whatever batch it comes.
    """
    parts: list[dict[str, torch.Tensor]] = []
    for start in range(0, len(given), PART):
        rows = given[start : start + PART]
        missing = PART - len(rows)
        outputs = half(torch.cat([rows, rows[:1].expand(missing, *rows.shape[1:])]) if missing else rows)
        parts.append({name: outputs[name][: len(rows)] for name in names})
    return {name: torch.cat([part[name] for part in parts]) for name in names}


class OnnxHalf:
    """An ONNX file, run by onnxruntime: on CUDA where ``device`` is one and the package has it, else on the CPU.

    It uses as many CPU threads as torch does. Raises ``InputError`` for a file that onnxruntime cannot run.
    """

    def __init__(self, path: Path, device: torch.device) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        options.log_severity_level = 4
        providers: list[Any] = ["CPUExecutionProvider"]
        if device.type == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
            providers.insert(0, ("CUDAExecutionProvider", {**CUDA, "device_id": device.index or 0}))
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:
            raise InputError(f"{path}: onnxruntime cannot run this file ({first_line(error)})") from error
        self.device = torch.device("cpu")
        self._input = self._session.get_inputs()[0].name
        # Another type, such as a text or a sequence, is neither z nor an image.
        self._outputs = [output.name for output in self._session.get_outputs() if output.type == "tensor(float)"]
        if not self._outputs:
            raise InputError(f"{path} gives no float32 tensor: export a model that gives one")

    def __call__(self, given: torch.Tensor) -> dict[str, torch.Tensor]:
        """All float32 outputs of ``given``, a tensor on any device, and there too."""
        values = self._session.run(self._outputs, {self._input: given.cpu().numpy()})
        tensors = (torch.from_numpy(value).to(given.device) for value in values)
        return dict(zip(self._outputs, tensors, strict=True))


class FactoryHalf:
    """The module that a factory returns, with weights from a safetensors file, in eval mode on ``device``.

    ``sources``: digests of its modules when it was adopted, empty for a new one. ``part``: encoder or decoder, where
    the file holds the weights of both. Raises ``InputError`` if it cannot be made, or the weights are another module's.
    """

    def __init__(
        self, path: str, weights: Path, part: str, device: torch.device, sources: Mapping[str, str] | None = None
    ) -> None:
        check_sources(path, sources or {}, "adopted", "adopt it again")
        try:
            module = factory_at(path)()
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{path}() failed ({type(error).__name__}: {first_line(error)})") from error
        if not isinstance(module, torch.nn.Module):
            raise InputError(f"{path}() returned {type(module).__name__}; it must return a torch.nn.Module")
        try:
            tensors = tensors_from(weights.read_bytes())
        except (SafetensorError, OSError) as error:
            raise InputError(f"{weights} is not a safetensors file ({error})") from error
        _load(module, tensors, part, f"{weights} as the weights of {path}")
        self._module, self.device = module.float().to(device).eval(), device

    @torch.inference_mode()
    def __call__(self, given: torch.Tensor) -> dict[str, torch.Tensor]:
        """All outputs of ``given``, a tensor on any device, and there too."""
        values = self._module(given.to(self.device))
        if isinstance(values, torch.Tensor):
            return {"0": values.to(given.device)}
        pairs = values.items() if isinstance(values, Mapping) else enumerate(values)
        return {str(name): value.to(given.device) for name, value in pairs if isinstance(value, torch.Tensor)}


def _load(module: torch.nn.Module, tensors: dict[str, torch.Tensor], part: str, what: str) -> None:
    expected = set(module.state_dict())
    names = {name: _without_prefixes(name) for name in tensors}
    whole = {names[name]: tensor for name, tensor in tensors.items()}
    own = {name.removeprefix(f"{part}."): tensor for name, tensor in whole.items() if name.startswith(f"{part}.")}
    state = tensors if expected <= set(tensors) else whole if expected <= set(whole) else own
    missing, unexpected = sorted(expected - set(state)), sorted(set(state) - expected)
    if missing or (unexpected and state is not whole and state is not tensors):
        names_of = f"lacks {missing[0]}" if missing else f"has {unexpected[0]}"
        raise InputError(f"{what}: the file {names_of}; save module.state_dict() of this very module")
    try:
        module.load_state_dict({name: state[name] for name in expected})
    except RuntimeError as error:
        raise InputError(f"{what}: {first_line(error)}") from error


def _without_prefixes(name: str) -> str:
    while prefix := next((prefix for prefix in PREFIXES if name.startswith(prefix)), None):
        name = name.removeprefix(prefix)
    return name


def first_line(error: BaseException) -> str:
    """What an error says, in one line of at most 300 characters."""
    return " ".join(str(error).split())[:300]
