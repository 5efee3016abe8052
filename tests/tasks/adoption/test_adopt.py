"""A model from elsewhere becomes one like any other: the same z and images as its own runtime gives."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from storage.arrays import open_complete, read_array
from storage.files import read_json
from tasks.adoption.adopt import adopt
from tasks.adoption.config import AdoptConfig
from tasks.adoption.description import Model
from tasks.adoption.graph import read_graph
from tasks.autoencoder.codec import decode_images, encode_images
from tasks.autoencoder.conventions import Conventions
from tasks.autoencoder.inference import load_for_inference
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode
from tasks.stage.errors import InputError
from tests.tasks.adoption.linear import COMPONENTS, PLAIN, Linear, write, write_decoder, write_encoder


def config(folder: Path) -> AdoptConfig:
    return AdoptConfig(file=str(folder / "mine.yaml"), device="cpu")


def test_it_is_encoded_and_decoded_as_by_its_own_runtime(folder: Path, dataset: Path, pictures: np.ndarray) -> None:
    facts = adopt(dataset, config(folder), folder / "model")
    own = {half: onnxruntime.InferenceSession(folder / f"{half}.onnx") for half in ("encoder", "decoder")}
    given = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    (z,) = own["encoder"].run(None, {"image": given})
    (decoded,) = own["decoder"].run(None, {"z": z})
    model = load_for_inference(folder / "model")
    assert np.abs(encode_images(model, pictures) - z).max() < 1e-4
    ours = model.decode(torch.from_numpy(z)).numpy()
    assert np.abs(ours - decoded.clip(0, 1)).max() < 1e-6
    assert np.abs(decode_images(model, z).astype(int) - (255 * ours).round().transpose(0, 2, 3, 1)).max() <= 1
    assert facts["components"] == COMPONENTS
    measured = read_json(folder / "model" / "yardstick.json")
    assert measured["autoencoder"]["mse"] == pytest.approx(measured["pca"]["mse"], rel=0.3)  # they are nearly the same
    assert not (folder / "model" / "history.csv").exists()


def test_every_image_of_a_data_set_is_encoded(
    folder: Path, dataset: Path, pictures: np.ndarray, linear: Linear
) -> None:
    adopt(dataset, config(folder), folder / "model")
    encode(dataset, folder / "model", EncodeConfig(batch_size=50, chunk_images=100), folder / "latents")
    latents = open_complete(folder / "latents" / "latents.zarr")
    assert np.abs(read_array(latents, "z") - linear.z(pictures)).max() < 1e-4
    encode(dataset, folder / "model", EncodeConfig(batch_size=50, chunk_images=100), folder / "again")
    again = open_complete(folder / "again" / "latents.zarr")
    for name in ("z", "reconstruction_error"):
        assert np.array_equal(read_array(latents, name), read_array(again, name))


def test_a_row_has_the_same_bits_in_whatever_batch(folder: Path, dataset: Path, pictures: np.ndarray) -> None:
    adopt(dataset, config(folder), folder / "model")
    model = load_for_inference(folder / "model")
    z = encode_images(model, pictures)
    decoded = decode_images(model, z)
    for rows in (slice(0, 1), slice(40, 43), slice(7, 99)):
        assert np.array_equal(encode_images(model, pictures[rows]), z[rows])
        assert np.array_equal(decode_images(model, z[rows]), decoded[rows])


CONVENTIONS = [
    *(
        (Conventions(layout=layout, range=limits, order=order), None)
        for layout, limits, order in itertools.product(
            ("NCHW", "NHWC"), ((0.0, 1.0), (-1.0, 1.0), (-0.5, 0.5), (0.0, 255.0)), ("RGB", "BGR")
        )
    ),
    (Conventions(layout="NHWC", range=(-1.0, 1.0), order="RGB"), "Tanh"),
    (Conventions(layout="NHWC", range=(0.0, 1.0), order="BGR"), "Sigmoid"),
]


@pytest.mark.parametrize(("output", "last"), CONVENTIONS, ids=str)
def test_conventions_are_found_out(
    tmp_path: Path, dataset: Path, pictures: np.ndarray, linear: Linear, output: Conventions, last: str | None
) -> None:
    pixels = output.model_copy(update={"range": (-1.0, 1.0)})
    write_encoder(tmp_path / "e.onnx", linear, pixels)
    write_decoder(tmp_path / "d.onnx", linear, output, last=last)
    (tmp_path / "mine.yaml").write_text("encoder: e.onnx\ndecoder: d.onnx\n")
    adopt(dataset, config(tmp_path), tmp_path / "model")
    model = load_for_inference(tmp_path / "model")
    assert (model.config.pixels, model.config.output) == (pixels, output)
    assert np.abs(encode_images(model, pictures) - linear.z(pictures)).max() < 1e-3


def test_logits_and_a_latent_of_several_axes(
    tmp_path: Path, dataset: Path, linear: Linear, pictures: np.ndarray
) -> None:
    write_encoder(tmp_path / "e.onnx", linear, latent=(3, 2, 2))
    write_decoder(tmp_path / "d.onnx", linear, PLAIN.model_copy(update={"logits": True}), latent=(3, 2, 2))
    (tmp_path / "mine.yaml").write_text("encoder: e.onnx\ndecoder: d.onnx\nlatent: [3, 2, 2]\n")
    adopt(dataset, config(tmp_path), tmp_path / "model")
    model = load_for_inference(tmp_path / "model")
    assert model.config.output.logits
    assert model.config.latent == (3, 2, 2)
    z = encode_images(model, pictures[:9])
    assert np.abs(z - linear.z(pictures[:9])).max() < 1e-4
    assert decode_images(model, z).shape == (9, 32, 32, 3)


def test_z_is_the_output_that_reconstructs(tmp_path: Path, dataset: Path, linear: Linear, pictures: np.ndarray) -> None:
    """A variational encoder gives means and log variances; a sampled z, which is another each time, cannot be meant."""
    more = [
        onnx.helper.make_node("Constant", [], ["small"], value_float=-3.0),
        onnx.helper.make_node("Mul", ["z", "small"], ["wrong"]),
        onnx.helper.make_node("RandomNormalLike", ["z"], ["noise"]),
        onnx.helper.make_node("Add", ["z", "noise"], ["sampled"]),
    ]
    outputs = {name: ["n", COMPONENTS] for name in ("wrong", "z", "sampled")}
    write_encoder(tmp_path / "e.onnx", linear, more=more, outputs=outputs)
    write_decoder(tmp_path / "d.onnx", linear)
    (tmp_path / "mine.yaml").write_text("encoder: e.onnx\ndecoder: d.onnx\n")
    adopt(dataset, config(tmp_path), tmp_path / "model")
    model = load_for_inference(tmp_path / "model")
    assert model.config.latent_output == "z"
    assert model.config.variational
    for name, words in (("wrong", "with latent_output z the error is .* declare that"), ("sampled", "at random")):
        (tmp_path / "mine.yaml").write_text(f"encoder: e.onnx\ndecoder: d.onnx\nlatent_output: {name}\n")
        with pytest.raises(InputError, match=words):
            adopt(dataset, config(tmp_path), tmp_path / "other")


def test_other_outputs_of_an_encoder_are_passed_over(
    tmp_path: Path, dataset: Path, linear: Linear, pictures: np.ndarray
) -> None:
    """A constant as long as the largest batch, and a sequence."""
    more = [
        onnx.helper.make_node("Constant", [], ["scales"], value_floats=[1.0, 2.0, 3.0]),
        onnx.helper.make_node("SequenceConstruct", ["z"], ["codes"]),
    ]
    write_encoder(tmp_path / "e.onnx", linear, more=more, outputs={"scales": [3], "z": ["n", COMPONENTS]})
    proto = onnx.load(tmp_path / "e.onnx")
    proto.graph.output.append(onnx.helper.make_tensor_sequence_value_info("codes", onnx.TensorProto.FLOAT, None))
    (tmp_path / "e.onnx").write_bytes(proto.SerializeToString())
    write_decoder(tmp_path / "d.onnx", linear)
    (tmp_path / "mine.yaml").write_text("encoder: e.onnx\ndecoder: d.onnx\n")
    adopt(dataset, config(tmp_path), tmp_path / "model")
    z = encode_images(load_for_inference(tmp_path / "model"), pictures)
    assert np.abs(z - linear.z(pictures)).max() < 1e-4


def test_weights_beside_an_onnx_file_count_and_are_taken_along(
    folder: Path, dataset: Path, pictures: np.ndarray
) -> None:
    before = config(folder).identity()
    proto = onnx.load(folder / "encoder.onnx")
    onnx.save(proto, folder / "encoder.onnx", save_as_external_data=True, location="encoder.data", size_threshold=1024)
    assert config(folder).identity() != before
    adopt(dataset, config(folder), folder / "model")
    z = encode_images(load_for_inference(folder / "model"), pictures)
    content = (folder / "encoder.data").read_bytes()
    (folder / "encoder.data").write_bytes(content[:-4] + b"\0\0\0\1")
    changed = config(folder).identity()
    (folder / "encoder.data").unlink()
    with pytest.raises(InputError, match=r"encoder\.onnx has its weights in encoder\.data, which is missing"):
        config(folder).identity()
    assert np.array_equal(encode_images(load_for_inference(folder / "model"), pictures), z)
    (folder / "encoder.data").write_bytes(content)
    assert config(folder).identity() != changed


@pytest.mark.parametrize("deep", [False, True])
def test_weights_beside_it_of_constants_and_in_functions_too(
    tmp_path: Path, dataset: Path, linear: Linear, pictures: np.ndarray, deep: bool
) -> None:
    write_encoder(tmp_path / "e.onnx", linear)
    write_decoder(tmp_path / "d.onnx", linear)
    (tmp_path / "mine.yaml").write_text("encoder: e.onnx\ndecoder: d.onnx\n")
    proto = onnx.load(tmp_path / "e.onnx")
    matrix = next(constant for constant in proto.graph.initializer if constant.name == "matrix")
    node = onnx.helper.make_node("Constant", [], ["matrix"], value=matrix)
    proto.graph.initializer.remove(matrix)
    if deep:
        opset = onnx.helper.make_opsetid("", 20)
        proto.functions.append(onnx.helper.make_function("own", "Matrix", [], ["matrix"], [node], [opset]))
        proto.opset_import.append(onnx.helper.make_opsetid("own", 1))
        node = onnx.helper.make_node("Matrix", [], ["matrix"], domain="own")
    proto.graph.node.insert(0, node)
    onnx.save(proto, tmp_path / "e.onnx", save_as_external_data=True, location="k.bin", convert_attribute=True)
    assert read_graph(tmp_path / "e.onnx").external == ("k.bin",)
    before = config(tmp_path).identity()
    adopt(dataset, config(tmp_path), tmp_path / "model")
    z = encode_images(load_for_inference(tmp_path / "model"), pictures)
    assert np.abs(z - linear.z(pictures)).max() < 1e-4
    content = (tmp_path / "k.bin").read_bytes()
    (tmp_path / "k.bin").write_bytes(content[:-4] + b"\0\0\0\1")
    assert config(tmp_path).identity() != before


def test_the_key_is_what_the_files_hold_and_what_is_declared(folder: Path) -> None:
    before = config(folder).identity()
    for name in ("encoder", "decoder"):
        (folder / f"{name}.onnx").rename(folder / f"{name}-2.onnx")
    (folder / "mine.yaml").write_text("# moved\ndecoder: decoder-2.onnx\nencoder: encoder-2.onnx\n")
    assert config(folder).identity() == before
    assert AdoptConfig(file=str(folder / "mine.yaml"), device="cuda").identity() == before
    (folder / "mine.yaml").write_text("decoder: decoder-2.onnx\nencoder: encoder-2.onnx\npixels: {range: [0, 1]}\n")
    assert config(folder).identity() != before
    assert AdoptConfig().identity() == {}


NETWORK = """
from torch import nn
def encoder():
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(3072, 12))

def decoder():
    return nn.Sequential(nn.Linear(12, 3072), nn.Unflatten(1, (3, 32, 32)))
"""


CONVOLUTION = """
from torch import nn

def encoder():
    return nn.Sequential(nn.Conv2d(3, 1, 1), nn.Flatten())
"""


def test_a_module_of_a_factory_with_weights_from_safetensors(
    tmp_path: Path, dataset: Path, linear: Linear, pictures: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights of both halves in one file, under the names that Lightning and torch.compile give them."""
    from safetensors.torch import save_file

    monkeypatch.chdir(tmp_path)
    (tmp_path / "ownhalves.py").write_text(NETWORK)
    (matrix, offset), (back, shift) = linear.encoder(), linear.decoder()
    weights = {
        "encoder.2.weight": matrix.T,
        "encoder.2.bias": offset,
        "decoder.0.weight": back.T,
        "decoder.0.bias": shift,
    }
    tensors = {
        f"_orig_mod.model.{name}": torch.from_numpy(value).float().contiguous() for name, value in weights.items()
    }
    save_file(tensors, tmp_path / "weights.safetensors")
    text = "encoder: ownhalves:encoder\ndecoder: ownhalves:decoder\nweights: weights.safetensors\nimage_size: 32\n"
    (tmp_path / "mine.yaml").write_text(text)
    adopt(dataset, config(tmp_path), tmp_path / "model")
    model = load_for_inference(tmp_path / "model")
    assert np.abs(encode_images(model, pictures) - linear.z(pictures)).max() < 1e-4
    (tmp_path / "ownhalves.py").write_text(NETWORK.replace("0.5", "0.6"))
    shutil.copytree(tmp_path / "model", tmp_path / "copy")  # The model itself is still held in memory.
    with pytest.raises(ValueError, match="the source of ownhalves has changed since the model was adopted"):
        load_for_inference(tmp_path / "copy")
    save_file({"encoder.2.weight": tensors["_orig_mod.model.encoder.2.weight"]}, tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match=r"weights of ownhalves:encoder: the file lacks 2\.bias"):
        adopt(dataset, config(tmp_path), tmp_path / "other")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("module", ["encoder", "decoder"])
def test_an_onnx_file_and_a_module_on_a_gpu_work_together(
    folder: Path, dataset: Path, linear: Linear, pictures: np.ndarray, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    from safetensors.torch import save_file

    monkeypatch.chdir(folder)
    (folder / "ownmixed.py").write_text(NETWORK)
    layer, (matrix, offset) = {"encoder": ("2", linear.encoder()), "decoder": ("0", linear.decoder())}[module]
    weights = {f"{layer}.weight": matrix.T, f"{layer}.bias": offset}
    tensors = {name: torch.from_numpy(value).float().contiguous() for name, value in weights.items()}
    save_file(tensors, folder / "weights.safetensors")
    files = {"encoder": "encoder.onnx", "decoder": "decoder.onnx", module: f"ownmixed:{module}"}
    lines = [f"{name}: {value}" for name, value in {**files, "weights": "weights.safetensors"}.items()]
    (folder / "mine.yaml").write_text("\n".join([*lines, "image_size: 32"]))
    adopt(dataset, AdoptConfig(file=str(folder / "mine.yaml"), device="cuda"), folder / "model")
    model = load_for_inference(folder / "model", "cuda")
    z = encode_images(model, pictures)
    assert np.abs(z - linear.z(pictures)).max() < 1e-2
    assert decode_images(model, z).shape == pictures.shape


def test_the_layout_of_a_module_is_found_by_running_it(
    tmp_path: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file

    monkeypatch.chdir(tmp_path)
    (tmp_path / "ownconvolution.py").write_text(CONVOLUTION)
    save_file({"0.weight": torch.zeros(1, 3, 1, 1), "0.bias": torch.ones(1)}, tmp_path / "weights.safetensors")
    text = "encoder: ownconvolution:encoder\ndecoder: ownconvolution:encoder\nweights: weights.safetensors\n"
    (tmp_path / "mine.yaml").write_text(text + "pixels: {layout: NHWC}\n")
    with pytest.raises(InputError, match=r"pixels\.layout NHWC, but ownconvolution:encoder takes images as NCHW"):
        adopt(dataset, config(tmp_path), tmp_path / "model")


def test_what_the_model_says_of_itself_without_running(folder: Path) -> None:
    model = Model(folder / "mine.yaml")
    assert (model.image_size, model.layout, model.variational) == (32, "NCHW", False)
    assert model.graphs["decoder"].last_operation("picture") == "Gemm"


@pytest.mark.parametrize("operation", ["Sigmoid", "Tanh", "Relu"])
def test_a_decoders_last_operation_is_seen_through_what_rearranges(tmp_path: Path, operation: str) -> None:
    nodes = [
        onnx.helper.make_node(operation, ["z"], ["values"]),
        onnx.helper.make_node("Clip", ["values"], ["cut"]),
        onnx.helper.make_node("Reshape", ["cut", "shape"], ["picture"]),
        onnx.helper.make_node("Transpose", ["picture"], ["turned"], perm=[0, 2, 3, 1]),
    ]
    path = write(
        tmp_path / "d.onnx", nodes, {"shape": np.array([-1, 3, 4, 4])}, ("z", ["n", 48]), {"turned": ["n", 4, 4, 3]}
    )
    assert read_graph(path).last_operation("turned") == operation
