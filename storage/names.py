"""Names that are no text."""

from __future__ import annotations

import os


def check_name(name: str, what: str) -> None:
    """Raise ``ValueError`` if ``name``, of ``what``, holds bytes that are not UTF-8: no record could name it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(name).decode(errors="backslashreplace")
        raise ValueError(
            f"{what} {shown}: this name is not valid UTF-8, in which records and pages are written; rename it"
        ) from None
