"""A Dask cluster of processes of its own: ``dask scheduler`` and ``dask worker``, as people start them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.compute.cluster.config import DaskConfig

ROOT = Path(__file__).parents[4]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RealCluster:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = f"tcp://127.0.0.1:{_free_port()}"
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        host, port = self.address.removeprefix("tcp://").split(":")
        self.scheduler = self._start("scheduler", "--host", host, "--port", port, "--no-dashboard")
        self.workers: list[subprocess.Popen[bytes]] = []

    def config(self, patience: float = 60) -> DaskConfig:
        return DaskConfig(scheduler=self.address, patience=patience)

    def add_worker(self) -> "subprocess.Popen[bytes]":
        options = ["--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers.append(self._start("worker", self.address, *options, "--local-directory", str(self._folder)))
        return self.workers[-1]

    def wait_for_workers(self, count: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False, timeout=60) as client:
            client.wait_for_workers(count, timeout=60)

    def _start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with open(self._folder / f"{arguments[0]}-{time.monotonic_ns()}.log", "wb") as log:
            command = [sys.executable, "-m", "dask", *arguments]
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, cwd=self._folder)

    def close(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.fixture
def real_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], RealCluster]]:
    started: list[RealCluster] = []

    def start(workers: int) -> RealCluster:
        started.append(RealCluster(tmp_path_factory.mktemp("dask")))
        for _ in range(workers):
            started[-1].add_worker()
        started[-1].wait_for_workers(workers)
        return started[-1]

    yield start
    for cluster in started:
        cluster.close()
