"""What can be known of the images before work begins is said before work begins."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from flows.cli.commands import app
from flows.config import study_config
from flows.image_counts import check_dataset, check_images
from storage.keys import PROJECT
from storage.opening import find_store
from tasks.sampling.order_config import OrderConfig
from tasks.stage.errors import InputError

MAIN = """
import sys
from flows.cli import main
try:
    main()
finally:
    print(*sorted({"prefect", "torch"} & {*sys.modules}))
"""


def pictures(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (count, 36, 36, 3), np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(folder / f"{number:03}.png")
    return folder


def split(folder: Path, training: int, held_out: int) -> Path:
    """The first images train; the others are for validation."""
    sides = [0] * training + [1] * held_out
    rows = "".join(f"{number:03}.png {side}\n" for number, side in enumerate(sides))
    (folder / "list_eval_partition.txt").write_text(rows, encoding="utf-8")
    return folder


def latentfaces(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", MAIN, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_an_empty_folder_is_said_before_prefect_is_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    began = time.process_time(), time.monotonic()
    done = latentfaces("run", "--data", str(tmp_path / "data"), "--store", str(tmp_path / "store"))
    assert done.stderr.startswith(f"latentfaces: {tmp_path / 'data'} holds no images; ")
    assert "\n" not in done.stderr.rstrip("\n")
    assert (done.returncode, done.stdout) == (1, "\n")  # neither is imported
    assert time.monotonic() - began[1] < 10  # 0.6 s where no other test runs
    assert not (tmp_path / "store").exists()


def test_too_few_images_for_the_scores(tmp_path: Path) -> None:
    data = split(pictures(tmp_path / "data", 25), 20, 5)
    done = latentfaces("run", "--data", str(data), "--store", str(tmp_path / "store"))
    assert done.stderr == (
        f"latentfaces: {data}: 20 training and 5 held-out images are too few for the scores: assess.repeats = 3 draws "
        "of 2 or more need 6 of each; add images, or set assess.repeats=2\n"
    )
    assert done.stdout == "\n"
    check_images(study_config(settings=["assess.repeats=2"]), str(data))
    check_images(study_config(), str(split(data, 19, 6)))


@pytest.mark.parametrize(("stage", "scored"), [("sample", False), ("assess", True), ("report", True), (None, True)])
def test_a_stage_needs_what_it_needs(tmp_path: Path, stage: str | None, scored: bool) -> None:
    data = str(split(pictures(tmp_path / "data", 20), 16, 4))
    if not scored:
        check_images(study_config(), data, stage)
        return
    with pytest.raises(InputError, match="too few for the scores"):
        check_images(study_config(), data, stage)


def test_too_few_to_train_on(tmp_path: Path) -> None:
    data = str(split(pictures(tmp_path / "data", 14), 7, 7))
    with pytest.raises(
        InputError,
        match=r"data: 7 training and 7 held-out images; training needs at least 8 training images",
    ):
        check_images(study_config(), data, "train")
    check_images(study_config(), data, "ingest")


def test_too_few_synthetic_faces() -> None:
    with pytest.raises(InputError, match=r"synthesize.count = 20: 16 training and 4 held-out images"):
        check_images(study_config(settings=["synthesize.count=20"]), None)
    check_images(study_config(settings=["synthesize.count=120"]), None)


def test_images_that_cannot_be_read_do_not_count() -> None:
    facts = {"train": 100, "validation": 2, "test": 3}
    config = study_config()
    with pytest.raises(InputError, match="photos: 100 training and 5 held-out images are too few for the scores"):
        check_dataset("photos", facts, [config.ingest, config.train, config.assess])
    check_dataset("photos", facts, [config.ingest, config.train, config.encode])


def test_a_flow_given_attributes_needs_attributes() -> None:
    facts = {"train": 900, "validation": 50, "test": 50, "attributes": 0}
    with pytest.raises(InputError, match="guided: photos has no attributes to learn from; omit the setting"):
        check_dataset("photos", facts, [OrderConfig(guided=True)])
    check_dataset("photos", facts, [OrderConfig()])
    check_dataset("photos", facts | {"attributes": 40}, [OrderConfig(guided=True)])


def test_a_comparison_is_refused_as_a_whole(tmp_path: Path) -> None:
    data = split(pictures(tmp_path / "data", 25), 20, 5)
    file = tmp_path / "compare.yaml"
    file.write_text(f"data: {data}\ngrid: {{assess.repeats: [2, 4]}}\n", encoding="utf-8")
    done = latentfaces("compare", "--config", str(file), "--store", str(tmp_path / "store"))
    assert done.stderr.startswith(f"latentfaces: the study repeats=4: {data}: 20 training and 5 held-out images")
    assert done.stdout == "\n"


@pytest.fixture
def latin(tmp_path: Path) -> str:
    """A folder whose name is Latin-1, as old archives unpack to."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    return str(pictures(folder, 30))


@pytest.mark.parametrize(
    "before", [("run", "--data"), ("run", "--store"), ("compare", "--config"), ("generate", "--out"), ("synthesize",)]
)
def test_a_name_that_is_not_utf_8(tmp_path: Path, latin: str, before: tuple[str, ...]) -> None:
    done = latentfaces(*before, latin)
    what = before[-1] if len(before) > 1 else "the argument"
    assert done.stderr == (
        f"latentfaces: {what} {tmp_path}/caf\\xe9: this name is not valid UTF-8, which records and pages need; "
        "rename it\n"
    )
    assert (done.returncode, done.stdout) == (1, "\n")


def test_inside_a_folder_whose_name_is_not_utf_8(latin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(latin)
    with pytest.raises(ValueError, match=r"the store .*/caf\\xe9/artifacts: this name is not valid UTF-8"):
        find_store("artifacts")
    with pytest.raises(ValueError, match=r"the data .*/caf\\xe9: this name is not valid UTF-8"):
        check_images(study_config(), ".")


def test_the_store_of_a_run_is_not_made_for_data_that_are_refused(tmp_path: Path, capsys: Any) -> None:
    data = split(pictures(tmp_path / "data", 25), 20, 5)
    ended = CliRunner().invoke(app, ["run", "--dry-run", "--data", str(data), "--store", str(tmp_path / "store")])
    assert ended.exit_code == 1
    assert not (tmp_path / "store").exists()
