"""Commands of their own, as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A profile of its own: neither a running server nor a busy database of somebody else's takes part.
QUIETLY = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "PREFECT_API_URL": ""}


def command(home: Path, *arguments: str) -> None:
    """Run ``python -m`` with ``arguments``. Raises ``CalledProcessError`` with what it printed."""
    environment = {**os.environ, **QUIETLY, "PREFECT_HOME": str(home)}
    subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)


def latentfaces(home: Path, *arguments: str) -> None:
    """Run ``latentfaces`` with ``arguments``."""
    program = str(Path(sys.executable).parent / "latentfaces")
    environment = {**os.environ, **QUIETLY, "PREFECT_HOME": str(home)}
    subprocess.run([program, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True)
