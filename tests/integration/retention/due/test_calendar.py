"""«Lịch đến hạn»: what falls due by year, what lasts and what waits apart; years lead to lists."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.due.calendar import due_years
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import make_due

PAGE = "/due-calendar"


def of_row(services: Services, code: str, **values: object) -> int:
    """Write into the row of a case file; how many bytes it has."""
    with services.unit_of_work() as uow:
        row = uow.session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        for name, value in values.items():
            setattr(row, name, value)
        uow.commit()
        return row.size_bytes


def years(services: Services) -> dict[str, tuple[int, int]]:
    told = due_years(services, actor=person(services, "lan"))
    return {year.year: (year.case_files, year.size_bytes) for year in told.years}


def test_each_case_file_stands_in_the_year_of_its_last_day(services: Services) -> None:
    make_due(services, OPEN_CODE, year=2020)
    make_due(services, RESTRICTED_CODE, year=clock.today().year + 3)
    first, second = (of_row(services, code) for code in (OPEN_CODE, RESTRICTED_CODE))
    assert min(first, second) > 0
    assert years(services) == {"over": (1, first), f"{clock.today().year + 3}": (1, second)}
    of_row(services, OPEN_CODE, permanent=True, ends_on=None)
    of_row(services, RESTRICTED_CODE, ends_on=None)
    assert years(services) == {"permanent": (1, first), "waiting": (1, second)}


def test_the_size_is_that_of_the_last_version_and_survives_a_rebuild(services: Services) -> None:
    with services.read_only() as session:
        last = (PackageVersion.case_file_id == CaseFile.id) & (
            PackageVersion.number == CaseFile.version_built
        )
        query = select(CaseFile.code, CaseFile.size_bytes, PackageVersion.size_bytes)
        found = session.execute(query.join(PackageVersion, last)).all()
    assert len(found) == 2
    assert all(own == size > 0 for _, own, size in found)
    before = years(services)
    rebuild(services, actor=OPERATOR)
    assert years(services) == before


def test_a_year_of_the_page_leads_to_its_case_files(app: Flask, services: Services) -> None:
    make_due(services, OPEN_CODE, year=2020)
    ends = clock.today().year + 3
    make_due(services, RESTRICTED_CODE, year=ends)
    lan = browser_of(app, services, "lan")
    page = lan.get(PAGE).text
    assert page.count('<svg class="chart wide"') == 2
    links = re.findall(r'href="(/case-files\?[^"]+)"', page)
    found = {link.replace("&amp;", "&") for link in links}
    for year, here, absent in (
        ("over", OPEN_CODE, RESTRICTED_CODE),
        (str(ends), RESTRICTED_CODE, OPEN_CODE),
    ):
        (address,) = {one for one in found if f"ends={year}" in one and "agency" not in one}
        listed = lan.get(address).text
        assert (here in listed, absent in listed) == (True, False), year


def test_a_year_of_an_agency_leads_to_what_it_holds_under_an_earlier_identifier_too(
    app: Flask, services: Services
) -> None:
    make_due(services, OPEN_CODE, RESTRICTED_CODE, year=2020)
    with services.writing() as session:
        agency = session.scalars(select(Agency).where(Agency.code == "H40.18")).one()
        agency.code = "H40.81"
    of_row(services, RESTRICTED_CODE, agency_code="H40.81")
    lan = browser_of(app, services, "lan")
    links = re.findall(r'href="(/case-files\?[^"]+)"', lan.get(PAGE).text)
    (address,) = {link.replace("&amp;", "&") for link in links if "agency=H40.81" in link}
    listed = lan.get(address).text
    assert OPEN_CODE in listed
    assert RESTRICTED_CODE in listed
    assert OPEN_CODE in lan.get("/case-files?agency=H40.18").text
    assert RESTRICTED_CODE not in lan.get("/case-files?agency=H40.18").text


def test_what_ends_far_from_now_stands_in_one_bar(app: Flask, services: Services) -> None:
    far = clock.today().year + 40
    make_due(services, OPEN_CODE, year=far)
    make_due(services, RESTRICTED_CODE, year=far - 39)
    lan = browser_of(app, services, "lan")
    page = lan.get(PAGE).text
    assert f">Từ {far - 25}<" in page
    assert f">{far}<" not in page
    listed = lan.get(f"/case-files?ends={far - 25}%2B").text
    assert (OPEN_CODE in listed, RESTRICTED_CODE in listed) == (True, False)


def test_the_table_is_written_out(app: Flask, services: Services) -> None:
    make_due(services, OPEN_CODE, RESTRICTED_CODE, year=2020)
    written = browser_of(app, services, "lan").get(f"{PAGE}?export=csv").text
    assert written.splitlines()[1].startswith("H40.18,Quá hạn,2,")


def test_an_agency_sees_its_own_and_a_reader_nothing(app: Flask, services: Services) -> None:
    told = due_years(services, actor=person(services, "bach"))
    assert [agency.code for agency in told.agencies] == ["H40.18"]
    with pytest.raises(ActNotAllowedError):
        due_years(services, actor=person(services, "binh"))
    assert browser_of(app, services, "binh").get(PAGE).status_code == 403
