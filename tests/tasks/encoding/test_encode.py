import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray

from storage.arrays import open_complete
from tasks.autoencoder.checkpoint import load_autoencoder, save_config, save_weights
from tasks.autoencoder.codec import encode_images
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder
from tasks.encoding.chunks import encode_batch
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode
from tasks.stage.errors import InputError

CONFIG = EncodeConfig(batch_size=8, chunk_images=25, device="cpu")

KILLED = """
import json, os, signal, sys, torch
from pathlib import Path
from storage.journal import Journal
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode

torch.set_num_threads(1)
dataset, model, out, config = sys.argv[1:]
mark, marked = Journal.mark, []
def counting(self, unit):
    marked.append(unit)
    if len(marked) == 3:  # the third chunk is written, but not yet marked
        os.kill(os.getpid(), signal.SIGKILL)
    mark(self, unit)
Journal.mark = counting
encode(Path(dataset), Path(model), EncodeConfig(**json.loads(config)), Path(out))
"""


@pytest.fixture(scope="module")
def encoded(noise_dataset, untrained_model, tmp_path_factory):
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("latents")
    told = []
    facts = encode(noise_dataset, untrained_model, CONFIG, out, lambda *arguments: told.append(arguments))
    return out, facts, told


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_image_in_its_place_with_its_error(encoded, noise_dataset, untrained_model):
    out, facts, told = encoded
    images = open_complete(noise_dataset / "images.zarr")["image"][...]
    autoencoder = load_autoencoder(untrained_model)
    labelled = xarray.open_zarr(out / "latents.zarr")
    assert dict(labelled.sizes) == {"image": 105, "component": 6}
    assert labelled.z.dims == ("image", "component")
    assert labelled.reconstruction_error.dims == ("image",)
    assert labelled.z.dtype == labelled.reconstruction_error.dtype == np.float32
    np.testing.assert_allclose(labelled.z, encode_images(autoencoder, images), rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        decoded = autoencoder.decode(torch.from_numpy(labelled.z.values)).permute(0, 2, 3, 1).numpy()
    expected = np.mean((decoded - images / 255) ** 2, axis=(1, 2, 3))
    # Where the processor multiplies in bfloat16, the images that the error is measured on are a little rounded.
    np.testing.assert_allclose(labelled.reconstruction_error, expected, rtol=5e-3)
    assert facts["images"] == 105
    assert facts["mean_error"] == pytest.approx(expected.mean(), rel=1e-3)
    assert told[-1][:2] == (105, 105)
    assert not (out / "journal.txt").exists()


def test_the_precision_of_the_error_changes_it_little_and_z_not_at_all(noise_dataset, untrained_model):
    pixels = open_complete(noise_dataset / "images.zarr")["image"][...]
    network = load_for_inference(untrained_model)
    (z, error), (same, rounded) = (encode_batch(network, pixels, precision) for precision in ("fp32", "bf16"))
    np.testing.assert_array_equal(same, z)
    assert not np.array_equal(rounded, error)
    np.testing.assert_allclose(rounded, error, rtol=5e-3)


def test_an_interrupted_run_goes_on_with_the_recorded_machine(encoded, noise_dataset, untrained_model, tmp_path):
    recorded = json.loads((encoded[0] / "host.json").read_text())
    assert recorded["error_precision"] in ("fp32", "bf16")
    other = recorded | {"error_precision": {"fp32": "bf16", "bf16": "fp32"}[recorded["error_precision"]]}
    (tmp_path / "host.json").write_text(json.dumps(other))
    encode(noise_dataset, untrained_model, CONFIG, tmp_path)
    assert json.loads((tmp_path / "host.json").read_text()) == other
    errors = [open_complete(out / "latents.zarr")["reconstruction_error"][...] for out in (encoded[0], tmp_path)]
    assert not np.array_equal(*errors)
    np.testing.assert_allclose(*errors, rtol=5e-3)


def test_killed_and_continued_it_ends_with_the_same_bits(encoded, noise_dataset, untrained_model, tmp_path, caplog):
    out = tmp_path / "latents"
    arguments = map(str, [noise_dataset, untrained_model, out, CONFIG.model_dump_json()])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], cwd=Path(__file__).parents[3], capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    told = []
    with caplog.at_level(logging.INFO, "latentfaces"):
        encode(noise_dataset, untrained_model, CONFIG, out, lambda *arguments: told.append(arguments))
    assert "encode: continuing, 2 of 5 chunks kept, 3 to do" in caplog.messages
    assert told[0][0] == 58  # 50 images kept, a batch of 8 done
    assert contents(out) == contents(encoded[0])


def test_images_of_another_size_are_refused(noise_dataset, tmp_path):
    config = AutoencoderConfig(image_size=64, channels=(4,), latent_dim=6)
    save_config(config, tmp_path / "model")
    save_weights(Autoencoder(config), tmp_path / "model", "best")
    with pytest.raises(InputError, match="is for 64×64 images"):
        encode(noise_dataset, tmp_path / "model", CONFIG, tmp_path / "latents")
