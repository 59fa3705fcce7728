"""Everybody finds their guide in the account's menu, and reads it on a desk and on a phone."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service import messages
from archive_service.accounts.acts import add_account, find_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from archive_service.web.guide import ROLES
from archive_service.web.guide_text import title_of
from tests.e2e.conftest import is_sound
from tests.worlds.archive import OPERATOR
from tests.worlds.site import Site


def one_of(site: Site, role: str) -> str:
    """The name of an account of this role."""
    name = f"doc-{role}"
    with site.services.unit_of_work() as uow:
        if find_account(uow.session, name) is None:
            agency = get_agency(uow.session, SAMPLE_AGENCY.new_code)
            add_account(name, role=Role(role), actor=OPERATOR, uow=uow, agency_id=agency.id)
            uow.commit()
    return name


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_of_a_role_opens_its_guide_and_nothing_bars_the_way(
    site: Site, context: BrowserContext, page: Page, role: str
) -> None:
    with ThreadPoolExecutor(1) as threads:
        site.enter(context, threads.submit(one_of, site, role).result())
    page.goto(f"{site.url}/notices")
    page.locator(".bar-tools details").last.locator("summary").click()
    page.get_by_role("link", name=messages.text("frame.guide")).click()
    expect(page).to_have_url(f"{site.url}/guide/{role}")
    expect(page.get_by_role("heading", level=1)).to_have_text(title_of(role))
    is_sound(page)


def test_a_part_is_reached_from_the_list_and_another_guide_from_the_text(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/guide/archivist")
    page.locator(".guide-side ol a").last.click()
    expect(page).to_have_url(re.compile("#hoi-ai$"))
    page.locator("article a[href$='/guide/digitization-desk']").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title_of("digitization-desk"))
    is_sound(page)
