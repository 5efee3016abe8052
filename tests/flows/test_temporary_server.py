import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.temporary_server import begun_server
from tests.flows.serving import descendants
from tests.server import servers_of

MAIN = "from flows.cli import main; main()"


def test_one_that_nobody_asked_for_ends() -> None:
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        with begun_server():
            assert len(servers_of(os.getpid())) == 1
    assert servers_of(os.getpid()) == []


def test_none_is_begun_where_an_address_is_set() -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
        with begun_server() as leave_to_prefect:
            leave_to_prefect()
            assert servers_of(os.getpid()) == []


def test_a_run_without_a_server_uses_the_one_begun_for_it(tmp_path: Path) -> None:
    """One, though Prefect would start its own; and none is left. The command has read the data, the flow does not."""
    (tmp_path / "data").mkdir()
    for number in range(20):
        Image.new("RGB", (64, 64), (number, 0, 0)).save(tmp_path / "data" / f"{number:02}.png")
    (tmp_path / "data" / "notes.txt").touch()
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect")}
    environment.pop("PREFECT_API_URL", None)
    command = [
        sys.executable,
        "-c",
        MAIN,
        "ingest",
        "--data",
        str(tmp_path / "data"),
        "--store",
        str(tmp_path / "store"),
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seen: set[int] = set()
    while process.poll() is None:
        seen.update(servers_of(process.pid))
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
    assert process.stderr is not None
    said = process.stderr.read()
    assert process.returncode == 0, said
    assert said.count("notes.txt") == 1
    assert len(seen) == 1
    assert not [server for server in seen if Path(f"/proc/{server}/exe").exists()]


def test_ctrl_c_ends_a_run_and_all_that_it_started(tmp_path: Path) -> None:
    """A terminal sends it to all of them: here while processes draw faces and a temporary server runs."""
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect")}
    environment.pop("PREFECT_API_URL", None)
    many = ["--set", "synthesize.count=50000", "--set", "synthesize.workers=2"]
    command = [sys.executable, "-c", MAIN, "ingest", "--store", str(tmp_path / "store"), *many]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while process.poll() is None and not any(tmp_path.glob("store/faces/*/img_align_celeba/*.jpg")):
        time.sleep(0.2)
    family = descendants(process.pid)
    assert servers_of(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("Interrupted. The same command continues where this one stopped.\n")
    assert "Traceback" not in errors
    assert not [one for one in family if Path(f"/proc/{one}/exe").exists()]
