"""Anybody looks up a copy without an account, and compares its file in the browser."""

import hashlib
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from archive_service.evidence.check_codes import check_code, note_handed_out
from tests.e2e.conftest import seen
from tests.worlds.archive import OPERATOR
from tests.worlds.site import Site


def test_a_copy_is_looked_up_and_its_file_is_compared_here(
    site: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    same, other = tmp_path / "same.pdf", tmp_path / "other.pdf"
    same.write_bytes(b"%PDF-1.7 handed out")
    other.write_bytes(b"%PDF-1.7 changed")
    code = check_code("one of a test")
    told = {"kind": "sao-y", "sha256": hashlib.sha256(same.read_bytes()).hexdigest()}
    with site.services.writing() as session:
        note_handed_out(session, code, told, actor=OPERATOR, agency_id=None)
    page.goto(f"{site.url}/check-copy")
    seen(page, context, "check-copy-empty")
    page.get_by_label("Mã kiểm tra").fill(code.lower())
    page.get_by_label("Mã kiểm tra").press("Enter")
    expect(page.get_by_text("Bản sao có giá trị.")).to_be_visible()
    expect(page.get_by_text("SAO Y")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-started", "")
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url))
    page.get_by_label("So tệp bản sao").set_input_files(same)
    expect(page.get_by_text("Tệp đúng như khi được cấp.")).to_be_visible()
    page.get_by_label("So tệp bản sao").set_input_files(other)
    expect(page.get_by_text("Tệp không giống bản được cấp.")).to_be_visible()
    expect(page.get_by_text("Tệp đúng như khi được cấp.")).to_be_hidden()
    assert sent == [], "the file stays here"
    seen(page, context, "check-copy")
