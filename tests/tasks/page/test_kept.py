"""Pictures that are kept are those that would be drawn."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from PIL import Image

from storage.keys import PROJECT
from tasks.compute.forks import Forks
from tasks.page import kept
from tasks.page.drawing import heat_map, logarithmic, panels, plot, style
from tasks.page.images import png_bytes
from tasks.page.kept import COMPRESSION, kept_drawing, kept_png


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "FORKS", Forks(1))  # lest a copy counts what it draws
    return tmp_path / "cache"


def figure(value: float = 2.0, label: str = "a", colour: str = "red", unit: str = "px") -> Figure:
    """With all that makes figures hard to write down: shared axes, legends, functions, transforms, a colour bar."""
    made, axes = panels(3, 2, 1.5, sharey=True)
    axes[0].errorbar([1, 2, 3], [1, value, 3], yerr=0.1, label=label, color=colour)
    axes[0].legend()
    axes[1].scatter([1, 2], [1, 2], c=[0.1, 0.9])
    axes[1].xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x} {unit}"))
    axes[1].annotate("x", (1, 1), (3, 3), textcoords="offset points")
    heat_map(axes[2], np.array([[0.0, 1.0], [-1.0, np.nan]]))
    made.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center")
    return made


def count(drawn: list[int]) -> Callable[[], tuple[bytes, bytes]]:
    def draw() -> tuple[bytes, bytes]:
        drawn.append(1)
        return b"png %d" % len(drawn), b"svg"

    return draw


def test_the_same_figure_is_drawn_once() -> None:
    drawn: list[int] = []
    with style():
        assert kept_drawing(figure(), 50, count(drawn))() == (b"png 1", b"svg")
        assert kept_drawing(figure(), 50, count(drawn))() == (b"png 1", b"svg")
    assert len(drawn) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda: (figure(value=2.0000001), 50),
        lambda: (figure(label="b"), 50),
        lambda: (figure(colour="blue"), 50),
        lambda: (figure(unit="cm"), 50),  # what a function in the figure has from around it
        lambda: (figure(), 51),
        lambda: (mpl.rcParams.update({"grid.color": "blue"}), (figure(), 50))[1],
        lambda: ((made := figure()).set_size_inches(3, 3), (made, 50))[1],
        lambda: (logarithmic((made := figure()).axes[0]), (made, 50))[1],
    ],
    ids=["value", "label", "colour", "closure", "resolution", "style", "size", "scale"],
)
def test_another_figure_is_drawn(change: Callable[[], tuple[Figure, int]]) -> None:
    drawn: list[int] = []
    with style():
        kept_drawing(figure(), 50, count(drawn))()
        kept_drawing(*change(), count(drawn))()
    assert len(drawn) == 2


def nested() -> list[object]:
    """Lists in one another, deeper than Python may call itself."""
    outer: list[object] = []
    for _ in range(100_000):
        outer = [outer]
    return outer


@pytest.mark.parametrize("unwritable", [lambda: (number for number in range(3)), nested], ids=["generator", "depth"])
def test_one_that_cannot_be_written_down_is_drawn_each_time(unwritable: Callable[[], object]) -> None:
    drawn: list[int] = []
    with style():
        for _ in range(2):
            made = figure()
            made.ours = unwritable()  # type: ignore[attr-defined]
            kept_drawing(made, 50, count(drawn))()
    assert len(drawn) == 2


def test_what_is_kept_is_what_was_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def both() -> list[object]:
        with style():
            return [plot("a", figure(), 60, "", "").files for _ in range(2)]

    first, second = both()
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "another"))
    assert first == second == both()[0]


def test_another_process_finds_it(cache: Path) -> None:
    """Whatever places in memory and orders of sets it has."""
    code = (
        "from tests.tasks.page.test_kept import figure; from tasks.page.kept import kept_drawing\n"
        "from tasks.page.drawing import style\n"
        "with style(): print(kept_drawing(figure(), 50, lambda: (b'drawn', b''))()[0].decode())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        assert done.stdout == "drawn\n", done.stderr
        assert len(list((cache / "pictures").iterdir())) == 1


def test_sheets_are_encoded_once_by_their_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    image = Image.fromarray(pixels)
    assert kept_png(image) == kept_png(image.copy()) == png_bytes(image, COMPRESSION)
    tall, other = Image.fromarray(pixels.reshape(6, 8, 3)), Image.fromarray(pixels ^ 1)
    assert [kept_png(one) for one in (tall, other)] == [png_bytes(one, COMPRESSION) for one in (tall, other)]
