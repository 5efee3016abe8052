import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

from storage.arrays import open_complete, read_array
from storage.journal import Journal
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.sampling.config import SampleConfig
from tasks.sampling.places import mahalanobis
from tasks.sampling.points import load_points
from tasks.sampling.sample import sample
from tasks.sampling.sampler import generator
from tasks.sampling.samplers.pca_truncated import PcaTruncated, PcaTruncatedConfig
from tasks.stage.errors import InputError

CONFIG = SampleConfig(
    count=30, neighbours=4, seed=9, device="cpu", manifold_parzen={"k": (3, 5), "bandwidth": (0.5, 1.0)}
)
FOLDERS = ("dataset", "model", "latents", "statistics")

KILLED = """
import os, signal, sys
from pathlib import Path
from tasks.sampling.config import SampleConfig
from tasks.sampling.sample import sample

def progress(done, total, note=""):
    if done > 40:
        os.kill(os.getpid(), signal.SIGKILL)

*folders, out, config = sys.argv[1:]
sample("manifold_parzen", *map(Path, folders), SampleConfig.model_validate_json(config), Path(out), progress)
"""


def draw(study, out, sampler="manifold_parzen", config=CONFIG, **arguments):
    return sample(sampler, *(study[name] for name in FOLDERS), config, out, **arguments)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_layout_opens_labelled_in_xarray(study, tmp_path):
    facts = draw(study, tmp_path / "out")
    assert facts == {"levels": 4, "images": 120, "training_points": 40}
    data = xarray.open_zarr(tmp_path / "out" / "samples.zarr")
    assert dict(data.sizes) == {
        "level": 4, "sample": 30, "component": 3, "y": 32, "x": 32, "channel": 3, "rank": 4,
    }  # fmt: skip
    assert data.label.values.tolist() == [f"k={k},bandwidth={b}" for k in (3, 5) for b in (0.5, 1.0)]
    assert data.k.values.tolist() == [3, 3, 5, 5]
    assert data.bandwidth.values.tolist() == [0.5, 1.0, 0.5, 1.0]
    expected = {
        "z": ("float32", ("level", "sample", "component")),
        "image": ("uint8", ("level", "sample", "y", "x", "channel")),
        "euclidean": ("float64", ("level", "sample")),
        "mahalanobis": ("float64", ("level", "sample")),
        "neighbour": ("int64", ("level", "sample", "rank")),
        "neighbour_distance": ("float64", ("level", "sample", "rank")),
    }
    assert {name: (str(data[name].dtype), data[name].dims) for name in expected} == expected
    assert data.attrs["sampler"] == "manifold_parzen"
    assert data.attrs["parameters"] == ["k", "bandwidth"]
    assert data.attrs["neighbours"] == 4
    assert not Journal(tmp_path / "out").kept


def test_a_level_that_cannot_be_had_is_drawn_once_under_the_name_of_what_it_comes_to(study, tmp_path, caplog):
    config = CONFIG.model_copy(update={"pca_truncated": PcaTruncatedConfig(k=(2, 8, 32))})
    facts = draw(study, tmp_path / "out", "pca_truncated", config)
    assert facts["levels"] == 2
    group = open_complete(tmp_path / "out" / "samples.zarr")
    assert read_array(group, "label").tolist() == ["k=2", "k=3"]
    assert read_array(group, "k").tolist() == [2, 3]
    assert group.attrs["reduced"] == {"k=8": "k=3", "k=32": "k=3"}
    assert "k=32 is drawn as k=3: the training points have 3 main axes" in caplog.text
    rng = generator(config.seed, "pca_truncated", "k=3")
    expected = PcaTruncated(load_points(*(study[name] for name in ("dataset", "latents", "statistics"))),
                            PcaTruncatedConfig(), 0).draw(rng, 30, {"k": 3})  # fmt: skip
    np.testing.assert_array_equal(read_array(group, "z")[1], expected)


def test_images_and_places_are_those_of_the_points(study, tmp_path):
    draw(study, tmp_path / "out", "multivariate_normal")
    group = open_complete(tmp_path / "out" / "samples.zarr")
    statistics = open_complete(study["statistics"] / "statistics.zarr")
    partition = read_array(open_complete(study["dataset"] / "images.zarr"), "partition")
    everything = read_array(open_complete(study["latents"] / "latents.zarr"), "z").astype(np.float64)
    z = read_array(group, "z")[1]
    np.testing.assert_array_equal(read_array(group, "image")[1], decode_images(load_for_inference(study["model"]), z))
    z = z.astype(np.float64)
    np.testing.assert_allclose(
        read_array(group, "euclidean")[1], np.linalg.norm(z - read_array(statistics, "centre"), axis=1)
    )
    offset = z - read_array(statistics, "mean")
    inverse = np.linalg.inv(read_array(statistics, "covariance"))
    np.testing.assert_allclose(read_array(group, "mahalanobis")[1], [np.sqrt(row @ inverse @ row) for row in offset])
    distance = np.linalg.norm(z[:, None] - everything[None], axis=2)
    distance[:, partition != 0] = np.inf
    np.testing.assert_array_equal(read_array(group, "neighbour")[1], np.argsort(distance, axis=1)[:, :4])
    np.testing.assert_allclose(read_array(group, "neighbour_distance")[1], np.sort(distance, axis=1)[:, :4])


def test_copies_are_their_own_nearest_neighbours(study, tmp_path):
    draw(study, tmp_path / "out", "resampled")
    group = open_complete(tmp_path / "out" / "samples.zarr")
    latents = read_array(open_complete(study["latents"] / "latents.zarr"), "z")
    neighbour = read_array(group, "neighbour")
    assert read_array(group, "label").tolist() == ["all"]
    assert (read_array(group, "neighbour_distance")[..., 0] == 0).all()
    np.testing.assert_array_equal(latents[neighbour[0, :, 0]], read_array(group, "z")[0])


def test_distances_that_are_all_zero_are_stored_too(study, tmp_path):
    config = SampleConfig(count=10, neighbours=1, device="cpu")
    for _ in range(2):  # anew, and over what is there
        draw(study, tmp_path / "out", "resampled", config)
        assert not read_array(open_complete(tmp_path / "out" / "samples.zarr"), "neighbour_distance").any()


def test_a_level_draws_the_same_whatever_other_levels_there_are(study, tmp_path):
    for name, facts in (("one", [1.0]), ("two", [3.0, 1.0])):
        config = SampleConfig(count=10, device="cpu", uniform_component={"fact": facts})
        draw(study, tmp_path / name, "uniform_component", config)
    one, two = (read_array(open_complete(tmp_path / name / "samples.zarr"), "z") for name in ("one", "two"))
    np.testing.assert_array_equal(one[0], two[1])
    assert (two[0] != two[1]).any()


def test_two_runs_give_the_same_bytes_and_another_seed_others(study, tmp_path):
    for name in ("first", "again"):
        draw(study, tmp_path / name)
    assert content(tmp_path / "first") == content(tmp_path / "again")
    draw(study, tmp_path / "other", config=CONFIG.model_copy(update={"seed": 10}))
    z = [read_array(open_complete(tmp_path / name / "samples.zarr"), "z") for name in ("first", "other")]
    assert (z[0] != z[1]).all()


def test_a_killed_run_keeps_its_finished_level_and_ends_in_the_same_bytes(study, tmp_path, caplog):
    draw(study, tmp_path / "whole")
    out = tmp_path / "killed"
    arguments = [*(str(study[name]) for name in FOLDERS), str(out), CONFIG.model_dump_json()]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run([sys.executable, "-c", KILLED, *arguments], env=paths, timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert Journal(out).kept == {"k=3,bandwidth=0.5"}
    kept = {path: path.stat().st_mtime_ns for path in out.glob("samples.zarr/image/c/0/**/*") if path.is_file()}
    assert kept
    with caplog.at_level(logging.INFO, "latentfaces"):
        draw(study, out)
    assert "1 of 4 levels kept, 3 to do" in caplog.text
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert content(out) == content(tmp_path / "whole")


@pytest.mark.parametrize("moment", [0, 1, 5])
def test_interrupted_at_any_report_a_run_ends_in_the_same_bytes(study, tmp_path, moment):
    draw(study, tmp_path / "whole")
    calls = []

    def interrupt(done, total, note=""):
        calls.append(done)
        if len(calls) == moment + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(study, tmp_path / "out", progress=interrupt)
    draw(study, tmp_path / "out")
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_killed_after_the_last_level_only_the_end_is_repeated(study, tmp_path):
    draw(study, tmp_path / "whole")
    draw(study, tmp_path / "out")
    journal = Journal(tmp_path / "out")
    for label in read_array(open_complete(tmp_path / "whole" / "samples.zarr"), "label"):
        journal.mark(label)
    draw(study, tmp_path / "out")
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_progress_counts_images_to_the_end(study, tmp_path):
    told = []
    draw(study, tmp_path / "out", progress=lambda done, total, note="": told.append((done, total, note)))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1] == (120, 120, "k=5,bandwidth=1.0")


def test_what_a_fit_had_to_do_without_is_said_once(study, tmp_path, caplog):
    draw(
        study,
        tmp_path / "out",
        "neighbour_corrected",
        SampleConfig(count=3, device="cpu", neighbour_corrected={"k": 50}),
    )
    assert caplog.text.count("neighbour_corrected: there are only 40 training points: 40 neighbours, not 50") == 1


def test_more_neighbours_than_training_points_are_cut_and_said(study, tmp_path, caplog):
    config = SampleConfig(count=3, neighbours=100, device="cpu")
    draw(study, tmp_path / "out", "shuffled", config)
    group = open_complete(tmp_path / "out" / "samples.zarr")
    assert group["neighbour"].shape == (1, 3, 40)
    assert group.attrs["neighbours"] == 40
    assert "only 40 training points" in caplog.text


def test_large_images_are_decoded_chunk_by_chunk(study, tmp_path, monkeypatch):
    # 32×32 pixels: 1,365 images make 4 MiB, and ten batches of 128 are whole ones below that.
    config = SampleConfig(count=1400, device="cpu")
    draw(study, tmp_path / "out", "resampled", config)
    group = open_complete(tmp_path / "out" / "samples.zarr")
    assert group["image"].chunks == (1, 1280, 32, 32, 3)
    z = read_array(group, "z")[0]
    copies = np.flatnonzero((z == z[0]).all(axis=1))
    assert copies[-1] >= 1280
    images = read_array(group, "image")[0].astype(int)
    assert np.abs(images[copies] - images[0]).max() <= 1


def test_an_unknown_sampler_is_named_before_anything_is_written(study, tmp_path):
    with pytest.raises(InputError, match=r"unknown sampler 'nearest'; choose from .*shuffled"):
        draw(study, tmp_path / "out", "nearest")
    assert not (tmp_path / "out").exists()


def test_mahalanobis_distance_by_hand():
    z = np.array([[3, 1], [1, 4]], np.float32)
    precision = np.diag([1 / 4, 1 / 9])
    np.testing.assert_allclose(mahalanobis(z, np.array([1.0, 1.0]), precision), [1, 1])


LEARNED = CONFIG.model_copy(
    update={"flow_matching": CONFIG.flow_matching.model_copy(update={"width": 8, "depth": 1, "epochs": 20})}
)


def test_a_learned_sampler_killed_in_its_fit_ends_in_the_same_bytes(study, tmp_path):
    draw(study, tmp_path / "whole", "flow_matching", LEARNED)

    def interrupt(done, total, note=""):
        if note.startswith("steps of the fit") and done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(study, tmp_path / "killed", "flow_matching", LEARNED, progress=interrupt)
    assert (tmp_path / "killed" / "checkpoint.safetensors").exists()
    draw(study, tmp_path / "killed", "flow_matching", LEARNED)
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert "fit.safetensors" in content(tmp_path / "whole")
    facts = open_complete(tmp_path / "whole" / "samples.zarr").attrs["facts"]
    assert facts["curve"][0][:2] == [0, None]
    assert facts["diverged"] is False
