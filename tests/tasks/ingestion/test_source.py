from __future__ import annotations

import os
import shutil
import struct
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.ingestion.candidates import UnreadableImageError
from tasks.ingestion.digest import digest
from tasks.ingestion.source import open_source
from tasks.stage.errors import InputError


def digest_of(path: Path) -> str:
    with open_source(path) as source:
        return digest(source)


def names_of(path: Path) -> tuple[str, ...]:
    with open_source(path) as source:
        return source.names


def test_celeba_folder(celeba: Callable[..., Path]) -> None:
    root = celeba(12)
    for path in (root, root / "img_align_celeba"):
        with open_source(path) as source:
            assert source.kind == "celeba"
            assert source.names == tuple(f"{i:06d}.jpg" for i in range(12))
            assert source.known.attributes is not None
            assert source.known.attributes.location == str(root / "list_attr_celeba.txt")
            assert source.known.partition is not None
            assert source.known.partition.location == str(root / "list_eval_partition.txt")
            assert source.read("000003.jpg") == (root / "img_align_celeba/000003.jpg").read_bytes()


def test_lists_are_optional(celeba: Callable[..., Path]) -> None:
    with open_source(celeba(12, lists=False)) as source:
        assert (source.known.attributes, source.known.partition) == (None, None)


def test_persons_are_part_of_the_data(celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path) -> None:
    root = celeba(12)
    before = digest_of(root)
    (root / "identity_CelebA.txt").write_text("000000.jpg 1\n")
    with open_source(root) as source:
        assert source.known.identity is not None
        assert source.known.identity.location == str(root / "identity_CelebA.txt")
    one = digest_of(root)
    assert digest_of(zipped(root, tmp_path / "packed")) == one != before
    (root / "identity_CelebA.txt").write_text("000000.jpg 2\n")
    assert digest_of(root) not in (one, before)


def test_folder_within_folder_of_the_same_name(celeba: Callable[..., Path], tmp_path: Path) -> None:
    """Kaggle's copy holds img_align_celeba/img_align_celeba."""
    root = celeba(12)
    nested = tmp_path / "nested"
    shutil.copytree(root / "img_align_celeba", nested / "img_align_celeba" / "img_align_celeba")
    for path in root.glob("list_*"):
        shutil.copy(path, nested)
    assert digest_of(nested) == digest_of(root) == digest_of(nested / "img_align_celeba")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_equals_folder(
    celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path, compression: int
) -> None:
    root = celeba(30)
    archive = zipped(root, tmp_path / "packed", compression)
    before = sorted(archive.parent.iterdir())
    assert digest_of(archive) == digest_of(root) == digest_of(archive.parent)
    assert sorted(archive.parent.iterdir()) == before
    with open_source(archive) as packed, open_source(root) as plain:
        assert packed.kind == plain.kind == "celeba"
        assert packed.names == plain.names
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(packed.read, packed.names * 10)) == [plain.read(name) for name in plain.names] * 10


def test_digest_follows_content_not_place(celeba: Callable[..., Path], tmp_path: Path) -> None:
    root = celeba(12)
    original = digest_of(root)
    assert digest_of(shutil.move(root, tmp_path / "elsewhere")) == original
    root = tmp_path / "elsewhere"
    (root / "README.md").write_text("of no consequence")
    assert digest_of(root) == original

    seen = {original}
    image = root / "img_align_celeba" / "000000.jpg"
    content = image.read_bytes()
    image.write_bytes(content + b"\0")
    seen.add(digest_of(root))
    image.write_bytes(content)
    image.rename(image.with_name("zzz.jpg"))
    seen.add(digest_of(root))
    image.with_name("zzz.jpg").rename(image)
    (root / "list_eval_partition.txt").unlink()
    seen.add(digest_of(root))
    seen.add(digest_of(shutil.copytree(root / "img_align_celeba", tmp_path / "plain")))
    assert len(seen) == 5


def test_names_and_contents_cannot_be_shifted(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    digests = set()
    for number, files in enumerate(({"a.png": b"bc", "d.png": b""}, {"a.png": b"b", "d.png": b"c"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        digests.add(digest_of(folder))
    assert len(digests) == 2


def test_any_folder(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    for name in ("b.JPG", "sub/a.png", "sub/deep/c d.webp", ".hidden.jpg", ".git/x.jpg", "notes.txt", "noext", "é.gif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(picture(1))
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.JPG")
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    with open_source(tmp_path) as source:
        assert source.kind == "images"
        assert source.names == ("b.JPG", "dangling.jpg", "link.jpg", "sub/a.png", "sub/deep/c d.webp", "é.gif")
        assert source.read("link.jpg") == picture(1)
        with pytest.raises(UnreadableImageError, match="leads nowhere"):
            source.read("dangling.jpg")


def test_files_beyond_the_limit(tmp_path: Path) -> None:
    with open(tmp_path / "huge.jpg", "wb") as file:
        file.truncate(64 * 2**20 + 1)
    with zipfile.ZipFile(tmp_path / "huge.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "huge.jpg", "huge.jpg")
        archive.writestr("inflating.jpg", bytes(3 * 2**20))
    for path in (tmp_path, tmp_path / "huge.zip"):
        with open_source(path) as source, pytest.raises(UnreadableImageError, match="larger than 64 MiB"):
            source.read("huge.jpg")
    with open_source(tmp_path / "huge.zip") as source, pytest.raises(UnreadableImageError, match="inflate"):
        source.read("inflating.jpg")


def test_files_that_come_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(range(256)) * 3
    (tmp_path / "a.jpg").write_bytes(content)
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read(descriptor, min(count, 100)))
    with open_source(tmp_path) as source:
        assert source.read("a.jpg") == content


def test_other_zip_keeps_its_paths(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for name in ("x/b.jpg", "/a.jpg", "../../out.jpg", "__MACOSX/x/._b.jpg", "x/notes.txt", "f.jpg/"):
            archive.writestr(name, b"" if name.endswith("/") else picture(2))
    with open_source(tmp_path / "faces.zip") as source:
        assert (source.kind, source.names) == ("images", ("/a.jpg", "x/b.jpg"))
        assert source.read("/a.jpg") == picture(2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces.zip"]


def test_damaged_member_is_unreadable(celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path) -> None:
    archive = zipped(celeba(12), tmp_path / "packed", zipfile.ZIP_STORED)
    whole = digest_of(archive)
    with zipfile.ZipFile(archive) as file:
        offsets = {member.filename: member.header_offset for member in file.infolist()}
    content = bytearray(archive.read_bytes())
    content[offsets["img_align_celeba/000004.jpg"] + 1000] ^= 1
    content[offsets["img_align_celeba/000005.jpg"]] ^= 1
    archive.write_bytes(content)
    with open_source(archive) as source:
        for name in ("000004.jpg", "000005.jpg"):
            with pytest.raises(UnreadableImageError, match="damaged"):
                source.read(name)
        assert digest(source) != whole
        source.read("000006.jpg")


def test_truncated_zip(celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path) -> None:
    archive = zipped(celeba(12), tmp_path / "packed")
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(InputError, match="download it again"):
        open_source(archive)


def patched_zip(path: Path, field: int, value: int) -> Path:
    """A zip file whose one member's central directory entry has the 16-bit ``value`` at ``field``."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"secret")
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, entry + field, value)
    path.write_bytes(content)
    return path


def test_encrypted_zip(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="encrypted"):
        open_source(patched_zip(tmp_path / "a.zip", 8, 1))


def test_unknown_compression(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="method 9,"):
        open_source(patched_zip(tmp_path / "a.zip", 10, 9))


def test_overlapping_members(tmp_path: Path) -> None:
    """Many entries that share one member's bytes are how small bombs inflate without end."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", bytes(5000))
        member = archive.infolist()[0]
        for number in range(3):
            twin = zipfile.ZipInfo(f"{number}.jpg")
            twin.header_offset, twin.CRC = member.header_offset, member.CRC
            twin.file_size = twin.compress_size = 5000
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
    with pytest.raises(InputError, match="overlap"):
        open_source(path)


def test_twice_the_same_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jpg", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.jpg", b"two")
    with pytest.raises(InputError, match="same name"):
        open_source(tmp_path / "a.zip")


def test_what_is_no_source(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    (tmp_path / "one.jpg").write_bytes(picture(1))
    (tmp_path / "faces.tar.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "text.zip").write_bytes(b"<html>")
    (tmp_path / "empty").mkdir()
    for name, message in {
        "absent": "does not exist",
        "one.jpg": "give the folder",
        "faces.tar.gz": "neither a folder nor a zip",
        "text.zip": "not a complete zip",
        "empty": "holds no images",
    }.items():
        with pytest.raises(InputError, match=message) as caught:
            open_source(tmp_path / name)
        assert name in str(caught.value)


def test_name_that_is_not_utf8(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.jpg", "wb") as file:
        file.write(picture(1))
    with pytest.raises(InputError, match="UTF-8"):
        open_source(tmp_path)
