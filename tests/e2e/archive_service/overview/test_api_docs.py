"""The description of the API is a page of our own: no script of it comes from elsewhere."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.e2e.conftest import barriers, overflow_px
from tests.worlds.archive import new_home
from tests.worlds.site import served

# Of the viewer itself, seen with Swagger UI 5.32: buttons within buttons, headings that begin at
# the third level, examples that scroll, a choice without a name, a filter above its `main`,
# the address of a route lower than a finger on a telephone.
VIEWERS_OWN = (
    *("nested-interactive", "heading-order", "scrollable-region-focusable", "select-name"),
    *("region", "target-size"),
)


def test_every_route_is_described_without_a_network(
    context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    elsewhere: list[str] = []
    with served(new_home(tmp_path / "home")) as site:

        def note(request: Request) -> None:
            if not request.url.startswith(site.url):
                elsewhere.append(request.url)

        context.on("request", note)
        answer = page.goto(f"{site.url}/api/v1/docs")  # nobody has signed in
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        tags = page.locator(".opblock-tag")
        expect(tags.nth(30)).to_be_visible(timeout=60_000)
        page.get_by_placeholder(re.compile("Filter by tag")).fill("uploads")
        expect(page.locator("#operations-tag-agencies")).to_have_count(0, timeout=60_000)
        page.locator("#operations-tag-uploads").click()
        path = page.locator(".opblock-summary-path", has_text="/uploads").first
        expect(path).to_be_visible()
        path.click()
        expect(page.get_by_text("Responses").first).to_be_visible()
        assert page.get_by_role("button", name="Try it out").count() == 0
        assert barriers(page, *VIEWERS_OWN) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow_px(page) == 0
    assert elsewhere == []
