"""A finished study in a few lines of Python: ``study = open_study("artifacts")``."""

from __future__ import annotations

from pathlib import Path

from flows.finished import newest_study
from storage.opening import find_store
from tasks.exploring.opened import OpenedStudy


def open_study(store: str | Path = "artifacts", model: str | None = None, device: str = "auto") -> OpenedStudy:
    """The newest finished study of ``store``, or that of the model with the key ``model``.

    ``device``: where faces are decoded; auto, cpu, cuda, cuda:0 or mps. Raises ``InputError`` if there is no such
    study, or no such device.
    """
    return OpenedStudy(newest_study(find_store(store), model), device)
