"""A draft in a real browser: files dropped, ordered by keys, left and found again, handed in."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import select

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import Submission, SubmissionState
from ingest.uploads.acts import upload_folder
from tests.e2e.conftest import barriers, do_all, is_sound, seen
from tests.e2e.ingest.drafts.draft_page import WAIT_MS, begin, drop, give, titles, type_in
from tests.e2e.ingest.submissions.planned import CODE
from tests.worlds.door import write_pdf
from tests.worlds.site import Site

PIECE = 8 << 20  # bytes that the page sends at once


@contextmanager
def elsewhere(service: Site, browser: Browser) -> Iterator[Page]:
    """The same person's page in another browser, which has nothing of the first."""
    fresh = browser.new_context(viewport={"width": 1366, "height": 860}, locale="vi-VN")
    service.enter(fresh, "bach")
    yield fresh.new_page()
    fresh.close()


def broken_off(
    service: Site, context: BrowserContext, page: Page, folder: Path
) -> tuple[UUID, str, Path]:
    """A draft, its address and the file that broke off on its way into it; the page is closed."""
    draft_id = begin(service, page)
    big = two_pieces(folder)
    break_off(context, page.url, big)
    address = page.url
    page.close()
    return draft_id, address, big


def choose(page: Page, label: str, value: str, *, where: str = "#document") -> None:
    with page.expect_response(re.compile("/fields$")) as saved:
        page.locator(where).get_by_label(label).select_option(value)
    assert saved.value.status == 200


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_draft_is_filled_ordered_left_and_handed_in(
    service: Site, browser: Browser, page: Page, tmp_path: Path
) -> None:
    draft_id = begin(service, page)
    expect(page.locator("#f-0-fileCode")).to_have_value(CODE)
    expect(page.locator("#f-0-title-source")).to_have_text("từ danh mục hồ sơ")
    names = ["01. Tờ trình sửa chữa", "02. Quyết định phê duyệt", "03. Báo cáo", "04. Phụ lục 1"]
    files = [write_pdf(tmp_path / f"{name}.pdf", pages=at) for at, name in enumerate(names, 1)]
    give(page, "#files", files[:3])
    give(page, "#files", files[3])
    expect(page.locator(".draft-document")).to_have_count(4)
    assert titles(page) == ["Tờ trình sửa chữa", "Quyết định phê duyệt", "Báo cáo", "Phụ lục 1"]
    is_sound(page)

    # Keys: the annex goes under the document before it, the report above the decision.
    page.locator(".draft-document a[id]").nth(3).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".draft-document")).to_have_count(3)
    expect(page.locator(".draft-annexes")).to_contain_text("04. Phụ lục 1.pdf")
    expect(page.locator(".draft-document a[id]").nth(2)).to_be_focused()  # it took the annex
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".draft-document a[id]").nth(1)).to_have_text("Báo cáo")
    expect(page.locator(".draft-document a[id]").nth(1)).to_be_focused()
    expect(page.locator("#documents")).to_contain_text("Thứ tự do người xếp")

    page.close()  # in the middle; another browser shows the same draft
    with elsewhere(service, browser) as again:
        fill_and_hand_in(service, again)
    with service.services.read_only() as session:
        row = session.get_one(Submission, draft_id)
        assert row.state is SubmissionState.CHECKED
        standings = [
            [file.standing for file in document.files] for document in row.case_file().documents
        ]
        assert standings == [["main"], ["main"], ["main", "annex"]]


def fill_and_hand_in(service: Site, page: Page) -> None:
    """Go on with the one draft there is, until nothing is missing."""
    page.goto(f"{service.url}/my-case-files")
    page.get_by_role("region", name="Bản nháp").get_by_role("link", name="Làm tiếp").click()
    there = ["Tờ trình sửa chữa", "Báo cáo", "Quyết định phê duyệt"]
    expect(page.locator(".draft-document a[id]")).to_have_text(there)
    before = page.locator("#checks progress").get_attribute("value")
    type_in(page, "Thời gian bắt đầu", "01/03/2025", where="#data")
    for at, date in enumerate(["05/03/2025", "20/03/2025", "10/03/2025"]):
        page.locator(".draft-document a[id]").nth(at).click()
        expect(page.locator("#document-title")).to_have_text(f"Tài liệu {at + 1}")
        type_in(page, "Ngày, tháng, năm tài liệu", date)
    page.get_by_role("button", name="Xếp theo thời gian").click()
    expect(page.locator(".draft-document a[id]").nth(1)).to_have_text("Quyết định phê duyệt")
    assert page.locator("#checks progress").get_attribute("value") != before
    expect(page.locator("#why")).not_to_contain_text("bắt buộc")
    assert barriers(page) == []
    page.locator("#send").click()
    expect(page.locator("#toasts")).to_contain_text("Đã nhận 1 hồ sơ")
    do_all(service)
    page.reload()
    expect(page.locator(".page-head")).to_contain_text("Đã kiểm tra")
    assert page.locator(".finding.error").count() == 0


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_two_windows_on_one_field_are_told_of_each_other(
    service: Site, context: BrowserContext, page: Page
) -> None:
    page.on("console", lambda _: None)
    begin(service, page)
    other = context.new_page()
    other.goto(page.url)
    type_in(page, "Tiêu đề hồ sơ", "Hồ sơ một", where="#data")
    with other.expect_response(re.compile("/fields$")) as told:
        other.locator("#f-0-title").fill("Hồ sơ hai")
    assert told.value.status == 409
    expect(other.locator("#f-0-title-note")).to_contain_text("Hồ sơ một")
    other.reload()
    expect(other.locator("#f-0-title")).to_have_value("Hồ sơ một")


@pytest.mark.parametrize("context", [390], indirect=True, ids=["phone"])
def test_a_draft_on_a_phone_loses_nothing_and_is_discarded(
    service: Site, page: Page, tmp_path: Path
) -> None:
    begin(service, page)
    give(page, "#files", [write_pdf(tmp_path / "a.pdf"), write_pdf(tmp_path / "b.pdf", pages=2)])
    expect(page.locator(".draft-document")).to_have_count(2, timeout=WAIT_MS)
    for answer, left in (("Quay lại", 2), ("Bỏ ra", 1)):
        page.get_by_role("button", name="Bỏ tài liệu 2").click()
        asked = page.get_by_role("dialog", name="Bỏ khỏi bản nháp?")
        expect(asked).to_contain_text("Tài liệu 2, “b”")  # by its name
        asked.get_by_role("button", name=answer).click()
        expect(page.locator(".draft-document")).to_have_count(left, timeout=WAIT_MS)
    give(page, "#files", tmp_path / "b.pdf")  # out by mistake, and here again
    expect(page.locator(".draft-document")).to_have_count(2, timeout=WAIT_MS)
    page.locator(".draft-document a[id]").first.click()
    expect(page.locator("#document")).to_be_visible()
    is_sound(page)
    page.get_by_role("button", name="Bỏ bản nháp…").click()
    page.get_by_role("button", name="Bỏ bản nháp", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Đã bỏ bản nháp")
    with service.services.read_only() as session:
        assert session.scalars(select(Draft)).all() == []
    assert list(service.services.staging.iter_digests()) == []


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_browser_closed_in_the_middle_of_an_upload_goes_on_where_it_was(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    draft_id = begin(service, page)
    big = two_pieces(tmp_path)
    break_off(context, page.url, big)
    offsets = offsets_of(page)
    page.reload()
    expect(page.locator("#unfinished")).to_contain_text("lớn.pdf")
    give(page, "#files", big)
    expect(page.locator(".draft-document")).to_have_count(1)
    assert offsets == [str(PIECE)]  # the first piece is not sent again
    assert upload_folder(service.services).meant_for(str(draft_id), owner="bach") == []


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_an_upload_that_broke_off_goes_on_in_another_browser(
    service: Site, browser: Browser, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    draft_id, address, big = broken_off(service, context, page, tmp_path)
    copied = tmp_path / "elsewhere" / big.name  # on another machine, copied there just now
    copied.parent.mkdir()
    shutil.copyfile(big, copied)
    with elsewhere(service, browser) as other:
        offsets = offsets_of(other)
        other.goto(address)
        expect(other.locator("[data-unfinished]")).to_have_count(1)
        with other.expect_request(lambda sent: sent.method == "PATCH"):
            give(other, "#files", copied)
        expect(other.locator("[data-unfinished]")).to_have_count(0)  # it is on its way, told once
        expect(other.locator(".draft-document")).to_have_count(1, timeout=WAIT_MS)
    assert offsets == [str(PIECE)]
    assert upload_folder(service.services).meant_for(str(draft_id), owner="bach") == []
    assert held_digests(service, draft_id) == [hashlib.sha256(copied.read_bytes()).hexdigest()]


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_another_file_of_the_same_name_and_size_does_not_go_on_with_the_first(
    service: Site, browser: Browser, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    draft_id, address, big = broken_off(service, context, page, tmp_path)
    times = big.stat()
    content = bytearray(big.read_bytes())
    content[PIECE // 2] ^= 1  # one bit in the part that is here already
    big.write_bytes(content)
    os.utime(big, ns=(times.st_atime_ns, times.st_mtime_ns))
    with elsewhere(service, browser) as other:
        offsets = offsets_of(other)
        other.goto(address)
        give(other, "#files", big)
        expect(other.locator(".draft-document")).to_have_count(1, timeout=WAIT_MS)
        assert offsets == ["0", str(PIECE)]
        assert held_digests(service, draft_id) == [hashlib.sha256(big.read_bytes()).hexdigest()]
        expect(other.locator("[data-unfinished]")).to_contain_text("lớn.pdf")  # of another content
        other.get_by_role("button", name="Bỏ lớn.pdf").click()
        expect(other.locator("#unfinished")).to_have_count(0)
    assert upload_folder(service.services).meant_for(str(draft_id), owner="bach") == []


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_dropped_folder_gives_every_file_below_it(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    draft_id = begin(service, page)
    expect(page.locator("[data-upload-told]")).not_to_be_empty()
    folder = tmp_path / "Hồ sơ sửa chữa"
    (folder / "văn bản").mkdir(parents=True)
    write_pdf(folder / "01. Tờ trình.pdf", pages=1)
    write_pdf(folder / "văn bản" / "02. Quyết định.pdf", pages=2)
    drop(context, page, folder)
    expect(page.locator(".draft-document")).to_have_count(2, timeout=WAIT_MS)
    with service.services.read_only() as session:
        paths = [file.path for file in session.get_one(Submission, draft_id).files]
    below = {"01. Tờ trình.pdf", "văn bản/02. Quyết định.pdf"}
    assert {*paths} == {f"{folder.name}/{path}" for path in below}


def two_pieces(folder: Path) -> Path:
    """A PDF that goes up in two pieces."""
    big = write_pdf(folder / "lớn.pdf")
    with big.open("ab") as out:
        out.write(b"%" + b"x" * (9 << 20))
    return big


def break_off(context: BrowserContext, address: str, big: Path) -> None:
    """Send the first piece of a file, then close the window."""
    pieces: list[str] = []

    def only_the_first(route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
            return
        pieces.append(route.request.headers["upload-offset"])
        if len(pieces) == 1:
            route.continue_()
        else:
            route.abort()

    leaving = context.new_page()
    leaving.route("**/api/v1/uploads/*", only_the_first)
    leaving.goto(address)
    give(leaving, "#files", big)
    expect(leaving.locator("[data-upload-list]")).to_contain_text("lớn.pdf")
    while len(pieces) < 2:
        leaving.wait_for_timeout(100)
    leaving.goto("about:blank")  # nothing of the page may still be on its way
    leaving.close()


def offsets_of(page: Page) -> list[str]:
    """Where each piece that the page sends begins; it fills while the page works."""
    offsets: list[str] = []
    page.on(
        "request",
        lambda sent: (
            offsets.append(sent.headers["upload-offset"]) if sent.method == "PATCH" else None
        ),
    )
    return offsets


def held_digests(service: Site, draft_id: UUID) -> list[str]:
    with service.services.read_only() as session:
        return [file.sha256 for file in session.get_one(Submission, draft_id).files]


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_drag_reorders_and_makes_an_annex_in_the_marked_zone_alone(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    begin(service, page)
    give(page, "#files", [write_pdf(tmp_path / f"{name}.pdf") for name in ("A", "B", "C")])
    rows = page.locator(".draft-document")
    expect(rows).to_have_count(3, timeout=WAIT_MS)
    expect(rows.nth(2).locator("[data-under]")).to_be_hidden()
    box = rows.nth(0).bounding_box()
    assert box is not None
    rows.nth(2).drag_to(  # far to the right, where it was an annex once
        rows.nth(0), target_position={"x": box["width"] * 0.6, "y": box["height"] / 2}
    )
    expect(rows.nth(0).locator("a[id]")).to_have_text("C", timeout=WAIT_MS)
    assert titles(page) == ["C", "A", "B"]

    rows.nth(2).hover()
    page.mouse.down()
    rows.nth(0).hover(position={"x": 20, "y": 10})
    zone = rows.nth(0).locator("[data-under]")
    expect(zone).to_be_visible()
    with page.expect_response(re.compile("/parts")):
        pass  # the list asks anew while files are read: not under a drag
    page.wait_for_timeout(300)
    expect(zone).to_be_visible()
    seen(page, context, "draft-drag")
    zone.hover()
    page.mouse.up()
    expect(rows).to_have_count(2, timeout=WAIT_MS)
    expect(page.locator("#toasts")).to_contain_text("làm phụ lục của tài liệu 1")
    seen(page, context, "draft-undo")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(rows).to_have_count(3, timeout=WAIT_MS)
    assert titles(page) == ["C", "A", "B"]
