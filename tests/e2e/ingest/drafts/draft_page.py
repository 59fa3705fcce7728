"""A draft as an officer fills it in, in a browser."""

import re
from pathlib import Path
from uuid import UUID

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.ingest.submissions.planned import add_plan
from tests.worlds.site import Site

WAIT_MS = 60_000  # for a busy machine


def begin(service: Site, page: Page) -> UUID:
    """Open a draft from the entry that is due."""
    add_plan(service, 2025, "08.QLCT")
    page.goto(f"{service.url}/my-case-files")
    due = page.get_by_role("region", name="Đến hạn nộp")
    due.get_by_role("button", name="Nộp hồ sơ này").click()
    expect(page.locator("#documents-title")).to_be_visible()
    return UUID(page.url.rpartition("/")[2])


def give(page: Page, picker: str, what: Path | list[Path]) -> None:
    expect(page.locator("[data-upload-told]")).not_to_be_empty()
    page.set_input_files(picker, what)


def titles(page: Page) -> list[str]:
    return page.locator(".draft-document a[id]").all_inner_texts()


def type_in(page: Page, label: str, value: str, *, where: str = "#document") -> None:
    """Type into a field and wait until the draft has it."""
    field = page.locator(where).get_by_label(label)
    with page.expect_response(re.compile("/fields$")) as saved:
        field.fill(value)
    assert saved.value.status == 200, saved.value.text()
    expect(field).to_have_attribute("data-was", value)  # the page knows it, too


def drop(
    context: BrowserContext, page: Page, *what: Path, at: tuple[float, float] = (400, 400)
) -> None:
    """Drop files or folders of this machine on the page, as the file manager does."""
    driver = context.new_cdp_session(page)
    carried = {"items": [], "files": [str(path) for path in what], "dragOperationsMask": 1}
    for act in ("dragEnter", "dragOver", "drop"):
        driver.send(
            "Input.dispatchDragEvent", {"type": act, "x": at[0], "y": at[1], "data": carried}
        )
