"""In a real browser: partners are added, trusted, given a token once, and looked at by staff."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import add_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.people.account import Role
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from tests.e2e.conftest import seen
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, new_home, open_home
from tests.worlds.site import Site, served

AT = "/nop-luu/doi-tac"
NAME = "Lưu trữ lịch sử tỉnh Sơn Lam"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An archive with a few givers, one of an agency that was merged; its own seal beside it."""
    home = new_home(tmp_path / "home", historical=True)
    with open_home(home) as services:
        (tmp_path / "seal.crt").write_bytes(services.signer().certificate.der)
        seal = [("seal.crt", services.signer().certificate.der)]
        with services.unit_of_work() as uow:
            add_account("quan", role=Role.ADMIN, actor=OPERATOR, uow=uow)
            add_agency(
                "H40.72",
                "Sở Nông nghiệp và Môi trường",
                successor_of=OTHER_AGENCY,
                actor=OPERATOR,
                uow=uow,
            )
            uow.commit()
        for number, name in enumerate(
            ("Sở Công Thương", "Sở Nông nghiệp", "Ủy ban nhân dân huyện")
        ):
            facts = PartnerFacts(f"Lưu trữ {name}", gives=True, quota_bytes=number * 50 * 10**9)
            agencies = [(SAMPLE_AGENCY.new_code, OTHER_AGENCY)[number]] if number < 2 else []
            told = PartnerGiven(facts, agencies=agencies, certificates=seal)
            partners_acts.add(services, f"H40.{90 + number}", told, actor=OPERATOR)
    with served(home) as running:
        yield running


def test_a_partner_is_added_and_gets_its_token_once(
    site: Site, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    site.enter(context, "quan")
    page.goto(f"{site.url}{AT}")
    seen(page, context, "partners")
    page.get_by_role("link", name="Thêm đối tác").click()
    page.get_by_label("Mã lưu trữ").fill("H40.95")
    page.get_by_label("Tên lưu trữ").fill(NAME)
    page.get_by_text("Bên giao: hồ sơ của đối tác").click()
    page.get_by_text("Bên nhận: hồ sơ ở đây").click()
    page.get_by_label("Chứng thư số để ký").set_input_files(tmp_path / "seal.crt")
    page.get_by_label("Cơ quan", exact=True).fill(SAMPLE_AGENCY.new_code)
    page.get_by_label("Hạn mức mỗi ngày (GB)").fill("4,7")
    page.get_by_label("Địa chỉ máy chủ").fill("http://luutru.example")
    seen(page, context, "partner-new")
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.get_by_text("không dùng được để gửi hồ sơ")).to_be_visible()
    page.get_by_label("Địa chỉ máy chủ").fill("https://luutru.example")
    page.get_by_label("Chứng thư số để ký").set_input_files(tmp_path / "seal.crt")
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.locator("#token")).to_have_text(re.compile(".{31}"))
    token = page.locator("#token").inner_text()
    seen(page, context, "partner-token")
    page.get_by_role("link", name="Về trang đối tác").click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    assert token not in page.content()
    seen(page, context, "partner")
    page.get_by_role("button", name="Cấp mã mới…").click()
    expect(page.get_by_text("Mã cũ hết hiệu lực ngay.")).to_be_visible()
    seen(page, context, "partner-token-dialog")
    page.get_by_role("button", name="Cấp mã mới", exact=True).click()
    expect(page.locator("output#token")).to_have_text(re.compile(".{31}"))
    assert page.locator("output#token").inner_text() != token


def test_a_merged_agency_is_changed_and_a_partner_retired(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "quan")
    page.goto(f"{site.url}{AT}/H40.91")
    seen(page, context, "partner-merged")
    page.get_by_role("button", name="Chuyển sang H40.72").click()
    expect(page.get_by_text("Giao cả hồ sơ của Sở Nông nghiệp tỉnh Sơn Lam")).to_be_visible()
    page.get_by_role("button", name="Sửa", exact=True).click()
    seen(page, context, "partner-change")
    page.get_by_label("Tên lưu trữ").fill("Lưu trữ Sở Nông nghiệp và Môi trường")
    page.get_by_role("button", name="Ghi lại").click()
    expect(page.get_by_text("Đã ghi thay đổi của đối tác.")).to_be_visible()
    page.get_by_role("button", name="Ngừng giao nhận…").click()
    page.get_by_role("button", name="Ngừng giao nhận", exact=True).click()
    expect(page.get_by_text("Đã ngừng giao nhận với lưu trữ này.")).to_be_visible()


def test_staff_looks_at_partners(site: Site, context: BrowserContext, page: Page) -> None:
    site.enter(context, "lan")
    page.goto(f"{site.url}/nop-luu")
    page.get_by_role("link", name="Lưu trữ đối tác").click()
    expect(page.get_by_role("heading", name="Lưu trữ đối tác")).to_be_visible()
    seen(page, context, "partners-staff")
    page.get_by_role("link", name="Lưu trữ Sở Nông nghiệp").click()
    seen(page, context, "partner-staff")
    assert page.get_by_role("main").get_by_role("button").count() == 0
