"""A report of one agency: true figures or a refusal, never zeros; and it says whose it is."""

from io import BytesIO
from uuid import UUID

import openpyxl
import pypdfium2
import pytest
from flask import Flask

from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.domain.people.account import Actor, Role
from archive_service.reports import acts as reports_acts
from archive_service.reports.acts import ReportAgencyError, ReportAgencyHiddenError
from archive_service.reports.given import ReportIn
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, head_of_agency, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of

ALWAYS = "2021-01-01..2029-12-31"
OWN, SUBORDINATE, OTHER = "H40.18", "H40.18.01", "H40.20"
SAYS = "của Sở Công trình tỉnh Sơn Lam (H40.18)"


@pytest.fixture
def head(services: Services) -> Actor:
    enlist_agency(services, SUBORDINATE, "Chi cục Thủy lợi", actor=OPERATOR)
    return head_of_agency(services)


@pytest.mark.parametrize("agency", [SUBORDINATE, OTHER, f" {OTHER} "])
def test_another_agency_is_refused_and_nothing_is_kept(
    services: Services, head: Actor, agency: str
) -> None:
    with pytest.raises(ReportAgencyHiddenError, match="report-agency-hidden"):
        reports_acts.figures_of(services, ALWAYS, actor=head, agency=agency)
    with pytest.raises(ReportAgencyHiddenError, match="report-agency-hidden"):
        reports_acts.make_report(services, ReportIn(period=ALWAYS, agency=agency), actor=head)
    assert reports_acts.list_reports(services, actor=person(services, "lan"))[1] == 0


def test_what_is_no_agency_is_told_as_such(services: Services, head: Actor) -> None:
    with pytest.raises(ReportAgencyError):
        reports_acts.figures_of(services, ALWAYS, actor=head, agency="H99.99")


@pytest.mark.parametrize("role", [Role.ARCHIVIST, Role.HEAD, Role.AUDITOR])
def test_whoever_is_bound_to_an_agency_sees_no_other(
    services: Services, head: Actor, role: Role
) -> None:
    bound = Actor("someone", role, agency_id=head.agency_id)
    with pytest.raises(ReportAgencyHiddenError):
        reports_acts.figures_of(services, ALWAYS, actor=bound, agency=OTHER)
    free = reports_acts.figures_of(services, ALWAYS, actor=Actor("x", role), agency=OWN)
    assert free.figures["intake"]["received"] == 2


def test_pages_and_programs_refuse_it_too(app: Flask, services: Services, head: Actor) -> None:
    client, program = browser_of(app, services, head.account), program_of(app, services, "giamdoc")
    for agency in (SUBORDINATE, OTHER):
        page = client.get(f"/reports?period=2025&agency={agency}")
        assert (page.status_code, "report-agency-hidden" in page.text) == (403, True)
        assert post(client, "/reports", period="2025", agency=agency).status_code == 403
        asked = program.get(f"/reports/figures?period=2025&agency={agency}")
        made = program.post("/reports", json={"period": "2025", "agency": agency})
        assert [response.get_json()["code"] for response in (asked, made)] == [
            "report-agency-hidden"
        ] * 2


@pytest.mark.parametrize("agency", ["", OWN])
def test_it_says_whose_it_is_in_title_page_and_signature(
    app: Flask, services: Services, head: Actor, agency: str
) -> None:
    told = reports_acts.figures_of(services, ALWAYS, actor=head, agency=agency)
    assert (told.agency, told.agency_name) == (OWN, "Sở Công trình tỉnh Sơn Lam")
    assert told.figures["intake"]["received"] == 2
    made = reports_acts.make_report(services, ReportIn(period=ALWAYS, agency=agency), actor=head)
    assert SAYS in reports_acts.title_of(made, "vi")
    assert SAYS in browser_of(app, services, head.account).get(f"/reports/{made.id}").text
    name, data = reports_acts.write_report(services, UUID(made.id), "pdf", actor=head)
    assert OWN in name
    with pypdfium2.PdfDocument(data) as paper:
        pages = [one.get_textpage().get_text_bounded() for one in paper]
    flat = [" ".join(page.split()) for page in pages]
    assert SAYS.upper() in flat[0].upper()
    assert f"Ký về số liệu {SAYS}" in flat[-1]
    _, data = reports_acts.write_report(services, UUID(made.id), "xlsx", actor=head)
    assert SAYS in str(openpyxl.load_workbook(BytesIO(data)).worksheets[0]["A1"].value)


def test_a_report_of_all_names_none(services: Services) -> None:
    lan = person(services, "lan")
    made = reports_acts.make_report(services, ReportIn(period=ALWAYS), actor=lan)
    assert (made.agency, "của" in reports_acts.title_of(made, "vi")) == (None, False)
    _, data = reports_acts.write_report(services, UUID(made.id), "pdf", actor=lan)
    with pypdfium2.PdfDocument(data) as paper:
        assert "Ký về số liệu" not in paper[len(paper) - 1].get_textpage().get_text_bounded()
