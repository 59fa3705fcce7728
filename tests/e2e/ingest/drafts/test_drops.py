"""Files dropped on the list of my case files: on a row that is due, and beside all rows."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission
from archive_service.web.fields import shown_day
from ingest.drafts.acts import discard
from tests.e2e.conftest import do_all, seen
from tests.e2e.ingest.drafts.draft_page import WAIT_MS, drop
from tests.e2e.ingest.drafts.pointer import middle
from tests.e2e.ingest.submissions.planned import add_plan
from tests.worlds.archive import person
from tests.worlds.door import write_pdf
from tests.worlds.papers.nd30_papers import make_document
from tests.worlds.site import Site

YEAR = 2025


def due_rows(service: Site, page: Page) -> Locator:
    """Two case files that are due, as the list shows them."""
    add_plan(service, YEAR, "01.QLCT", "02.QLCT")
    page.goto(f"{service.url}/my-case-files")
    expect(page.locator("html[data-started]")).to_be_attached()
    found = page.locator("[data-takes-drops]")
    expect(found).to_have_count(2)
    return found


def files_by_code(service: Site) -> dict[str, set[str]]:
    with service.services.read_only() as session:
        drafts = session.scalars(select(Submission)).all()
        return {
            draft.code.rpartition(".")[0]: {file.path for file in draft.files} for draft in drafts
        }


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_files_dropped_on_a_row_go_into_the_draft_of_its_case_file(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    rows = due_rows(service, page)
    first = [write_pdf(tmp_path / f"0{at}. Tờ trình.pdf", pages=at) for at in (1, 2, 3)]
    drop(context, page, *first, at=middle(rows.nth(0)))
    told = rows.nth(0).locator("[data-upload-told]")
    expect(told).to_have_text("3/3 tệp đã vào bản nháp", timeout=WAIT_MS)
    drop(context, page, write_pdf(tmp_path / "Công văn.pdf"), at=middle(rows.nth(1)))
    expect(rows.nth(1).locator("[data-upload-told]")).to_contain_text("1/1", timeout=WAIT_MS)
    drop(context, page, write_pdf(tmp_path / "Báo cáo.pdf", pages=4), at=middle(rows.nth(0)))
    expect(told).to_contain_text("4/4", timeout=WAIT_MS)
    expect(page).to_have_url(re.compile("/my-case-files$"))  # who drops on one goes on to the next
    seen(page, context, "dropped-on-rows")
    by_code = sorted(files_by_code(service).values(), key=len)
    assert by_code == [{"Công văn.pdf"}, {file.name for file in first} | {"Báo cáo.pdf"}]
    rows.nth(0).get_by_role("button", name="Làm tiếp").click()
    expect(page.locator(".draft-document")).to_have_count(4, timeout=WAIT_MS)
    expect(page.locator("#f-0-title")).to_have_value("Hồ sơ số 1")


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_what_could_not_go_in_is_told_at_its_row_and_goes_in_at_the_next_try(
    service: Site, context: BrowserContext, tmp_path: Path
) -> None:
    page = context.new_page()  # whose troubles are meant
    rows = due_rows(service, page)
    lost: list[str] = []

    def once(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/drafts", once)
    picker = rows.nth(1).get_by_label(re.compile("Thêm tệp vào hồ sơ"))
    picker.focus()  # it is reached by keys
    expect(picker).to_be_focused()
    picker.set_input_files(write_pdf(tmp_path / "Công văn.pdf"))
    expect(rows.nth(1)).to_contain_text("Chưa tải lên được")
    assert files_by_code(service) == {}
    rows.nth(1).get_by_role("button", name="Thử lại").click()
    expect(rows.nth(1).locator("[data-upload-told]")).to_contain_text("1/1", timeout=WAIT_MS)
    assert list(files_by_code(service).values()) == [{"Công văn.pdf"}]


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_draft_that_was_discarded_meanwhile_is_begun_anew(
    service: Site, context: BrowserContext, tmp_path: Path
) -> None:
    page = context.new_page()  # whose troubles are meant
    rows = due_rows(service, page)
    told = rows.nth(0).locator("[data-upload-told]")
    drop(context, page, write_pdf(tmp_path / "a.pdf"), at=middle(rows.nth(0)))
    expect(told).to_contain_text("1/1", timeout=WAIT_MS)
    with service.services.read_only() as session:
        draft_id = session.scalars(select(Submission.id)).one()
    discard(service.services, draft_id, actor=person(service.services, "bach"))
    drop(context, page, write_pdf(tmp_path / "b.pdf", pages=2), at=middle(rows.nth(0)))
    rows.nth(0).get_by_role("button", name="Thử lại").click()
    expect(told).to_contain_text("2/2", timeout=WAIT_MS)
    assert list(files_by_code(service).values()) == [{"b.pdf"}]


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_what_is_dropped_on_the_list_of_my_case_files_is_a_draft(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{service.url}/my-case-files")
    expect(page.locator("html[data-started]")).to_be_attached()
    expect(page.locator(".dropped")).to_be_hidden()
    folder = tmp_path / "Hồ sơ đê kè"
    for name in ("01. Tờ trình.pdf", "02. Quyết định.pdf"):
        write_pdf(folder / name)
    drop(context, page, folder)
    page.wait_for_url("**/drafts/*", timeout=WAIT_MS)
    expect(page.locator(".draft-document")).to_have_count(2, timeout=WAIT_MS)
    seen(page, context, "dropped-on-my-case-files")


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_what_documents_say_of_the_case_file_is_taken_by_one_act(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    papers = [make_document(seed, tmp_path) for seed in (3, 4)]
    page.goto(f"{service.url}/my-case-files")
    expect(page.locator("html[data-started]")).to_be_attached()
    drop(context, page, *(paper.pdf for paper in papers))
    page.wait_for_url("**/drafts/*", timeout=WAIT_MS)
    do_all(service)
    panel = page.locator("#proposals")
    expect(panel).to_contain_text("Thời gian bắt đầu", timeout=WAIT_MS)
    seen(page, context, "proposals")
    panel.get_by_role("button", name="Nhận: Thời gian bắt đầu").click()
    start = min(paper.truth["date"] for paper in papers)
    expect(page.locator("#f-0-startDate")).to_have_value(shown_day(start))
    expect(panel).not_to_contain_text("Thời gian bắt đầu")
    panel.get_by_role("button", name="Nhận tất cả").click()
    expect(page.locator("#proposals-title")).to_have_count(0)
    expect(page.locator("#f-0-title")).not_to_have_value("")
    expect(page.locator(".proposed")).to_have_count(0)
