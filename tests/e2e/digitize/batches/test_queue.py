"""The list of batches in a real browser: whoever released one is named as people call them."""

from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from archive_service.accounts.acts import find_account
from archive_service.domain.digitization.scan_batch import BatchState
from tests.e2e.conftest import seen
from tests.worlds.archive import new_home
from tests.worlds.digitize.desk import NOW, batch_on_desk
from tests.worlds.digitize.scanning import new_station
from tests.worlds.site import served

NAME = "Nguyễn Thị Hồng Mai"


def test_a_released_batch_names_its_person_and_fits_a_phone(
    tmp_path: Path, context: BrowserContext, page: Page
) -> None:
    with served(new_home(tmp_path / "home")) as site:
        new_station(site.services)
        with site.services.writing() as session:
            account = find_account(session, "lan")
            assert account is not None
            account.display_name = NAME
            row = batch_on_desk(session, state=BatchState.RELEASED)
            row.decided_by, row.decided_at = "lan", NOW
        site.enter(context, "lan")
        page.goto(f"{site.url}/scanning?state=released")
        expect(page.locator(".mini")).to_contain_text(f"{NAME} duyệt lúc")
        seen(page, context, "scanning-released")
