"""The ways between two images of a study that is already in the store."""

from __future__ import annotations

from pathlib import Path

from flows.notebook import open_study
from storage.files import write_bytes
from tasks.compute.devices import repeatable
from tasks.page.images import contact_sheet, png_bytes
from tasks.page.thumbnails import font, labelled_stack
from tasks.sampling.paths import ways
from tasks.sampling.strips import find_names, interpolate

TITLES = {
    "linear": "linear: the straight line",
    "spherical": "spherical: the great circle about the origin",
    "whitened": "whitened: the great circle about the mean, in whitened coordinates",
}
"""What stands above each row."""


def interpolate_images(store: str, first: str, second: str, steps: int, model: str | None, out: Path) -> Path:
    """Write a sheet with a row of ``steps`` faces per way to ``out``, each under its name; returns it.

    Raises ``InputError`` for a store without a finished study, or names that the data set does not have.
    """
    study = open_study(store, model)
    ends = study.z[find_names(study.names, (first, second))]
    modes = ways(study.points)
    with repeatable():
        strips = [
            interpolate(study.points, study.autoencoder, ends[:1], ends[1:], steps, mode).image[0] for mode in modes
        ]
    sheets = [contact_sheet(strip, steps) for strip in strips]
    # A short row has room for the name alone.
    labels = [TITLES[mode] if font(12).getlength(TITLES[mode]) < sheets[0].width else mode for mode in modes]
    sheet = labelled_stack(sheets, labels)
    write_bytes(out, png_bytes(sheet))
    return out
