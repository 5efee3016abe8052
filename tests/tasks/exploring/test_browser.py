"""The explorer in a real browser: nothing complains, sliders change the face, a link brings it back."""

import json
import threading

import pytest

from tasks.exploring.serve import bind, serve
from tests.browser import ARGUMENTS, CHROMIUM

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(study):
    listening, ready = bind("127.0.0.1", 0), threading.Event()
    threading.Thread(target=serve, args=(study, listening, "127.0.0.1", ready.set), daemon=True).start()
    assert ready.wait(120)
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


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
    seen.append(shown.after(lambda: shown.page.get_by_role("slider", name="scale").fill("0.5")))
    seen.append(shown.after(lambda: shown.page.get_by_label("Sampler").select_option("uniform_component")))
    seen.append(shown.after(lambda: shown.page.click("#another")))
    seen.append(shown.after(lambda: shown.page.get_by_role("radio", name="A real face").click()))
    seen.append(shown.after(lambda: shown.page.get_by_role("radio", name="Between two").click()))
    seen.append(shown.after(lambda: shown.page.get_by_role("slider", name="Way").fill("0.1")))
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


def test_the_saved_picture_is_the_face(browser, address):
    import base64

    shown = Page(browser, address)
    with shown.page.expect_download() as saved:
        shown.page.click("#save")
    content = saved.value.path().read_bytes()
    assert "data:image/png;base64," + base64.b64encode(content).decode() == shown.face()
    assert saved.value.suggested_filename.endswith(".png")


def test_a_link_that_cannot_be_is_said_and_the_page_goes_on(browser, address):
    shown = Page(browser, address)
    shown.page.evaluate("() => { location.hash = '#start=real&row=99999' }")
    shown.page.get_by_text("the data set has the rows 0 to 299").wait_for()
    assert shown.after(lambda: shown.page.get_by_role("radio", name="The mean").click())
    assert shown.page.inner_text("#status") == ""
