"""File systems of a test's own, which root alone may mount."""

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest


def mounted(
    folder: Path, options: str, code: str, before: str = ":", environment: Mapping[str, str] | None = None
) -> str:
    """What Python prints for ``code`` where ``folder`` is a file system of its own, mounted with ``options``.

    ``before``: shell commands that fill it before ``options`` hold. Skips the test where nothing can be mounted.
    """
    mount = f"mount -t tmpfs none {folder} && {before} && mount -o remount,{options} {folder}"
    script = f"{mount} && exec {sys.executable} -c {shlex.quote(code)}"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, env=environment)
    if "permitted" in done.stderr or "denied" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
