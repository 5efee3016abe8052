"""Names that are not valid text."""

from __future__ import annotations

import os


def check_name(name: str, what: str) -> None:
    """Raise ``ValueError`` if ``name``, of ``what``, has bytes that are not UTF-8: no record could name it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode(errors="backslashreplace")
        raise ValueError(
            f"{what} {shown}: this name is not valid UTF-8, which records and pages need; rename it"
        ) from None
