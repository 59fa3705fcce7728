"""A form that is refused comes back as it was filled, with the refusal at its field."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ingest.submissions import acts as submissions_acts
from tests.e2e.conftest import do_all, seen
from tests.worlds.archive import mixed_case, new_home, person
from tests.worlds.door import write_pdf
from tests.worlds.site import Site, served

MISSING = "Chưa ghi lý do"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Submissions wait on the archivist's desk."""
    folder = tmp_path_factory.mktemp("form-back")
    with served(new_home(folder / "home")) as running:
        case = mixed_case(folder / "case")
        officer = person(running.services, "bach")
        submissions_acts.submit(case, actor=officer, services=running.services)
        do_all(running)
        yield running


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page whose refused requests are what the test is about."""
    return context.new_page()


def desk(service: Site, context: BrowserContext, page: Page) -> None:
    service.enter(context, "lan")
    page.goto(f"{service.url}/desk")


@pytest.mark.parametrize(
    ("opens", "dialog"), [("Trả lại", "return-dialog"), ("Không nhận", "leave-out-dialog")]
)
def test_a_reason_of_blanks_is_told_in_the_dialog_that_stands_open(
    service: Site, context: BrowserContext, page: Page, opens: str, dialog: str
) -> None:
    desk(service, context, page)
    page.locator(f"[data-opens={dialog}]").first.click()
    asked = page.locator(f"#{dialog}")
    asked.locator("textarea").fill("   ")
    asked.locator("button[type=submit]").click()
    again = page.locator(f"#{dialog}[open]")
    expect(again.get_by_text(MISSING)).to_be_visible()
    expect(again.locator("textarea")).to_be_focused()
    expect(again.locator("textarea")).to_have_attribute("aria-invalid", "true")
    seen(page, context, f"form-back-{dialog}")


def test_it_comes_back_without_scripts(service: Site, plain: BrowserContext) -> None:
    page = plain.new_page()
    desk(service, plain, page)
    form = page.locator("#return-dialog form")
    form.locator("textarea").fill("   ")
    form.locator("button[type=submit]").click()
    expect(page.locator("#return-dialog").get_by_text(MISSING)).to_be_visible()


def test_a_paper_for_nobody_is_told_at_the_signer_and_its_file_is_asked_for_again(
    service: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    service.enter(context, "lan")
    page.goto(f"{service.url}/signing")
    page.locator("[data-opens=ask-dialog]").click()
    asked = page.locator("#ask-dialog")
    asked.locator("[name=file]").set_input_files(write_pdf(tmp_path / "to-trinh.pdf"))
    asked.locator("[name=account]").fill("khong.co")
    asked.locator("[name=with_seal]").check()
    asked.locator("button[type=submit]").click()
    again = page.locator("#ask-dialog[open]")
    expect(again.locator("[name=account]")).to_have_value("khong.co")
    expect(again.locator("[name=account]")).to_have_attribute("aria-invalid", "true")
    expect(again.locator("[name=with_seal]")).to_be_checked()
    expect(again).to_contain_text("Chọn lại tệp")
    seen(page, context, "form-back-signing")
