"""The command line. What can be refused at once is refused before the commands are imported."""

from __future__ import annotations

import sys

from flows.cli.early import check_arguments
from flows.heaps import share_heaps
from flows.homes import ensure_homes
from tasks.compute.garbage import search_seldom


def main() -> None:
    """Run the command line."""
    search_seldom()
    try:
        check_arguments(sys.argv[1:])
        share_heaps()
        ensure_homes()
    except (OSError, ValueError) as error:
        print(f"latentfaces: {' '.join(str(error).split())}", file=sys.stderr)
        raise SystemExit(1) from None
    from flows.cli.commands import app
    from flows.console import set_prefect_defaults

    set_prefect_defaults()
    app()
