"""A Prefect server for the tests: a process of its own on loopback."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def parents() -> dict[int, int]:
    """Of every process of this machine, that which started it."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return found


def servers_of(parent: int) -> list[int]:
    """The processes of temporary servers that ``parent`` started."""
    children = [process for process, its_parent in parents().items() if its_parent == parent]
    return [process for process in children if b"uvicorn" in command_of(process)]


def command_of(process: int) -> bytes:
    """Its command line; empty once it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


class Server:
    """Start it, stop or kill it, start it again: the same port, and the same database in ``home``."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/api"
        self._log = home / "server.log"
        self._environment = {**os.environ, "PREFECT_HOME": str(home), "PREFECT_UI_API_URL": self.address}
        self._environment.pop("PREFECT_API_URL", None)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.3)
        raise RuntimeError(f"the Prefect server did not start:\n{self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Kindly, and after half a minute by force."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As a machine that loses power would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
