from collections.abc import Iterator

import pytest

from tests.browser import ARGUMENTS, CHROMIUM

PAGE = 1016
"""Pixels of a printed A4 page between its margins: 269 mm at 96 pixels per inch."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, correlated_report):
    view = chromium.new_page(viewport={"width": 1280, "height": 900})
    view.complaints = []
    view.on("console", lambda message: view.complaints.append(message.text))
    view.on("pageerror", lambda error: view.complaints.append(str(error)))
    view.goto((correlated_report / "report.html").as_uri())
    yield view
    assert view.complaints == []
    view.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_itself_whole(chromium, correlated_report, width, scheme):
    complaints, requests = [], []
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto((correlated_report / "report.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    images = page.evaluate(
        "[...document.querySelectorAll('figure img')].map(image => [image.complete, image.naturalWidth])"
    )
    reach = page.evaluate("document.documentElement.scrollWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("data:", "file:"))] == []
    assert len(images) > 10
    assert all(complete and natural > 0 for complete, natural in images)
    assert reach <= width
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.browser
def test_on_a_phone_wide_things_scroll_in_their_own_box(chromium, correlated_report):
    page = chromium.new_page(viewport={"width": 420, "height": 900})
    page.goto((correlated_report / "report.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    boxes = page.evaluate(
        "[...document.querySelectorAll('.scroll, .frame')].map(box =>"
        " [box.getBoundingClientRect().right, box.scrollWidth > box.clientWidth, getComputedStyle(box).overflowX])"
    )
    strip = page.locator("img[data-file='figures/axis_strips.png']")
    drawn, natural = strip.bounding_box()["width"], strip.evaluate("image => image.naturalWidth")
    reach = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert reach <= 420
    assert all(right <= 420 for right, _, _ in boxes)
    assert any(wider for _, wider, _ in boxes)
    assert {overflow for _, _, overflow in boxes} == {"auto"}
    # The text of a strip stays legible.
    assert drawn >= 0.75 * natural - 1 > 420


@pytest.mark.browser
def test_every_link_of_the_contents_lands_on_its_heading(page):
    page.add_style_tag(content="html { scroll-behavior: auto !important; }")
    links = page.locator("nav a")
    assert links.count() > 15
    for place in range(links.count()):
        link = links.nth(place)
        link.click()
        target = page.locator(link.get_attribute("href"))
        top = target.bounding_box()["y"]
        at_the_end = page.evaluate("innerHeight + scrollY >= document.documentElement.scrollHeight - 2")
        assert abs(top) < 3 or (at_the_end and 0 <= top < 900), link.inner_text()


@pytest.mark.browser
def test_folds_open(page):
    fold = page.locator("details").first
    assert not fold.locator("table").first.is_visible()
    fold.locator("summary").first.click()
    assert fold.locator("table").first.is_visible()


@pytest.mark.browser
def test_a_picture_opens_large_and_closes_again(page):
    page.locator("#faces summary").first.click()
    picture = page.locator("#faces details figure").first
    small = picture.locator("img").bounding_box()["width"]
    picture.locator("a.zoom").click()
    large = page.locator("dialog img")
    assert large.is_visible()
    assert large.bounding_box()["width"] > 1.5 * small
    assert large.get_attribute("alt") == picture.locator("img").get_attribute("alt")
    page.keyboard.press("Escape")
    assert not large.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["ladder", "correlation"])
def test_a_figure_is_saved_from_the_page_alone(page, correlated_report, name, tmp_path):
    alone = tmp_path / "alone.html"
    alone.write_bytes((correlated_report / "report.html").read_bytes())
    page.goto(alone.as_uri())
    with page.expect_download() as saving:
        page.locator(f"figure:has(img[data-file='figures/{name}.png']) a[data-figure]").click()
    assert saving.value.suggested_filename == f"{name}.png"
    assert saving.value.path().read_bytes() == (correlated_report / "figures" / f"{name}.png").read_bytes()


@pytest.mark.browser
def test_a_table_is_saved_from_the_page_alone(page, correlated_report, tmp_path):
    alone = tmp_path / "alone.html"
    alone.write_bytes((correlated_report / "report.html").read_bytes())
    page.goto(alone.as_uri())
    page.locator("#ladder summary").click()
    with page.expect_download() as saving:
        page.locator("#ladder details a.save").click()
    assert saving.value.suggested_filename == "ladder.csv"
    assert saving.value.path().read_bytes() == (correlated_report / "tables" / "ladder.csv").read_bytes()


@pytest.mark.browser
def test_it_prints_on_white_and_no_figure_is_cut(chromium, correlated_report):
    page = chromium.new_page(viewport={"width": 695, "height": PAGE}, color_scheme="dark")
    page.goto((correlated_report / "report.html").as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    tall = page.evaluate(
        "[...document.querySelectorAll('figure')].filter(one => getComputedStyle(one).breakInside !== 'avoid' ||"
        f" one.getBoundingClientRect().height > {PAGE}).map(one => one.querySelector('img').dataset.file)"
    )
    assert tall == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 695
    assert page.locator("details:visible").count() == 0
    printed = page.pdf(format="A4", print_background=True)
    page.close()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page>") + printed.count(b"/Type /Page ") > 5
