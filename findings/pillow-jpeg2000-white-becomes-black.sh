#!/usr/bin/env bash
# Guess: Pillow reduces a JPEG 2000 picture in colours of more than 8 bits to 8 bits as it does grey ones, white to 255.
# What happens: it rounds to the nearest value without a limit, so white, and what is within half a step of it, becomes
# 256, which wraps to 0: the highlights of 10, 12 and 16 bits turn black, without a word. Grey ones are right.
# Version: Pillow 13.0.0, files by imagecodecs 2026.3.6. Met by whoever reads JPEG 2000 from scanners and archives.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.4.6
"$folder/v/bin/python" - <<'P'
import io
import imagecodecs, numpy as np, PIL
from PIL import Image

print("Pillow", PIL.__version__, "imagecodecs", imagecodecs.__version__)
found = []
for bits in (8, 10, 12, 16):
    white = np.full((32, 32, 3), 2**bits - 1, np.uint8 if bits == 8 else np.uint16)
    content = imagecodecs.jpeg2k_encode(white, bitspersample=bits, codecformat="jp2", reversible=True, level=0)
    assert (imagecodecs.jpeg2k_decode(content) == white).all()
    found.append(np.asarray(Image.open(io.BytesIO(content)))[0, 0].tolist())
    print(f"{bits:2} bits: a white pixel is read as {found[-1]}")
assert found == [[255] * 3, [0] * 3, [0] * 3, [0] * 3], "this has changed"
P
