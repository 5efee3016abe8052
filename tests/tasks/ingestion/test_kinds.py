"""Kinds of files that people bring, written byte by byte where no library writes them; rows of docs/inputs.md."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from storage.arrays import open_complete, read_array
from tasks.ingestion.candidates import UnreadableImageError
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.decode import decode_square
from tasks.ingestion.ingest import ingest

RAMP = np.linspace(0, 1, 64)[None].repeat(64, axis=0)
"""From black on the left to white on the right."""

EIGHT = np.rint(RAMP * 255).astype(np.uint8)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def tiff(values: np.ndarray, bits: int, white: int = 1, signed: bool = False, order: str = "<") -> bytes:
    """A grey TIFF 6.0 file of one strip; ``white``: PhotometricInterpretation, 0 where white is zero."""
    height, width = values.shape
    if bits == 12:  # Two values in three bytes, the upper bits first.
        pairs = values.reshape(-1, 2).astype(np.uint32)
        both = (pairs[:, 0] << 12) | pairs[:, 1]
        strip = np.stack([both >> 16, both >> 8, both], axis=1).astype(np.uint8).tobytes()
    else:
        strip = values.astype(f"{order}{'i' if signed else 'u'}{bits // 8}").tobytes()
    entries = [(256, 3, width), (257, 3, height), (258, 3, bits), (259, 3, 1), (262, 3, white)]
    entries += [(273, 4, 8), (277, 3, 1), (278, 3, height), (279, 4, len(strip)), (339, 3, 2 if signed else 1)]
    directory = struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        directory += struct.pack(order + "HHI", tag, kind, 1)
        directory += struct.pack(order + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,)))
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(strip))
    return header + strip + directory + bytes(4)


def png(values: np.ndarray, colour: int, transparent: tuple[int, ...] = ()) -> bytes:
    """A PNG of 16 bits (PNG specification, third edition); ``colour``: 0 grey, 2 RGB, 4 grey with alpha."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    clear = chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)) if transparent else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + clear + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def grey(content: bytes) -> np.ndarray:
    """The pixels (64, 64) of a picture whose three channels are the same."""
    pixels = decode_square(content, "square")
    assert np.ptp(pixels, axis=2).max() == 0
    return pixels[:, :, 0]


SIXTEEN, TWELVE, FIFTEEN, SEVEN = (np.rint(RAMP * (2**bits - 1)) for bits in (16, 12, 15, 7))


@pytest.mark.row("Grey TIFF of 16 bits, black or white as zero")
@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits(order: str) -> None:
    np.testing.assert_array_equal(grey(tiff(SIXTEEN, 16, order=order)), EIGHT)
    if order == "<":  # Pillow reads no big-endian one with white as zero, and says so.
        np.testing.assert_array_equal(grey(tiff(65535 - SIXTEEN, 16, white=0)), EIGHT)
    else:
        with pytest.raises(UnreadableImageError, match="unsupported TIFF variant; convert it to PNG"):
            grey(tiff(65535 - SIXTEEN, 16, white=0, order=order))


@pytest.mark.row("Grey TIFF of 12 bits")
def test_twelve_bits() -> None:
    np.testing.assert_array_equal(grey(tiff(TWELVE, 12)), EIGHT)


@pytest.mark.row("Grey TIFF of signed values, 8 or 16 bits")
def test_signed() -> None:
    np.testing.assert_array_equal(grey(tiff(FIFTEEN, 16, signed=True)), EIGHT)
    assert np.abs(grey(tiff(SEVEN, 8, signed=True)).astype(int) - EIGHT).max() <= 1  # half a step of 127
    with pytest.raises(UnreadableImageError, match="grey values outside 0 to 32767"):
        grey(tiff(FIFTEEN - 5, 16, signed=True))


@pytest.mark.row("Grey TIFF of 32-bit whole numbers")
def test_thirty_two_bits() -> None:
    with pytest.raises(UnreadableImageError, match="32 bits, with no known white level; convert it to 8 or 16 bits"):
        grey(tiff(RAMP * 252, 32, signed=True))


@pytest.mark.row("Floating-point TIFF")
def test_floating_point() -> None:
    np.testing.assert_array_equal(grey(saved(Image.fromarray(RAMP.astype(np.float32)), "TIFF")), EIGHT)
    with pytest.raises(UnreadableImageError, match="grey values outside 0 to 1"):
        grey(saved(Image.fromarray((RAMP * 255).astype(np.float32)), "TIFF"))


@pytest.mark.row("PNG of 16 bits, with or without transparency")
def test_transparent_sixteen_bits() -> None:
    np.testing.assert_array_equal(grey(png(SIXTEEN, 0)), EIGHT)
    on_white = EIGHT.copy()
    on_white[:, 0] = 255  # the black column is the transparent one
    np.testing.assert_array_equal(grey(png(SIXTEEN, 0, (0,))), on_white)
    colour = np.stack([SIXTEEN] * 3, axis=2)
    top = (SIXTEEN.astype(int) >> 8).astype(np.uint8)
    np.testing.assert_array_equal(grey(png(colour, 2)), top)
    clear = (int(SIXTEEN[0, 20]),) * 3
    top[:, 20] = 255
    np.testing.assert_array_equal(grey(png(colour, 2, clear)), top)
    half = np.stack([np.zeros_like(SIXTEEN), SIXTEEN], axis=2)
    np.testing.assert_array_equal(grey(png(half, 4))[:, [0, 63]], np.full((64, 2), (255, 0)))


@pytest.mark.row("PGM of more than 8 bits")
def test_pgm() -> None:
    content = b"P5 64 64 4095\n" + TWELVE.astype(">u2").tobytes()
    assert np.abs(grey(content).astype(int) - EIGHT).max() <= 1


@pytest.mark.row("8-bit values kept in 16-bit files")
def test_small_part_of_the_range(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    folder = tmp_path / "faces"
    folder.mkdir()
    for number in range(20):
        values = random.integers(0, 253, (40, 40)).astype(float)
        (folder / f"{number}.tif").write_bytes(tiff(values, 16))
    ingest(folder, IngestConfig(image_size=40), tmp_path / "out")
    notes = list(csv.reader((tmp_path / "out" / "warnings.csv").read_text().splitlines()))
    assert notes[1:] == [
        [
            "all 20 images use only the values 0 to 1 of 0 to 255: if their files keep 8-bit values in 16 bits, "
            "convert them to 8 bits"
        ]
    ]


UPRIGHT = np.zeros((64, 64, 3), np.uint8)
UPRIGHT[:32, :32], UPRIGHT[:32, 32:], UPRIGHT[32:, :32] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.row("Pictures turned by EXIF or by XMP alone")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation(form: str) -> None:
    """Orientation 6: the stored first row is the right side, the first column the top (Exif 2.32, 4.6.4)."""
    stored = Image.fromarray(np.ascontiguousarray(UPRIGHT[:, ::-1].swapaxes(0, 1)))
    exif = Image.Exif()
    exif[0x0112] = 6
    ways: Mapping[str, object] = {"exif": exif}
    if form == "TIFF":
        turned = [saved(stored, form, **ways), saved(stored, form, tiffinfo={700: PACKET})]
    elif form == "PNG":
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", PACKET.decode())
        turned = [saved(stored, form, **ways), saved(stored, form, pnginfo=text)]
    else:
        turned = [saved(stored, form, quality=95, **ways), saved(stored, form, quality=95, xmp=PACKET)]
    for content in turned:
        pixels = decode_square(content, "square")[8::16, 8::16].astype(int)
        assert np.abs(pixels - UPRIGHT[8::16, 8::16]).max() <= 12


@pytest.mark.row("Files that are empty, cut short or no pictures")
def test_unreadable(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    folder = tmp_path / "faces"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02d}.jpg").write_bytes(picture(number))
    (folder / "03.jpg").write_bytes(b"")
    (folder / "07.jpg").write_bytes(picture(7)[:2000])
    (folder / "11.jpg").write_bytes(b"<html>too many requests</html>")
    ingest(folder, IngestConfig(image_size=40), tmp_path / "out")
    skipped = list(csv.reader((tmp_path / "out" / "skipped.csv").read_text().splitlines()))
    assert [(name, reason.split(":")[0]) for name, reason in skipped[1:]] == [
        ("03.jpg", "empty file"),
        ("07.jpg", "damaged"),
        ("11.jpg", "not an image"),
    ]
    names = read_array(open_complete(tmp_path / "out" / "images.zarr"), "name").tolist()
    assert names == [f"{number:02d}.jpg" for number in range(20) if number not in (3, 7, 11)]


@pytest.mark.row("Grey, palette, CMYK and transparent pictures, animations")
def test_modes() -> None:
    ramp = Image.fromarray(EIGHT)
    np.testing.assert_array_equal(grey(saved(ramp, "PNG")), EIGHT)
    np.testing.assert_array_equal(grey(saved(ramp.convert("P"), "GIF")), EIGHT)
    np.testing.assert_array_equal(grey(saved(ramp.convert("CMYK"), "TIFF")), EIGHT)
    clear = Image.merge("LA", (Image.new("L", (64, 64), 0), ramp))
    np.testing.assert_array_equal(grey(saved(clear, "PNG")), 255 - EIGHT)
    frames = [ramp, Image.new("L", (64, 64), 9)]
    np.testing.assert_array_equal(grey(saved(frames[0], "GIF", save_all=True, append_images=frames[1:])), EIGHT)
