#!/usr/bin/env bash
# Guess: in a 16-bit RGB PNG whose tRNS chunk names one colour as transparent, pixels of that colour become transparent
# when the picture is converted to RGBA, and no others.
# What happens: Pillow keeps the high bytes of the samples and compares them with the low byte of the transparent
# colour. So pixels of the colour stay opaque, and pixels of quite another colour become transparent, without a word;
# colours of two equal bytes (an 8-bit colour times 257) hide it.
# Version: Pillow 13.0.0. Met by whoever composites 16-bit PNGs onto a background.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0
"$folder/v/bin/python" - <<'P'
import io, struct, zlib
import PIL
from PIL import Image

print("Pillow", PIL.__version__)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def alpha(pixel, transparent):
    """The alpha of a grey-looking RGB pixel of 16 bits, where a colour is declared transparent."""
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0))
    content += chunk(b"tRNS", struct.pack(">HHH", *[transparent] * 3))
    content += chunk(b"IDAT", zlib.compress(b"\0" + struct.pack(">HHH", *[pixel] * 3))) + chunk(b"IEND", b"")
    return Image.open(io.BytesIO(content)).convert("RGBA").getpixel((0, 0))[3]


cases = [(0x12C8, 0x12C8), (0xC800, 0x12C8), (0xC8C8, 0xC8C8)]
found = [alpha(*case) for case in cases]
for (pixel, transparent), opacity in zip(cases, found):
    print(f"pixel {pixel:#06x}, transparent colour {transparent:#06x}: alpha {opacity}")
assert found == [255, 0, 0], "this has changed"
P
