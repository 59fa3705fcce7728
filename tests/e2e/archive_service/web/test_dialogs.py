"""Questions that come over a page, opened by whoever presses everything twice."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ingest.drafts.draft_page import begin
from tests.worlds.site import Site

PUT_BELOW = """(opener, [x, y]) => {
    Object.assign(opener.style, {position: "fixed", left: `${x - 9}px`, top: `${y - 9}px`});
}"""


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_double_press_opens_the_question_and_neither_closes_nor_answers_it(
    service: Site, page: Page
) -> None:
    begin(service, page)
    address, dialog = page.url, page.locator("#discard")
    opener = page.get_by_role("button", name="Bỏ bản nháp…")
    opener.dblclick()
    expect(dialog).to_be_visible()
    decides = dialog.locator("button").last.bounding_box()
    assert decides is not None
    page.mouse.click(5, 5)  # a single press beside it leaves it
    expect(dialog).not_to_be_visible()
    at = [decides["x"] + decides["width"] / 2, decides["y"] + decides["height"] / 2]
    opener.evaluate(PUT_BELOW, at)
    page.mouse.dblclick(*at)
    expect(dialog).to_be_visible()
    assert page.url == address
