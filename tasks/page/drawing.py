"""How the plots look: one palette, one style, the same bytes each time."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar, overload

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import Collection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from PIL import Image

from tasks.page.images import png_bytes
from tasks.page.kept import COMPRESSION, kept_drawing
from tasks.page.section import Files, Picture

BLACK, GREY = "#222222", "#8a8a8a"
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW = "#CC79A7", "#56B4E9", "#F0E442"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, YELLOW)
"""The colours of Okabe & Ito, told apart with any kind of colour vision."""

REAL, RECONSTRUCTION = BLACK, GREEN
"""The colours of the two fixed rows wherever they appear."""

WIDTH = 10.0
"""Inches: all plots are as wide as the page's column, so that their text has one size."""

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": BLACK,
    "axes.labelcolor": BLACK,
    "axes.edgecolor": "#777777",
    "axes.linewidth": 0.7,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    # Outlines look alike where the reader lacks the font.
    "svg.fonttype": "path",
    "svg.hashsalt": "latentfaces",
}

HEAVY = 500
"""Marks or cells beyond which an artist is an image inside the SVG, lest the file grow with the data."""


@contextmanager
def style() -> Iterator[None]:
    """The report's look, whatever the reader's own matplotlib settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of our own; pyplot's global state stays out of it."""
    return Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(h_pad=0.07, w_pad=0.05))


def subplots(height: float, rows: int = 1, columns: int = 1, **arguments: Any) -> tuple[Figure, Any]:
    """An empty figure with its axes, as ``pyplot.subplots`` gives them."""
    figure = new_figure(height)
    return figure, figure.subplots(rows, columns, **arguments)


def panels(count: int, columns: int, row_height: float, **arguments: Any) -> tuple[Figure, list[Any]]:
    """A figure with ``count`` axes in rows of ``columns``, and the axes in reading order."""
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    figure = new_figure(rows * row_height + 0.25)
    axes = list(figure.subplots(rows, columns, squeeze=False, **arguments).flat)
    for empty in axes[count:]:
        empty.set_visible(False)
    return figure, axes[:count]


def drawn(figure: Figure, dpi: int) -> Image.Image:
    """The figure as an image; drawn once, where ``savefig`` would lay everything out twice."""
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def plot(name: str, figure: Figure, dpi: int, caption: str, alt: str) -> Picture:
    """A finished figure as the page takes it: PNG and SVG without a word about their maker or the day."""

    def draw() -> tuple[bytes, bytes]:
        return png_bytes(drawn(figure, dpi), COMPRESSION), _svg(figure)

    both = kept_drawing(figure, dpi, draw)

    def files() -> Files:
        png, svg = both()
        with Image.open(io.BytesIO(png)) as image:
            return Files(png, image.size, svg=svg)

    return Picture(name, files, caption, alt)


def _svg(figure: Figure) -> bytes:
    """A figure that was drawn already as SVG, with the layout that it has."""
    figure.set_layout_engine("none")
    for artist in figure.findobj(lambda artist: isinstance(artist, Collection | Line2D) and _marks(artist) > HEAVY):
        artist.set_rasterized(True)
    buffer = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return buffer.getvalue()


def _marks(artist: Collection | Line2D) -> int:
    if isinstance(artist, Line2D):
        return 0 if artist.get_marker() in (None, "None", "", " ") else np.shape(artist.get_xydata())[0]
    if isinstance(artist, QuadMesh):
        return math.prod(np.shape(artist.get_coordinates())[:2])
    return max(len(artist.get_paths()), int(np.shape(artist.get_offsets())[0]))


class Drawn(NamedTuple):
    """What a drawing function returns: the figure, and the words beside it."""

    name: str
    figure: Figure
    caption: str
    alt: str


class _Resolution(Protocol):
    @property
    def dpi(self) -> int: ...


class _Configured(Protocol):
    @property
    def config(self) -> _Resolution: ...


P = ParamSpec("P")
S = TypeVar("S", bound=_Configured)


@overload
def picture(draw: Callable[Concatenate[S, P], Drawn]) -> Callable[Concatenate[S, P], Picture]: ...
@overload
def picture(draw: Callable[Concatenate[S, P], Drawn | None]) -> Callable[Concatenate[S, P], Picture | None]: ...
def picture(draw: Callable[Concatenate[S, P], Drawn | None]) -> Callable[Concatenate[S, P], Picture | None]:
    """Make ``draw`` return the finished picture, in the report's style and in the resolution of the study's config.

    Where ``draw`` returns None there is no picture.
    """

    def drawing(study: S, /, *arguments: P.args, **named: P.kwargs) -> Picture | None:
        with style():
            found = draw(study, *arguments, **named)
            return None if found is None else plot(found.name, found.figure, study.config.dpi, found.caption, found.alt)

    return drawing


def heat_map(axis: Any, values: Any, aspect: str = "equal", **bar: Any) -> float:
    """Draw ``values`` (rows, columns), NaN where unknown, in red and blue about zero, with a colour ``bar``.

    Returns the largest absolute value, at which the colours end.
    """
    largest = float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0)) or 1.0
    colours = {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest}
    image = axis.imshow(values, aspect=aspect, interpolation="nearest", **colours)
    axis.grid(False)
    axis.figure.colorbar(image, ax=axis, format="{x:g}", **bar)
    return largest


def cumulative(axis: Any, share: Any, marks: Sequence[float]) -> None:
    """Draw the sums of ``share`` (n,), which are of one and descend, with how many it takes for each of ``marks``."""
    reached = np.cumsum(share)
    axis.plot(np.arange(len(share) + 1), [0, *(100 * reached)], color=VERMILLION)
    named: dict[int, list[str]] = {}
    for mark in marks:
        needed = int(np.argmax(reached >= mark * (1 - 1e-12))) + 1
        axis.plot([needed, needed, 0], [0, 100 * mark, 100 * mark], color=GREY, linewidth=0.8, linestyle=":")
        named.setdefault(needed, []).append(f"{100 * mark:.0f} %")
    for needed, names in named.items():
        place, words = (needed, 100 * reached[needed - 1]), f"{', '.join(names)}: {needed}"
        axis.annotate(words, place, (5, -9), textcoords="offset points", fontsize=8)
    axis.set(xlim=(0, None), ylim=(0, 103))
    whole_numbers(axis)


def shades(count: int) -> list[Any]:
    """``count`` blues from light to dark for the levels of one sampler; none is too pale to be seen."""
    colours = mpl.colormaps["Blues"](np.linspace(0.42, 1.0, max(count, 1)))
    return list(colours) if count > 1 else [BLUE]


def logarithmic(axes: Any, decades: bool = False) -> None:
    """A logarithmic vertical scale with plain numbers at 1, 2, 5, 10 and so on, or at ``decades`` only."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if decades else (1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def whole_numbers(axes: Any) -> None:
    """Ticks of the horizontal scale at whole numbers alone, for what is counted."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def fit_ticks(axes: Any, positions: Sequence[float], labels: Sequence[str]) -> None:
    """Tick exactly where the levels are, slanted when they would collide."""
    axes.set_xticks(list(positions), list(labels), minor=False)
    axes.minorticks_off()
    if sum(len(label) for label in labels) > 20:
        axes.tick_params(axis="x", labelrotation=40)
