"""What replaces a document is found by number, chosen, and a refused form is not typed anew."""

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from tests.e2e.conftest import seen
from tests.worlds.main_job import A_CODE
from tests.worlds.site import Site


def replacement_asked(site: Site, context: BrowserContext, page: Page) -> Locator:
    """Opened for document 1, and all filled in but which document is the newer one."""
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{A_CODE}?document=1")
    page.get_by_label("Việc khác").press("Enter")
    page.get_by_role("button", name="Thu hồi, đính chính").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Việc yêu cầu").select_option("replacement")
    dialog.get_by_label("Lý do").fill("Ban hành lại")
    return dialog


def test_the_newer_document_is_chosen_from_what_its_number_finds(
    site: Site, context: BrowserContext, page: Page
) -> None:
    with site.services.read_only() as session:
        held = select(Document).join(CaseFile, CaseFile.id == Document.case_file_id)
        newer = session.scalars(held.where(CaseFile.code == A_CODE, Document.ordinal == 2)).one()
    dialog = replacement_asked(site, context, page)
    named = dialog.get_by_label("Văn bản mới (thay thế, đính chính)")
    named.press_sequentially("999/KHONG-CO")
    expect(dialog).to_contain_text("Không có văn bản nào trong kho")
    dialog.get_by_role("button", name="Gửi yêu cầu").press("Enter")
    expect(dialog).to_contain_text("cần đúng một văn bản")
    expect(dialog.get_by_label("Lý do")).to_have_value("Ban hành lại")
    expect(named).to_have_value("999/KHONG-CO")
    named.fill("")
    named.press_sequentially(f"{newer.code_number}/{newer.code_notation}")
    choice = dialog.get_by_role("radio", name=newer.subject)
    expect(choice).to_have_count(1)
    choice.check()
    seen(page, context, "recall-form")


def test_who_types_before_the_scripts_are_there_stays_in_the_field(
    site: Site, context: BrowserContext, page: Page
) -> None:
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    dialog = replacement_asked(site, context, page)
    page.route("**/js/main.js", hold)
    dialog.get_by_role("button", name="Gửi yêu cầu").press("Enter", no_wait_after=True)
    expect(dialog).to_contain_text("Ô “Mã định danh của văn bản mới” còn trống.")
    named = dialog.get_by_label("Văn bản mới (thay thế, đính chính)")
    named.press_sequentially("999/")
    late[0].continue_()
    expect(page.locator("dialog:modal")).to_be_visible()
    page.keyboard.type("KHONG-CO")
    expect(named).to_have_value("999/KHONG-CO")
    expect(dialog).to_contain_text("Không có văn bản nào trong kho")
