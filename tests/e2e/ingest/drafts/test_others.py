"""An officer gives what one document says to all that say nothing there."""

import os
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from ingest.drafts import acts as drafts_acts
from tests.e2e.ingest.drafts.draft_page import begin, type_in
from tests.worlds.archive import person
from tests.worlds.site import Site


@pytest.mark.parametrize("context", [1366, 390], indirect=True, ids=["desk", "phone"])
def test_one_press_fills_the_empty_ones_and_another_takes_it_back(
    service: Site, page: Page
) -> None:
    draft_id = begin(service, page)
    actor = person(service.services, "bach")
    for _ in range(3):
        drafts_acts.add_paper(service.services, draft_id, actor=actor)
    page.reload()
    page.locator(".draft-document a[id]").first.click()
    fill = page.locator("#document [id$='organName-fill']")
    expect(fill).to_have_count(0)
    type_in(page, "Cơ quan/cá nhân ban hành", "UBND xã Khe Lạnh")
    expect(fill).to_have_accessible_name("Điền cho 2 tài liệu còn trống ô này")
    expect(fill).to_have_accessible_description("Cơ quan/cá nhân ban hành")
    if place := os.environ.get("SHOT"):
        fill.scroll_into_view_if_needed()
        page.screenshot(path=place)
    fill.click()
    told = page.locator("#toasts")
    expect(told).to_contain_text("Đã điền cho 2 tài liệu.")
    expect(fill).to_have_count(0)
    assert issuers(service, draft_id) == ["UBND xã Khe Lạnh"] * 3
    told.get_by_role("button", name="Hoàn tác").click()
    expect(fill).to_be_visible()
    assert issuers(service, draft_id) == ["UBND xã Khe Lạnh", "", ""]


def issuers(service: Site, draft_id: UUID) -> list[str]:
    actor = person(service.services, "bach")
    declared = drafts_acts.show(service.services, draft_id, actor=actor).declared
    return [document.fields.get("organName", "") for document in declared.documents]
