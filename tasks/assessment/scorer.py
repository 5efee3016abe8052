"""All metrics in all feature spaces against all references, applied to the draws of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits

from tasks.assessment.broken import Cycle
from tasks.assessment.config import AssessConfig
from tasks.assessment.metric import Draw, Metric, Value
from tasks.assessment.metrics import registered
from tasks.assessment.rows import REFERENCES, RealImages
from tasks.assessment.tables import DrawScore


@dataclass(frozen=True)
class Images:
    """The n images of one draw, before any metric looks at them.

    images: (n, h, w, 3) uint8; features: (n, f) float32 in each space, by its name; latents, encoded: (n, d) float32;
    cycle: what one more pass through the autoencoder does to them, or to the first of them.
    """

    images: npt.NDArray[np.uint8]
    features: Mapping[str, npt.NDArray[np.float32]]
    latents: npt.NDArray[np.float32]
    encoded: npt.NDArray[np.float32]
    cycle: Cycle


@dataclass(frozen=True)
class Caution:
    """What a reader of the scores must know of a metric in a feature space against a reference."""

    metric: str
    features: str
    reference: str
    text: str


@dataclass(frozen=True)
class _Prepared:
    """A metric made ready: its name, what its rows call the space, in which feature space it looks."""

    metric: str
    called: str
    space: str
    reference: str
    evaluate: Callable[[Draw], Value]
    caution: Callable[[], str]


class Scorer:
    """Every metric, prepared against ``references``; the rows of the main feature space come first.

    Metrics that look at features are taken in every space, the others once.
    """

    def __init__(self, real: RealImages, config: AssessConfig, references: Sequence[str] = REFERENCES) -> None:
        self._config = config
        self._spaces = [space.name for space in real.spaces]
        self._prepared: list[_Prepared] = []
        for reference in references:
            for place, space in enumerate(real.spaces):
                prepared = real.reference(reference, space, config)
                for name in registered():
                    metric: Metric = getattr(config, name)
                    if place == 0 or metric.space == "features":
                        called = space.name if metric.space == "features" else metric.space
                        evaluate = metric.against(prepared)
                        caution = partial(metric.caution, prepared)
                        self._prepared.append(_Prepared(name, called, space.name, reference, evaluate, caution))

    def cautions(self) -> list[Caution]:
        """What must be known of the metrics against these references, whatever is drawn."""
        return [
            Caution(one.metric, one.called, one.reference, text) for one in self._prepared if (text := one.caution())
        ]

    def scores(self, sampler: str, label: str, draws: Sequence[Images]) -> list[DrawScore]:
        """A row per metric, space, reference and draw of one level.

        A thread takes a draw, and everything inside it runs on that one thread: products of this size gain little
        from more, and sums come out alike on every machine.
        """
        # The limit is the whole process's, so it is set around the threads and not inside them.
        with threadpool_limits(1), ThreadPoolExecutor(max(1, torch.get_num_threads())) as threads:
            values = list(threads.map(self._evaluate, draws))
        rows = []
        for place, prepared in enumerate(self._prepared):
            by_draw = [_named(prepared.metric, found[place]) for found in values]
            rows += [
                DrawScore(
                    sampler, label, name, prepared.called, prepared.reference, draw, by_draw[draw][name],
                    len(draws[draw].images), self._config.seed,
                )
                for name in by_draw[0]
                for draw in range(len(draws))
            ]  # fmt: skip
        return rows

    def _evaluate(self, images: Images) -> list[Value]:
        seen = {
            space: Draw(images.images, images.features[space], images.latents, images.encoded, images.cycle)
            for space in self._spaces
        }
        return [prepared.evaluate(seen[prepared.space]) for prepared in self._prepared]


def _named(metric: str, value: Value) -> dict[str, float]:
    if isinstance(value, Mapping):
        return {metric + suffix: float(number) for suffix, number in value.items()}
    return {metric: float(value)}
