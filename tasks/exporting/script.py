"""The scripts that make faces from the exported files alone."""

from __future__ import annotations

import textwrap

from tasks.autoencoder.adopted import AdoptedConfig
from tasks.autoencoder.config import AutoencoderConfig

HEAD = """# Faces from the files beside this script: python {name} [COUNT] [SEED] writes faces.png and z.npy.
import struct, sys, zlib
from pathlib import Path
"""
DRAW = """here, n = Path(__file__).parent, int([*sys.argv, 8][1])
a, rng = load_arrays(here / "sampler.safetensors"), np.random.default_rng(*map(int, sys.argv[2:3]))
"""
SAVE = r"""row = np.concatenate((faces.transpose(0, 2, 3, 1) * 255).round().astype(np.uint8), axis=1)
chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", row.shape[1], row.shape[0], 8, 2, 0, 0, 0))
pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + line.tobytes() for line in row)))
Path("faces.png").write_bytes(head + pixels + chunk(b"IEND", b""))
np.save("z.npy", z)
"""
NORMALISED = {
    "batch": 'F.batch_norm(x, *(w[f"{i}.1.{k}"] for k in ("running_mean", "running_var", "weight", "bias")))',
    "group": 'F.group_norm(x, math.gcd(x.shape[1], 8), w[f"{i}.1.weight"], w[f"{i}.1.bias"])',
    "none": "x",
}


def with_order(draw: str, order: str) -> str:
    """The lines ``draw``, or ``order`` where words follow the seed, such as ``--with Smiling``."""
    ordered, usual = (textwrap.indent(lines, "    ") for lines in (order, draw))
    return f"if sys.argv[3:]:\n    import json\n{ordered}\nelse:\n{usual}"


def onnx_script(draw: str) -> str:
    """With numpy, safetensors and onnxruntime; ``draw``: the lines that set ``z``."""
    return (
        HEAD.format(name="make_faces.py")
        + "import numpy as np, onnxruntime\nfrom safetensors.numpy import load_file as load_arrays\n"
        + f"{DRAW}{draw}\n"
        + 'faces = onnxruntime.InferenceSession(here / "decoder.onnx").run(None, {"z": z.astype(np.float32)})[0]\n'
        + SAVE
    )


def adopted_script(draw: str, config: AdoptedConfig) -> str:
    """With numpy, safetensors and onnxruntime; a decoder from elsewhere with its own conventions."""
    output = config.output
    low, high = output.range
    shape = ", ".join(map(str, config.latent))
    return (
        HEAD.format(name="make_faces.py")
        + "import numpy as np, onnxruntime\nfrom safetensors.numpy import load_file as load_arrays\n"
        + f"{DRAW}{draw}\n"
        + 'decoder = onnxruntime.InferenceSession(here / "decoder" / "model.onnx")\n'
        + f"given = {{decoder.get_inputs()[0].name: z.astype(np.float32).reshape(-1, {shape})}}\n"
        + f"x = decoder.run([{config.decoded_output!r}], given)[0]\n"
        + ("x = 1 / (1 + np.exp(-x))\n" if output.logits else "")
        + ("x = x.transpose(0, 3, 1, 2)\n" if output.layout == "NHWC" else "")
        + ("x = x[:, ::-1]\n" if output.order == "BGR" else "")
        + f"faces = ((x - {low}) / {high - low}).clip(0, 1)\n"
        + SAVE
    )


def torch_script(draw: str, config: AutoencoderConfig) -> str:
    """With numpy, safetensors and torch; the decoder written out, layer by layer."""
    side, last = config.image_size // 2 ** len(config.channels), len(config.channels) + 1
    maths = "import math\n" if config.normalisation == "group" else ""
    return (
        HEAD.format(name="make_faces_torch.py")
        + f"{maths}import numpy as np, torch, torch.nn.functional as F\n"
        + "from safetensors.numpy import load_file as load_arrays\nfrom safetensors.torch import load_file\n"
        + f"{DRAW}{draw}\n"
        + 'w = load_file(here / "decoder.safetensors")\n'
        + 'x = F.linear(torch.from_numpy(z.astype(np.float32)), w["0.weight"], w["0.bias"])\n'
        + f"x = x.unflatten(1, ({config.channels[-1]}, {side}, {side}))\n"
        + f"for i in range(2, {last}):\n"
        + '    x = F.conv_transpose2d(x, w[f"{i}.0.weight"], w.get(f"{i}.0.bias"), 2, 1)\n'
        + f"    x = F.{config.activation}({NORMALISED[config.normalisation]})\n"
        + f'faces = torch.sigmoid(F.conv_transpose2d(x, w["{last}.weight"], w["{last}.bias"], 2, 1)).numpy()\n'
        + SAVE
    )
