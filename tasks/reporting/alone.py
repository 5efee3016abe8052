"""Which of the report's topics need no images, so that points alone have them too; imports nothing."""

ALONE = (
    "axes",
    "core",
    "correlations",
    "dimension",
    "distances",
    "distributions",
    "heldout",
    "neighbourhoods",
    "normality",
    "offset",
    "planes",
    "radii",
    "regions",
)
"""Modules of ``tasks.reporting.topics``."""
