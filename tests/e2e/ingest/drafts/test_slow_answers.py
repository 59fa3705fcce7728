"""Answers that take their time: no word and no press is lost to what comes back later."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Dialog, Page, Route, expect
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission
from archive_service.web.session import COOKIE
from tests.e2e.ingest.drafts.draft_page import WAIT_MS, begin, give, titles, type_in
from tests.e2e.ingest.submissions.planned import CODE, add_plan
from tests.worlds.archive import PASSWORD
from tests.worlds.door import write_pdf
from tests.worlds.site import Site

pytestmark = pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])

TITLE, START = "#f-0-title", "#f-0-startDate"
PAUSE_MS = 1300  # longer than the page waits before it saves what was typed


@contextmanager
def held_back(page: Page, address: str) -> Iterator[list[Route]]:
    """The server hears these requests at once; the page hears of it when the block ends."""
    answers: list[tuple[Route, APIResponse]] = []
    came: list[Route] = []
    let_go: list[bool] = []

    def keep(route: Route) -> None:
        if let_go:
            route.continue_()
            return
        came.append(route)
        answers.append((route, route.fetch(max_redirects=0)))

    page.route(address, keep)
    yield came
    while len(answers) < len(came):
        page.wait_for_timeout(50)
    let_go.append(True)
    for route, answer in answers:
        route.fulfill(response=answer)


def wait_for(page: Page, came: list[Route]) -> None:
    while not came:
        page.wait_for_timeout(50)


def kept(service: Site, draft_id: UUID, name: str) -> str:
    with service.services.read_only() as session:
        return session.get_one(Submission, draft_id).case_file().fields.get(name, "")


def test_words_typed_while_the_first_are_on_their_way_follow_them(
    service: Site, page: Page
) -> None:
    draft_id = begin(service, page)
    with held_back(page, "**/fields") as came:
        page.locator(TITLE).fill("Hồ sơ xây dựng")
        wait_for(page, came)
        page.locator(TITLE).fill("Hồ sơ xây dựng trụ sở Sở Công trình")
        page.wait_for_timeout(PAUSE_MS)
    expect(page.locator(TITLE)).to_have_attribute("data-was", "Hồ sơ xây dựng trụ sở Sở Công trình")
    expect(page.locator(f"{TITLE}-note")).not_to_contain_text("Hồ sơ xây dựng")  # no conflict
    assert kept(service, draft_id, "title") == "Hồ sơ xây dựng trụ sở Sở Công trình"


def test_what_a_code_fills_in_takes_no_words_away_that_are_typed_meanwhile(
    service: Site, page: Page
) -> None:
    add_plan(service, 2025, "08.QLCT")
    page.goto(f"{service.url}/my-case-files")
    page.get_by_role("button", name="Soạn hồ sơ nộp").click()
    expect(page.locator("html[data-started]")).to_be_attached()
    draft_id = UUID(page.url.rpartition("/")[2])
    with held_back(page, "**/fields") as came:
        page.locator("#f-0-fileCode").fill(CODE)
        wait_for(page, came)
        page.locator(TITLE).fill("Hồ sơ do tôi đặt tên")
    expect(page.locator("#f-0-maintenance")).to_have_value("05")  # what nobody typed is filled in
    expect(page.locator(TITLE)).to_have_attribute("data-was", "Hồ sơ do tôi đặt tên")
    assert kept(service, draft_id, "title") == "Hồ sơ do tôi đặt tên"


def test_a_file_that_arrives_pushes_no_words_out_of_the_queue(
    service: Site, page: Page, tmp_path: Path
) -> None:
    draft_id = begin(service, page)
    with held_back(page, "**/fields") as came:
        page.locator(TITLE).fill("Hồ sơ thứ nhất")
        wait_for(page, came)
        page.locator(START).fill("01/03/2025")
        page.locator(START).blur()
        with page.expect_response(re.compile("/files$")):
            give(page, "#files", write_pdf(tmp_path / "01. Tờ trình.pdf"))
        page.wait_for_timeout(PAUSE_MS)
    expect(page.locator(START)).to_have_attribute("data-was", "01/03/2025")
    assert kept(service, draft_id, "startDate") == "2025-03-01"
    expect(page.locator(".draft-document")).to_have_count(1, timeout=WAIT_MS)


def test_a_press_is_heard_though_an_answer_draws_its_button_anew(
    service: Site, page: Page, tmp_path: Path
) -> None:
    begin(service, page)
    give(page, "#files", [write_pdf(tmp_path / f"{name}.pdf") for name in ("A", "B")])
    expect(page.locator(".draft-document")).to_have_count(2, timeout=WAIT_MS)
    assert titles(page) == ["A", "B"]
    with held_back(page, "**/fields") as came:
        page.locator(TITLE).fill("Hồ sơ đang lưu")
        wait_for(page, came)
        page.get_by_role("button", name="Chuyển tài liệu 2 lên").click()
    expect(page.locator(".draft-document a[id]").first).to_have_text("B")


def test_words_refused_before_the_sign_in_follow_those_sent_after_it(
    service: Site, context: BrowserContext
) -> None:
    page = context.new_page()  # its refused requests are what the test is about
    late: list[Route] = []

    def first_goes(route: Route) -> None:
        if not late and "name=startDate" in (route.request.post_data or ""):
            late.append(route)  # the same once more, whichever goes first then, is not held
        else:
            route.continue_()

    draft_id = begin(service, page)
    context.clear_cookies(name=COOKIE)
    page.route("**/fields", first_goes)
    page.locator(TITLE).fill("Hồ sơ gõ khi phiên đã hết")
    page.locator(TITLE).blur()
    page.locator(START).fill("01/03/2025", force=True)
    dialog = page.locator("#sign-in-again")
    wait_for(page, late)
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog).to_have_count(0)
    page.wait_for_timeout(PAUSE_MS)
    late[0].fulfill(response=late[0].fetch())
    expect(page.locator(TITLE)).to_have_attribute("data-was", "Hồ sơ gõ khi phiên đã hết")
    assert kept(service, draft_id, "title") == "Hồ sơ gõ khi phiên đã hết"


def test_a_question_that_was_closed_comes_not_again_by_words_sent_before(
    service: Site, context: BrowserContext
) -> None:
    page = context.new_page()  # its refused requests are what the test is about
    late: list[Route] = []
    begin(service, page)
    context.clear_cookies(name=COOKIE)
    page.locator(TITLE).fill("Hồ sơ gõ khi phiên đã hết")
    page.locator(TITLE).blur()
    expect(page.locator("#sign-in-again")).to_be_visible()
    page.route("**/fields", lambda route: late.append(route))  # noqa: PLW0108 - of a function alone
    page.locator(TITLE).evaluate("""title => {
        title.value = "Hồ sơ gõ thêm vài chữ";
        title.dispatchEvent(new Event("change", {bubbles: true}));
    }""")
    wait_for(page, late)
    page.keyboard.press("Escape")
    expect(page.locator("#sign-in-again")).to_have_count(0)
    with page.expect_response("**/fields"):
        late[0].fulfill(response=late[0].fetch())
    page.wait_for_timeout(PAUSE_MS)
    expect(page.locator("#sign-in-again")).to_have_count(0)


def test_a_link_goes_when_the_words_before_it_are_there_and_the_browser_asks_nothing(
    service: Site, page: Page, tmp_path: Path
) -> None:
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", note)
    draft_id = begin(service, page)
    give(page, "#files", write_pdf(tmp_path / "A.pdf"))
    expect(page.locator(".draft-document")).to_have_count(1, timeout=WAIT_MS)
    with held_back(page, "**/fields") as came:
        page.locator(TITLE).fill("")
        page.locator(TITLE).press_sequentially("Hồ sơ gõ rồi mở tài liệu")  # else no question
        page.locator(".draft-document a[id]").evaluate("one => one.click()")
        wait_for(page, came)
    expect(page.locator("#document-title")).to_have_text("Tài liệu 1")
    assert asked == []
    assert kept(service, draft_id, "title") == "Hồ sơ gõ rồi mở tài liệu"


def test_a_draft_that_is_being_discarded_is_asked_for_no_more(service: Site, page: Page) -> None:
    begin(service, page)
    type_in(page, "Tiêu đề hồ sơ", "Hồ sơ bỏ đi", where="#data")  # its checks wait from here on
    asked: list[str] = []
    with held_back(page, "**/discard") as came:
        page.get_by_role("button", name="Bỏ bản nháp…").click()
        press = page.get_by_role("button", name="Bỏ bản nháp", exact=True)
        press.evaluate("one => one.click()")  # the driver would wait for the next page
        wait_for(page, came)
        page.on("request", lambda sent: asked.append(sent.url))
        page.wait_for_timeout(3500)  # the page looks every 3 s
    expect(page.locator("#toasts")).to_contain_text("Đã bỏ bản nháp")
    assert not [one for one in asked if one.endswith("/parts")]


def test_two_presses_before_the_answer_begin_one_draft(service: Site, page: Page) -> None:
    page.goto(f"{service.url}/my-case-files")
    expect(page.locator("html[data-started]")).to_be_attached()
    press = page.get_by_role("button", name="Soạn hồ sơ nộp").first
    with held_back(page, "**/drafts") as came:
        press.evaluate("one => { one.click(); setTimeout(() => one.click(), 300); }")
        wait_for(page, came)
        page.wait_for_timeout(PAUSE_MS)
    expect(page.locator("#documents-title")).to_be_visible()
    with service.services.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 1
