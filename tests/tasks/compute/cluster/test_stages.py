"""Ingestion, encoding and statistics on a cluster of real processes, some of which are killed on the way."""

import hashlib
import logging
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from storage.arrays import create_array, open_for_writing, write_array
from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.ingest import ingest
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tasks.synthesis.synthesize import synthesize

pytestmark = [pytest.mark.faults, pytest.mark.timeout(280)]

INGEST = IngestConfig(image_size=128)
ENCODE = EncodeConfig(batch_size=8, chunk_images=16, device="cpu")
ANALYSE = AnalyseConfig(block_rows=40, workers=2, normality_points=100, simulations=19, anchors=20)
BLOCKS = 66


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Dying:
    """A progress that kills processes once so many units are done."""

    def __init__(self, at: int, *processes) -> None:
        self._at, self._processes = at, processes
        self.killed = False

    def __call__(self, done: int, total: int, note: str = "") -> None:
        if done >= self._at and not self.killed:
            self.killed = True
            for process in self._processes:
                os.kill(process.pid, signal.SIGKILL)


class AddedWhenMissed(logging.Handler):
    """Starts a worker once the log says that there is none: earlier, the lack of workers might not be noticed."""

    def __init__(self, cluster) -> None:
        super().__init__(logging.WARNING)
        self._cluster = cluster

    def emit(self, record: logging.LogRecord) -> None:
        if "has no workers" in record.getMessage():
            self._cluster.add_worker()


@pytest.fixture(scope="module")
def latents(tmp_path_factory):
    """2,611 heavy-tailed points of 12 components in chunks of 101: 65 blocks of 40 and one of 11."""
    folder, rng = tmp_path_factory.mktemp("latents"), np.random.default_rng(5)
    z = rng.standard_normal((2611, 12)) @ rng.standard_normal((12, 12)) * np.sqrt(6 / rng.chisquare(6, (2611, 1)))
    images = open_for_writing(folder / "dataset" / "images.zarr")
    write_array(images, "partition", rng.choice([0, 1, 2], 2611, p=[0.8, 0.1, 0.1]).astype(np.int8), ("image",))
    write_array(images, "name", np.array([f"{i:06d}.jpg" for i in range(2611)]), ("image",))
    group = open_for_writing(folder / "latents" / "latents.zarr")
    create_array(group, "z", z.shape, np.float32, ("image", "component"), (101, 12))[...] = z.astype(np.float32)
    analyse(folder / "dataset", folder / "latents", ANALYSE, folder / "here")
    return folder


def test_statistics_with_a_worker_killed_in_the_middle(latents, real_cluster, tmp_path, caplog) -> None:
    cluster = real_cluster(2)
    killing = Dying(BLOCKS // 2, cluster.workers[0])
    with caplog.at_level(logging.WARNING, logger="latentfaces"):
        analyse(latents / "dataset", latents / "latents", ANALYSE, tmp_path / "there", killing, cluster.config())
    assert killing.killed
    assert "others redo its work" in caplog.text
    assert content(tmp_path / "there") == content(latents / "here")


def test_statistics_when_all_workers_are_killed_and_another_comes(
    latents, real_cluster, tmp_path, caplog, request
) -> None:
    """In the second pass, whose shared measure the killed workers held."""
    cluster = real_cluster(2)
    killing = Dying(BLOCKS + BLOCKS // 2, *cluster.workers)
    log = logging.getLogger("latentfaces")
    coming = AddedWhenMissed(cluster)
    log.addHandler(coming)
    request.addfinalizer(lambda: log.removeHandler(coming))
    with caplog.at_level(logging.WARNING, logger="latentfaces"):
        analyse(latents / "dataset", latents / "latents", ANALYSE, tmp_path / "there", killing, cluster.config())
    assert killing.killed
    assert "the Dask cluster has no workers; waiting up to" in caplog.text
    assert content(tmp_path / "there") == content(latents / "here")


def test_no_worker_comes_then_the_scheduler_is_lost_then_no_cluster(latents, real_cluster, tmp_path) -> None:
    """What was finished before each fault is kept, and the end is the same to the last bit."""
    artifacts, out = (latents / "dataset", latents / "latents"), tmp_path / "there"
    cluster = real_cluster(1)
    with pytest.raises(ConnectionError, match=r"has had no workers for 2 seconds: start some \(dask worker tcp://"):
        analyse(*artifacts, ANALYSE, out, Dying(20, cluster.workers[0]), cluster.config(patience=2))
    assert len(list((out / "partials").iterdir())) >= 20
    cluster.add_worker()
    with pytest.raises(ConnectionError, match=r"lost the Dask scheduler tcp://.*: start it and its workers"):
        analyse(*artifacts, ANALYSE, out, Dying(100, cluster.scheduler), cluster.config())
    assert len(list((out / "partials").iterdir())) >= 100
    told: list[int] = []
    analyse(*artifacts, ANALYSE, out, lambda done, total, note="": told.append(done))
    assert content(out) == content(latents / "here")


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """200 faces, some of them damaged, ingested and encoded by this process."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("faces")
    synthesize(folder / "data", 200, 3, workers=2)
    for number in (1, 85, 86, 200):
        (folder / "data" / "img_align_celeba" / f"{number:06d}.jpg").write_bytes(b"not an image")
    ingest(folder / "data", INGEST, folder / "dataset")
    network = AutoencoderConfig(image_size=128, channels=(4, 8), latent_dim=6)
    save_config(network, folder / "model")
    save_weights(Autoencoder(network, seed=1), folder / "model", "best")
    encode(folder / "dataset", folder / "model", ENCODE, folder / "latents")
    return folder


def test_ingestion_and_encoding_with_workers_killed(faces, real_cluster, tmp_path) -> None:
    cluster = real_cluster(2)
    killing = Dying(64, cluster.workers[0])
    ingest(faces / "data", INGEST, tmp_path / "dataset", killing, cluster.config())
    assert killing.killed
    assert content(tmp_path / "dataset") == content(faces / "dataset")
    cluster.add_worker()
    cluster.wait_for_workers(2)
    killing = Dying(64, cluster.workers[1])
    encode(faces / "dataset", faces / "model", ENCODE, tmp_path / "latents", killing, cluster.config())
    assert killing.killed
    assert content(tmp_path / "latents") == content(faces / "latents")


def test_begun_on_a_cluster_and_finished_here(faces, real_cluster, tmp_path, caplog) -> None:
    class StopError(Exception):
        pass

    def stop(done: int, total: int, note: str = "") -> None:
        if done >= total // 2:
            raise StopError

    cluster = real_cluster(1)
    with pytest.raises(StopError):
        ingest(faces / "data", INGEST, tmp_path / "dataset", stop, cluster.config())
    with pytest.raises(StopError):
        encode(faces / "dataset", faces / "model", ENCODE, tmp_path / "latents", stop, cluster.config())
    with caplog.at_level(logging.INFO, logger="latentfaces"):
        ingest(faces / "data", INGEST, tmp_path / "dataset")
        encode(faces / "dataset", faces / "model", ENCODE, tmp_path / "latents")
    assert "ingest: continuing" in caplog.text
    assert "encode: continuing" in caplog.text
    assert content(tmp_path / "dataset") == content(faces / "dataset")
    assert content(tmp_path / "latents") == content(faces / "latents")


def test_data_that_a_worker_does_not_see(faces, real_cluster, tmp_path) -> None:
    """The worker opens the data only when it works on them: here they are gone by then."""
    from tasks.ingestion.decoding import Batch, Frame, decode_batch
    from tasks.stage.errors import InputError

    with pytest.raises(InputError, match=r"a Dask worker on .* does not see /absent: the store and the data must"):
        decode_batch(Batch("/absent", (0, 0), "", Frame("square", 32), ["a.jpg"]))
