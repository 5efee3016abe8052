"""What every training here shares: the order of an epoch, the learning rate at a step, a checkpoint after each epoch.

A training that uses the three needs no random state of its own: order and learning rate are functions of
(seed, epoch, step), so a run that is killed and started again from ``EpochCheckpoint`` takes exactly the steps
that an undisturbed run would have taken. How to use it::

    checkpoint = EpochCheckpoint(out)
    saved = checkpoint.restore(network, optimizer)          # None if there is nothing to continue
    history = saved.facts["history"] if saved else []
    for epoch in range(saved.epoch + 1 if saved else 0, epochs):
        for batch in np.array_split(epoch_order(count, seed, epoch), steps):
            set_learning_rate(optimizer, one_cycle(step, total_steps, peak))
            ...
        history.append(...)
        checkpoint.save(epoch, network, optimizer, {"history": history})
    ...                                                      # write the results, then
    checkpoint.remove()
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as safetensors_bytes
from torch import nn

from storage.durable import announce
from storage.files import write_bytes

log = logging.getLogger("latentfaces")


def epoch_order(count: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """A permutation of ``range(count)``, shape ``(count,)``, which depends on ``(seed, epoch)`` alone."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def one_cycle(step: int, steps: int, peak: float, warm_up: float = 0.3) -> float:
    """Learning rate at ``step`` of ``steps``: up from ``peak``/25 over the share ``warm_up``, down to ``peak``/250,000.

    Both flanks are half cosines (Smith & Topin 2018, arXiv 1708.07120; the shape of torch's ``OneCycleLR``).
    """
    top = warm_up * steps - 1
    if step < top:
        return _half_cosine(peak / 25, peak, step / top)
    return _half_cosine(peak, peak / 250_000, (step - top) / max(steps - 1 - top, 1))


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


def set_learning_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Use ``learning_rate`` in every parameter group from the next step on."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


@dataclass(frozen=True)
class SavedEpoch:
    """The last whole epoch (counted from 0) of an interrupted training, and the JSON facts saved with it."""

    epoch: int
    facts: dict[str, Any]


class EpochCheckpoint:
    """The full state of an unfinished training after its last whole epoch: one file, whole or absent.

    ``folder/checkpoint.safetensors`` holds the network's and the optimizer's tensors; its header holds the epoch,
    the optimizer's settings and the caller's facts as JSON. Nothing is pickled.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "checkpoint.safetensors"

    def save(self, epoch: int, network: nn.Module, optimizer: torch.optim.Optimizer, facts: Mapping[str, Any]) -> None:
        """Replace the checkpoint by the state after ``epoch`` (counted from 0); ``facts`` are JSON types.

        Numbers in ``facts`` come back exactly, NaN and infinities too.
        """
        state = optimizer.state_dict()
        tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
        for index, values in state["state"].items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in values.items()}
        header = {"epoch": epoch, "groups": state["param_groups"], "facts": dict(facts)}
        cpu = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
        write_bytes(self.path, safetensors_bytes(cpu, metadata={"state": json.dumps(header)}))
        announce(self.path.parent)

    def restore(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> SavedEpoch | None:
        """Put the saved state into ``network`` and ``optimizer`` (built as before); ``None`` if none was saved.

        Raises ``ValueError`` that names the file if it is damaged or belongs to another network.
        """
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                header = json.loads(file.metadata()["state"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
            prefix = "network."
            weights = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
            network.load_state_dict(weights)
            self._restore_optimizer(optimizer, header["groups"], tensors)
        except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{self.path} cannot be continued ({error}); delete {self.path.parent} to redo it"
            ) from error
        return SavedEpoch(header["epoch"], header["facts"])

    @staticmethod
    def _restore_optimizer(
        optimizer: torch.optim.Optimizer, groups: list[dict[str, Any]], tensors: Mapping[str, torch.Tensor]
    ) -> None:
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, index, name = key.split(".", 2)
                parameter = parameters[int(index)]
                # The same strides as the parameter's: another memory format may round differently.
                like = torch.empty_like(parameter) if value.shape == parameter.shape else torch.empty_like(value)
                state.setdefault(int(index), {})[name] = like.copy_(value)
        settings = [group | {"betas": tuple(group["betas"])} if "betas" in group else group for group in groups]
        optimizer.load_state_dict({"state": state, "param_groups": settings})

    def log_resumption(self, stage: str, saved: SavedEpoch | None, epochs: int) -> None:
        """Say in the log how many epochs of an earlier, interrupted run are kept."""
        if saved is not None:
            kept = saved.epoch + 1
            log.info("%s: continuing, %d of %d epochs kept, %d to do", stage, kept, epochs, epochs - kept)

    def remove(self) -> None:
        """Remove the checkpoint: the training is finished and its results are written."""
        self.path.unlink(missing_ok=True)
