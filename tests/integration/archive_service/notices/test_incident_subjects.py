"""Incidents say what they are about by the code that people know, and lead there."""

from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.notices.incidents import open_incident
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from retention.disposition.papers.certificate import INCIDENT
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import OPEN_CODE
from tests.worlds.command import Command

ALARM = IncidentSeverity.ALARM


def trouble(services: Services) -> tuple[str, str]:
    """One incident of each form of subject; the raw subject of the package, and the submission."""
    with services.unit_of_work() as uow:
        session = uow.session
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        submission = session.scalars(select(Submission).where(Submission.code == OPEN_CODE)).one()
        package = f"kho2 {object_root(case_file.ocfl_id)}"
        for kind, subject in (
            ("fixity-damage", package),
            ("malware-found", f"submission {submission.id}"),
            ("malware-found", f"document {OPEN_CODE}/1"),
            ("malware-found", f"submission {uuid4()}"),
            ("copy-unreachable", "kho2"),
        ):
            open_incident(session, kind, subject, severity=ALARM)
        uow.commit()
        return package, str(submission.id)


def test_an_archivist_is_led_from_an_incident_to_what_it_is_about(
    app: Flask, services: Services
) -> None:
    package, submission = trouble(services)
    page = browser_of(app, services, "lan").get("/system/incidents").text
    assert f'title="{package}"><a href="/case-files/{OPEN_CODE}#copies">' in page
    assert f">{OPEN_CODE}, kho kho2</a>" in page
    assert f'href="/submissions/{submission}">{OPEN_CODE}</a>' in page
    assert f">{OPEN_CODE}, văn bản 1</a>" in page
    assert ">kho2</span>" in page


def test_what_is_found_again_leads_to_the_certificate_of_its_list(
    app: Flask, services: Services
) -> None:
    row = uuid4()
    with services.unit_of_work() as uow:
        facts = {"disposition": str(row), "count": 1, "codes": OPEN_CODE}
        open_incident(uow.session, INCIDENT, "01/2026", severity=ALARM, facts=facts)
        uow.commit()
    page = browser_of(app, services, "lan").get("/system/incidents").text
    assert f'href="/dispositions/{row}/certificate">01/2026</a>' in page
    assert "/dispositions/" not in browser_of(app, services, "quan").get("/system").text


def test_an_administrator_reads_the_code_and_is_led_nowhere(app: Flask, services: Services) -> None:
    trouble(services)
    page = browser_of(app, services, "quan").get("/system").text
    assert f">{OPEN_CODE}, kho kho2</span>" in page
    assert "/case-files/" not in page
    assert "/submissions/" not in page


def test_many_incidents_cost_as_many_statements_as_one_of_each_form(
    app: Flask, services: Services
) -> None:
    package, _ = trouble(services)
    client = browser_of(app, services, "lan")
    client.get("/system/incidents")
    with counted(services) as few:
        client.get("/system/incidents")
    with services.unit_of_work() as uow:
        for number in range(30):
            kind = f"fixity-{'damage' if number % 2 else 'unexpected'}"
            subject = f"kho{number} {package.partition(' ')[2]}"
            open_incident(uow.session, kind, subject, severity=ALARM)
        uow.commit()
    with counted(services) as many:
        assert client.get("/system/incidents").text.count(f"{OPEN_CODE}, kho ") == 31
    assert len(many) == len(few)


def test_the_command_lists_codes_and_its_document_keeps_what_is_recorded(
    services: Services,
) -> None:
    package, submission = trouble(services)
    archive = Command(services.settings.home)
    about = "".join(archive.run("incident", "list").stdout.split())  # told row by row, if narrow
    assert f"{OPEN_CODE},khokho2" in about
    assert f"{OPEN_CODE},vănbản1" in about
    assert package.split("/")[-1] not in about
    assert submission not in about
    told = {row["subject"] for row in archive.ask("incident", "list", "--json")["incidents"]}
    assert {package, f"submission {submission}"} <= told
