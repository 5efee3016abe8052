"""Interpolations between two images of a finished study."""

from __future__ import annotations

from pathlib import Path

from flows.finished import newest_study
from storage.arrays import open_complete, read_array
from storage.files import write_bytes
from storage.opening import find_store
from tasks.autoencoder.inference import load_for_inference
from tasks.compute.devices import choose_device, repeatable
from tasks.page.images import contact_sheet, png_bytes
from tasks.page.thumbnails import font, labelled_stack
from tasks.sampling.paths import ways
from tasks.sampling.points import load_points
from tasks.sampling.strips import find_names, interpolate

TITLES = {
    "linear": "linear: the straight line",
    "spherical": "spherical: the great circle about the origin",
    "whitened": "whitened: the great circle about the mean, in whitened coordinates",
}
"""The heading of each row."""


def interpolate_images(store: str, first: str, second: str, steps: int, model: str | None, out: Path) -> Path:
    """Write a sheet with a row of ``steps`` faces per way to ``out``, each under its name; returns it.

    Raises ``InputError`` for a store without a finished study, or names that the data set does not have.
    """
    study = newest_study(find_store(store), model)
    dataset, trained, latents, statistics = study.dataset, study.model, study.latents, study.statistics
    names = [str(name) for name in read_array(open_complete(dataset / "images.zarr"), "name")]
    rows = find_names(names, (first, second))
    ends = read_array(open_complete(latents / "latents.zarr"), "z")[rows]
    points, autoencoder = load_points(dataset, latents, statistics), load_for_inference(trained, choose_device("auto"))
    modes = ways(points)
    with repeatable():
        strips = [interpolate(points, autoencoder, ends[:1], ends[1:], steps, mode).image[0] for mode in modes]
    sheets = [contact_sheet(strip, steps) for strip in strips]
    # A short row has room for the name alone.
    labels = [TITLES[mode] if font(12).getlength(TITLES[mode]) < sheets[0].width else mode for mode in modes]
    sheet = labelled_stack(sheets, labels)
    write_bytes(out, png_bytes(sheet))
    return out
