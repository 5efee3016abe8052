import pytest

from tests.browser import ARGUMENTS, CHROMIUM


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_itself_whole(correlated_report, width, scheme):
    sync_api = pytest.importorskip("playwright.sync_api")
    complaints, requests = [], []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto((correlated_report / "report.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        images = page.evaluate("[...document.images].map(image => [image.complete, image.naturalWidth])")
        reach = page.evaluate("document.documentElement.scrollWidth")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        browser.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("data:", "file:"))] == []
    assert len(images) > 10
    assert all(complete and natural > 0 for complete, natural in images)
    assert reach <= width
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
