"""The station and the head: what waits for digitization, and for a decision."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from ingest.submissions import acts as submissions_acts
from tests.e2e.conftest import barriers, do_all, is_sound
from tests.worlds.archive import new_home, person, small_pdf_case
from tests.worlds.main_job import B_CODE
from tests.worlds.site import Site, served


def test_the_station_sees_progress_in_pages(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "tram")
    page.goto(f"{site.url}/")
    expect(page).to_have_url(re.compile("/scanning"))
    assert barriers(page) == []
    page.get_by_role("link", name="Hồ sơ chờ số hóa").click()
    page.wait_for_url("**/scanning/case-files")  # with its scripts, which filter on a choice
    page.get_by_label("Lọc tình trạng").select_option("all")
    expect(page.get_by_text(B_CODE)).to_be_visible()
    expect(page.get_by_text(re.compile(r"(\d+)/\1 trang"))).to_be_visible()
    is_sound(page)


def test_the_head_opens_what_waits_at_the_desk(
    context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    with served(new_home(tmp_path / "home")) as own:
        bach = person(own.services, "bach")
        submissions_acts.submit(
            small_pdf_case(tmp_path / "good"), actor=bach, services=own.services
        )
        do_all(own)
        own.enter(context, "hung")
        page.goto(f"{own.url}/")
        expect(page).to_have_url(re.compile("/approvals"))
        is_sound(page)
        page.get_by_role("link", name="Mở ở bàn tiếp nhận").click()
        expect(page).to_have_url(re.compile("/desk/"))
