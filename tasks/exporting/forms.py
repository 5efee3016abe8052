"""The form in which a sampler is exported: its own, or a bank of points drawn ahead."""

from __future__ import annotations

from tasks.exploring.opened import OpenedStudy
from tasks.sampling.form import ONE_OF_POINTS, Form
from tasks.sampling.sampler import Level

BANK = 10_000
"""Points drawn ahead where a sampler has no closed form."""


def form_of(study: OpenedStudy, sampler: str, level: Level) -> Form:
    """The sampler ``sampler`` at ``level``, fitted to the study's training points."""
    form = study.fitted(sampler).form(level)
    if form is not None:
        return form
    z = study.draw(sampler, BANK, seed=study.artifacts.sampling.seed, **level)
    note = f"{len(z):,} points drawn ahead, of which each face takes one: this sampler has no closed form outside."
    return Form("bank", {"point": z}, ONE_OF_POINTS, note)
