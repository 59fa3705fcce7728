"""In a real browser: who delivers when, planned, moved and called off; what givers brought."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.agencies.acts import add_agency
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.transfer.appointment import TransferAppointment
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.services import Services
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.calendar.appointments import AppointmentFacts
from tests.e2e.conftest import seen
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.site import Site, served

GIVERS = (
    ("H40.61", "Sở Xây dựng"),
    ("H40.62", "Sở Tài nguyên và Môi trường"),
    ("H40.63", "Ủy ban nhân dân huyện Bến Đá"),
    ("H40.64", "Ban Quản lý các khu công nghiệp tỉnh"),
)
DAY = dt.timedelta(days=1)
STATES = "stored stored stored accepted returned arrived"


def bring(session: Session, agency: Agency, on: dt.date, number: int, days: int | None) -> None:
    at = dt.datetime.combine(on, dt.time(9), tzinfo=clock.LOCAL_ZONE)
    row = Transfer(
        agency_id=agency.id,
        direction=TransferDirection.IN,
        state=TransferState.RECEIVED if days is None else TransferState.REPLIED,
        number=number,
        year=on.year,
        partner=f"Lưu trữ {agency.name}",
        partner_code=f"{agency.code}.LT",
        list_sha256="0" * 64,
        composed_by="lan",
        composed_at=at,
        received_at=at,
        decided_at=None if days is None else at + days * DAY,
        decide_by=on + 60 * DAY,
    )
    session.add(row)
    session.flush()
    session.add_all(
        TransferItem(
            transfer_id=row.id,
            ordinal=ordinal,
            code=f"{agency.code}.{on.year}.{number}.{ordinal}",
            title="Hồ sơ công trình",
            state=TransferItemState(state),
            reason="Bản quét mờ, đề nghị quét lại" if state == "returned" else "",
            version=1,
            size_bytes=3_000_000 * ordinal,
        )
        for ordinal, state in enumerate(STATES.split() * (number % 3 + 1), start=1)
    )


def fill(services: Services) -> None:
    """Days of this month, one that was kept, one that was missed, and some years of transfers."""
    with services.unit_of_work() as uow:
        for code, name in GIVERS:
            add_agency(code, name, actor=OPERATOR, uow=uow)
        uow.commit()
    lan = person(services, "lan")
    for (code, _), ahead in zip(GIVERS, (0, 3, 3, 40), strict=True):
        facts = AppointmentFacts(
            from_on=clock.today() + ahead * DAY,
            to_on=clock.today() + (ahead + ahead // 3) * DAY,
            case_files=120 + ahead,
            size_bytes=4 << 30,
        )
        calendar_acts.add(services, facts, agency=code, actor=lan)
    with services.writing() as session:
        kept, missed = session.scalars(
            select(TransferAppointment).order_by(TransferAppointment.from_on).limit(2)
        ).all()
        missed.from_on = missed.to_on = clock.today() - 9 * DAY
        agencies = session.scalars(select(Agency).where(Agency.code.like("H40.6%"))).all()
        owner = next(one for one in agencies if one.id == kept.agency_id)
        bring(session, owner, clock.today(), 99, None)
        for year in range(clock.today().year - 5, clock.today().year):
            for number, agency in enumerate(agencies, start=1):
                days = (
                    None
                    if (year, number) == (clock.today().year - 1, 2)
                    else 12 * number + year % 7
                )
                bring(session, agency, dt.date(year, 3 * number, 5), number, days)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = new_home(tmp_path_factory.mktemp("calendar") / "home", historical=True)
    with open_home(home) as services:
        fill(services)
    return home


@pytest.fixture
def site(filled: Path) -> Iterator[Site]:
    with served(filled) as running:
        yield running


def test_days_are_planned_moved_and_called_off(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "lan")
    page.goto(f"{site.url}/nop-luu")
    page.get_by_role("link", name="Lịch giao nộp").first.click()
    expect(page.get_by_role("heading", name="Lịch giao nộp")).to_be_visible()
    expect(page.get_by_text("Đã giao").first).to_be_attached()
    seen(page, context, "transfer-calendar")
    page.get_by_role("link", name="Hẹn ngày giao nộp").click()
    seen(page, context, "transfer-appointment-new")
    page.get_by_label("Cơ quan giao").select_option("H40.64")
    page.get_by_label("Ngày đầu").fill((clock.today() + 3 * DAY).isoformat())
    page.get_by_label("Số hồ sơ dự kiến").fill("75")
    page.get_by_label("Dung lượng dự kiến (GB)").fill("1,5")
    page.get_by_role("button", name="Hẹn ngày giao nộp").click()
    expect(page.get_by_text("Đã ghi lịch hẹn.")).to_be_visible()
    page.get_by_role("button", name="Bên giao đã xác nhận").click()
    expect(page.get_by_text("Đã ghi bên giao xác nhận.")).to_be_visible()
    seen(page, context, "transfer-appointment")
    page.get_by_label("Ngày cuối").fill((clock.today() - DAY).isoformat())
    page.get_by_role("button", name="Dời hoặc sửa lịch hẹn").click()
    expect(page.get_by_text("Ngày cuối không trước ngày đầu").first).to_be_visible()
    page.get_by_label("Ngày đầu").fill((clock.today() + 20 * DAY).isoformat())
    page.get_by_label("Ngày cuối").fill((clock.today() + 22 * DAY).isoformat())
    page.get_by_role("button", name="Dời hoặc sửa lịch hẹn").click()
    expect(page.get_by_text("Đã sửa lịch hẹn.")).to_be_visible()
    page.get_by_role("button", name="Hủy hẹn…").click()
    page.get_by_label("Lý do").fill("Cơ quan xin hoãn")
    page.get_by_role("dialog").get_by_role("button", name="Hủy hẹn").click()
    expect(page.get_by_text("Đã hủy hẹn").first).to_be_visible()
    expect(page.get_by_role("button", name="Hủy hẹn…")).to_have_count(0)


def test_what_givers_brought_is_drawn(site: Site, context: BrowserContext, page: Page) -> None:
    site.enter(context, "lan")
    page.goto(f"{site.url}/nop-luu/statistics")
    expect(page.get_by_role("heading", name="Thống kê giao nộp")).to_be_visible()
    expect(page.get_by_text("Bản quét mờ, đề nghị quét lại")).to_be_visible()
    seen(page, context, "transfer-statistics")
    page.get_by_role("link", name="Lưu trữ Sở Xây dựng").click()
    expect(page.get_by_role("link", name="Mọi bên giao")).to_be_visible()
    expect(page.get_by_text("Lưu trữ Sở Tài nguyên và Môi trường")).to_have_count(0)
