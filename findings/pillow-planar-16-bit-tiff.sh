#!/usr/bin/env bash
# Guess: an RGB TIFF of 16 bits whose planes are stored one after another is read as its twin with interleaved samples,
# or refused, whether compressed or not.
# What happens: compressed, it is right; uncompressed, Pillow takes the bytes of each plane for 8-bit samples, so the
# picture is other values altogether, without an error.
# Version: Pillow 13.0.0, files by tifffile 2026.3.3. Met by whoever reads TIFFs of microscopes and satellites.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
"$folder/v/bin/python" - <<'P'
import io
import numpy as np, PIL, tifffile
from PIL import Image

print("Pillow", PIL.__version__, "tifffile", tifffile.__version__)
planes = np.random.default_rng(0).integers(0, 2**16, (3, 16, 16), dtype=np.uint16)
expected = np.moveaxis(planes >> 8, 0, 2)
found = {}
for compression in (None, "zlib"):
    file = io.BytesIO()
    tifffile.imwrite(file, planes, photometric="rgb", planarconfig="separate", compression=compression)
    image = Image.open(file)
    off = np.abs(np.asarray(image).astype(int) - expected)
    found[compression] = int(off.max())
    print(f"{compression or 'uncompressed'}: mode {image.mode}, up to {off.max()} of 255 off, {100 * (off > 1).mean():.0f} % of values")
assert found["zlib"] <= 1 < 100 < found[None], "this has changed"
P
