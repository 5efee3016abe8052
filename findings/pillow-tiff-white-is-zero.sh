#!/usr/bin/env bash
# Guess: Pillow honours TIFF's PhotometricInterpretation alike at every depth, so a picture stored with white as
# zero (0 WhiteIsZero) comes out as the one stored with black as zero.
# What happens: at 8 bits it is inverted, at 16 bits (little-endian) and as floating point it is not, so the picture
# comes out as its negative, without a word; big-endian 16 bits with white as zero cannot be opened at all.
# Version: Pillow 13.0.0, files by tifffile 2026.3.3. Met by whoever reads X-rays, scans and scientific pictures.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
"$folder/v/bin/python" - <<'P'
import io
import numpy as np, PIL, tifffile
from PIL import Image

print("Pillow", PIL.__version__, "tifffile", tifffile.__version__)


def dark(dtype, top, order="<"):
    """The first pixel of a picture whose first pixel is black, stored with white as zero."""
    values = np.full((4, 4), 0, dtype)
    values[0, 0] = top  # black
    file = io.BytesIO()
    tifffile.imwrite(file, values, photometric="miniswhite", byteorder=order)
    try:
        return np.asarray(Image.open(file))[0, 0].item()
    except Image.UnidentifiedImageError:
        return "cannot be opened"


found = {
    "8 bits": dark(np.uint8, 255),
    "16 bits, little-endian": dark(np.uint16, 65535),
    "16 bits, big-endian": dark(np.uint16, 65535, ">"),
    "floating point": dark(np.float32, 1.0),
}
for name, value in found.items():
    print(f"{name:24} a black pixel is read as {value}")
assert list(found.values()) == [0, 65535, "cannot be opened", 1.0], "this has changed"
P
