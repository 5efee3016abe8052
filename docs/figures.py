"""Draw the pictures of README, concept pages and guide anew from the report of a study of synthetic faces.

``python docs/figures.py STORE``, where STORE holds a finished ``latentfaces run --preset demo``, also writes what that
report finds to ``docs/demo.json``, which the sentences quoted in README and documentation are tested against.
``--check`` only compares: it fails if the store's report does not make the same claims, whatever their numbers. The
screenshots need Debian's chromium and playwright, as ``make check-browser`` does; without playwright only they are left
out.
"""

from __future__ import annotations

import io
import json
import re
import sys
from itertools import zip_longest
from pathlib import Path

from PIL import Image

from storage.files import read_json, write_bytes, write_json
from storage.record import RECORD
from tasks.page.images import png_bytes
from tasks.sampling.registry import SAMPLERS

IMAGES = Path(__file__).parent / "images"
CONCEPTS = (
    "distributions",
    "offset",
    "ellipses",
    "what_to_use",
    "eigenvalues",
    "axis_strips",
    "ladder",
    "neighbourhoods",
    "correction",
    "quality-fd_decoded",
    "nearest",
)
"""Figures of the report that the concept pages show."""

README = {
    "reconstructions": "reconstructions",
    "ladder": "ladder",
    "uniform_common": "grid-uniform_common-b-1.25",
    "uniform_component": "grid-uniform_component-fact-1.0",
    "multivariate_normal": "grid-multivariate_normal-scale-1.0",
    "gaussian_mixture": "grid-gaussian_mixture-components-10",
}
"""Pictures of the README, each with the figure of the report that it shows."""

DEMO = Path(__file__).parent / "demo.json"

WIDTH, COLOURS = 1000, 128
CHROMIUM = "/usr/bin/chromium"


def newest_report(store: Path) -> Path:
    """The newest finished report of synthetic faces in ``store``. Exits with a line if there is none."""
    finished = sorted((store / "report").glob(f"*/{RECORD}"), key=lambda path: path.stat().st_mtime)
    if not finished:
        sys.exit(f"{store} holds no finished report: 'latentfaces run --preset demo --store {store}' makes one")
    for identity in (store / "dataset").glob("*/config.json"):
        if "faces" not in read_json(identity)["inputs"]:
            sys.exit(f"{store} was not made from synthetic faces, and no picture of real ones belongs here")
    return finished[-1].parent


def small(image: Image.Image) -> bytes:
    """The picture at most ``WIDTH`` pixels wide and in ``COLOURS`` colours, which is enough for a page."""
    image = image.convert("RGB")
    if image.width > WIDTH:
        image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    return png_bytes(image.quantize(COLOURS), compress_level=9)


def photographed(page: Path) -> dict[str, bytes]:
    """The top of the report, its contents and a chapter as a browser shows them; the last in the dark."""
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, anchor, scheme in (("report", "", "light"), ("report_use", "use", "dark")):
            view = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            view.goto(page.as_uri())
            if anchor:
                view.locator(f"#{anchor}").evaluate("element => element.scrollIntoView({behavior: 'instant'})")
            found[name] = view.screenshot()
        browser.close()
    return found


def claims(report: Path) -> list[str]:
    """The sentences of a report, the answer first."""
    record = json.loads(read_json(report / RECORD)["result"])
    return [str(text) for text in record["facts"]["findings"]]


def without_numbers(claim: str) -> str:
    """A claim with a sign in place of each number."""
    return re.sub(r"[\d.,]+", "#", claim)


def check(report: Path) -> None:
    """Exit with the first claim that differs from ``docs/demo.json`` in more than its numbers.

    The recommended sampler need only be among those that the written answer names: chance decides which of the tied
    ones it is, and rounding, which is another one on another processor, is enough to change it.
    """
    (answer, *written), (found_answer, *found) = read_json(DEMO), claims(report)
    pick = next((word for word in re.findall(r"\w+", found_answer) if word in SAMPLERS.every()), "no sampler")
    compared = [] if pick in re.findall(r"\w+", answer) else [(answer, found_answer)]
    compared += zip_longest(written, found, fillvalue="nothing")
    for before, now in compared:
        if without_numbers(before) != without_numbers(now):
            sys.exit(f"docs/demo.json: {before}\nthe report: {now}\n'python docs/figures.py STORE' writes them anew")


def main(store: Path) -> None:
    """Write every picture."""
    report = newest_report(store)
    write_json(DEMO, claims(report))
    pictures = {f"concepts/{name}": name for name in CONCEPTS} | README
    for name, figure in pictures.items():
        write_bytes(IMAGES / f"{name}.png", small(Image.open(report / "figures" / f"{figure}.png")))
    try:
        shots = photographed(report / "report.html")
    except ImportError:
        sys.exit("playwright is not here: the screenshots stay as they were")
    for name, content in shots.items():
        write_bytes(IMAGES / f"{name}.png", small(Image.open(io.BytesIO(content))))


if __name__ == "__main__":
    check(newest_report(Path(sys.argv[1]))) if "--check" in sys.argv else main(Path(sys.argv[1]))
