from __future__ import annotations

import base64
import contextlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tasks.ingestion.candidates import UnreadableImageError
from tasks.ingestion.decode import Memory, decode_square, resize

MEMORY = Memory()
"""Shared by all examples of a test, as by all images that a thread decodes."""


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def decoded(content: bytes, crop: int | Literal["square"], size: int) -> np.ndarray:
    return resize(decode_square(content, crop)[np.newaxis], size)[0]


def uniform(content: bytes) -> tuple[int, ...]:
    """The one colour of a picture that has one colour."""
    pixels = decoded(content, "square", 32)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert np.ptp(pixels.reshape(-1, 3), axis=0).max() == 0
    return tuple(int(value) for value in pixels[0, 0])


def smooth(size: tuple[int, int]) -> Image.Image:
    """A picture as a photograph is: coarse patches of many colours, softened."""
    coarse = np.random.default_rng(5).integers(0, 256, (14, 11, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def flat(mode: str, colour: object, size: tuple[int, int] = (40, 50)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (saved(flat("RGB", (10, 20, 30))), (10, 20, 30)),
        (saved(flat("L", 77)), (77, 77, 77)),
        (saved(flat("L", 77), "JPEG"), (77, 77, 77)),
        (saved(flat("1", 1)), (255, 255, 255)),
        (saved(flat("1", 0), "BMP"), (0, 0, 0)),
        (saved(flat("RGBA", (255, 0, 0, 0))), (255, 255, 255)),
        (saved(flat("RGBA", (0, 0, 0, 51)), "WEBP", lossless=True, exact=True), (204, 204, 204)),
        (saved(flat("LA", (0, 51))), (204, 204, 204)),
        (saved(flat("LA", (90, 255))), (90, 90, 90)),
        (saved(flat("CMYK", (0, 0, 0, 0)), "JPEG"), (255, 255, 255)),
        (saved(flat("CMYK", (0, 255, 255, 0)), "TIFF"), (255, 0, 0)),
        (saved(flat("I;16", 65535)), (255, 255, 255)),
        (saved(flat("I;16", 257 * 100)), (100, 100, 100)),
        (saved(flat("I;16", 257 * 100), "TIFF"), (100, 100, 100)),
        (saved(flat("I", 257 * 30), "PPM"), (30, 30, 30)),
        (saved(flat("F", 0.2), "TIFF"), (51, 51, 51)),
        (saved(flat("RGB", (10, 20, 30)), transparency=(10, 20, 30)), (255, 255, 255)),
        (saved(flat("RGB", (10, 20, 30)), transparency=(1, 2, 3)), (10, 20, 30)),
        (saved(flat("RGB", (9, 99, 199)).convert("P", palette=Image.Palette.ADAPTIVE)), (9, 99, 199)),
        (saved(flat("RGB", (9, 99, 199)).convert("P", palette=Image.Palette.ADAPTIVE), "GIF"), (9, 99, 199)),
    ],
)
def test_every_mode_becomes_rgb(content: bytes, expected: tuple[int, int, int]) -> None:
    assert uniform(content) == expected


def test_transparent_palette_entry_is_white() -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([0, 0, 0, 200, 10, 10])
    assert uniform(saved(image)) == (200, 10, 10)
    assert uniform(saved(image, transparency=1)) == (255, 255, 255)
    assert uniform(saved(image, "GIF", transparency=1)) == (255, 255, 255)


def test_first_frame_of_an_animation() -> None:
    frames = [flat("RGB", colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    for form in ("GIF", "PNG", "WEBP"):
        options = {"lossless": True} if form == "WEBP" else {}
        assert uniform(saved(frames[0], form, save_all=True, append_images=frames[1:], **options)) == (250, 0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_exif_orientation_is_undone(orientation: int, form: str) -> None:
    """Exif 2.32, 4.6.4: where the stored row 0 and column 0 lie as seen, such as "6: row 0 right, column 0 top"."""
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:32, :32], upright[:32, 32:], upright[32:, :32] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    stored = {  # what a camera stores so that the viewer sees ``upright``
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: upright[:, ::-1].swapaxes(0, 1),
        7: upright[::-1, ::-1].swapaxes(0, 1),
        8: upright[::-1].swapaxes(0, 1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored[orientation]))
    pixels = decoded(saved(image, form, exif=exif), "square", 64)
    assert np.abs(pixels.astype(int)[8::16, 8::16] - upright.astype(int)[8::16, 8::16]).max() <= 3


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_broken_exif_does_not_matter(picture: Callable[..., bytes]) -> None:
    content = picture(1)
    broken = content[:2] + b"\xff\xe1\x00\x10Exif\x00\x00MM\x00*\xff\xff\xff\xff" + content[2:]
    np.testing.assert_array_equal(decoded(broken, 148, 64), decoded(content, 148, 64))


def test_crop_is_the_centre() -> None:
    """In a 178 x 218 image the centre square of 148 spans columns 15 to 162 and rows 35 to 182."""
    pixels = np.zeros((218, 178, 3), np.uint8)
    pixels[35:183, 15:163] = 255
    inside = decoded(saved(Image.fromarray(pixels)), 148, 148)
    assert inside.min() == 255
    around = decoded(saved(Image.fromarray(pixels)), 150, 150)
    assert around[0].max() == around[-1].max() == around[:, 0].max() == around[:, -1].max() == 0
    assert around[1:-1, 1:-1].min() == 255


def test_square_is_the_largest_one() -> None:
    wide = np.zeros((64, 100, 3), np.uint8)
    wide[:, 18:82] = 255
    assert decoded(saved(Image.fromarray(wide)), "square", 64).min() == 255


def test_resizing_antialiases() -> None:
    """Single black and white pixels, four times smaller, are an even grey, not black or white."""
    board = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    pixels = decoded(saved(Image.fromarray(board)), "square", 64)
    assert np.abs(pixels.astype(int) - 127.5).max() < 3


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a few hundred bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"<html>not found</html>", "not an image"),
        (saved(flat("RGB", 0, (300, 300)))[:100], "damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n", "not an image"),
        (bomb(9000, 9000), "9000x9000 pixels, more than"),
        (bomb(12000, 10000), "pixels"),
        (bomb(60000, 60000), "pixels"),
        (saved(flat("RGB", 0, (147, 218))), "147x218 pixels, smaller than the crop of 148"),
        (saved(flat("F", 3.0, (200, 200)), "TIFF"), "grey values outside"),
        (saved(flat("I", -5, (200, 200)), "TIFF"), "32 bits, with no known white level"),
    ],
)
def test_reasons(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImageError, match=reason):
        decode_square(content, 148)


def test_truncated_jpeg(picture: Callable[..., bytes]) -> None:
    content = picture(3)
    with pytest.raises(UnreadableImageError, match="truncated"):
        decode_square(content[: len(content) // 2], 148)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "BMP"])
def test_any_damage_gives_a_picture_or_a_reason(form: str) -> None:
    """Whatever bytes are wrong, nothing but ``UnreadableImageError`` comes out, and never a memory address."""
    random = np.random.default_rng(0)
    content = saved(Image.effect_noise((40, 40), 50), form)
    reasons = []
    for _ in range(60):
        damaged = bytearray(content)
        for place in random.integers(0, min(300, len(content)), 6):
            damaged[place] = random.integers(256)
        with contextlib.suppress(UnreadableImageError):
            assert decoded(bytes(damaged), "square", 32).shape == (32, 32, 3)
            continue
        with pytest.raises(UnreadableImageError) as caught:
            decode_square(bytes(damaged), "square")
        reasons.append(str(caught.value))
    assert reasons
    assert not any(" at 0x" in reason for reason in reasons)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"subsampling": 0},
        {"quality": 30},
        {"restart_marker_blocks": 3},
        {"keep_rgb": True},
        {"comment": b"Exif\0\0"},
        {"comment": b"\xff\xe1"},
    ],
)
def test_plain_jpegs_are_pillows_pixels(options: dict[str, object]) -> None:
    content = saved(smooth((178, 218)), "JPEG", **options)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image.crop((15, 35, 163, 183)))
    pixels = decoded(content, 148, 148)
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("size", [32, 64, 96, 148, 256])
def test_resizing_is_pillows_but_for_rounding(size: int) -> None:
    image = smooth((148, 148))
    expected = np.asarray(image.resize((size, size), Image.Resampling.BICUBIC)).astype(int)
    pixels = decoded(saved(image), 148, size)
    assert np.abs(pixels - expected).max() <= 2
    assert np.mean(pixels != expected) < 0.02


def test_one_picture_gives_the_same_pixels_in_any_lossless_format() -> None:
    image = smooth((178, 218))
    png, tiff, bmp = (decoded(saved(image, form), 148, 64) for form in ("PNG", "TIFF", "BMP"))
    np.testing.assert_array_equal(png, tiff)
    np.testing.assert_array_equal(png, bmp)


def test_several_at_once_are_as_each_alone() -> None:
    squares = np.random.default_rng(2).integers(0, 256, (5, 148, 148, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resize(squares, 64), np.concatenate([resize(one[np.newaxis], 64) for one in squares]))


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    subsampling=st.sampled_from(["444", "422", "420", "440", "411"]),
    quality=st.integers(1, 100),
    crop=st.integers(1, 90) | st.just("square"),
)
def test_any_jpegs_square_is_pillows(
    size: tuple[int, int], subsampling: str, quality: int, crop: int | Literal["square"]
) -> None:
    pixels = np.random.default_rng(size).integers(0, 256, (*size, 3), dtype=np.uint8)
    content = simplejpeg.encode_jpeg(pixels, quality, "RGB", subsampling)
    side = min(size) if crop == "square" else crop
    if side > min(size):
        with pytest.raises(UnreadableImageError, match=f"smaller than the crop of {side}"):
            decode_square(content, crop, MEMORY)
        return
    top, left = ((length - side) // 2 for length in size)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image)[top : top + side, left : left + side]
    np.testing.assert_array_equal(decode_square(content, crop, MEMORY), expected)


def test_memory_used_again_changes_no_pixel() -> None:
    """Whatever was decoded before, in whatever size and format."""
    memory = Memory()
    for size in ((178, 218), (40, 50), (178, 218), (300, 200), (218, 178)):
        for form in ("JPEG", "PNG"):
            content = saved(smooth(size), form)
            np.testing.assert_array_equal(decode_square(content, "square", memory), decode_square(content, "square"))


def test_large_memory_is_not_kept() -> None:
    memory = Memory()
    large = memory.take(2400, 2400, 3)
    assert not np.shares_memory(memory.take(2400, 2400, 3), large)
    assert np.shares_memory(memory.take(240, 240, 3), memory.take(240, 240, 3))


TWELVE_BITS = base64.b64decode(
    "/0//UQAvAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAADCwEBCwEBCwEB/1IADAAAAAEBAAQEAAH/XAAEQGD/ZAAlAAFDcmVhdGVkIGJ5"
    "IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAABrAAH/k9/hYBFQQnbCw6dHOAYSBP1gAAL8Tl1RtWn7Ec2H5sPzYfmw/Nh+bD82H5sPzYfmw/Nh"
    "+bD82H5sPzYfmw/Nh+bD82H5sPzYfmw/Nh+bD82H5sPzYfmw/Nh+bD+AgP/Z"
)
"""JPEG 2000, 8 x 8 pixels in colour of 12 bits, the right half white."""


def planar(values: np.ndarray) -> bytes:
    """An uncompressed RGB TIFF 6.0 of 16 bits, a strip for each plane of ``values`` (3, height, width)."""
    height, width = values.shape[1:]
    planes = values.astype("<u2").tobytes()
    extra = 8 + len(planes)
    directory = extra + 30
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, extra), (259, 3, 1, 1), (262, 3, 1, 2)]
    tags += [(273, 4, 3, extra + 6), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 3, extra + 18), (284, 3, 1, 2)]
    each = len(planes) // 3
    lists = struct.pack("<3H3I3I", 16, 16, 16, *(8 + plane * each for plane in range(3)), each, each, each)
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<4sI", b"II*\0", directory) + planes + lists + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(TWELVE_BITS, "JPEG 2000 in colours of 12 bits"), (planar(np.zeros((3, 40, 40))), "16-bit TIFF in planes")],
)
def test_what_pillow_decodes_to_other_pixels_is_left_out(content: bytes, reason: str) -> None:
    Image.open(io.BytesIO(content)).load()  # Without a word.
    with pytest.raises(UnreadableImageError, match=f"{reason}, which is decoded wrongly; convert it to PNG"):
        decode_square(content, "square")


@pytest.mark.parametrize(("depth", "value"), [(2, 1), (4, 9)])
def test_transparent_grey_of_few_bits(depth: int, value: int) -> None:
    """One value in all pixels, transparent or not (PNG specification, 11.3.2.1)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packed = sum(value << shift for shift in range(0, 8, depth))
    rows = (b"\0" + bytes([packed]) * (40 * depth // 8)) * 40
    for transparent, grey in ((value, 255), (0, value * 255 // (2**depth - 1))):
        content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 40, depth, 0, 0, 0, 0))
        content += chunk(b"tRNS", struct.pack(">H", transparent)) + chunk(b"IDAT", zlib.compress(rows))
        assert uniform(content + chunk(b"IEND", b"")) == (grey,) * 3


def test_bitmap_whose_alpha_is_empty_is_opaque() -> None:
    """BMP with a BITMAPV4HEADER, masks and a fourth byte that many programs leave at 0."""
    pixels = struct.pack("<4B", 30, 20, 10, 0) * 40 * 40
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 108, 40, 40, 1, 32, 3, len(pixels), 2835, 2835, 0, 0) + masks + bytes(52)
    start = 14 + len(header)
    content = struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start) + header + pixels
    assert uniform(content) == (10, 20, 30)
