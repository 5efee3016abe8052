"""Layouts that people bring, made with real files; each test tries a row of docs/inputs.md."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from storage.arrays import open_complete, read_array
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.digest import digest
from tasks.ingestion.ingest import ingest
from tasks.ingestion.source import open_source
from tasks.stage.errors import InputError

NAMES = tuple(f"{index:06d}.jpg" for index in range(20))
PARTITION = [(0, 0, 0, 1, 2)[index % 5] for index in range(20)]
SMILING = [1 if index % 2 == 0 else -1 for index in range(20)]


@dataclass(frozen=True)
class DataSet:
    """What came out of the ingestion of a source."""

    facts: Mapping[str, Any]
    names: list[str]
    partition: list[int]
    attributes: dict[str, list[int]]
    identity: list[int]
    notes: list[str]


@pytest.fixture
def ingested(tmp_path: Path) -> Callable[..., DataSet]:
    def run(path: Path, **settings: Any) -> DataSet:
        out = tmp_path / "out"
        shutil.rmtree(out, ignore_errors=True)
        facts = ingest(path, IngestConfig(image_size=32, **settings), out)
        group = open_complete(out / "images.zarr")

        def values(name: str) -> Any:
            return read_array(group, name).tolist() if name in group else []

        columns = np.array(values("attribute")).T.tolist()
        notes = [row[0] for row in csv.reader((out / "warnings.csv").read_text().splitlines())][1:]
        return DataSet(
            facts,
            values("name"),
            values("partition"),
            dict(zip(values("attribute_name"), columns, strict=True)),
            values("identity"),
            notes,
        )

    return run


def is_celeba(data: DataSet) -> None:
    """The whole of the data set that the fixture ``celeba`` writes, as CelebA's own."""
    assert data.names == list(NAMES)
    assert data.partition == PARTITION
    assert data.attributes == {"Bald": [-1] * 20, "Smiling": SMILING, "Young": [1] * 20}
    assert (data.facts["crop"], data.facts["source_kind"]) == (148, "celeba")
    assert data.facts["partition_source"] == "official"


def one_data_set(ingested: Callable[..., DataSet], *paths: Path) -> None:
    """Each path gives the whole of CelebA without a note, and all have one digest."""
    digests = set()
    for path in paths:
        data = ingested(path)
        is_celeba(data)
        assert data.notes == []
        with open_source(path) as source:
            digests.add(digest(source))
    assert len(digests) == 1


def published(celeba: Callable[..., Path]) -> Path:
    """CelebA's folders as its authors publish them."""
    flat = celeba(20, folder="flat")
    root = flat.with_name("CelebA")
    for folder in ("Anno", "Eval", "Img"):
        (root / folder).mkdir(parents=True)
    (flat / "list_attr_celeba.txt").rename(root / "Anno" / "list_attr_celeba.txt")
    (flat / "list_eval_partition.txt").rename(root / "Eval" / "list_eval_partition.txt")
    (flat / "img_align_celeba").rename(root / "Img" / "img_align_celeba")
    return root


def packed(folder: Path, target: Path, top: str = "") -> Path:
    paths = sorted(folder.rglob("*"))
    with zipfile.ZipFile(target, "w") as archive:
        for path in paths:
            archive.write(path, top + path.relative_to(folder).as_posix())
    return target


def kaggle(celeba: Callable[..., Path]) -> Path:
    """Kaggle's copy: the images a folder deeper, and the lists as CSV."""
    root = celeba(20, folder="kaggle")
    (root / "img_align_celeba").rename(root / "inner")
    (root / "img_align_celeba").mkdir()
    (root / "inner").rename(root / "img_align_celeba" / "img_align_celeba")
    for path in root.glob("*.txt"):
        path.unlink()
    rows = [f"{name},-1,{smiling},1" for name, smiling in zip(NAMES, SMILING, strict=True)]
    (root / "list_attr_celeba.csv").write_text("\n".join(["image_id,Bald,Smiling,Young", *rows]))
    rows = [f"{name},{part}" for name, part in zip(NAMES, PARTITION, strict=True)]
    (root / "list_eval_partition.csv").write_text("\n".join(["image_id,partition", *rows]))
    return root


def write(folder: Path, names: Sequence[str], picture: Callable[..., bytes], size: tuple[int, int] = (40, 40)) -> Path:
    for seed, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture(seed, size))
    return folder


@pytest.mark.row("CelebA as published: `CelebA/Anno`, `Eval` and `Img/img_align_celeba`")
def test_published(celeba: Callable[..., Path], ingested: Callable[..., DataSet]) -> None:
    root = published(celeba)
    one_data_set(ingested, root, root / "Img", root / "Img" / "img_align_celeba")


@pytest.mark.row("CelebA as published, with `Img/img_align_celeba.zip`")
def test_published_zip(celeba: Callable[..., Path], ingested: Callable[..., DataSet]) -> None:
    root = published(celeba)
    archive = packed(root / "Img", root / "packed.zip").rename(root / "Img" / "img_align_celeba.zip")
    shutil.rmtree(root / "Img" / "img_align_celeba")
    one_data_set(ingested, root, root / "Img", archive)


@pytest.mark.row("`img_align_celeba/` or `img_align_celeba.zip` with the lists beside it")
def test_flat(
    celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path, ingested: Callable[..., DataSet]
) -> None:
    root = celeba(20)
    archive = zipped(root, tmp_path / "packed")
    one_data_set(ingested, root, root / "img_align_celeba", archive, archive.parent)


@pytest.mark.row("Kaggle's copy, unpacked or as `archive.zip`, with a top folder or without")
def test_kaggle(celeba: Callable[..., Path], tmp_path: Path, ingested: Callable[..., DataSet]) -> None:
    root = kaggle(celeba)
    zips = [packed(root, tmp_path / "archive.zip"), packed(root, tmp_path / "topped.zip", "archive/")]
    one_data_set(ingested, root, *zips)


@pytest.mark.row("Images of 178×218 loose beside CelebA's lists")
def test_loose(celeba: Callable[..., Path], picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    root = celeba(20)
    for path in (root / "img_align_celeba").iterdir():
        path.rename(root / path.name)
    (root / "img_align_celeba").rmdir()
    data = ingested(root)
    is_celeba(data)
    (root / NAMES[7]).write_bytes(picture(7, (178, 217)))
    other = ingested(root)
    assert (other.facts["crop"], other.facts["source_kind"]) == ("square", "images")
    assert (other.partition, other.attributes) == (data.partition, data.attributes)


@pytest.mark.row("CelebA as PNG: lists that name `000001.jpg`, files named `000001.png`")
def test_other_extension(celeba: Callable[..., Path], ingested: Callable[..., DataSet]) -> None:
    root = celeba(20)
    for path in (root / "img_align_celeba").iterdir():
        with Image.open(path) as image:
            image.save(path.with_suffix(".png"))
        path.unlink()
    (root / "img_align_celeba").rename(root / "img_align_celeba_png")
    data = ingested(root)
    assert data.names == [f"img_align_celeba_png/{name[:-4]}.png" for name in NAMES]
    assert (data.partition, data.attributes["Smiling"], data.facts["crop"]) == (PARTITION, SMILING, 148)
    assert (
        "list_attr_celeba.txt: rows are matched to images without folder and extension, such as 000000.jpg to "
        "img_align_celeba_png/000000.png"
    ) in data.notes


@pytest.mark.row("CelebAMask-HQ: `CelebA-HQ-img`, masks, and `CelebAMask-HQ-attribute-anno.txt`")
def test_celeba_mask_hq(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    root = write(tmp_path / "CelebAMask-HQ", [f"CelebA-HQ-img/{index}.jpg" for index in range(20)], picture)
    for index in range(20):
        for part in ("skin", "hair"):
            mask = np.zeros((40, 40), np.uint8)
            mask[index:] = 255
            path = root / "CelebAMask-HQ-mask-anno" / str(index // 10) / f"{index:05d}_{part}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask).save(path)
    rows = [f"{index}.jpg {1 if index % 3 == 0 else -1} 1" for index in range(20)]
    (root / "CelebAMask-HQ-attribute-anno.txt").write_text("\n".join(["20", "Blond_Hair Young", *rows]))
    (root / "CelebA-HQ-to-CelebA-mapping.txt").write_text("idx orig_idx orig_file\n0 119613 119614.jpg\n")
    data = ingested(root)
    assert len(data.names) == 20
    by_name = dict(zip(data.names, data.attributes["Blond_Hair"], strict=True))
    assert by_name == {f"CelebA-HQ-img/{index}.jpg": 1 if index % 3 == 0 else -1 for index in range(20)}
    assert data.facts["crop"] == "square"
    assert data.notes == [
        "CelebAMask-HQ-attribute-anno.txt: rows are matched to images without the folder, such as 0.jpg to "
        "CelebA-HQ-img/0.jpg",
        "40 images in CelebAMask-HQ-mask-anno/0, CelebAMask-HQ-mask-anno/1 are not used: few colours, as masks have; "
        "to use them, rename the folder or pass it to --data",
        "1 file ending in .txt is not used (CelebA-HQ-to-CelebA-mapping.txt)",
    ]


@pytest.mark.row("Attributes coded 0 and 1")
def test_zero_and_one(celeba: Callable[..., Path], ingested: Callable[..., DataSet]) -> None:
    root = celeba(20)
    path = root / "list_attr_celeba.txt"
    path.write_text(path.read_text().replace(" -1 ", " 0 "))
    data = ingested(root)
    is_celeba(data)
    assert data.notes == ["list_attr_celeba.txt codes attributes as 0 and 1: 0 is read as absent (-1), not as unknown"]
    path.write_text(path.read_text().replace("000003.jpg 0 ", "000003.jpg -1 "))
    assert ingested(root).attributes["Bald"] == [-1 if index == 3 else 0 for index in range(20)]


@pytest.mark.row("Lists with semicolons, commas or tabs, or with names without an extension")
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_separators(celeba: Callable[..., Path], ingested: Callable[..., DataSet], mark: str) -> None:
    root = celeba(20)
    for path in root.glob("*.txt"):
        lines = [mark.join(line.split()) for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines))
    data = ingested(root)
    is_celeba(data)
    assert data.notes == []
    rows = [f"{name[:-4]}{mark}{part}" for name, part in zip(NAMES, PARTITION, strict=True)]
    (root / "list_eval_partition.txt").unlink()
    (root / "list_eval_partition.csv").write_text("\n".join([mark.join(("image_id", "partition")), *rows]))
    is_celeba(ingested(root))


@pytest.mark.row("A list about other images")
def test_other_images(celeba: Callable[..., Path], ingested: Callable[..., DataSet]) -> None:
    root = celeba(20)
    rows = "".join(f"face_{index}.jpg {PARTITION[index]}\n" for index in range(20))
    (root / "list_eval_partition.txt").write_text(rows)
    data = ingested(root)
    assert data.facts["partition_source"] == "seeded"
    assert data.notes == [
        "list_eval_partition.txt is not used: none of its 20 rows names an image that is here (a row is about "
        "face_0.jpg, an image is 000000.jpg)"
    ]


@pytest.mark.row("A list that lacks many of the images")
def test_incomplete_list(celeba: Callable[..., Path], ingested: Callable[..., DataSet]) -> None:
    root = celeba(20)
    path = root / "list_eval_partition.txt"
    path.write_text("\n".join(path.read_text().splitlines()[:9]))
    with pytest.raises(InputError, match=r"list_eval_partition\.txt has no row for 11 of 20 images \(000009\.jpg"):
        ingested(root)


SPLIT = [f"{folder}/{index}.jpg" for folder, count in (("test", 3), ("train", 9), ("val", 4)) for index in range(count)]


@pytest.mark.row("Folders `train`, `val` or `validation`, and `test`")
@pytest.mark.parametrize("below", ["", "data/", "images/faces/"])
def test_split_folders(
    tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet], below: str
) -> None:
    data = ingested(write(tmp_path / "faces", [below + name for name in SPLIT], picture))
    assert data.partition == [2] * 3 + [0] * 9 + [1] * 4
    assert (data.facts["partition_source"], data.attributes, data.notes) == ("folders", {}, [])
    (tmp_path / "faces" / below / "val").rename(tmp_path / "faces" / below / "Validation")
    assert sorted(ingested(tmp_path / "faces").partition) == [0] * 9 + [1] * 4 + [2] * 3


@pytest.mark.row("A folder `train` alone")
def test_train_alone(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    data = ingested(write(tmp_path / "faces", [f"train/{index}.jpg" for index in range(20)], picture))
    assert data.facts["partition_source"] == "seeded"
    assert data.notes == ["the images lie in the folder train alone, which is not a split: no image is held out"]


@pytest.mark.row("Split folders with images beside them")
def test_images_beside_the_split(
    tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]
) -> None:
    data = ingested(write(tmp_path / "faces", [*SPLIT, "extra.jpg"], picture))
    assert data.facts["partition_source"] == "seeded"
    assert data.notes[0] == ("the folders test, train, val are not used as a split: 1 image lies elsewhere (extra.jpg)")


@pytest.mark.row("`metadata.csv` with a column `file_name`")
def test_metadata_csv(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    root = write(tmp_path / "faces", [f"{index:02d}.jpg" for index in range(20)], picture)
    rows = [
        f"{index:02d}.jpg,{index % 2},{index % 3 == 0},{'' if index == 4 else index % 4 // 2},face {index},"
        + ("train", "train", "test")[index % 3]
        for index in range(20)
    ]
    (root / "metadata.csv").write_text("\n".join(["file_name,smiling,young,hat,caption,split", *rows]))
    data = ingested(root)
    assert data.attributes == {
        "smiling": [1 if index % 2 else -1 for index in range(20)],
        "young": [1 if index % 3 == 0 else -1 for index in range(20)],
        "hat": [0 if index == 4 else 1 if index % 4 // 2 else -1 for index in range(20)],
    }
    assert data.partition == [(0, 0, 2)[index % 3] for index in range(20)]
    assert data.facts["partition_source"] == "metadata"
    assert data.notes == [
        "metadata.csv: 1 column is not used, as the values are not 0 and 1 (caption)",
        "metadata.csv codes attributes as 0 and 1: 0 is read as absent (-1), not as unknown",
    ]


@pytest.mark.row("`metadata.jsonl`, also one in each split's folder")
def test_metadata_jsonl(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    root = write(tmp_path / "faces", SPLIT, picture)
    for folder in ("train", "test", "val"):
        names = sorted(path.name for path in (root / folder).iterdir())
        lines = [json.dumps({"file_name": name, "smiling": name == "0.jpg", "hat": None}) for name in names]
        (root / folder / "metadata.jsonl").write_text("\n".join(lines))
    data = ingested(root)
    assert data.attributes == {"smiling": [1 if name.endswith("/0.jpg") else -1 for name in sorted(SPLIT)]}
    assert (data.facts["partition_source"], data.partition) == ("folders", [2] * 3 + [0] * 9 + [1] * 4)
    (root / "val" / "metadata.jsonl").write_text('{"file_name": "0.jpg"}\n{"image": "1.jpg"}\n')
    with pytest.raises(InputError, match=r"val/metadata\.jsonl, line 2: expected an object with a file_name"):
        ingested(root)


def one_side_each(data: DataSet) -> None:
    """No person is on two sides of the partition, and every side has some."""
    sides: dict[int, set[int]] = {}
    for number, part in zip(data.identity, data.partition, strict=True):
        sides.setdefault(number, set()).add(part)
    assert {len(parts) for parts in sides.values()} == {1}
    assert set(data.partition) == {0, 1, 2}


@pytest.mark.row("`identity_CelebA.txt` without a partition")
def test_identity_list(celeba: Callable[..., Path], ingested: Callable[..., DataSet]) -> None:
    root = celeba(20, lists=False)
    (root / "identity_CelebA.txt").write_text("".join(f"{name} {1 + index // 2}\n" for index, name in enumerate(NAMES)))
    data = ingested(root)
    assert data.identity == [1 + index // 2 for index in range(20)]
    assert data.facts["partition_source"] == "seeded by person"
    one_side_each(data)


PEOPLE = [f"Person_{person:02d}/Person_{person:02d}_{image:04d}.jpg" for person in range(25) for image in range(1, 4)]


@pytest.mark.row("A folder for each person, as LFW has them")
@pytest.mark.parametrize("named", ["after the folder", "alike"])
def test_folder_for_each_person(
    tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet], named: str
) -> None:
    names = PEOPLE if named == "after the folder" else [f"{name[:10]}{name[-8:]}" for name in PEOPLE]
    root = write(tmp_path / "lfw", [f"lfw/{name}" for name in names], picture)
    data = ingested(root)
    assert data.identity == [1 + index // 3 for index in range(75)]
    assert data.facts["partition_source"] == "seeded by person"
    assert data.attributes == {}
    assert data.notes == ["25 folders are read as persons; the partition keeps each on one side (ingest.persons)"]
    one_side_each(data)
    by_image = ingested(root, persons="none")
    assert (by_image.identity, by_image.facts["partition_source"]) == ([], "seeded")


@pytest.mark.row("Numbered folders of unlike files, as FFHQ has them")
def test_numbered_folders(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    few = ingested(write(tmp_path / "few", [f"{n // 10:05d}/{n:05d}.jpg" for n in range(60)], picture))
    assert (few.identity, few.attributes) == ([], {})
    assert few.notes == [
        "the folders 00000, 00001, 00002, 00003, 00004 and 1 more are not read as attributes: their names differ "
        "only in numbers"
    ]
    many = [f"{n // 2:05d}/{n:05d}.jpg" for n in range(60)]
    data = ingested(write(tmp_path / "many", many, picture))
    assert (data.identity, data.attributes, data.facts["partition_source"]) == ([], {}, "seeded")
    assert data.notes == [
        "30 folders hold the images and are not read as persons: their files are neither named after them nor "
        "named alike across folders; if each holds one person, set ingest.persons=folders"
    ]
    assert ingested(tmp_path / "many", persons="folders").identity == [1 + n // 2 for n in range(60)]


@pytest.mark.row("Two to 19 folders of classes, also below split folders")
def test_classes(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    names = [f"{part}/{kind}/{n}.jpg" for part in ("test", "train") for kind in ("female", "male") for n in range(5)]
    data = ingested(write(tmp_path / "faces", names, picture))
    female = [1] * 5 + [-1] * 5 + [1] * 5 + [-1] * 5
    assert data.attributes == {"female": female, "male": [-value for value in female]}
    assert data.partition == [2] * 10 + [0] * 10
    assert data.notes == [
        "the folders female, male are read as attributes: each image has its own folder's attribute and not the others"
    ]


@pytest.mark.row("Masks in a folder beside the photographs")
def test_masks(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    root = write(tmp_path / "faces", [f"images/{n}.jpg" for n in range(20)], picture)
    (root / "masks").mkdir()
    for n in range(20):
        Image.new("L", (40, 40), n % 5).save(root / "masks" / f"{n}.png")
    data = ingested(root)
    assert data.names == sorted(f"images/{n}.jpg" for n in range(20))
    assert data.notes == [
        "20 images in masks are not used: few colours, as masks have; to use them, rename the folder or pass it "
        "to --data"
    ]
    assert len(ingested(root / "masks").names) == 20


@pytest.mark.row("Other files: `.heic`, text, files without an extension, zip files, linked and hidden folders")
def test_what_is_not_used(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    root = write(tmp_path / "faces", [f"{n}.jpg" for n in range(20)], picture)
    for name in ("a.heic", "b.HEIC", "notes.txt", "IMG_0001", "README.md", "Thumbs.db", ".DS_Store", "._0.jpg"):
        (root / name).write_bytes(picture(1))
    with zipfile.ZipFile(root / "more.zip", "w") as archive:
        archive.writestr("x.jpg", picture(2))
    (root / "album").symlink_to(write(tmp_path / "album", ["x.jpg"], picture), target_is_directory=True)
    write(root / ".ipynb_checkpoints", ["0-checkpoint.jpg"], picture)
    data = ingested(root)
    assert len(data.names) == 20
    assert data.notes == [
        "2 files ending in .heic are not used (a.heic, b.HEIC): convert them to JPEG or PNG",
        "1 file without an extension is not used (IMG_0001): images need one, such as .jpg",
        "1 file ending in .txt is not used (notes.txt)",
        "1 file ending in .zip is not used (more.zip): unpack it, or pass it to --data",
        "1 linked folder is not followed (album): copy the folder there, or pass it to --data",
        "1 hidden folder is not read (.ipynb_checkpoints)",
    ]


@pytest.mark.row("A folder that holds a zip file and no images")
def test_folder_with_a_zip(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    images = write(tmp_path / "images", [f"{n}.jpg" for n in range(20)], picture)
    (tmp_path / "given").mkdir()
    packed(images, tmp_path / "given" / "faces.zip")
    assert len(ingested(tmp_path / "given").names) == 20
    packed(images, tmp_path / "given" / "more.zip")
    with pytest.raises(
        InputError, match=r"several zip files and no images \(faces\.zip, more\.zip\); give one of them, or unpack"
    ):
        ingested(tmp_path / "given")


@pytest.mark.row("An empty folder, or one without images")
def test_empty(tmp_path: Path, ingested: Callable[..., DataSet]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("nothing")
    with pytest.raises(InputError, match=r"empty holds no images; files ending in \.apng"):
        ingested(tmp_path / "empty")


@pytest.mark.row("All images identical")
def test_one_picture(tmp_path: Path, picture: Callable[..., bytes], ingested: Callable[..., DataSet]) -> None:
    root = tmp_path / "faces"
    root.mkdir()
    content = io.BytesIO()
    Image.open(io.BytesIO(picture(1))).save(content, "PNG")
    for n in range(20):
        (root / f"{n}.png").write_bytes(content.getvalue())
    with pytest.raises(InputError, match=r"all 20 images of .* are the same picture once cropped and resized"):
        ingested(root)


PAGE = Path(__file__).parents[3] / "docs" / "inputs.md"


def test_every_row_of_the_page_is_tried() -> None:
    tables = PAGE.read_text().partition("## Layouts")[2].partition("## Such data")[0].splitlines()
    rows = [line.split(" | ")[0].removeprefix("| ") for line in tables if line.startswith("| ")]
    texts = [Path(__file__).with_name(name).read_text() for name in ("test_layouts.py", "test_kinds.py")]
    tried = {found for text in texts for found in re.findall(r'^@pytest\.mark\.row\("(.*)"\)$', text, re.MULTILINE)}
    assert tried == set(rows) - {"input"}
