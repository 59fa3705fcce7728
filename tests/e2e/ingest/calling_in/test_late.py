"""In a real browser: the first page tells what is late and who holds it, and one press urges."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import is_sound, seen
from tests.worlds.ingest.calling_in import BEFORE, code
from tests.worlds.late import LATE, let_all_be_late, watched_home
from tests.worlds.site import Site, served


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Site]:
    with served(watched_home(tmp_path / "home")) as running:
        let_all_be_late(running.services)
        yield running


def test_the_first_page_leads_from_what_is_late_to_urging_its_holder(
    service: Site, page: Page, context: BrowserContext
) -> None:
    for name, (first, what, whose) in LATE.items():
        service.enter(context, name)
        page.goto(f"{service.url}/")
        assert page.url.endswith(first)
        expect(page.get_by_text(what)).to_be_visible()
        expect(page.get_by_text(whose).first).to_be_visible()
        seen(page, context, f"late-{name}")
    service.enter(context, "lan")
    page.goto(f"{service.url}/")
    page.get_by_role("link", name="Xem từng hồ sơ quá hạn").click()
    page.get_by_role("button", name=f"Nhắc nộp {code('03.VP', BEFORE)}").click()
    expect(
        page.get_by_text(f"Đã nhắc nộp hồ sơ {code('03.VP', BEFORE)}: Trần Văn Hòa.")
    ).to_be_visible()
    expect(page.get_by_text("đã nhắc").first).to_be_visible()
    is_sound(page)
