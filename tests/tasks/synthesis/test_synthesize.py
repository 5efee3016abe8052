import json

import numpy as np
import pytest
from PIL import Image

from tasks.stage.errors import InputError
from tasks.synthesis.anatomy import landmarks
from tasks.synthesis.attributes import attributes
from tasks.synthesis.factors import draw_face
from tasks.synthesis.portrait import render
from tasks.synthesis.synthesize import partition, synthesize

LISTS = ("list_attr_celeba.txt", "list_eval_partition.txt", "list_landmarks_align_celeba.txt")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Sixty faces drawn in one process."""
    folder = tmp_path_factory.mktemp("faces") / "set"
    assert synthesize(folder, 60, 9, workers=1) == {"images": 60, "seed": 9}
    return folder


def test_two_processes_write_the_same_bytes(faces, tmp_path):
    seen = []
    synthesize(tmp_path / "set", 60, 9, workers=2, progress=lambda done, total, note="": seen.append((done, total)))
    assert contents(tmp_path / "set") == contents(faces)
    assert seen[-1] == (60, 60)


def test_a_larger_set_begins_with_the_smaller_one(faces, tmp_path):
    synthesize(tmp_path / "set", 5, 9, workers=1)
    few, many = contents(tmp_path / "set"), contents(faces)
    for name in sorted(few):
        if name.endswith(".jpg"):
            assert few[name] == many[name]
    rows = few["list_eval_partition.txt"].splitlines()
    assert rows == many["list_eval_partition.txt"].splitlines()[:5]


def test_pictures_are_rgb_jpegs_of_the_rendered_faces(faces):
    paths = sorted((faces / "img_align_celeba").iterdir())
    assert [path.name for path in paths] == [f"{number:06d}.jpg" for number in range(1, 61)]
    for index in (0, 17, 59):
        with Image.open(paths[index]) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (178, 218))
            error = np.asarray(image).astype(float) - np.asarray(render([draw_face(9, index)])[0])
        assert np.sqrt((error**2).mean()) < 6


def test_lists_say_what_was_drawn(faces):
    attribute, partitions, landmark = [(faces / name).read_text().splitlines() for name in LISTS]
    assert attribute[0] == landmark[0] == "60"
    assert len(attribute) == len(landmark) == 62
    for index in (0, 30, 59):
        name = f"{index + 1:06d}.jpg"
        assert attribute[index + 2].split() == [name, *map(str, attributes(draw_face(9, index)))]
        assert landmark[index + 2].split() == [name, *map(str, landmarks(draw_face(9, index)))]
        assert partitions[index].split() == [name, str(partition(9, index))]


def test_partitions_are_eighty_ten_ten():
    counts = np.bincount([partition(0, index) for index in range(4000)], minlength=3)
    # Five standard deviations of binomial counts.
    assert abs(counts[0] - 3200) < 5 * np.sqrt(4000 * 0.8 * 0.2)
    assert abs(counts[1] - 400) < 5 * np.sqrt(4000 * 0.1 * 0.9)


def test_an_interrupted_set_is_completed_and_what_is_whole_is_kept(faces, tmp_path, caplog):
    folder = tmp_path / "set"
    synthesize(folder, 60, 9, workers=1)
    pictures = folder / "img_align_celeba"
    (pictures / "000003.jpg").unlink()
    whole = (pictures / "000004.jpg").read_bytes()
    (pictures / "000004.jpg").write_bytes(whole[: len(whole) // 2])
    (pictures / "000005.jpg").write_bytes(b"")
    (folder / "list_attr_celeba.txt").unlink()
    before = (pictures / "000006.jpg").stat().st_ino
    with caplog.at_level("INFO", logger="latentfaces"):
        synthesize(folder, 60, 9, workers=1)
    assert "kept 57 of 60" in caplog.text
    assert (pictures / "000006.jpg").stat().st_ino == before
    assert contents(folder) == contents(faces)


@pytest.mark.parametrize(("count", "seed"), [(61, 9), (60, 8)])
def test_another_set_in_the_folder_is_refused(faces, count, seed):
    before = contents(faces)
    with pytest.raises(InputError, match="a different set"):
        synthesize(faces, count, seed)
    assert contents(faces) == before


def test_strange_pictures_in_the_folder_are_refused(tmp_path):
    (tmp_path / "img_align_celeba").mkdir()
    with pytest.raises(InputError, match="has images from elsewhere"):
        synthesize(tmp_path, 3, 0)


@pytest.mark.parametrize(("count", "seed", "workers"), [(0, 0, 1), (1_000_000, 0, 1), (3, -1, 1), (3, 0, 0)])
def test_impossible_numbers_are_refused(tmp_path, count, seed, workers):
    with pytest.raises(InputError):
        synthesize(tmp_path, count, seed, workers)


def test_the_record_names_count_and_seed(faces):
    assert json.loads((faces / "synthesis.json").read_text()) == {"count": 60, "seed": 9}
