"""Cataloguing in a browser: an edit by keys, its error at its field, the pages at both widths."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

import archive_service
from tests.e2e.conftest import do_all, seen, width_of
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site

STATIC = Path(archive_service.__file__).parent / "static"


def test_an_edit_is_refused_at_its_field_and_then_kept(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}")
    page.get_by_role("link", name="Sửa dữ liệu").first.click()
    seen(page, context, "describe")
    page.get_by_label("Tiêu đề hồ sơ").fill("")
    page.get_by_label("Lý do thay đổi").fill("Bổ sung")
    page.get_by_role("button", name="Lưu thay đổi").press("Enter")
    expect(page.get_by_label("Tiêu đề hồ sơ")).to_have_attribute("aria-invalid", "true")
    seen(page, context, "describe-refused")
    page.get_by_label("Tiêu đề hồ sơ").fill("Hồ sơ đã chỉnh lý")
    page.get_by_role("button", name="Lưu thay đổi").press("Enter")
    expect(page.locator("h1")).to_have_text("Hồ sơ đã chỉnh lý")
    expect(page.get_by_text(re.compile("Sửa dữ liệu mô tả: .*Tiêu đề")).first).to_be_visible()


def test_documents_are_described_one_after_another_by_keys_with_their_pages_in_sight(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}/describe?document=1")
    expect(page.locator(".viewer .sheet")).to_be_visible(timeout=20_000)
    seen(page, context, "describe-document")
    page.keyboard.press("Alt+PageDown")
    begun_at(page, "2")
    page.keyboard.press("Alt+PageUp")
    begun_at(page, "1")
    page.get_by_label("Lý do thay đổi").fill("Đối chiếu với trang 1")
    signer = page.get_by_label("Người ký", exact=True)
    for ordinal in ("1", "2"):
        begun_at(page, ordinal)
        signer.fill(f"Lê Văn {ordinal} {width_of(context)}")
        page.keyboard.press("Control+Enter")
        begun_at(page, str(int(ordinal) + 1))
        expect(signer).to_be_focused()  # the same field of the next document
    page.goto(f"{site.url}/case-files/{A_CODE}?document=2")
    expect(page.get_by_text(f"Lê Văn 2 {width_of(context)}").first).to_be_visible()


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
@pytest.mark.parametrize("label", ["Tên loại tài liệu", "Trích yếu nội dung", "Người ký"])
def test_a_field_of_any_kind_is_gone_on_with_by_keys(
    site: Site, context: BrowserContext, page: Page, label: str
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}/describe?document=1")
    begun_at(page, "1")
    expect(page.get_by_label("Trích yếu nội dung")).to_be_focused()  # the first of the form
    field = page.get_by_label(label, exact=True)
    field.focus()
    page.keyboard.press("Alt+PageDown")
    begun_at(page, "2")
    expect(field).to_be_focused()
    page.get_by_label("Lý do thay đổi").fill("Đối chiếu với trang 1")
    field.focus()
    page.keyboard.press("Control+Enter")
    begun_at(page, "3")
    expect(field).to_be_focused()


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_what_page_one_says_is_taken_by_a_key_from_within_a_field(page: Page) -> None:
    script = (STATIC / "js" / "describe.js").read_text(encoding="utf-8")
    page.set_content(
        '<form data-describe><input type="hidden" name="field"><input name="signer"></form>'
        '<button data-describes="Enter" data-fills-empty></button>'
        '<button data-fills="signer" value="Lê Văn An"></button>'
        f'<script type="module">{script}; startDescribe();</script>'
    )
    signer = page.locator("[name=signer]")
    signer.focus()
    page.keyboard.press("Alt+Enter")
    expect(signer).to_have_value("Lê Văn An")


def begun_at(page: Page, ordinal: str) -> None:
    """The form of this document is there, and hears keys."""
    expect(page.locator("#part")).to_have_value(ordinal)
    expect(page.locator("html[data-started]")).to_have_count(1)


def test_many_are_ticked_previewed_changed_and_taken_back(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files")
    seen(page, context, "many-ticked")
    page.get_by_label(f"Chọn {A_CODE}").press("Space")
    page.get_by_role("button", name="Sửa hồ sơ đã chọn").press("Enter")
    word = f"khảo sát {width_of(context)}"
    page.get_by_label("Thêm từ khóa").fill(word)
    page.get_by_label("Thời hạn lưu trữ").select_option(label="Vĩnh viễn")
    page.get_by_label("Lý do thay đổi").fill("Thống nhất từ khóa")
    seen(page, context, "many-asked")
    page.get_by_role("button", name="Xem trước").press("Enter")
    expect(page.locator("ins").first).to_contain_text(word)
    expect(page.get_by_text("Ngày hết thời hạn lưu trữ: ")).to_be_visible()
    seen(page, context, "many-preview")
    page.get_by_role("button", name="Áp dụng cho 1 hồ sơ").press("Enter")
    do_all(site)
    expect(page.get_by_role("button", name="Hoàn tác")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Hoàn tác").press("Enter")
    page.get_by_label("Lý do thay đổi").fill("Nhầm")
    page.get_by_role("button", name="Xem trước hoàn tác").press("Enter")
    expect(page.locator("del").first).to_contain_text(word)
    page.get_by_role("button", name="Áp dụng cho 1 hồ sơ").press("Enter")
    do_all(site)
    expect(page.get_by_text("Đã xong").first).to_be_visible(timeout=20_000)
    seen(page, context, "many-done")


def test_a_field_of_the_agency_is_defined_and_described(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/own-fields")
    label = f"Loại công trình {width_of(context)}"
    page.get_by_role("button", name="Thêm trường").first.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tên cho máy").fill(f"loai{width_of(context)}")
    dialog.get_by_label("Nhãn").fill(label)
    dialog.get_by_label("Kiểu").select_option("choice")
    dialog.get_by_label("Các giá trị").fill("Cầu\nĐường")
    seen(page, context, "own-field-new")
    dialog.get_by_role("button", name="Thêm trường").press("Enter")
    expect(page.get_by_text(label).first).to_be_visible()
    seen(page, context, "own-fields")
    page.goto(f"{site.url}/case-files/{A_CODE}/describe")
    page.get_by_label(label).select_option("Đường")
    page.get_by_label("Lý do thay đổi").fill("Bổ sung")
    page.get_by_role("button", name="Lưu thay đổi").press("Enter")
    expect(page.locator("dt", has_text=label)).to_be_visible()
    page.goto(f"{site.url}/case-files?own=loai{width_of(context)}&own_value=Đường")
    expect(page.get_by_role("main").get_by_text(A_CODE).first).to_be_visible()
    seen(page, context, "own-field-list")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("document", f"/case-files/{A_CODE}/documents/1"),
        ("arrange", f"/case-files/{A_CODE}/arrange"),
        ("describe-document", f"/case-files/{A_CODE}/describe?document=1"),
        ("fonds", "/fonds"),
        ("description-batches", "/description-batches"),
    ],
)
def test_the_pages_fit_and_are_usable(
    site: Site, context: BrowserContext, page: Page, name: str, place: str
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}{place}")
    seen(page, context, name)


def test_several_documents_get_one_value_and_the_edit_is_undone(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}/describe")
    page.get_by_role("link", name="Sửa nhiều tài liệu cùng lúc").click()
    page.get_by_label("Trường được sửa").select_option(label="Người ký")
    signer, word = page.get_by_label("Người ký", exact=True), f"Đỗ Văn {width_of(context)}"
    expect(signer).to_be_visible()
    page.get_by_label("Chọn tất cả").press("Space")
    signer.fill(word)
    page.get_by_label("Lý do thay đổi").fill("Đối chiếu với bản giấy")
    seen(page, context, "describe-several")
    page.get_by_role("button", name="Ghi vào tài liệu đã chọn").press("Enter")
    expect(page.get_by_label("Người ký", exact=True)).to_have_value(word)
    expect(page.locator("#signer-known option").first).to_have_attribute("value", word)
    seen(page, context, "describe-undo")
    page.get_by_role("button", name="Hoàn tác lần sửa này").press("Enter")
    expect(
        page.get_by_text(re.compile(r"Đã đưa \d+ trường về giá trị trước")).first
    ).to_be_visible()
    page.goto(f"{site.url}/case-files/{A_CODE}/describe?document=1")
    expect(page.get_by_label("Người ký", exact=True)).not_to_have_value(word)
