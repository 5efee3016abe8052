"""Layouts that are read wrongly where one looks at a single folder or name; what each test says is what holds."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tasks.ingestion.check import check_source
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.digest import digest
from tasks.ingestion.grouping import Folders, read_folders, split_code
from tasks.ingestion.lists import ListFile
from tasks.ingestion.metadata import read_metadata
from tasks.ingestion.source import open_source
from tasks.stage.errors import InputError


def folders(*names: str, each: int = 3) -> Folders:
    """Of ``each`` images in every folder, named alike."""
    return read_folders(sorted(f"{name}/{number}.jpg" for name in names for number in range(each)))


def parts(found: Folders, names: Sequence[str]) -> list[int]:
    assert found.partition is not None
    return found.partition.values(names)[:, 0].tolist()


@pytest.mark.parametrize(
    ("text", "code"),
    [("train", 0), ("Training_set", 0), ("testset", 2), ("images-val", 1), ("WIDER_train", 0), ("trainA", 0),
     ("testB", 2), ("0", None), ("test or train", None), ("latest", None), ("valentine", None)],
)  # fmt: skip
def test_names_of_splits(text: str, code: int | None) -> None:
    assert split_code(text) == code


@pytest.mark.parametrize("names", [("train", "test", "unlabeled"), ("train", "test", "extra")])
def test_a_splits_folders_are_no_classes(names: tuple[str, ...]) -> None:
    found = folders(*names)
    assert (found.partition, found.attributes) == (None, None)
    assert found.notes == (
        f"the folders test, train are not used as a split: 3 images lie elsewhere ({names[2]}/0.jpg, {names[2]}/1.jpg, "
        f"{names[2]}/2.jpg)",
    )


@pytest.mark.parametrize(
    "names", [("train/train", "test/test"), ("dev/train", "dev/test"), ("train/a/test", "train/a/train")]
)
def test_folders_that_repeat_the_split(names: tuple[str, ...]) -> None:
    found = folders(*names)
    files = [f"{name}/0.jpg" for name in names]
    assert parts(found, files) == [split_code(name.rpartition("/")[2]) for name in names]
    assert found.attributes is None


def test_persons_of_several_sessions_stay_together() -> None:
    """Twelve persons, two sessions each: 24 folders, which are neither 24 persons nor two."""
    found = folders(*(f"p{person}_{name}/{session}" for person, name in enumerate("abcdefghijkl") for session in "xy"))
    assert not found.sure
    assert found.attributes is not None
    assert len(found.attributes.columns) == 12


def test_classes_by_intensity_are_no_persons() -> None:
    found = folders(*(f"{kind}/{degree}" for kind in ("anger", "joy", "fear", "sorrow", "calm", "disgust", "surprise")
                      for degree in ("low", "middle", "high")))  # fmt: skip
    assert not found.sure
    assert found.attributes is not None
    assert found.attributes.columns == ("anger", "calm", "disgust", "fear", "joy", "sorrow", "surprise")


def test_persons_inside_classes() -> None:
    """Actors and actresses, thirty of each: classes outside, persons inside; one name is one person."""
    names = [f"{kind}/{kind[:6]} {number:02d}" for kind in ("actors", "actresses") for number in range(30)]
    found = folders(*names, "actors/twice", "actresses/twice")
    assert found.sure
    assert found.attributes is not None
    assert found.attributes.columns == ("actors", "actresses")
    assert found.persons is not None
    persons = found.persons.values([f"{name}/0.jpg" for name in (*names, "actors/twice", "actresses/twice")])[:, 0]
    assert len(set(persons[:60].tolist())) == 60
    assert persons[60] == persons[61]


def test_a_stray_image_is_nobodys() -> None:
    files = [f"P{person:02d}/{number}.jpg" for person in range(25) for number in range(2)]
    found = read_folders([*files, "sheet.jpg"])
    assert found.sure
    assert found.persons is not None
    assert found.persons.values(["P03/1.jpg", "sheet.jpg"])[:, 0].tolist() == [4, -1]
    assert found.notes == ("1 image outside the other folders: sheet.jpg",)


@pytest.fixture
def faces(tmp_path: Path, picture: Callable[..., bytes]) -> Callable[..., Path]:
    def write(*names: str, size: tuple[int, int] = (40, 40)) -> Path:
        for seed, name in enumerate(names):
            (tmp_path / "faces" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "faces" / name).write_bytes(picture(seed, size))
        return tmp_path / "faces"

    return write


def notes(path: Path, **settings: str) -> list[str]:
    with open_source(path) as source:
        return check_source(source, IngestConfig(**settings))[1]  # type: ignore[arg-type]


def test_one_repeated_name_leaves_the_list_in_use(faces: Callable[..., Path]) -> None:
    names = [f"images/{number:02d}.jpg" for number in range(20)]
    root = faces(*names, "preview/03.jpg", size=(178, 218))
    (root / "list_eval_partition.txt").write_text("".join(f"{n:02d}.jpg {n % 3}\n" for n in range(20)))
    with pytest.raises(InputError, match=r"no row for 2 of 21 images \(images/03\.jpg, preview/03\.jpg\)"):
        notes(root)


def test_persons_that_are_asked_for_and_cannot_be_had(faces: Callable[..., Path]) -> None:
    root = faces(*(f"{number}.jpg" for number in range(20)))
    with pytest.raises(InputError, match=r"ingest\.persons=folders, but the images of .* do not lie in several"):
        notes(root, persons="folders")


def test_names_in_zip_files(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    """Backslashes and a leading ``./`` are read as what they stand for."""
    names = [f"{part}/{number}.jpg" for part in ("test", "train") for number in range(8)]
    for start in ("", "./", "top\\"):
        with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
            for seed, name in enumerate(names):
                member = zipfile.ZipInfo()
                member.filename = start + (name.replace("/", "\\") if "\\" in start else name)
                archive.writestr(member, picture(seed, (40, 40)))
        with open_source(tmp_path / "faces.zip") as source:
            below = "top/" if "\\" in start else ""
            assert source.names == tuple(sorted(below + name for name in names))
            assert source.known.partition_source == "folders"
            assert source.read(source.names[0]) == picture(0, (40, 40))


def test_a_folder_and_its_zip_file_are_one_data_set(faces: Callable[..., Path], tmp_path: Path) -> None:
    root = faces(*(f"{part}/{number}.jpg" for part in ("test", "train") for number in range(8)))
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for path in sorted(root.rglob("*.jpg")):
            archive.write(path, path.relative_to(root).as_posix())
    with open_source(root) as plain, open_source(tmp_path / "faces.zip") as packed:
        assert digest(plain) == digest(packed)


def test_what_folders_say_is_part_of_the_digest(faces: Callable[..., Path]) -> None:
    """The same names, bytes and lists, read with their folders and, below CelebA's own folder, without them."""
    root = faces(*(f"{part}/{number}.jpg" for part in ("test", "train") for number in range(10)), size=(178, 218))
    rows = "".join(f"{part}/{number}.jpg 1\n" for part in ("test", "train") for number in range(10))
    (root / "identity_CelebA.txt").write_text(rows)
    with open_source(root) as loose:
        assert loose.kind == "celeba"
        before = digest(loose)
    (root / "img_align_celeba").mkdir()
    for part in ("test", "train"):
        (root / part).rename(root / "img_align_celeba" / part)
    with open_source(root) as folder:
        assert (folder.kind, folder.names) == ("celeba", loose.names)
        assert digest(folder) != before


def test_the_official_zip_without_its_folder(celeba: Callable[..., Path]) -> None:
    root = celeba(20)
    with zipfile.ZipFile(root / "img_align_celeba.zip", "w") as archive:
        for path in sorted((root / "img_align_celeba").iterdir()):
            archive.write(path, path.name)
            path.unlink()
    (root / "img_align_celeba").rmdir()
    (root / "preview.png").write_bytes(b"")
    for path in (root, root / "img_align_celeba.zip"):
        with open_source(path) as source:
            assert (source.kind, len(source.names), source.known.partition_source) == ("celeba", 20, "official")


def test_pictures_of_few_colours_are_not_always_masks(tmp_path: Path, faces: Callable[..., Path]) -> None:
    """Persons some of whom have flat pictures, and a training folder of them, are kept whole."""
    for number in range(15):
        for name in (f"persons/P{number:02d}/1.png", f"split/{'train' if number < 8 else 'test'}/{number}.png"):
            values = np.random.default_rng(number).integers(0, 8 if number < 8 else 255, (40, 40), dtype=np.uint8)
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(tmp_path / name)
    for folder in ("persons", "split"):
        with open_source(tmp_path / folder) as source:
            assert len(source.names) == 15
            assert source.unused == ()


def test_a_folder_of_masks_below_a_split(faces: Callable[..., Path]) -> None:
    root = faces(*(f"{part}/images/{number}.jpg" for part in ("test", "train") for number in range(8)))
    for part in ("test", "train"):
        (root / part / "masks").mkdir()
        for number in range(8):
            Image.new("L", (40, 40), number).save(root / part / "masks" / f"{number}.png")
    assert notes(root) == [
        "16 images in test/masks, train/masks are not used: few colours, as masks have; to use them, rename the folder "
        "or pass it to --data"
    ]


def metadata(text: str, name: str = "metadata.csv") -> ListFile:
    return ListFile(name, name, text.encode())


def test_each_column_has_its_own_coding() -> None:
    found = read_metadata([metadata("file_name,a,b\n1.jpg,0,-1\n2.jpg,1,1\n3.jpg,0,0\n")])
    assert found.attributes is not None
    assert found.attributes.values(["1.jpg", "2.jpg", "3.jpg"]).tolist() == [[-1, -1], [1, 1], [-1, 0]]


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (("Train", "Test", "TRAIN"), None),
        (("0", "1", "0"), None),
        (("train",) * 3, "the column split is not used, as it must have images to train on and held out"),
        (("left", "right", "left"), "the column split is not used, as 'left' is not train, validation or test"),
    ],
)
def test_the_column_split(values: tuple[str, ...], note: str | None) -> None:
    rows = "".join(f"{number}.jpg,{value}\n" for number, value in enumerate(values))
    found = read_metadata([metadata(f"file_name,split\n{rows}")])
    assert found.attributes is None
    assert (found.partition is None) == (note is not None)
    assert found.notes == (() if note is None else (f"metadata.csv: {note}",))


@pytest.mark.parametrize("text", ["", "image,smiling\n1.jpg,1\n"])
def test_metadata_of_another_kind_are_not_used(text: str) -> None:
    assert read_metadata([metadata(text)]).notes == ("metadata.csv is not used: it has no column file_name",)


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000])
def test_json_that_cannot_be_read(value: str) -> None:
    text = json.dumps({"file_name": "1.jpg"}) + '\n{"file_name": "2.jpg", "a": ' + value + "}"
    with pytest.raises(InputError, match=r"metadata\.jsonl, line 2: not JSON"):
        read_metadata([metadata(text, "metadata.jsonl")])


def test_what_is_there_instead_of_images(tmp_path: Path) -> None:
    for name in ("a.HEIC", "b.heic", "data.parquet", "IMG_1"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        open_source(tmp_path)
    assert str(caught.value).endswith(
        "; 2 files ending in .heic are not used (a.HEIC, b.heic): convert them to JPEG or PNG; 1 file without an "
        "extension is not used (IMG_1): images need one, such as .jpg; 1 file ending in .parquet is not used "
        "(data.parquet)"
    )


def test_many_kinds_of_files_take_few_lines(faces: Callable[..., Path]) -> None:
    root = faces(*(f"{number}.jpg" for number in range(12)))
    for number in range(1, 15):
        (root / f"img_celeba.7z.{number:03d}").write_bytes(b"x")
    lines = notes(root)
    assert len(lines) == 9
    assert lines[-1] == (
        "6 files of 6 other extensions not used (img_celeba.7z.009, img_celeba.7z.010, img_celeba.7z.011 and 3 more)"
    )


def test_a_second_list_that_fits(celeba: Callable[..., Path]) -> None:
    """Of two lists about one thing the one that is about the images is used."""
    root = celeba(20)
    (root / "old").mkdir()
    (root / "old" / "list_eval_partition.txt").write_text((root / "list_eval_partition.txt").read_text())
    (root / "list_eval_partition.txt").write_text("other_1.jpg 0\n")
    with open_source(root) as source:
        assert source.known.partition is not None
        assert source.known.partition.location == str(root / "old" / "list_eval_partition.txt")
        assert len(source.known.notes) == 1


def test_soft_mattes_of_one_channel(tmp_path: Path, faces: Callable[..., Path]) -> None:
    root = faces(*(f"images/{number}.jpg" for number in range(12)))
    (root / "matte").mkdir()
    for number in range(12):
        values = np.random.default_rng(number).integers(0, 255, (40, 40), dtype=np.uint8)
        Image.fromarray(values).save(root / "matte" / f"{number}.png")
    with open_source(root) as source:
        assert len(source.names) == 12
        assert source.known.attributes is None


@pytest.mark.parametrize("names", [("train", "unlabeled"), ("train", "test", "images")])
def test_a_split_that_cannot_be_used_is_always_said(names: tuple[str, ...]) -> None:
    found = read_folders([f"{name}/{n}.jpg" for name in names for n in range(50 if name == "images" else 3)])
    assert found.partition is None
    assert "not used as a split: " in found.notes[0]


def test_a_person_whose_name_holds_a_splits_word() -> None:
    found = folders("Val_Kilmer", "Meg_Ryan", "Tom_Hanks")
    assert found.attributes is not None
    assert found.attributes.columns == ("Meg_Ryan", "Tom_Hanks", "Val_Kilmer")


def test_few_persons_are_hinted_at() -> None:
    found = read_folders([f"Pa_{p}/Pa_{p}_{n:04d}.jpg" for p in "abcdefghij" for n in range(3)])
    assert found.attributes is not None
    assert found.attributes.notes[0].endswith("; if each holds one person, set ingest.persons=folders")


def test_a_second_source_of_the_same_is_said(celeba: Callable[..., Path]) -> None:
    root = celeba(20, folder="loose")
    (root / "img_align_celeba").rename(root / "images")
    rows = "".join(f"images/{n:06d}.jpg,{n % 2}\n" for n in range(20))
    (root / "metadata.csv").write_text(f"file_name,smiling\n{rows}")
    with open_source(root) as source:
        assert source.known.attributes is not None
        assert source.known.attributes.columns == ("Bald", "Smiling", "Young")
        assert source.known.notes == ("metadata.csv: not used for attributes, as list_attr_celeba.txt is",)


def test_lists_in_the_folder_above(celeba: Callable[..., Path]) -> None:
    root = celeba(20, folder="above")
    (root / "img_align_celeba").rename(root / "images")
    with open_source(root / "images") as source:
        assert (source.kind, source.known.partition_source) == ("celeba", "official")


def test_an_image_of_another_size_among_celebas_is_said(
    celeba: Callable[..., Path], picture: Callable[..., bytes]
) -> None:
    root = celeba(20, folder="mixed")
    (root / "img_align_celeba").rename(root / "images")
    (root / "images" / "000013.jpg").write_bytes(picture(13, (100, 100)))
    with open_source(root) as source:
        assert source.kind == "images"
        assert source.unused[0] == (
            "the lists are CelebA's, but images/000013.jpg is not of 178x218 pixels; ingest.crop=148 crops as for "
            "CelebA"
        )


def test_hidden_folders_in_a_zip_file(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for number in range(12):
            archive.writestr(f"{number}.jpg", picture(number, (40, 40)))
        archive.writestr(".ipynb_checkpoints/0.jpg", picture(0, (40, 40)))
        archive.writestr("__MACOSX/._0.jpg", b"x")
    assert notes(tmp_path / "faces.zip") == ["1 hidden folder is not read (.ipynb_checkpoints)"]


def test_links_that_lead_round_in_a_circle(faces: Callable[..., Path]) -> None:
    root = faces(*(f"{number}.jpg" for number in range(12)))
    (root / "a.jpg").symlink_to(root / "b.jpg")
    (root / "b.jpg").symlink_to(root / "a.jpg")
    with open_source(root) as source:
        assert len(source.names) == 14
        digest(source)


def test_half_characters_in_metadata() -> None:
    text = '{"file_name": "1.jpg"}\n{"file_name": "2.jpg", "smi\\ud800": 1}\n'
    with pytest.raises(InputError, match=r"metadata\.jsonl, line 2: holds half of a character"):
        read_metadata([metadata(text, "metadata.jsonl")])


def test_images_of_one_person_alone(celeba: Callable[..., Path]) -> None:
    root = celeba(20, lists=False, folder="one")
    (root / "identity_CelebA.txt").write_text("".join(f"{n:06d}.jpg 7\n" for n in range(20)))
    with pytest.raises(InputError, match=r"identity_CelebA\.txt: all images are of one person, so"):
        notes(root)
