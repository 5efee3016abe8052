import base64
import csv
import html
import io
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tasks.assessment.tables import COLUMNS
from tasks.page.chapters import tell
from tasks.page.section import Fold, Part, Picture, Prose, Section
from tasks.page.wording import with_interval
from tasks.reporting import topics
from tasks.reporting.chapters import CHAPTERS
from tasks.reporting.topics import sections as registered
from tasks.reporting.topics.planned import planned

VOID = {"meta", "link", "img", "br", "wbr", "hr", "input"}


class Page(HTMLParser):
    """Checks that elements are nested properly, and gathers what the page refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.faults, self.images, self.links, self.anchors = [], [], {}, [], []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img" and "data-file" in given:
            self.images.setdefault(given["data-file"], []).append(given)
        if "id" in given:
            self.anchors.append(given["id"])
        self.links += [given[name] for name in ("href", "src") if name in given]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text.append(data)


@pytest.fixture(scope="module", params=["correlated", "scarce"])
def made(request):
    return request.getfixturevalue(request.param), request.getfixturevalue(f"{request.param}_report")


@pytest.fixture(scope="module")
def page(made):
    return Page((made[1] / "report.html").read_text(encoding="utf-8"))


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_html_is_well_formed_and_its_links_lead_somewhere(page):
    assert page.faults == []
    assert page.open == []
    assert len(page.anchors) == len(set(page.anchors))
    inner = [link[1:] for link in page.links if link.startswith("#")]
    assert inner
    assert set(inner) <= set(page.anchors)


def test_the_page_needs_nothing_from_elsewhere(made, page):
    text = (made[1] / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|@import|<script [^>]*src|url\(", re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))
    beside = [link for link in page.links if not link.startswith(("#", "data:"))]
    assert beside
    for link in beside:
        assert (made[1] / link).is_file(), link


def test_no_path_of_this_machine_is_in_it(made):
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", (made[1] / "report.html").read_text(encoding="utf-8"))
    assert str(made[0].root) not in text
    assert not re.search(r"[\"'> ]/(tmp|home|root|usr|var|work)/", text)


def test_every_figure_file_is_embedded_and_shows_something(made, page):
    files = sorted(path.relative_to(made[1]).as_posix() for path in (made[1] / "figures").glob("*.png"))
    assert sorted(page.images) == files
    for name, images in page.images.items():
        content = (made[1] / name).read_bytes()
        file = Image.open(io.BytesIO(content))
        assert np.asarray(file).std() > 3, name
        for image in images:
            assert image["alt"]
            kind, _, encoded = image["src"].partition(";base64,")
            shown = base64.b64decode(encoded, validate=True)
            assert shown == content if kind == "data:image/png" else kind == "data:image/jpeg"
            picture = Image.open(io.BytesIO(shown))
            assert picture.size == file.size == (int(image["width"]), int(image["height"]))
            assert np.asarray(picture).std() > 3, name


def test_every_plot_lies_beside_the_page_as_svg_and_no_photograph_does(made, page):
    text = (made[1] / "report.html").read_text(encoding="utf-8")
    plots = set(re.findall(r'<figure class="plot">[^§]*?data-file="figures/(.+?)\.png"', text))
    assert {"eigenvalues", "radii"} <= plots
    # Plots with faces in them, which the page shows as they are in the dark too.
    plots |= {"ladder", "fidelity"} & {path.stem for path in (made[1] / "figures").iterdir()}
    assert {path.stem for path in (made[1] / "figures").glob("*.svg")} == plots
    assert {f"figures/{name}.svg" for name in plots} <= set(page.links)


def test_every_sampler_and_level_is_shown(made, page):
    text = " ".join(page.text)
    for name, draws in made[0].study().samples.items():
        assert f"faces-{name}" in page.anchors
        assert name in text
        for level, label in enumerate(draws.labels):
            assert draws.title(level) in text
            level_name = re.sub(r"[=,]", "-", label)
            assert f"figures/grid-{name}-{level_name}.png" in page.images


def test_findings_stand_on_the_page_and_in_the_facts(made, tmp_path, page):
    study = made[0].study()
    text = re.sub(r"\s+", " ", "".join(page.text)).replace("dM", "d_M")
    for finding in study.findings:
        assert finding.text in text
    assert study.findings[0].key == "answer"


def test_tables_hold_the_scores_in_full(made):
    given = rows_of(made[0].artifacts.scored("scores") / "scores.csv")
    written = rows_of(made[1] / "tables" / "scores.csv")
    numeric = ("value", "spread")
    assert len(given) == len(written)
    for before, after in zip(given, written, strict=True):
        assert [before[name] for name in COLUMNS if name not in numeric] == [
            after[name] for name in COLUMNS if name not in numeric
        ]
        assert [float(before[name]) for name in numeric] == [float(after[name]) for name in numeric]


@pytest.mark.parametrize("reference", ["train", "heldout"])
def test_wide_tables_agree_with_the_long_form(made, reference):
    long = rows_of(made[0].artifacts.scored("scores") / "scores.csv")
    wide = {(row["sampler"], row["label"]): row for row in rows_of(made[1] / "tables" / f"scores-{reference}.csv")}
    long = [row for row in long if row["reference"] == reference]
    assert len(wide) == len({(row["sampler"], row["label"]) for row in long})
    floor = {row["metric"]: float(row["value"]) for row in long if row["sampler"] == "reconstruction"}
    for row in long:
        line = wide[row["sampler"], row["label"]]
        assert float(line[row["metric"]]) == float(row["value"])
        assert float(line[f"{row['metric']}_spread"]) == float(row["spread"])
        assert float(line[f"{row['metric']}_per_reconstruction"]) == float(row["value"]) / floor[row["metric"]]


def test_what_was_skipped_is_listed_and_escaped(scarce_report):
    text = (scarce_report / "report.html").read_text(encoding="utf-8")
    assert "2 files were skipped" in text
    assert "a &lt;b&gt;.jpg" in text
    assert "one &lt;odd&gt; thing" in text
    assert "<odd>" not in text
    assert [row["name"] for row in rows_of(scarce_report / "tables" / "skipped.csv")] == ["a <b>.jpg", "c.jpg"]


def test_a_second_run_writes_the_same_bytes(scarce, scarce_report, tmp_path, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path_factory.mktemp("cache")))  # where no picture is kept
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "left-over.png").write_bytes(b"of an interrupted run")
    facts = scarce.write(tmp_path)
    names = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(scarce_report) for path in scarce_report.rglob("*") if path.is_file())
    for name in names:
        assert (tmp_path / name).read_bytes() == (scarce_report / name).read_bytes(), name
    assert facts["path"] == "report.html"
    assert facts["findings"][0].startswith("No answer yet: 36 training images are too few")


def test_every_table_can_be_saved_from_the_page_alone(made, page):
    csv_files = {path.stem: path.read_bytes() for path in (made[1] / "tables").iterdir()}
    carried = [link.partition(";base64,")[2] for link in page.links if link.startswith("data:text/csv")]
    assert sorted(base64.b64decode(content, validate=True) for content in carried) == sorted(csv_files.values())


def test_sections_come_in_their_order():
    orders = [entry.order for entry in registered()]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)
    assert {order // 100 for order in orders} == set(range(1, len(CHAPTERS) + 1))


def test_an_order_without_a_chapter_is_refused():
    with pytest.raises(ValueError, match=r"section lost has ORDER 42; give it 100 to"):
        tell([(42, Section("lost", "Lost", ()))], CHAPTERS)


@pytest.mark.parametrize("rank", [{}, {"RANK": None}, {"RANK": (1, 2)}])
def test_claims_without_a_place_are_refused(monkeypatch, rank):
    lost = SimpleNamespace(__name__="lost", FINDERS=(print,), **rank)
    monkeypatch.setattr(topics, "modules_in", lambda package: {"lost": lost})
    with pytest.raises(TypeError, match="lost must define RANK: one int for all of its FINDERS, or one for each"):
        topics.find(None)


def test_the_contents_tell_the_story(made, page):
    chapters = [chapter.anchor for chapter in CHAPTERS if chapter.anchor in page.anchors]
    assert chapters[0] == "the-data"
    assert chapters[-2:] == ["in-use", "the-words"]
    listed = [link[1:] for link in page.links if link.startswith("#")]
    contents = listed[listed.index("the-data") :]
    assert [anchor for anchor in contents if anchor in chapters] == chapters
    places = [page.anchors.index(anchor) for anchor in dict.fromkeys(contents) if anchor != "contents"]
    assert places == sorted(places)


def test_numbers_are_folded_away_and_of_the_figures_only_further_levels_are(made):
    page, folds = (made[1] / "report.html").read_text(encoding="utf-8"), 0
    folded = []
    for tag, name in re.findall(r"(</?details|<table|<img)(?:[^>]*data-file=\"figures/([^\"]*)\")?", page):
        folds += {"<details": 1, "</details": -1}.get(tag, 0)
        assert tag != "<table" or folds > 0
        folded += [name] if tag == "<img" and folds else []
    study = made[0].study()
    others = {name: len(draws.labels) - 1 for name, draws in study.samples.items()}
    grids = [name for name in folded if name.startswith("grid-")]
    assert len(grids) == sum(others.values())
    assert all(name.startswith(("grid-", "ordered-")) for name in folded)


def test_of_the_reference_case_the_best_level_comes_first_and_the_others_are_folded(correlated):
    study = correlated.study()
    section = next(entry for entry in registered() if entry.name == "ordered").build(study)
    first = next(block for block in section.blocks if isinstance(block, Picture))
    (folded,) = [block for block in section.blocks if isinstance(block, Fold)]
    best = study.verdict.leader("uniform_component").label
    assert first.name == f"ordered-uniform_component-{best.replace('=', '-')}"
    assert len(folded.blocks) == len(study.samples["uniform_component"].labels) - 1


def test_the_advice_follows_the_verdict(correlated):
    study = correlated.study()
    section = next(entry for entry in registered() if entry.name == "use").build(study)
    (claim,) = section.claims
    pick = study.verdict.pick
    assert claim.pick == (pick.sampler, pick.label)
    words = " ".join(str(block.html) for block in section.blocks if isinstance(block, Prose))
    words = html.unescape(words)
    store = "--store 's3://faces/some studies' --model model"
    assert f"latentfaces generate {store} --sampler multivariate_normal --level {pick.label}" in words
    assert "study = open_study('s3://faces/some studies', model=\"model\")" in words
    assert "Too many broken faces: normal_component" in words
    assert "Too many copies: resampled (100.0 %)." in words
    d = study.dimension
    assert f"mean and covariance, {d + d * (d + 1) // 2:,} numbers" in words
    step = planned(study.numbers)["correlations"]
    (why,) = [block for block in section.blocks if isinstance(block, Part)]
    assert why.title == "Why correlations matter"
    assert with_interval(*step.second.distance) in str(why.blocks[0].html)
    (table,) = [table for table in section.tables() if table.name == "what_to_use"]
    verdicts = {row[1]: row[-1] for row in table.rows}
    assert verdicts["multivariate_normal"] == "use"
    assert verdicts["resampled"] == "copies"
    assert verdicts["normal_component"] == verdicts["uniform_common"] == "broken"


def test_where_correlations_are_nothing_the_advice_does_not_claim_them(independent):
    study = independent.study()
    section = next(entry for entry in registered() if entry.name == "use").build(study)
    (why,) = [block for block in section.blocks if isinstance(block, Part)]
    assert why.title == "What correlations are worth here"
    assert "which the draws do not tell from no difference" in str(why.blocks[0].html)
    words = html.unescape(" ".join(str(block.html) for block in section.blocks if isinstance(block, Prose)))
    assert "As close, as far as these draws can tell: multivariate_normal (scale=" in words
    (table,) = [table for table in section.tables() if table.name == "what_to_use"]
    verdicts = {row[1]: row[-1] for row in table.rows}
    assert verdicts == {"normal_component": "use", "multivariate_normal": "as close", "resampled": "copies"}


def test_without_an_answer_nothing_is_recommended_anywhere(scarce, scarce_report):
    text = (scarce_report / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
    assert "No answer yet: 36 training images are too few to tell a good draw from a bad one." in text
    assert "Use at least 500 training images." in text
    assert "To get an answer: use at least 500 training images." in text
    for word in ("Draw z with", "latentfaces generate", "open_study", "recommended draw", "★"):
        assert word not in text, word
    assert not (scarce_report / "tables" / "what_to_use.csv").exists()
    assert not (scarce_report / "figures" / "answer.png").exists()
    # What was found stays.
    assert (scarce_report / "figures" / "ladder.png").is_file()
    assert "broken" in text


def test_faces_of_the_recommended_draw_are_shown_large(correlated, correlated_report):
    sheet = Image.open(correlated_report / "figures" / "answer.png")
    # Four rows of eight faces of 128 pixels, two pixels apart.
    assert sheet.size == (8 * 130 - 2, 4 * 130 - 2)
    page = (correlated_report / "report.html").read_text(encoding="utf-8")
    assert f"The first 32 stored faces of {correlated.study().verdict.pick.name}" in page


def test_rows_are_counted_with_what_they_are(correlated, correlated_report):
    study = correlated.study()
    levels = sum(len(draws.labels) for draws in study.samples.values())
    text = (correlated_report / "report.html").read_text(encoding="utf-8")
    rows = f"all {levels + 2} rows ({levels} levels of {len(study.samples)} samplers, 2 of real images"
    assert rows in text
    assert f"{len(study.samples)} samplers compared at {levels} levels." in text
    assert "Left out are closer ones that are excluded as broken or copies: resampled." in text


def test_what_a_sampler_keeps_is_counted(correlated):
    study = correlated.study()
    section = next(entry for entry in registered() if entry.name == "use").build(study)
    (table,) = [table for table in section.tables() if table.name == "what_to_use"]
    kept = {row[1]: row[-3:-1] for row in table.rows}
    assert kept["uniform_common"] == ("one scale", 1)
    assert kept["uniform_component"] == ("an interval of every component", 2 * study.dimension)


def test_the_command_of_no_sampler_is_cut_off(correlated_report):
    text = (correlated_report / "report.html").read_text(encoding="utf-8")
    (rule,) = re.findall(r"^pre \{([^}]*)\}", text, re.MULTILINE)
    assert "white-space: pre-wrap" in rule
