"""Every command in the README and in ``docs/``: run on the tiny study where it can be, else checked word for word."""

import html
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import typer
from PIL import Image

from flows.cli.commands import app
from flows.config import study_config
from flows.finished import newest_study
from flows.notebook import open_study
from flows.stages import STAGES
from storage.arrays import open_complete, read_array
from storage.opening import find_store
from tasks.synthesis.synthesize import synthesize
from tests.tasks.adoption.linear import Linear, write_decoder, write_encoder

PROJECT = Path(__file__).parents[3]
PAGES = sorted([PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")])
SHELL = ("", "bash", "sh")
OWN = ("latentfaces", "make", "python")
FOREIGN = ("createdb", "dask", "export", "prefect", "torchrun")
"""Programs of others, which the pages call too; what they are told is theirs to check."""

STUDY = ("run", *STAGES)
ENDLESS = ("download", "explore", "serve")
"""Commands that need the network or do not end by themselves: their options are checked, they are not run."""


class Command(NamedTuple):
    """A command line of a page, without comment and leading assignments."""

    page: str
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        return self.words[0].rpartition("/")[2]


def fenced(page: Path) -> Iterator[tuple[str, str]]:
    """Language and content of every fenced block of a page."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def commands() -> list[Command]:
    found = []
    for page in PAGES:
        for language, content in fenced(page):
            if language not in SHELL:
                continue
            for line in content.replace("\\\n", " ").splitlines():
                if not re.match(r"(\w+=\S+ )*(\.venv/bin/)?(" + "|".join((*OWN, *FOREIGN)) + r") ", line):
                    # Messages are shown in plain blocks; a block that claims to be of the shell holds nothing else.
                    assert language == "" or not line.strip() or line.startswith("#"), f"{page}: {line}"
                    continue
                words = [word for word in shlex.split(line, comments=True) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
                found.append(Command(page.relative_to(PROJECT).as_posix(), tuple(words)))
    return found


COMMANDS = commands()
LATENTFACES = list({one.words[1:]: one for one in COMMANDS if one.program == "latentfaces"}.values())
"""Each once, however many pages have it."""


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has what the pages name: photographs, faces in CelebA's layout, settings, a network."""
    place = tmp_path_factory.mktemp("docs")
    synthesize(place / "celeba", 80, 0, 1)
    for name in ("photos", "path/to/images"):
        (place / name).mkdir(parents=True)
        for path in sorted((place / "celeba" / "img_align_celeba").iterdir()):
            Image.open(path).save(place / name / f"{path.stem}.png")
    np.save(place / "z.npy", np.random.default_rng(0).standard_normal((100, 3)))
    np.save(place / "split.npy", np.repeat([0, 1, 2], [60, 20, 20]))
    linear = Linear(np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8))
    write_encoder(place / "encoder.onnx", linear)
    write_decoder(place / "decoder.onnx", linear)
    (place / "mine.yaml").write_text("encoder: encoder.onnx\ndecoder: decoder.onnx\n")
    (place / "study.yaml").write_text("train:\n  epochs: 2\n")
    (place / "compare.yaml").write_text("grid:\n  train.latent_dim: [4, 8]\n")
    (place / "inception-2015-12-05.pt").write_bytes(b"named only, never loaded here")
    return place


@pytest.fixture
def study(answering_store: Path, context: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENTFACES_STORE", str(answering_store))
    monkeypatch.chdir(context)
    return answering_store


def filled_in(word: str, store: Path) -> str:
    """A placeholder of the pages as this study has it."""
    found = newest_study(find_store(store))
    names = [str(name) for name in read_array(open_complete(found.dataset / "images.zarr"), "name")]
    known = {
        "<key>": found.model.name[:6],
        "3f2a": found.model.name[:6],
        "000001.jpg": names[0],
        "000002.jpg": names[1],
    }
    return known.get(word, word)


def parsed(words: list[str]) -> dict[str, object]:
    """The options of a call as the command line understands them; raises what it would refuse them with."""
    group = typer.main.get_command(app)
    command = group.commands[words[0]]  # type: ignore[attr-defined]
    return dict(command.make_context(words[0], list(words[1:])).params)


def check(words: list[str]) -> None:
    """Options, preset and settings of a call, which is not run."""
    options = parsed(words)
    if words[0] in STUDY:
        file = options.get("config")
        assert isinstance(file, Path | None)
        study_config(options.get("preset"), file, options.get("settings") or [])  # type: ignore[arg-type]


def run(words: list[str]) -> int:
    """The exit status of a call in this process."""
    try:
        app(words)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.parametrize("command", LATENTFACES, ids=lambda one: f"{one.page}: {' '.join(one.words[1:])}"[:110])
def test_the_commands_of_the_pages_work(command: Command, study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = [filled_in(word, study) for word in command.words[1:]]
    remote = "--copies" in words or any(word.startswith("s3://") for word in words)
    if words[0] in ENDLESS or remote:
        check(words)
        return
    if words[0] == "doctor":
        assert run(words) in (0, 1)  # It says what is wrong on this machine; the tests need not be on a sound one.
        return
    if words[0] == "generate" and "--out" in words:
        shutil.rmtree(words[words.index("--out") + 1], ignore_errors=True)
    if words[0] in STUDY:
        check(words)
    if words[0] in (*STUDY, "compare", "points"):
        words = words if "--dry-run" in words else [*words, "--dry-run"]
    assert run(words) == 0, capfd.readouterr().err


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.program == "make"], ids=lambda one: " ".join(one.words)
)
def test_make_knows_the_targets(command: Command) -> None:
    targets = re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text(), re.M)
    assert {word for word in command.words[1:] if "=" not in word} <= set(targets)


def test_every_page_links_to_something() -> None:
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            assert link.startswith(("https://", "http://")) or (page.parent / link).exists(), f"{page}: {link}"


@pytest.mark.parametrize(
    "line",
    [
        "run --data photos --set train.epoch=3",
        "run --set sample.uniform_component.fact='[-1]'",
        "run --preset demonstration",
        "run --dat photos",
        "generate --out faces --smapler multivariate_normal",
    ],
)
def test_a_page_with_a_wrong_word_would_fail(line: str, study: Path) -> None:
    words = shlex.split(line)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the options' own errors, or the configuration's
        check(words)


def test_the_reports_own_commands_draw_with_its_recommendation(
    answering_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they stand on the page, in a folder that knows nothing of the store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LATENTFACES_STORE", raising=False)
    (report,) = (answering_store / "report").glob("*/report.html")
    shell, python = (
        html.unescape(block) for block in re.findall(r"<pre><code>(.*?)</code></pre>", report.read_text(), re.S)
    )
    words = shlex.split(shell)
    assert words[0] == "latentfaces"
    assert str(answering_store) in words
    assert run(words[1:]) == 0
    assert len(list((tmp_path / "faces").glob("0*.png"))) == 24
    scope: dict[str, object] = {}
    exec(python, scope)
    faces: Any = scope["faces"]
    assert faces.shape == (24, 32, 32, 3)
    sampler, level, _ = open_study(answering_store).recommendation
    drawn = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "faces").glob("0*.png"))]
    np.testing.assert_array_equal(drawn, faces)
    expected = open_study(answering_store)
    np.testing.assert_array_equal(expected.decode(expected.draw(sampler, 24, **level)), faces)
    assert run(["generate", "--store", str(answering_store), "--count", "24", "--out", "unnamed"]) == 0
    for path, face in zip(sorted((tmp_path / "unnamed").glob("0*.png")), faces, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), face)
