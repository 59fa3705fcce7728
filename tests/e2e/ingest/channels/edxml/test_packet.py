"""An edXML packet dropped on the page of an officer: a draft with its files and its data."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission, SubmissionState
from tests.e2e.conftest import is_sound
from tests.worlds.door import write_pdf
from tests.worlds.ingest.edxml import Enclosed, PacketOf
from tests.worlds.site import Site

_DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, {type: "application/xml"}));
  const target = document.body;
  for (const kind of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true}));
  }
}"""


def packet(folder: Path, **told: str) -> bytes:
    pdf = Enclosed("cong-van.pdf", write_pdf(folder / "cong-van.pdf").read_bytes())
    return PacketOf(attachments=[pdf], document_id="VB-KEO-THA", **told).xml()


def drop(page: Page, name: str, content: bytes) -> None:
    """As a file of the desktop that is let go over the page, once it has its scripts."""
    expect(page.locator("[data-upload-told]")).not_to_be_empty()
    page.evaluate(_DROP, [name, base64.b64encode(content).decode()])


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_packet_dropped_on_the_page_becomes_a_draft_with_its_data(
    service: Site, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{service.url}/submit")
    drop(page, "vb.edxml", packet(tmp_path))
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 1 tệp")
    page.get_by_role("button", name="Nộp hồ sơ").click()
    expect(page.locator("body")).to_contain_text("Về việc giao nộp hồ sơ năm 2025")
    is_sound(page)
    with service.services.read_only() as session:
        (made,) = session.scalars(select(Submission)).all()
        assert (made.channel, made.state) == ("edxml", SubmissionState.DRAFT)
        assert made.files[0].path == "cong-van.pdf"


@pytest.mark.parametrize("context", [1366], indirect=True, ids=["desk"])
def test_a_packet_that_cannot_be_read_is_refused_on_the_page_with_its_reason(
    service: Site, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{service.url}/submit")
    drop(page, "vb.edxml", packet(tmp_path)[:300])
    expect(page.locator("[data-upload-told]")).to_contain_text("Đã tải lên đủ 1 tệp")
    page.get_by_role("button", name="Nộp hồ sơ").click()
    expect(page.locator("body")).to_contain_text("Gói tin edXML bị cắt")
    with service.services.read_only() as session:
        assert session.scalars(select(Submission)).all() == []
