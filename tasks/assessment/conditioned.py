"""Faces with attributes: how often they are seen in decoded draws, and what asking for them costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from storage.arrays import finish, open_for_writing, write_array
from storage.files import write_json
from storage.rows import StoredRows
from tasks.assessment.config import AssessConfig
from tasks.assessment.frechet import FEWEST_DEBIASED, debiased, fit
from tasks.assessment.instruments import open_instruments
from tasks.assessment.looked_at import CONDITIONED, GUIDED, LINEAR, Cost, Count, Drawn, Ordered
from tasks.assessment.rows import Sources
from tasks.autoencoder.codec import decode_images
from tasks.compute.devices import repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.compute.subsets import evenly
from tasks.sampling.conditioned import LinearNormal
from tasks.sampling.guided import GuidedFlow
from tasks.sampling.labels import FEWEST, Labels, has_labels, load_split_labels
from tasks.sampling.points import load_points
from tasks.sampling.sampler import generator
from tasks.statistics.attributes import read_out

ATTRIBUTES = 10
"""Attributes that are looked at, the commonest."""

MOST = 0.9
"""An attribute that more of the training images have says little of the others."""

DRAWS = 8
FACES = -(-FEWEST_DEBIASED // DRAWS)
"""Independent draws of each attribute, and the faces of each."""

SHOWN = 12
"""Faces of each attribute that are kept."""

TRAINED_ON = 20_000
"""Reconstructions at most that the judge is trained on."""

LOOKED_AT = 100_000
"""Held-out reconstructions at most with an attribute, and without, by which its judge is examined."""

PENALTY = 0.1
"""Inverse strength of the judge's ridge (C of scikit-learn), for standardised features."""

Features = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Faces:
    """Draws of one kind: image (n, S, S, 3) uint8 and features (n, f), draw by draw of ``FACES``."""

    image: npt.NDArray[np.uint8]
    features: Features

    def against(self, reference: StoredRows) -> Cost:
        """What they cost, if they are to look like the ``reference`` (m, f)."""
        draws, normal = np.array_split(self.features, DRAWS), fit(reference)
        whole = np.sqrt(np.square(normal.root).sum())
        variety = [float(np.sqrt(draw.var(axis=0, ddof=1).sum()) / whole) for draw in draws]
        return Cost(tuple(debiased(draws, normal).tolist()), tuple(variety))


def assess_conditioned(
    sources: Sources,
    baselines: Path,
    config: AssessConfig,
    out: Path,
    progress: Progress = no_progress,
    guided: Path | None = None,
) -> dict[str, Any]:
    """Write ``conditioned.json``: of each of the commonest attributes, what was seen and what it cost.

    The judge of an attribute is a logistic regression on the features of the reconstructions of training images.
    guided: where the fit of a flow given attributes lies, which is then looked at too.
    ``attributes``: an ``Ordered`` of each; ``unconditioned``: the ``Cost`` of draws from one normal distribution, which
    are to look like all training images. ``conditioned.zarr`` has some faces of each attribute, ``image`` (way,
    attribute, sample, y, x, channel) uint8. Where the data set has no attributes with enough images on either side,
    ``attributes`` is empty and nothing else is there.
    """
    split = load_split_labels(sources.dataset) if has_labels(sources.dataset) else None
    asked = [] if split is None else commonest(*split)
    facts: dict[str, Any] = {"draws": DRAWS, "faces": DRAWS * FACES, "attributes": []}
    if split is not None and asked:
        with repeatable():
            orders = Orders(sources, baselines, *split, config, guided)
            facts["unconditioned"] = asdict(orders.unconditioned.against(orders.known))
            pictures: list[npt.NDArray[np.uint8]] = []
            for place, name in enumerate(asked):
                entry, images = orders.measure(name)
                facts["attributes"].append(asdict(entry))
                pictures.append(images)
                progress(place + 1, len(asked), name)
        group = open_for_writing(out / "conditioned.zarr")
        write_array(group, "way", list(orders.ways), ("way",))
        write_array(group, "attribute", asked, ("attribute",))
        write_array(group, "image", np.stack(pictures, axis=1), ("way", "attribute", "sample", "y", "x", "channel"))
        finish(out / "conditioned.zarr")
    write_json(out / CONDITIONED, facts)
    return {"attributes": len(asked), "faces": facts["faces"]}


class Orders:
    """Draws of every attribute, decoded and seen by its judge. known: features of training reconstructions."""

    def __init__(
        self,
        sources: Sources,
        baselines: Path,
        labels: Labels,
        held_out: npt.NDArray[np.int8],
        config: AssessConfig,
        guided: Path | None,
    ) -> None:
        """``held_out``: (m, a) the attributes of held-out images."""
        instruments = open_instruments(sources, baselines, config.device)
        real, self._autoencoder = instruments.real, instruments.autoencoder
        space = real.spaces[0]
        self._extract = instruments.extractors[space.name]
        reconstructed = real.reconstructed[space.name]
        self.known, self._unseen = (reconstructed.at(real.of(side)) for side in ("train", "heldout"))
        self._labels, self._heldout_labels, self._seed = labels, held_out, config.seed
        self._points = load_points(sources.dataset, sources.latents, sources.statistics)
        self.ways: dict[str, LinearNormal | GuidedFlow] = {LINEAR: LinearNormal(self._points, labels)}
        if guided is not None:
            self.ways[GUIDED] = flow = GuidedFlow(self._points, labels)
            flow.learn(guided)
        self.unconditioned = self._decoded(self._normal)

    def _decoded(self, draw: Callable[[np.random.Generator], npt.NDArray[np.float32]], *words: str) -> Faces:
        draws = [draw(generator(self._seed, "conditioned", *words, str(number))) for number in range(DRAWS)]
        images = [decode_images(self._autoencoder, z) for z in draws]
        return Faces(np.concatenate(images), np.concatenate([self._extract(one) for one in images]).astype(np.float64))

    def _normal(self, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draws from one normal distribution, whatever the attributes."""
        w = rng.standard_normal((FACES, self._points.axes.shape[1]))
        return self._points.colour(w).astype(np.float32)

    def _some_unseen(self, chosen: npt.NDArray[np.bool_]) -> Features:
        """Features of held-out reconstructions that are ``chosen`` (m,), evenly spaced where they are many."""
        rows = np.flatnonzero(chosen)
        return self._unseen.take(rows[evenly(len(rows), LOOKED_AT)]).astype(np.float64)

    def measure(self, name: str) -> tuple[Ordered, npt.NDArray[np.uint8]]:
        """What is found about the attribute, and some of its faces (way, sample, S, S, 3)."""
        column = self._labels.names.index(name)
        value, unseen = self._labels.value[:, column], self._heldout_labels[:, column]
        judge = Judge(self.known, value, self._seed)
        having, lacking = (self._some_unseen(unseen == side) for side in (1, -1))
        drawn, images = {}, []
        for way, kind in self.ways.items():
            faces = self._decoded(lambda rng, kind=kind: kind.draw(rng, FACES, {name: 1}), name)  # type: ignore[misc]
            drawn[way] = Drawn(judge.seen(faces.features), faces.against(self.known.at(np.flatnonzero(value == 1))))
            images.append(faces.image[:SHOWN])
        entry = Ordered(
            name=name,
            training_with=int((value == 1).sum()),
            training_known=int((value != 0).sum()),
            auc=judge.auc(having, lacking),
            having=judge.seen(having),
            lacking=judge.seen(lacking),
            unconditioned=judge.seen(self.unconditioned.features),
            drawn=drawn,
        )
        return entry, np.stack(images)


class Judge:
    """Whether an attribute is seen, by the features (n, f) of images; ``value`` (n,): 1 with, -1 without, 0 unknown."""

    def __init__(self, features: StoredRows, value: npt.NDArray[np.int8], seed: int) -> None:
        rows = np.flatnonzero(value)
        if len(rows) > TRAINED_ON:
            rows = np.sort(np.random.default_rng(seed).choice(rows, TRAINED_ON, replace=False))
        shown = features.take(rows).astype(np.float64)
        self._mean, spread = shown.mean(axis=0), shown.std(axis=0)
        self._scale = np.where(spread > 0, spread, 1.0)
        self._model = LogisticRegression(C=PENALTY, solver="newton-cholesky")
        self._model.fit(self._standard(shown), value[rows] == 1)

    def _standard(self, features: Features) -> Features:
        return np.asarray((features - self._mean) / self._scale)

    def seen(self, features: Features) -> Count:
        """In how many images the attribute is likelier than not."""
        return Count(int(self._model.predict(self._standard(features)).sum()), len(features))

    def auc(self, having: Features, lacking: Features) -> float:
        """Probability that one of ``having`` scores higher than one of ``lacking``."""
        scores = self._model.decision_function(self._standard(np.concatenate([having, lacking])))
        return read_out(scores, np.arange(len(scores)) < len(having)).auc


def commonest(labels: Labels, held_out: npt.NDArray[np.int8]) -> list[str]:
    """The attributes to look at: the commonest of those with ``FEWEST`` training and held-out images on either side.

    ``held_out``: (m, a) the attributes of held-out images.
    """
    counts = [(values == side).sum(axis=0) for values in (labels.value, held_out) for side in (1, -1)]
    enough = np.min(counts, axis=0) >= FEWEST
    enough &= counts[0] <= MOST * np.maximum(counts[0] + counts[1], 1)
    ranked = sorted(np.flatnonzero(enough), key=lambda column: (-counts[0][column], column))
    return [labels.names[column] for column in ranked[:ATTRIBUTES]]
