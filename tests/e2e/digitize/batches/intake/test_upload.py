"""A station sends a batch from its browser, and goes on after closing it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import select

from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch
from tests.e2e.conftest import is_sound
from tests.worlds.papers.page_images import page_image
from tests.worlds.site import Site


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two pages, and one that broke off."""
    folder = tmp_path_factory.mktemp("scans")
    pages = [
        page_image(folder / f"{number}.jpg", lines=(f"Trang {number}",), quality=50)
        for number in (1, 2, 10)
    ]
    pages[1].write_bytes(pages[1].read_bytes()[:4000])
    return pages


def batch_of(site: Site, number: str) -> ScanBatch:
    with site.services.read_only() as session:
        row = session.scalars(select(ScanBatch).where(ScanBatch.number == number)).one()
        assert row.sources is not None
    return row


def test_a_batch_is_sent_file_by_file_and_survives_a_closed_browser(
    site: Site, context: BrowserContext, page: Page, scans: list[Path], tmp_path: Path
) -> None:
    site.enter(context, "tram")
    page.goto(f"{site.url}/scanning/upload")
    is_sound(page)
    page.get_by_label("Tên lô").fill("Hộp 7")
    page.get_by_role("button", name="Mở lô").click()
    page.wait_for_url("**/scanning/upload/2*")
    place, number = page.url, page.url.rpartition("/")[2]
    page.set_input_files("#files", scans[2])
    expect(page.get_by_text("1 tệp đã vào lô")).to_be_visible()
    page.close()

    again = context.new_page()
    again.goto(f"{site.url}/scanning/upload")
    again.get_by_role("link", name=f"Lô {number}").click()
    again.wait_for_url(place)  # with its scripts, which take what is chosen
    expect(again.get_by_text("10.jpg")).to_be_visible()
    again.set_input_files("#files", [scans[0], scans[1]])
    expect(again.get_by_text("bị cụt")).to_be_visible()
    expect(again.get_by_text("2 trong 3 tệp đã vào lô")).to_be_visible()
    is_sound(again)
    whole = tmp_path / "2.jpg"
    page_image(whole, lines=("Trang 2",), quality=50)
    again.set_input_files("#files", whole)
    expect(again.get_by_text("bị cụt")).to_have_count(0)
    expect(again.locator("[data-upload-told]")).to_contain_text(re.compile("^3 tệp đã vào lô"))
    again.get_by_role("button", name="Đóng lô").click()
    again.wait_for_url(f"**/scanning/batches/{number}")
    batch = batch_of(site, number)
    assert batch.state is BatchState.READING
    assert [source.name for source in batch.sources] == ["1.jpg", "2.jpg", "10.jpg"]
    assert all(source.refused == {} for source in batch.sources)
    assert batch.reference.startswith("Hộp 7 ")


def test_a_file_chosen_before_the_scripts_are_there_is_sent(
    site: Site, context: BrowserContext, page: Page, scans: list[Path]
) -> None:
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    site.enter(context, "tram")
    page.goto(f"{site.url}/scanning/upload")
    page.route("**/js/main.js", hold)
    page.get_by_role("button", name="Mở lô").click()
    page.wait_for_url("**/scanning/upload/2*", wait_until="commit")
    page.set_input_files("#files", scans[2])
    late[0].continue_()
    expect(page.get_by_text("1 tệp đã vào lô")).to_be_visible()


def test_files_that_were_dropped_and_never_came_are_missed_when_the_page_opens_again(
    site: Site, context: BrowserContext, page: Page, scans: list[Path]
) -> None:
    site.enter(context, "tram")
    page.goto(f"{site.url}/scanning/upload")
    page.get_by_role("button", name="Mở lô").click()
    page.wait_for_url("**/scanning/upload/2*")
    page.set_input_files("#files", scans[2])
    expect(page.get_by_text("1 tệp đã vào lô")).to_be_visible()
    page.route("**/uploads**", lambda _: None)  # nothing more gets through
    page.set_input_files("#files", scans[0])
    expect(page.get_by_text("Đang tải lên 1/2 tệp")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text("1 trong 2 tệp đã vào lô")).to_be_visible()


def test_pages_of_each_document_are_asked_for_at_their_field(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/scanning/upload")
    page.locator("#split").select_option("pages")
    page.get_by_role("button", name="Mở lô").click()
    note = page.locator("#pages_each-note [data-finding]")
    expect(note).to_contain_text("Số trang mỗi văn bản phải là một số từ 1 đến 9999.")
    expect(page.locator("[data-finding]")).to_have_count(1)


def test_a_code_that_is_unknown_is_told_beside_the_form(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/scanning/upload")
    page.locator("#code").fill("H40.18.1999.01.TH")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Mở lô").click()
    assert answered.value.status == 422
    expect(page.locator("[data-finding]")).to_contain_text("H40.18.1999.01.TH")
    expect(page.locator("#code")).to_have_value("H40.18.1999.01.TH")
