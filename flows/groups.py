"""The groups of a study's settings, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

from tasks.stage.errors import InputError

if TYPE_CHECKING:
    from tasks.stage.config import StageConfig

GROUPS = {
    "synthesize": "tasks.synthesis.config:SynthesisConfig",
    "ingest": "tasks.ingestion.config:IngestConfig",
    "train": "tasks.training.config:TrainConfig",
    "adopt": "tasks.adoption.config:AdoptConfig",
    "encode": "tasks.encoding.config:EncodeConfig",
    "analyse": "tasks.statistics.config:AnalyseConfig",
    "sample": "tasks.sampling.config:SampleConfig",
    "assess": "tasks.assessment.config:AssessConfig",
    "order": "tasks.sampling.order_config:OrderConfig",
    "report": "tasks.reporting.config:ReportConfig",
    "dask": "tasks.compute.cluster.config:DaskConfig",
}
"""The fields of ``StudyConfig``, whose module imports them all, and where the class of each is."""


def check_setting_names(settings: Iterable[str]) -> None:
    """Raise ``InputError`` for those of ``settings`` (stage.field=value) that there are not."""
    wrong = []
    for setting in settings:
        path = setting.partition("=")[0].strip().split(".")
        for end in range(len(path)):
            known = known_fields(path[:end])
            if known and path[end] not in known:
                wrong.append(no_such_setting(path[: end + 1], known))
                break
    if wrong:
        raise InputError("; ".join(wrong))


def known_fields(path: Sequence[int | str], study: type[StageConfig] | None = None) -> list[str]:
    """The settings in the group at ``path``, of a study as in ``flows.config`` or of ``study``; none if it is none."""
    parts = [str(part) for part in path]
    model = study
    if model is None:
        if not parts:
            return sorted(GROUPS)
        if parts[0] not in GROUPS:
            return []
        module, _, name = GROUPS[parts.pop(0)].partition(":")
        model = getattr(import_module(module), name)
    for part in parts:
        field = model.model_fields.get(part)
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, _base()):
            return []
        model = field.annotation
    return sorted(model.model_fields)


def _base() -> type[StageConfig]:
    from tasks.stage.config import StageConfig

    return StageConfig


def no_such_setting(path: Sequence[int | str], known: Sequence[str]) -> str:
    """What is said of the setting at ``path``, which is none of the ``known`` ones of its group."""
    meant = get_close_matches(str(path[-1]), known, 1)
    hints = [f"did you mean {'.'.join([*map(str, path[:-1]), *meant])}?"] if meant else []
    hints += [f"choose from {', '.join(known)}"] if known else []
    return "; ".join([f"{'.'.join(map(str, path))}: no such setting", *hints])
