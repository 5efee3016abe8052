"""Custom encoders and decoders: found in the current directory, checked before training, keyed by their source."""

import filecmp
from pathlib import Path

import pytest
import torch
from torch import nn

from tasks.autoencoder.checkpoint import load_autoencoder, save_config, save_weights
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.custom import custom_sources
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder
from tasks.autoencoder.trial import check_custom
from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig

NETWORK = '''
"""A network of one's own."""
from torch import nn
from halves.width import WIDTH

def encoder(image_size, latent_dim):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(3 * image_size**2, WIDTH), nn.ReLU(), nn.Dropout(0.1), nn.Linear(WIDTH, latent_dim)
    )

def decoder(image_size, latent_dim):
    return nn.Sequential(nn.Linear(latent_dim, 3 * image_size**2), nn.Unflatten(1, (3, image_size, image_size)))

def wrong_shape(image_size, latent_dim):
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * image_size**2, latent_dim + 1))

def no_module(image_size, latent_dim):
    return "nothing"

def failing(image_size, latent_dim):
    raise RuntimeError("out of ideas")
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "halves").mkdir()
    (tmp_path / "halves" / "width.py").write_text("WIDTH = 12\n")
    (tmp_path / "ownnet.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def config(**settings: object) -> TrainConfig:
    return TrainConfig(
        latent_dim=5, epochs=2, batch_size=16, device="cpu", precision="fp32", memory_format="contiguous", **settings
    )


OWN = {"encoder": "ownnet:encoder", "decoder": "ownnet:decoder"}


def test_it_is_trained_interrupted_continued_and_loaded(folder: Path, blobs: Path) -> None:
    """Dropout draws from torch's own generator, and still an interrupted training ends with the same bits."""
    from tasks.training.train import train

    def interrupt(done: int, total: int, note: str = "") -> None:
        if done == total // 2 + 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(blobs, config(**OWN), folder / "interrupted", interrupt)
    for name in ("interrupted", "undisturbed"):
        train(blobs, config(**OWN), folder / name)
    assert filecmp.cmp(folder / "interrupted/last.safetensors", folder / "undisturbed/last.safetensors", shallow=False)
    loaded = load_autoencoder(folder / "undisturbed")
    assert loaded.decode(loaded.encode(torch.zeros(2, 3, 32, 32))).shape == (2, 3, 32, 32)
    files = {path.suffix for path in (folder / "undisturbed").iterdir()}
    assert files == {".safetensors", ".json", ".csv"}


def test_one_half_may_be_ones_own_in_every_family(folder: Path) -> None:
    for settings in ({"encoder": "ownnet:encoder"}, {"decoder": "ownnet:decoder", "family": "vae"}):
        check_custom(config(**settings).autoencoder(32))


def test_an_edit_of_it_or_of_what_it_imports_changes_the_identity(folder: Path) -> None:
    before = config(**OWN).identity()
    assert set(before["sources"]) == {"ownnet", "halves.width"}
    (folder / "ownnet.py").write_text(NETWORK + "# a comment\n")
    assert config(**OWN).identity() == before
    (folder / "halves" / "width.py").write_text("WIDTH = 13\n")
    assert config(**OWN).identity() != before


def test_an_edit_runs_in_the_same_process(folder: Path) -> None:
    from tasks.autoencoder.network import Autoencoder

    assert Autoencoder(config(**OWN).autoencoder(32)).encoder[1].out_features == 12
    (folder / "halves" / "width.py").write_text("WIDTH = 130\n")
    assert Autoencoder(config(**OWN).autoencoder(32)).encoder[1].out_features == 130


def test_a_model_whose_source_changed_is_refused(folder: Path, blobs: Path) -> None:
    from tasks.training.train import train

    train(blobs, config(**OWN), folder / "model")
    (folder / "ownnet.py").write_text(NETWORK.replace("nn.ReLU()", "nn.Tanh()"))
    with pytest.raises(ValueError, match="the source of ownnet has changed since the model was trained"):
        load_autoencoder(folder / "model")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("ownnet:wrong_shape", r"ownnet:wrong_shape: two images of 32×32 pixels and 5 components gave \(2, 6\); the "
         r"encoder must give \(2, 5\)"),
        ("ownnet:no_module", "ownnet:no_module returned str; it must return a torch.nn.Module"),
        ("ownnet:failing", r"ownnet:failing\(image_size=32, latent_dim=5\) failed \(RuntimeError: out of ideas\)"),
        ("ownnet:absent", "ownnet has no function or class called absent"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_training(folder: Path, path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_custom(config(encoder=path).autoencoder(32))


def test_a_module_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(InputError, match=r"elsewhere:encoder: there is no module elsewhere in .*PYTHONPATH"):
        custom_sources(["elsewhere:encoder"])
    (folder / "broken.py").write_text("import no_such_library\n")
    with pytest.raises(InputError, match=r"importing broken failed \(ModuleNotFoundError: .*no_such_library"):
        check_custom(config(encoder="broken:encoder").autoencoder(32))
    with pytest.raises(ValueError, match="encoder"):
        config(encoder="no path at all")


def test_it_is_applied_as_it_was_trained(folder: Path) -> None:
    network = Autoencoder(AutoencoderConfig(image_size=32, channels=(4,), latent_dim=5, encoder=OWN["encoder"]), seed=1)
    save_config(network.config, folder)
    save_weights(network, folder, "best")
    fast = load_for_inference(folder)
    assert network.encoder.state_dict().keys() == fast.encoder.state_dict().keys()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fast.decoder.modules())
