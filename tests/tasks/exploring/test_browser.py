"""The explorer in a real browser: nothing complains, sliders change the face, a link brings it back."""

import json
import threading

import pytest

from tasks.exploring.opened import OpenedStudy
from tasks.exploring.serve import bind, serve
from tasks.finished.artifacts import Artifacts
from tests.browser import ARGUMENTS, CHROMIUM
from tests.judged import write_judged

pytestmark = pytest.mark.browser


def served(study):
    listening, ready = bind("127.0.0.1", 0), threading.Event()
    threading.Thread(target=serve, args=(study, listening, "127.0.0.1", ready.set), daemon=True).start()
    assert ready.wait(120)
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.fixture(scope="module")
def address(study):
    return served(study)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Page:
    """A page of the explorer that notes whatever the browser complains of."""

    def __init__(self, browser, address, width=1300, scheme="light"):
        self.complaints, self.requests = [], []
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.open(address)

    def open(self, address):
        self.page.goto("about:blank")
        self.page.goto(address)
        self.page.wait_for_selector("body[data-shown]")

    def face(self):
        return self.page.get_attribute("#face", "src")

    def after(self, act):
        """The face once what ``act`` changes is shown."""
        shown = int(self.page.get_attribute("body", "data-shown"))
        act()
        self.page.wait_for_selector(f"body:not([data-shown='{shown}'])")
        return self.face()


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_whole_at_any_width(browser, address, width, scheme):
    shown = Page(browser, address, width, scheme)
    shown.page.check("#nearest-on")
    shown.page.wait_for_selector("#nearest img")
    images = shown.page.evaluate("() => [...document.images].filter(i => i.offsetParent).map(i => i.naturalWidth)")
    assert len(images) > 8
    assert all(images)
    assert shown.page.evaluate("() => document.documentElement.scrollWidth") <= width
    background = shown.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    painted = shown.page.evaluate(
        "() => [...document.querySelectorAll('canvas')].map(c => "
        "new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size)"
    )
    assert len(painted) == 6
    assert min(painted) > 3
    assert [url for url in shown.requests if not url.startswith((address, "data:", "about:"))] == []
    assert shown.complaints == []


def test_every_kind_of_control_changes_the_face(browser, address):
    shown = Page(browser, address)
    seen = [shown.face()]
    for selector in ("#axes input", "#components input", "#attributes input"):
        seen.append(shown.after(lambda selector=selector: shown.page.locator(selector).first.fill("1.5")))
    seen.append(shown.after(lambda: shown.page.get_by_role("radio", name="linear probe").click()))
    seen.append(shown.after(lambda: shown.page.get_by_label("Sampler").select_option("multivariate_normal")))
    seen.append(shown.after(lambda: shown.page.get_by_role("slider", name="scale").fill("0.5")))
    seen.append(shown.after(lambda: shown.page.get_by_label("Sampler").select_option("normal_component")))
    seen.append(shown.after(lambda: shown.page.click("#another")))
    seen.append(shown.after(lambda: shown.page.get_by_role("radio", name="A real face").click()))
    seen.append(shown.after(lambda: shown.page.get_by_role("radio", name="Between two faces").click()))
    seen.append(shown.after(lambda: shown.page.get_by_role("slider", name="Position").fill("0.1")))
    seen.append(shown.after(lambda: shown.page.get_by_role("radio", name="The mean").click()))
    seen.append(shown.after(lambda: shown.page.click("#reset")))
    assert len(set(seen)) == len(seen)
    assert shown.complaints == []


def test_dragging_in_a_density_and_the_keyboard_move_the_point(browser, address):
    shown = Page(browser, address)
    canvas = shown.page.locator("#planes canvas").first
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    before = shown.face()
    dragged = shown.after(lambda: shown.page.mouse.click(area["x"] + area["width"] * 0.7, area["y"] + 60))
    assert dragged != before
    assert "axes=" in shown.page.url
    pressed = shown.after(lambda: canvas.press("ArrowRight"))
    assert pressed != dragged
    slid = shown.after(lambda: shown.page.locator("#axes input").nth(4).press("ArrowRight"))
    assert slid != pressed
    another = shown.after(lambda: shown.page.keyboard.press("n"))
    assert another != slid
    assert shown.complaints == []


def test_a_link_brings_back_exactly_the_same_face(browser, address):
    shown = Page(browser, address)
    shown.after(lambda: shown.page.get_by_label("Sampler").select_option("manifold_parzen"))
    shown.after(lambda: shown.page.get_by_role("slider", name="bandwidth").fill("0.7"))
    shown.after(lambda: shown.page.locator("#axes input").nth(1).fill("-2.2"))
    shown.after(lambda: shown.page.locator("#attributes input").first.fill("0.6"))
    face = shown.after(lambda: shown.page.click("#another"))
    shown.page.click("#copy-link")
    shown.page.get_by_text("link copied").wait_for()
    link = shown.page.evaluate("() => navigator.clipboard.readText()")
    shown.page.click("#copy-z")
    shown.page.get_by_text("z copied").wait_for()
    z = json.loads(shown.page.evaluate("() => navigator.clipboard.readText()"))
    again = Page(browser, link)
    assert again.face() == face
    assert again.page.get_by_label("Sampler").input_value() == "manifold_parzen"
    assert float(again.page.locator("#axes input").nth(1).input_value()) == pytest.approx(-2.2)
    assert again.page.url == link
    again.page.click("#copy-z")
    again.page.get_by_text("z copied").wait_for()
    assert json.loads(again.page.evaluate("() => navigator.clipboard.readText()")) == z
    assert shown.complaints + again.complaints == []


def test_attributes_are_toggled_and_a_link_brings_them_back(browser, address):
    shown = Page(browser, address)
    seen = [shown.after(lambda: shown.page.get_by_role("radio", name="To order").click())]
    first, second = shown.page.locator("#orders button").all()
    assert [first.get_attribute("data-value"), second.get_attribute("data-value")] == ["1", "0"]
    seen.append(shown.after(second.click))
    seen.append(shown.after(second.click))
    assert second.get_attribute("data-value") == "-1"
    seen.append(shown.after(lambda: shown.page.click("#another")))
    assert len(set(seen)) == len(seen)
    again = Page(browser, shown.page.url)
    assert again.face() == seen[-1]
    assert [one.get_attribute("data-value") for one in again.page.locator("#orders button").all()] == ["1", "-1"]
    assert shown.complaints + again.complaints == []


def test_the_saved_picture_is_the_face(browser, address):
    import base64

    shown = Page(browser, address)
    with shown.page.expect_download() as saved:
        shown.page.click("#save")
    content = saved.value.path().read_bytes()
    assert "data:image/png;base64," + base64.b64encode(content).decode() == shown.face()
    assert saved.value.suggested_filename.endswith(".png")


BROKEN = {
    "#start=real": "row is missing",
    "#start=real&row=abc": "row=abc is not a number",
    "#start=real&row=1.5": "row=1.5 is not a whole number of at least 0",
    "#start=moon": "start=moon is not one of draw, order, real, walk, mean, point",
    "#section": "start is missing",
    "#start=draw": "the sampler is missing",
    "#start=draw&sampler=nonsense&seed=0": "unknown sampler 'nonsense'; choose from uniform_common",
    "#start=draw&sampler=gaussian_mixture&level.components=20": "components=20 is not possible: there are 180",
    "#start=draw&sampler=uniform_component&level.fact=wide": "fact=wide",
    "#start=draw&sampler=shuffled&seed=x": "seed=x is not a number",
    "#start=order&with=Kind": "unknown attribute 'Kind'; The data set has Broad, Tall",
    "#start=order": "no attribute is asked for",
    "#start=order&with=%25E0": "with holds “%E0”, which is not an encoded name",
    "#start=walk&first=1": "second is missing",
    "#start=walk&first=1&second=2&t=half": "t=half is not a number",
    "#start=walk&first=1&second=2&mode=round": "mode=round is not one of linear, spherical, whitened",
    "#start=point&z=***": "z is not a point",
    "#start=point&z=AADAfw": "z is not a point",  # the bits of NaN
    "#start=point&z=AACAPw": "z must have the shape (n, 6), not (1,)",
    "#start=mean&axes=0:abc": "axes holds “0:abc”, which is not a name and a number",
    "#start=mean&axes=6:1": "there is no main axis 6; there are 0 to 5",
    "#start=mean&attributes=%25E0:1": "which is not an encoded name",
    "#start=mean&attributes=Kind:1": "there is no attribute 'Kind'; there are Broad, Tall",
    "#start=mean&direction=up": "direction=up is not one of difference, probe",
    "#start=mean&correction=much": "correction=much is not a number",
}


@pytest.mark.parametrize("link", BROKEN)
def test_a_broken_link_gets_a_sentence_and_the_studys_own_start_is_shown(browser, address, study, link):
    shown = Page(browser, address + link)
    shown.page.wait_for_selector("#status.wrong")
    said = shown.page.inner_text("#status")
    assert said.startswith("This link cannot be shown: ")
    assert BROKEN[link] in said
    assert shown.page.get_by_label("Sampler").input_value() == study.recommendation.sampler
    assert f"sampler={study.recommendation.sampler}" in shown.page.url
    assert shown.face().startswith("data:image/png")
    values = shown.page.evaluate("() => [...document.querySelectorAll('input')].map(i => i.value)")
    for text in (shown.page.inner_text("body"), shown.page.url, *values, *shown.requests):
        assert "NaN" not in text
        assert "undefined" not in text
    shown.after(lambda: shown.page.get_by_role("radio", name="The mean").click())
    assert shown.page.inner_text("#status") == ""


def test_the_page_starts_with_what_the_study_recommends(browser, address, study):
    shown = Page(browser, address)
    sampler, level, _ = study.recommendation
    assert shown.page.get_by_label("Sampler").input_value() == sampler
    assert "".join(f"&level.{name}={value:g}" for name, value in level.items()) in shown.page.url
    assert shown.page.inner_text("#status") == ""


def test_a_study_without_an_answer_says_so_and_starts_from_the_mean(browser, artifacts, tmp_path):
    write_judged(tmp_path, {("shuffled", "all"): (1.0, 0.05, 0.02)}, error_share=0.41)
    shown = Page(browser, served(OpenedStudy(Artifacts(**vars(artifacts) | {"scores": tmp_path}), "cpu")))
    assert shown.page.inner_text("#status") == (
        "No answer yet: the autoencoder does not reconstruct held-out faces: its squared error is 41 % of the variance "
        "of their pixels (limit 25 %). Train the autoencoder for more epochs (train.epochs). "
        "This is the mean of the training points."
    )
    assert "start=mean" in shown.page.url
    assert shown.complaints == []


def test_beside_the_face_it_says_whether_it_is_broken(browser, address, study):
    rows = study.points.train_index
    broken = study.broken(study.decode(study.z[rows]))
    shown = Page(browser, f"{address}#start=real&row={rows[~broken][0]}")
    assert shown.page.inner_text("#integrity span") == "recognised by the autoencoder"
    assert shown.page.locator("#integrity.wrong").count() == 0
    shown = Page(browser, f"{address}#start=real&row={rows[broken][0]}")
    assert shown.page.inner_text("#integrity.wrong span").startswith("broken: a second pass changes it ")
    limit = f"limit {study.brokenness.threshold:.2f}"
    assert shown.page.inner_text("#integrity small").endswith(limit)
    assert shown.complaints == []


def test_an_unknown_file_name_gets_a_sentence(browser, address):
    shown = Page(browser, address)
    before = shown.after(lambda: shown.page.get_by_role("radio", name="A real face").click())
    box = shown.page.get_by_label("Image")
    box.fill("portrait.png")
    box.press("Enter")
    shown.page.get_by_text(
        "No image is called “portrait.png”. Enter a name such as 000000.jpg, part of one, or a row from 0 to 299."
    ).wait_for()
    assert shown.face() == before
    box.fill("000123.jpg")
    assert shown.after(lambda: box.press("Enter")) != before
    assert "row=123" in shown.page.url
    assert shown.page.inner_text("#status") == ""
    assert shown.complaints == []


def test_a_link_that_cannot_be_is_said_and_the_page_goes_on(browser, address):
    shown = Page(browser, address)
    shown.page.evaluate("() => { location.hash = '#start=real&row=99999' }")
    shown.page.get_by_text("the data set has the rows 0 to 299").wait_for()
    assert shown.after(lambda: shown.page.get_by_role("radio", name="The mean").click())
    assert shown.page.inner_text("#status") == ""
