"""The archivist opens a document's page and compares its signatures then and now."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from ingest.submissions.acts import accept, submit
from ingest.submissions.given import Acceptance
from tests.e2e.conftest import do_all, seen
from tests.worlds.archive import person, small_pdf_case
from tests.worlds.clients import OPEN_CODE
from tests.worlds.simulated_signing import Hierarchy, day, sign
from tests.worlds.site import Site


def signed_case(service: Site, folder: Path) -> None:
    """A stored case file of one document, signed by somebody whom nobody here trusts."""
    case = small_pdf_case(folder, code=OPEN_CODE)
    (paper,) = case.glob("*.pdf")
    with ThreadPoolExecutor() as beside:  # the browser's own loop, which signing cannot share
        beside.submit(sign, paper, paper, Hierarchy().person(), at=day(2021, 3)).result()
    services = service.services
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    do_all(service)
    accept(services, submission, Acceptance(reason="Bản cũ"), actor=person(services, "lan"))
    do_all(service)


def test_signatures_are_compared_from_the_page_of_the_document(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    signed_case(service, tmp_path / "case")
    service.enter(context, "lan")
    page.goto(f"{service.url}/case-files/{OPEN_CODE}/documents/1")
    page.get_by_role("link", name="Chữ ký số bây giờ").click()
    title = "Chữ ký số: lúc tiếp nhận và bây giờ"
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_text("Kết quả bây giờ như lúc tiếp nhận.")).to_be_visible()
    seen(page, context, "signatures-now")
