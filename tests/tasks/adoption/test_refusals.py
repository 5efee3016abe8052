"""What is wrong with a model is said in one line that names the file or the field, and the way out.

Nothing foreign is executed, and nothing of the user's is changed.
"""

import pickle
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper

from storage.files import read_json
from tasks.adoption.adopt import adopt
from tasks.adoption.config import AdoptConfig
from tasks.autoencoder.adopted import AdoptedConfig
from tasks.autoencoder.conventions import Conventions
from tasks.exporting.adoptable import description_of
from tasks.stage.errors import InputError
from tests.tasks.adoption.linear import COMPONENTS, PLAIN, Linear, write, write_decoder, write_encoder
from tests.tasks.training.conftest import write_dataset

MEANT = "encoder: encoder.onnx\ndecoder: decoder.onnx\n"


def error(dataset: Path, folder: Path) -> str:
    """The message of the refusal; the model's files are as they were."""
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(InputError) as raised:
        adopt(dataset, AdoptConfig(file=str(folder / "mine.yaml"), device="cpu"), folder / "model")
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert not (folder / "model" / "autoencoder.json").exists()
    return str(raised.value)


class Ran:
    """A pickle that says so if it is ever loaded."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return (_run, ("loaded",))


def _run(text: str) -> None:
    raise AssertionError(text)


def describe(text: str) -> Callable[[Path, Linear], None]:
    return lambda folder, linear: (folder / "mine.yaml").write_text(text) and None


def swap(folder: Path, linear: Linear) -> None:
    (folder / "mine.yaml").write_text("encoder: decoder.onnx\ndecoder: encoder.onnx\n")


def remove(name: str) -> Callable[[Path, Linear], None]:
    return lambda folder, linear: (folder / name).unlink()


def overwrite(name: str, content: bytes) -> Callable[[Path, Linear], None]:
    return lambda folder, linear: (folder / name).write_bytes(content) and None


def checkpoint(folder: Path, linear: Linear) -> None:
    torch.save({"a": Ran()}, folder / "encoder.onnx")


def dropout(folder: Path, linear: Linear) -> None:
    more = [
        helper.make_node("RandomNormalLike", ["z"], ["noise"]),
        helper.make_node("Add", ["z", "noise"], ["sampled"]),
    ]
    write_encoder(folder / "encoder.onnx", linear, more=more, outputs={"sampled": ["n", COMPONENTS]})


def by_the_batch(folder: Path, linear: Linear) -> None:
    more = [
        helper.make_node("ReduceMean", ["z", "first"], ["centre"]),
        helper.make_node("Sub", ["z", "centre"], ["centred"]),
    ]
    more.insert(0, helper.make_node("Constant", [], ["first"], value_ints=[0]))
    write_encoder(folder / "encoder.onnx", linear, more=more, outputs={"centred": ["n", COMPONENTS]})


def squeezed(folder: Path, linear: Linear) -> None:
    more = [helper.make_node("Squeeze", ["z"], ["squeezed"])]
    write_encoder(folder / "encoder.onnx", linear, more=more, outputs={"squeezed": ["n"]})


def unknown_operator(folder: Path, linear: Linear) -> None:
    more = [helper.make_node("Conjure", ["z"], ["conjured"])]
    write_encoder(folder / "encoder.onnx", linear, more=more, outputs={"conjured": ["n", COMPONENTS]})


def moments(folder: Path, linear: Linear) -> None:
    more = [helper.make_node("Concat", ["z", "z"], ["moments"], axis=1)]
    write_encoder(folder / "encoder.onnx", linear, more=more, outputs={"moments": ["n", 2 * COMPONENTS]})


def another_size_beside_z(folder: Path, linear: Linear) -> None:
    more = [helper.make_node("Split", ["z"], ["half", "rest"], axis=1, num_outputs=2)]
    outputs = {"z": ["n", COMPONENTS], "half": ["n", COMPONENTS // 2]}
    write_encoder(folder / "encoder.onnx", linear, more=more, outputs=outputs)
    (folder / "mine.yaml").write_text(MEANT + "latent_output: half\n")


def one_channel(folder: Path, linear: Linear) -> None:
    nodes = [helper.make_node("Flatten", ["image"], ["z"])]
    write(folder / "encoder.onnx", nodes, {}, ("image", ["n", 1, 32, 32]), {"z": ["n", 1024]})


def no_batch(folder: Path, linear: Linear) -> None:
    nodes = [helper.make_node("ReduceMean", ["image"], ["z"])]
    write(folder / "encoder.onnx", nodes, {}, ("image", [3, 32, 32]), {"z": []})


def not_square(folder: Path, linear: Linear) -> None:
    nodes = [helper.make_node("Flatten", ["image"], ["z"])]
    write(folder / "encoder.onnx", nodes, {}, ("image", ["n", 3, 32, 48]), {"z": ["n", 4608]})


def two_inputs(folder: Path, linear: Linear) -> None:
    proto = onnx.load(folder / "encoder.onnx")
    proto.graph.input.append(helper.make_tensor_value_info("temperature", 1, [1]))
    onnx.save(proto, folder / "encoder.onnx")


def encoder(**changes: object) -> Callable[[Path, Linear], None]:
    return lambda folder, linear: write_encoder(folder / "encoder.onnx", linear, **changes) and None  # type: ignore[arg-type]


def grey_decoder(folder: Path, linear: Linear) -> None:
    nodes = [
        helper.make_node("Gemm", ["z", "matrix"], ["row"]),
        helper.make_node("Reshape", ["row", "shape"], ["picture"]),
    ]
    constants = {"matrix": np.ones((COMPONENTS, 1024), np.float32), "shape": np.array([-1, 1, 32, 32])}
    write(folder / "decoder.onnx", nodes, constants, ("z", ["n", COMPONENTS]), {"picture": ["n", 1, 32, 32]})


def another_models_decoder(folder: Path, linear: Linear) -> None:
    images = np.random.default_rng(8).integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)
    write_decoder(folder / "decoder.onnx", Linear(images))


def weights_in(name: str) -> Callable[[Path, Linear], None]:
    """The encoder's weights lie in the file ``name``, a path from its folder."""

    def spoil(folder: Path, linear: Linear) -> None:
        proto = onnx.load(folder / "encoder.onnx")
        onnx.save(proto, folder / "encoder.onnx", save_as_external_data=True, location="w.data", size_threshold=1024)
        proto = onnx.load(folder / "encoder.onnx", load_external_data=False)
        for constant in proto.graph.initializer:
            for entry in constant.external_data:
                if entry.key == "location":
                    entry.value = name
        (folder / "encoder.onnx").write_bytes(proto.SerializeToString())
        if (folder / name).resolve().parent == folder.resolve():
            (folder / "w.data").rename(folder / name)

    return spoil


def back_into_its_folder(folder: Path, linear: Linear) -> None:
    """A path that resolves inside the folder, but leads out of the folder of a copy of another name."""
    weights_in(f"../{folder.name}/w.bin")(folder, linear)


BROKEN: dict[str, tuple[Callable[[Path, Linear], None], str]] = {
    "no description": (remove("mine.yaml"), r"mine\.yaml cannot be read: No such file"),
    "no YAML": (describe("encoder: [\n"), "is not a description of an autoencoder"),
    "a list": (describe("- encoder.onnx\n"), "must name an encoder and a decoder"),
    "one half missing": (describe("encoder: encoder.onnx\n"), "decoder is missing: name the decoder's ONNX file"),
    "a field that is none": (describe(MEANT + "pixel: {}\n"), "pixel: no such field; choose from encoder"),
    "a layout that is none": (describe(MEANT + "pixels: {layout: HWC}\n"), r"pixels\.layout: .*'NCHW' or 'NHWC'"),
    "a range upside down": (describe(MEANT + "pixels: {range: [1, -1]}\n"), r"pixels\.range: .*black and of white"),
    "a range of one number": (describe(MEANT + "pixels: {range: [0]}\n"), r"pixels\.range: two numbers, .*\[0, 1\] "),
    "a range of words": (describe(MEANT + "pixels: {range: [a, 1]}\n"), r"pixels\.range\.0: .* number"),
    "a field that pixels lack": (
        describe(MEANT + "pixels: {rnage: [0, 1]}\n"),
        r"pixels\.rnage: no such field; choose from layout, range, order$",
    ),
    "a latent of words": (describe(MEANT + "latent: foo\n"), r": latent: a whole number, .* \(got 'foo'\)$"),
    "a latent of nothing": (describe(MEANT + "latent: [4, 0]\n"), r"yaml: latent: a whole number, or a list"),
    "logits with a range": (describe(MEANT + "output: {logits: yes, range: [-1, 1]}\n"), "output: a sigmoid gives"),
    "weights of ONNX files": (describe(MEANT + "weights: w.safetensors\n"), "weights: a factory .* needs"),
    "a file missing": (remove("decoder.onnx"), r"decoder\.onnx cannot be read: No such file"),
    "an empty file": (overwrite("encoder.onnx", b""), r"encoder\.onnx is empty"),
    "a pickle": (overwrite("encoder.onnx", pickle.dumps(Ran())), r"encoder\.onnx is a checkpoint .* never loaded"),
    "a checkpoint": (checkpoint, r"encoder\.onnx is a checkpoint .* never loaded.*safetensors"),
    "a text": (overwrite("decoder.onnx", b"not a model"), r"decoder\.onnx is not an ONNX file"),
    "weights outside": (weights_in("../w.data"), r"encoder\.onnx has its weights in \.\./w\.data, outside its folder"),
    "weights by a way outside": (back_into_its_folder, r"has its weights in \.\./.*/w\.bin, outside its folder"),
    "weights by a full path": (weights_in("/w.data"), r"has its weights in /w\.data, outside its folder"),
    "weights in place of the graph": (weights_in("model.onnx"), r"weights in model\.onnx, a name that is kept"),
    "an operator that is none": (unknown_operator, r"onnxruntime cannot run this file .*Conjure"),
    "float64": (encoder(dtype=np.float64), r"encoder\.onnx computes in float64: convert the model to float32"),
    "float16": (encoder(dtype=np.float16), r"encoder\.onnx computes in float16: convert the model to float32"),
    "two inputs": (two_inputs, r"takes 2 inputs \(image, temperature\)"),
    "swapped halves": (swap, "encoder and decoder are swapped"),
    "no batch axis": (no_batch, r"takes one image \(3, 32, 32\) and no batch"),
    "one channel": (one_channel, r"one channel, \(n, 1, 32, 32\): only models of RGB images"),
    "not square": (not_square, "images of 32×48 pixels; only square images"),
    "a fixed batch": (encoder(batch=2), r"batches of 2 but not of 1 .* its batch is fixed to 2: .*dynamic_shapes"),
    "squeeze": (squeezed, r"batches of 2, 3 but not of 1 .*: squeeze\(\) without an axis does this"),
    "a sampled z": (dropout, "another z for the same images when run again.*sampling layer, or Dropout.*the mean"),
    "normalised by the batch": (by_the_batch, r"another z for an image alone than among others.*model\.eval\(\)"),
    "NaN among the weights": (encoder(damage=np.nan), r"encoder\.onnx gives values that are not finite \(z\)"),
    "means and variances in one": (moments, r"gives moments \[24\], but .* takes \[12\]: .*the means alone"),
    "a grey decoder": (grey_decoder, r"decoder\.onnx gives picture \[1, 32, 32\].* must give images of 32×32 pixels"),
    "another model's decoder": (another_models_decoder, "worse than their mean image.*halves that belong together"),
    "another output": (describe(MEANT + "latent_output: mean\n"), "declares latent_output 'mean', but the outputs"),
    "an output that does not fit": (another_size_beside_z, r"'half', which is \[6\], but .* \[12\]: declare z"),
    "another latent": (describe(MEANT + "latent: [3, 2]\n"), r"declares latent \[3, 2\], but .* takes \[12\]"),
    "another size": (describe(MEANT + "image_size: 64\n"), r"declares image_size 64, but .*\(n, 3, 32, 32\): it is 32"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_one_clear_line(dataset: Path, folder: Path, linear: Linear, name: str) -> None:
    spoil, message = BROKEN[name]
    spoil(folder, linear)
    said = error(dataset, folder)
    assert re.search(message, said), said
    assert "\n" not in said
    assert str(folder) in said


WRONG = {
    "layout taken": ("pixels: {layout: NCHW}", r"declares pixels\.layout NCHW, .*it is NHWC"),
    "layout given": ("output: {layout: NCHW}", r"declares output\.layout NCHW, .*it is NHWC"),
    "range taken": ("pixels: {range: [0, 1]}", r"pixels\.range \[-1, 1\]"),
    "range given": ("output: {range: [0, 1]}", r"output\.range \[-1, 1\]"),
    "a range of one's own": ("output: {range: [-2, 2]}", r"output\.range \[-1, 1\]"),
    "order": ("pixels: {order: BGR}", r"pixels\.order RGB"),
    "logits": ("output: {logits: yes}", r"output\.logits no"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("last", [None, "Tanh"])
def test_a_wrong_declaration_is_refused_and_the_right_one_named(
    dataset: Path, folder: Path, linear: Linear, name: str, last: str | None
) -> None:
    conventions = Conventions(layout="NHWC", range=(-1.0, 1.0), order="RGB")
    write_encoder(folder / "encoder.onnx", linear, conventions)
    write_decoder(folder / "decoder.onnx", linear, conventions, last=last)
    declaration, message = WRONG[name]
    (folder / "mine.yaml").write_text(f"{MEANT}{declaration}\n")
    said = error(dataset, folder)
    assert re.search(message, said), said


def test_trust_lets_a_declaration_stand(dataset: Path, folder: Path) -> None:
    (folder / "mine.yaml").write_text(f"{MEANT}pixels: {{range: [-1, 1]}}\ntrust: yes\n")
    adopt(dataset, AdoptConfig(file=str(folder / "mine.yaml"), device="cpu"), folder / "model")
    assert read_json(folder / "model" / "autoencoder.json")["pixels"]["range"] == [-1, 1]
    exported = AdoptedConfig.model_validate(read_json(folder / "model" / "autoencoder.json"))
    (folder / "model" / "adopt.yaml").write_text(description_of(exported))
    again = AdoptConfig(file=str(folder / "model" / "adopt.yaml"), device="cpu")
    adopt(dataset, again, folder / "again")
    assert read_json(folder / "again" / "autoencoder.json") == read_json(folder / "model" / "autoencoder.json")


def test_the_last_operation_speaks_where_the_images_do_not(dataset: Path, folder: Path, linear: Linear) -> None:
    """A declared range that is only a little off is no worse by half than the right one."""
    write_decoder(folder / "decoder.onnx", linear, PLAIN, last="Sigmoid")
    (folder / "mine.yaml").write_text(f"{MEANT}output: {{range: [0, 1.05]}}\n")
    assert "declares output.range [0, 1.05], but the decoder ends in a sigmoid: declare output.range [0.0, 1.0]" in (
        error(dataset, folder)
    )


def test_grey_images_do_not_show_the_order_of_colours(dataset: Path, folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    images = np.repeat(rng.integers(0, 256, (1, 32, 32, 1)) // 2 + rng.integers(0, 100, (60, 1, 1, 1)), 3, axis=-1)
    grey = images.astype(np.uint8)
    write_dataset(tmp_path / "grey", grey, np.arange(60) % 4 == 0)
    own = Linear(grey, 3)
    write_encoder(folder / "encoder.onnx", own, latent=(3,))
    write_decoder(folder / "decoder.onnx", own, latent=(3,))
    adopt(tmp_path / "grey", AdoptConfig(file=str(folder / "mine.yaml"), device="cpu"), folder / "model")
    assert (folder / "model" / "autoencoder.json").exists()
