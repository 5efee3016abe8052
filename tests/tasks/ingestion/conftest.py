from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ATTRIBUTES = ("Bald", "Smiling", "Young")


def jpeg(seed: int, size: tuple[int, int] = (178, 218)) -> bytes:
    """A smooth random picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 6, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(content, "JPEG", quality=90)
    return content.getvalue()


@pytest.fixture
def picture() -> Callable[..., bytes]:
    return jpeg


@pytest.fixture
def celeba(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder in CelebA's layout: image i is train, validation or test by i mod 5, Smiling if i is even."""

    def make(count: int = 20, lists: bool = True, order: Sequence[int] | None = None, folder: str = "celeba") -> Path:
        root = tmp_path / folder
        (root / "img_align_celeba").mkdir(parents=True)
        for index in range(count):
            (root / "img_align_celeba" / f"{index:06d}.jpg").write_bytes(jpeg(index))
        if lists:
            rows = list(order if order is not None else range(count))
            lines = [str(count), " ".join(ATTRIBUTES) + " "]
            lines += [f"{i:06d}.jpg -1  {1 if i % 2 == 0 else -1}  1" for i in rows]
            (root / "list_attr_celeba.txt").write_text("\r\n".join(lines) + "\r\n")
            parts = [f"{i:06d}.jpg {(0, 0, 0, 1, 2)[i % 5]}" for i in rows]
            (root / "list_eval_partition.txt").write_text("\n".join(parts) + "\n")
        return root

    return make


@pytest.fixture
def zipped() -> Callable[..., Path]:
    """Packs ``root/img_align_celeba`` as the official archive beside the list files of another folder."""

    def pack(root: Path, target: Path, compression: int = zipfile.ZIP_DEFLATED) -> Path:
        target.mkdir(parents=True, exist_ok=True)
        for path in root.glob("*.txt"):
            (target / path.name).write_bytes(path.read_bytes())
        archive = target / "img_align_celeba.zip"
        with zipfile.ZipFile(archive, "w", compression) as file:
            file.writestr("img_align_celeba/", b"")
            for path in sorted((root / "img_align_celeba").iterdir(), reverse=True):
                file.write(path, f"img_align_celeba/{path.name}")
        return archive

    return pack
