"""Home and cache folders that cannot be written: below a file, which no user can write, not even root."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage.keys import PROJECT
from tests.mounted import mounted

MAIN = "from flows.cli import main; main()"
FREE = (
    *("PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILES_PATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"),
    *("LATENTFACES_CACHE", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"),
)
"""What tests that ran before in this process may have set, or the user."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home below a file; temporary folders in ``tmp_path``."""
    (tmp_path / "file").write_text("")
    kept = {name: value for name, value in os.environ.items() if name not in FREE}
    return kept | {"HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path), "PYTHONPATH": str(PROJECT)}


def latentfaces(environment: dict[str, str], *arguments: str, code: str = MAIN) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, *arguments]
    folder = environment["TMPDIR"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_run_uses_a_temporary_home_and_names_it_once(
    environment: dict[str, str], tmp_path: Path, tiny_settings: list[str]
) -> None:
    settings = [part for setting in tiny_settings for part in ("--set", setting)]
    done = latentfaces(environment, "ingest", "--store", str(tmp_path / "store"), *settings)
    assert done.returncode == 0, done.stderr
    instead = tmp_path / f"latentfaces-{os.geteuid()}"
    lines = [line for line in done.stderr.splitlines() if str(instead) in line]
    file = tmp_path / "file"
    assert len(lines) == 1
    assert lines[0].endswith(
        f" cannot write to {file}/.prefect, {file}/.cache/latentfaces and {file}/.config/matplotlib ({file} is not a "
        f"folder); using the temporary folder {instead} for this run; set PREFECT_HOME, LATENTFACES_CACHE and "
        "MPLCONFIGDIR to choose other folders"
    )
    assert "UserWarning" not in done.stderr
    assert (instead / "prefect" / "prefect.db").is_file()


def test_doctor_says_so(environment: dict[str, str], tmp_path: Path) -> None:
    def folders(environment: dict[str, str]) -> dict[str, Any]:
        found = json.loads(latentfaces(environment, "doctor", "--json").stdout)
        return next(finding for finding in found if finding["about"] == "folders")

    found = folders(environment)
    assert found["verdict"] == "note"
    assert f"using the temporary folder {tmp_path}/latentfaces-" in found["text"]
    sound = environment | {"HOME": str(tmp_path)}
    text = f"Prefect's home {tmp_path}/.prefect, cache {tmp_path}/.cache/latentfaces"
    assert folders(sound) == {"about": "folders", "verdict": "ok", "text": text}


PROVIDED = """
import json, os
from flows.homes import ensure_homes, substitution_warning
if "OTHER_USER" in os.environ:
    os.setuid(int(os.environ["OTHER_USER"]))
ensure_homes()
names = ("PREFECT_HOME", "LATENTFACES_CACHE", "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR")
print(json.dumps({name: os.environ.get(name) for name in names}))
print(substitution_warning())
"""


def test_only_what_cannot_be_written_is_replaced(environment: dict[str, str], tmp_path: Path) -> None:
    given = {"LATENTFACES_CACHE": str(tmp_path / "cache"), "TORCHINDUCTOR_CACHE_DIR": f"{tmp_path}/file/torch"}
    found = json.loads(latentfaces(environment | given, code=PROVIDED).stdout.splitlines()[0])
    instead = tmp_path / f"latentfaces-{os.geteuid()}"
    assert found == {
        "PREFECT_HOME": f"{instead}/prefect",
        "LATENTFACES_CACHE": str(tmp_path / "cache"),
        "MPLCONFIGDIR": f"{instead}/matplotlib",
        "TORCHINDUCTOR_CACHE_DIR": f"{instead}/torchinductor",
        "TRITON_CACHE_DIR": None,
    }


def test_a_user_without_a_home(environment: dict[str, str], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    del environment["HOME"]
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    # A number that no user has, as containers are started with.
    done = latentfaces(environment | {"OTHER_USER": "54321"}, code=PROVIDED)
    found, text = done.stdout.splitlines()
    assert json.loads(found)["PREFECT_HOME"] == f"{tmp_path}/latentfaces-54321/prefect"
    assert text.startswith("cannot write to ~ (HOME is not set and this user has no home folder); using")


def test_profiles_of_a_read_only_home_count(environment: dict[str, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "profiles.toml").write_text(
        'active = "ours"\n[profiles.ours]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n', encoding="utf-8"
    )
    code = (
        "from flows.homes import ensure_homes; ensure_homes(); from prefect.settings import PREFECT_API_URL as url, "
        "PREFECT_HOME as home; print(home.value(), url.value())"
    )
    copied = f"cp {tmp_path / 'profiles.toml'} {home}"
    said = mounted(home, "ro", code, copied, environment | {"PREFECT_HOME": str(home)})
    assert said.split() == [f"{tmp_path}/latentfaces-{os.geteuid()}/prefect", "http://127.0.0.1:9/api"]


def test_the_dashboards_files_go_home_where_prefects_package_cannot_be_written(environment: dict[str, str]) -> None:
    home = Path(environment["TMPDIR"]) / "home"
    code = "from flows.serve import dashboard_files; print(dashboard_files())"
    sound = environment | {"PREFECT_HOME": str(home), "HOME": environment["TMPDIR"]}
    assert latentfaces(sound, code=code).stdout == "{}\n"
    package = Path(sys.prefix) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "prefect"
    said = mounted(package / "server", "ro", code, environment=sound)
    assert said == str({"PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "dashboard")})
    named = sound | {"PREFECT_UI_STATIC_DIRECTORY": str(home)}
    assert latentfaces(named, code=code).stdout == "{}\n"
