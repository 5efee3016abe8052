"""Ways from one real face to another, and what each does to the faces in between."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from storage.arrays import read_array
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.ingestion.partition import TRAIN
from tasks.page.section import Column, Prose, Table, alike, fold, paragraph, table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet, labelled_stack
from tasks.page.wording import percent, short
from tasks.reporting.topic import Finding, Made, ReportedStudy, topic
from tasks.sampling.paths import Mode, ways
from tasks.sampling.points import Points, load_points
from tasks.sampling.strips import find_names, interpolate

STEPS = 7
SHOWN = 2
JUDGED = 40
"""Seeded pairs over which the table averages."""

WORDS = {
    "linear": "<b>linear</b> is the straight line",
    "spherical": "<b>spherical</b> the great circle about the origin",
    "whitened": "<b>whitened</b> the great circle about the mean in whitened coordinates, which keeps the Mahalanobis "
    "distance d<sub>M</sub>",
}
COLUMNS = (
    Column("mode", "way"),
    Column("t", shown="{:g}".format),
    *alike(short, mahalanobis="d_M", reencoding="re-encoding"),
    Column("sharpness", shown=percent),
)
Pairs = npt.NDArray[np.int64]


def _ways(study: ReportedStudy) -> list[Made]:
    """Strips between the configured images, or between seeded held-out ones, and a table over many pairs."""
    points = load_points(study.dataset, study.latents, study.statistics)
    z = read_array(study.latent_group, "z")
    names = [str(name) for name in read_array(study.images, "name")]
    seeded = _seeded_pairs(study)
    wanted = [name for pair in study.config.interpolate for name in pair]
    pairs = np.reshape(find_names(names, wanted), (-1, 2)).astype(np.int64) if wanted else seeded[:SHOWN]
    if not len(pairs):
        return []
    autoencoder = load_for_inference(study.model)
    modes = ways(points)
    figures: list[Made] = []
    for number, pair in enumerate(pairs, start=1):
        both = f"{names[pair[0]]} to {names[pair[1]]}"
        ends, strips = study.photographs(pair), []
        for mode in modes:
            way = interpolate(points, autoencoder, z[pair[:1]], z[pair[1:]], STEPS, mode)
            images = np.concatenate([ends[:1], way.image[0], ends[1:]])
            captions = [f"distance {short(float(one))}" for one in way.mahalanobis[0]]
            strips.append(captioned_sheet(images, ["photograph", *captions, "photograph"], STEPS + 2))
        sheet = labelled_stack(strips, [f"{mode}, from {both}" for mode in modes])
        caption = (
            f"From {both}: the photographs at the ends, between them decoded points in equal steps, each with its "
            "Mahalanobis distance from the mean."
        )
        alt = f"Strips of faces from {both}: {', '.join(modes)}."
        figures.append(photograph(f"interpolation-{number}", sheet, caption, alt))
    means = _means(points, autoencoder, z, seeded if len(seeded) else pairs)
    return [_words(modes), *figures, fold("The ways in numbers", means), _halfway(means)]


def _words(modes: tuple[Mode, ...]) -> Prose:
    """What the ways are."""
    if len(modes) == 1:
        return paragraph("Along a single axis there is only the straight line.")
    text = "; ".join(WORDS[mode] for mode in modes) + "."
    if "whitened" in modes:
        text += " (The straight line in whitened coordinates is the straight line itself.)"
    return paragraph(text)


def _halfway(table: Table) -> Finding:
    """What becomes of a face half-way on the straight line, beside its ends."""
    line = {row[1]: [float(value) for value in row[2:]] for row in table.rows if row[0] == "linear"}
    (start, middle, end) = (line[t] for t in (0.0, 0.5, 1.0))
    ends = (start[0] + end[0]) / 2
    if middle[0] < 0.95 * ends:
        text = "The straight line between two faces cuts through the inside of the cloud"
    elif middle[0] > 1.05 * ends:
        text = "The straight line between two faces leads out of the cloud"
    else:
        text = "The straight line between two faces stays as far from the mean as its ends"
    sharp = "smoother" if middle[2] < 0.95 else "sharper" if middle[2] > 1.05 else "as sharp as those at the ends"
    text += f", and half-way faces are {sharp}."
    detail = (
        f"Half-way d_M is {short(middle[0])}, at the ends {short(ends)}; the gradient energy is {percent(middle[2])} "
        "of the ends'."
    )
    return Finding("halfway", "interpolation", text, detail)


def _seeded_pairs(study: ReportedStudy) -> Pairs:
    """Disjoint pairs of held-out images (p, 2), or of training images where fewer than two are held out."""
    pool = np.flatnonzero(study.partition != TRAIN)
    pool = pool if len(pool) > 1 else np.flatnonzero(study.partition == TRAIN)
    chosen = np.random.default_rng(0).permutation(pool)[: 2 * JUDGED]
    return np.asarray(chosen[: len(chosen) // 2 * 2].reshape(-1, 2), np.int64)


def _means(points: Points, autoencoder: EncoderDecoder, z: npt.NDArray[np.float32], pairs: Pairs) -> Table:
    rows = []
    for mode in ways(points):
        way = interpolate(points, autoencoder, z[pairs[:, 0]], z[pairs[:, 1]], 5, mode)
        sharpness = way.contrast.mean(axis=0) / way.contrast[:, [0, -1]].mean()
        for place, t in enumerate(np.linspace(0, 1, 5)):
            means = (way.mahalanobis[:, place].mean(), way.reencoding[:, place].mean(), sharpness[place])
            rows.append((mode, float(t), *map(float, means)))
    caption = (
        f"Means over {len(pairs)} pairs of images: distance from the mean; re-encoding error (how far the decoded "
        "face's own code lies from the point, 1 is as far as a random point); gradient energy relative to the ends. "
        "The Fréchet distance of the places in between is that of the sampler interpolation."
    )
    return table("interpolation", COLUMNS, rows, caption)


ORDER = 560
build = topic("interpolation", "From face to face", _ways)
