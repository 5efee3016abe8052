"""Device, precision and memory format of a training: decided once by measuring, recorded, reused on resume."""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

from storage.files import read_json, write_json
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.compute.devices import Precision, choose_device, repeatable
from tasks.training.compilation import check_compiler
from tasks.training.config import TrainConfig
from tasks.training.step import TrainingStep

log = logging.getLogger("latentfaces")

Candidate = tuple[Precision, Literal["contiguous", "channels_last"]]

REFERENCE: Candidate = ("fp32", "contiguous")
CANDIDATES: tuple[Candidate, ...] = (
    REFERENCE,
    ("bf16", "channels_last"),
    ("bf16", "contiguous"),
    ("fp32", "channels_last"),
)
"""In the order in which they are preferred if their speeds are close."""
UNCLEAR_ON_A_CPU = (("bf16", "contiguous"), ("fp32", "channels_last"))
"""Ways that are only taken there if their order in memory is asked for."""
MARGIN = 1.25
"""How many times faster than a preferred way another must be: less may be noise, and two runs should choose alike."""
HOPELESS = 3.0
"""How many times slower a way may be on a few images before it is left out of the measurement proper."""
ROUNDS = 5
PROBE_PIXELS, PROBE_PIXELS_ON_A_GPU = 48 * 64 * 64, 512 * 64 * 64
"""Of a measured step, at most. A few images keep a CPU busy; on a GPU all ways take as long with them."""


@dataclass(frozen=True)
class Machine:
    """What a machine decided for a training; the same machine gives the same bits again.

    ``processes``: how many train together; ``threads``: of each; ``compile``: whether the network is compiled.
    """

    device: str
    precision: Precision
    memory_format: Literal["contiguous", "channels_last"]
    threads: int
    versions: dict[str, str]
    processes: int = 1
    compile: bool = False


def versions() -> dict[str, str]:
    """The software that decides the bits of a result."""
    return {"python": platform.python_version(), "torch": torch.__version__}


def machine_for(config: TrainConfig, network: AutoencoderConfig, out: Path) -> Machine:
    """The machine recorded in ``out/machine.json`` if it does what ``config`` asks for, else a new choice, recorded.

    What was measured goes to ``out/host.json``. Raises ``InputError`` if a device or a compiler is asked for that is
    not here.
    """
    path = out / "machine.json"
    if path.exists():
        recorded = Machine(**read_json(path))
        if _agrees(recorded, config):
            if recorded.versions != versions():
                log.warning("train: began with %s, continues with %s", recorded.versions, versions())
            _check_compiler(config, choose_device(recorded.device))
            return _changed(recorded, config, path)
        log.warning("train: the configuration does not allow the machine recorded in %s; choosing again", path)
    device = choose_device(config.device)
    _check_compiler(config, device)
    (precision, memory_format), measured = fastest(config, network, device)
    machine = Machine(
        str(device), precision, memory_format, _threads(config), versions(), config.team_size, config.compile
    )
    write_json(out / "host.json", {"platform": platform.platform(), "measured_images_per_second": measured})
    write_json(path, asdict(machine))
    return machine


def _threads(config: TrainConfig) -> int:
    return max(1, torch.get_num_threads() // config.processes)


def _check_compiler(config: TrainConfig, device: torch.device) -> None:
    if config.compile:
        check_compiler(device)


def _changed(recorded: Machine, config: TrainConfig, path: Path) -> Machine:
    """``recorded``, with as many processes as ``config`` asks for, compiled or not: every batch is the same."""
    machine = replace(recorded, compile=config.compile)
    if recorded.processes != config.team_size:
        machine = replace(machine, processes=config.team_size, threads=_threads(config))
    if machine == recorded:
        return recorded
    log.warning(
        "train: began on %s, continues on %s: the same batches, but sums in another order, so the last digits will "
        "differ from those of an uninterrupted run",
        _way(recorded),
        _way(machine),
    )
    write_json(path, asdict(machine))
    return machine


def _way(machine: Machine) -> str:
    return f"{machine.processes} process{'es' * (machine.processes > 1)}{', compiled' * machine.compile}"


def _agrees(machine: Machine, config: TrainConfig) -> bool:
    asked: dict[str, Any] = {name: getattr(config, name) for name in ("device", "precision", "memory_format")}
    return all(value in ("auto", getattr(machine, name)) for name, value in asked.items())


def fastest(
    config: TrainConfig, network: AutoencoderConfig, device: torch.device
) -> tuple[Candidate, dict[str, float]]:
    """The fastest way to train ``network`` among those that ``config`` allows, and the images/s measured.

    Nothing is measured where only one way is allowed. On a CPU one thread is measured, by the processor time that it
    takes, so that other programs change nothing; on an accelerator it is the time that passes. Steps of all ways
    alternate, so that what slows the processor itself slows all alike.
    """
    # On a CPU the order in memory alone gains or loses too little to tell reliably: two runs on one machine would
    # differ. Only bf16, where the processor has it, gains enough; channels_last is then mostly the faster order.
    unclear = device.type == "cpu" and config.memory_format == "auto"
    allowed = [candidate for candidate in CANDIDATES if not (unclear and candidate in UNCLEAR_ON_A_CPU)]
    allowed = [
        candidate
        for candidate in allowed
        if config.precision in ("auto", candidate[0]) and config.memory_format in ("auto", candidate[1])
    ]
    if len(allowed) == 1:
        return allowed[0], {}
    with repeatable(1 if device.type == "cpu" else None):
        few = {
            candidate: min(seconds_of_steps(_step(candidate, config, network, device), 2, 4)[1:])
            for candidate in allowed
        }
        rest = [candidate for candidate in allowed if few[candidate] <= HOPELESS * few[allowed[0]]]
        images = probe_size(config.batch_size, network.image_size, device)
        steps = {candidate: _step(candidate, config, network, device) for candidate in rest}
        times: dict[Candidate, list[float]] = {candidate: [] for candidate in rest}
        for _ in range(ROUNDS + 1):
            for candidate, step in steps.items():
                times[candidate] += seconds_of_steps(step, images, 1)
    # The first step of each also allocates memory and chooses algorithms.
    seconds = {candidate: min(measured[1:]) for candidate, measured in times.items()}
    speeds = {f"{precision} {order}": images / seconds[precision, order] for precision, order in rest}
    return clearly_fastest(seconds), speeds


def probe_size(batch_size: int, image_size: int, device: torch.device) -> int:
    """Images of a measured step: a whole batch, unless fewer show as well which way is fastest."""
    pixels = PROBE_PIXELS if device.type == "cpu" else PROBE_PIXELS_ON_A_GPU
    return min(batch_size, max(2, pixels // image_size**2))


def clearly_fastest(seconds: Mapping[Candidate, float]) -> Candidate:
    """The way to choose by the ``seconds`` of a step each: the first, unless a later one is faster by ``MARGIN``."""
    chosen, *others = seconds
    for candidate in others:
        if seconds[chosen] >= MARGIN * seconds[candidate]:
            chosen = candidate
    return chosen


def _step(candidate: Candidate, config: TrainConfig, network: AutoencoderConfig, device: torch.device) -> TrainingStep:
    model = Autoencoder(network, config.seed).to(device)
    return TrainingStep(model, config, *candidate)


def seconds_of_steps(step: TrainingStep, images: int, repeats: int) -> list[float]:
    """Seconds of each of ``repeats`` training steps on ``images`` grey images: on a CPU, of this thread's work."""
    size = step.network.config.image_size
    pixels = torch.full((images, 3, size, size), 128, dtype=torch.uint8, device=step.device)
    clock = time.thread_time if step.device.type == "cpu" else time.perf_counter
    seconds = []
    for _ in range(repeats):
        start = clock()
        step(pixels, learning_rate=0.0).item()
        seconds.append(clock() - start)
    return seconds
