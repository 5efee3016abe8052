"""Writing a study's outcome to a folder that needs nothing of this project."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save as arrays_bytes

from storage.files import write_bytes, write_json, write_text
from tasks.autoencoder.adopted import AdoptedConfig, is_adopted
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import to_input
from tasks.autoencoder.network import Autoencoder
from tasks.exploring.opened import OpenedStudy
from tasks.exporting.adoptable import DESCRIPTION_OF_OURS, description_of
from tasks.exporting.card import Exported, model_card
from tasks.exporting.forms import form_of
from tasks.exporting.networks import onnx_missing, write_adopted, write_onnx, write_weights
from tasks.exporting.order import DRAW, write_order
from tasks.exporting.script import adopted_script, onnx_script, torch_script, with_order
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")

CHECKED = 16
"""Faces and images on which ONNX is compared with torch."""


def export(
    study: OpenedStudy,
    out: Path,
    sampler: str | None = None,
    level: Mapping[str, Any] | None = None,
    onnx: bool | None = None,
    attributes: bool = False,
) -> Path:
    """Write decoder, encoder, sampler, scripts and model card to ``out``; returns the card's path.

    ``sampler``: the one that the study recommends if not given; ``level``: its usual one if not given; ``onnx``:
    whether to write ONNX, by default if its packages are here; ``attributes``: whether the scripts can draw faces with
    attributes too, which takes the training points. Raises ``InputError`` for what cannot be had.
    """
    sampler, chosen = study.choose(sampler, level)
    table = study.table if study.artifacts.scores is not None else None
    if onnx is None:
        onnx = _onnx_possible()
    network = None if is_adopted(study.artifacts.model) else load_autoencoder(study.artifacts.model)
    check_exportable(study, network, onnx)
    form = form_of(study, sampler, chosen)
    draw = form.draw
    if attributes:
        write_order(study.conditioned, out)
        draw = with_order(draw, DRAW)
    write_bytes(
        out / "sampler.safetensors", arrays_bytes({name: np.ascontiguousarray(a) for name, a in form.arrays.items()})
    )
    about = {"sampler": sampler, "level": dict(chosen), "kind": form.kind, "draw": form.draw.splitlines()}
    write_json(out / "sampler.json", about | {"model": study.artifacts.model.name})
    differences: dict[str, float] = {}
    if network is None:
        config = write_adopted(study.artifacts.model, out)
        write_text(out / "make_faces.py", adopted_script(draw, config))
        write_text(out / "adopt.yaml", description_of(config))
    else:
        write_weights(network, out)
        if network.config.decoder is None:
            write_text(out / "make_faces_torch.py", torch_script(draw, network.config))
    if network is not None and onnx:
        z = study.draw(sampler, CHECKED, **chosen)
        images = to_input(study.real(np.arange(min(CHECKED, len(study.z)))), torch.device("cpu")).numpy()
        differences = write_onnx(network, z, images, out)
        write_text(out / "make_faces.py", onnx_script(draw))
        write_text(out / "adopt.yaml", DESCRIPTION_OF_OURS)
    card = Exported(study, sampler, chosen, form, table, differences, network, attributes)
    write_text(out / "README.md", model_card(card))
    return out / "README.md"


def check_exportable(study: OpenedStudy, network: Autoencoder | None, onnx: bool) -> None:
    """Raise ``InputError`` for a decoder that cannot be used without its source: ``network``, or an adopted one."""
    if network is None:
        adopted = AdoptedConfig.model_validate(study.finished.network)
        if own := adopted.encoder or adopted.decoder:
            raise InputError(f"the model is used by its source ({own}): export it to ONNX yourself, and adopt that")
    elif (own := network.config.decoder) is not None and not onnx:
        first = f"install {', '.join(onnx_missing())} and " if onnx_missing() else ""
        raise InputError(
            f"the decoder is custom ({own}), which only ONNX can carry without its source: {first}export with --onnx"
        )


def _onnx_possible() -> bool:
    missing = onnx_missing()
    if missing:
        log.warning("no ONNX files: %s not installed (pip install %s)", ", ".join(missing), " ".join(missing))
    return not missing
