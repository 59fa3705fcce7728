"""Registers and incidents tell an account of one agency nothing of another's case files."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.audit import record_event
from archive_service.background_jobs.view import count_jobs, list_jobs
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.errors import NotAllowedError
from archive_service.notices.incidents import (
    IncidentNotFoundError,
    list_incidents,
    open_incident,
    take_incident,
)
from archive_service.reports import register_acts
from archive_service.reports.register_acts import RegisterOfAllError
from archive_service.services import Services
from archive_service.status.health import status_document
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, damaged
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of

YEAR = clock.today().year


@pytest.fixture
def own(services: Services) -> Actor:
    """An archivist bound to an agency, to which one of the two case files is moved."""
    with services.writing() as session:
        stranger = get_account(session, "stranger")
        for name in ("mai", "hung"):
            get_account(session, name).agency_id = stranger.agency_id
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        assert stranger.agency_id is not None
        row.agency_id = stranger.agency_id
        session.execute(
            update(Submission).where(Submission.id == row.id).values(agency_id=stranger.agency_id)
        )
    return person(services, "mai")


@pytest.mark.parametrize("name", ["submissions", "receipts"])
def test_a_register_shows_and_counts_the_own_agency_alone(
    services: Services, own: Actor, name: str
) -> None:
    told = register_acts.register_rows(services, name, YEAR, actor=own, limit=50, offset=0)
    assert (told["total"], len(told["rows"]), told["rows"][0][0]) == (1, 1, "1")
    assert RESTRICTED_CODE in str(told["rows"])
    assert OPEN_CODE not in str(told["rows"])
    lan = person(services, "lan")
    whole = register_acts.register_rows(services, name, YEAR, actor=lan, limit=50, offset=0)
    assert whole["total"] == 2


def test_minutes_of_others_and_numbers_of_nobody_are_left_out(
    services: Services, own: Actor
) -> None:
    told = register_acts.register_rows(services, "handovers", YEAR, actor=own, limit=9, offset=0)
    assert (told["total"], told["rows"]) == (0, [])


def test_pages_and_files_do_so_too(app: Flask, services: Services, own: Actor) -> None:
    client = browser_of(app, services, "mai")
    page = client.get(f"/registers/submissions/{YEAR}").text
    assert (RESTRICTED_CODE in page, OPEN_CODE in page) == (True, False)
    for form in ("docx", "xlsx"):
        _, data = register_acts.write_register(services, "submissions", YEAR, form, actor=own)
        _, all_of_it = register_acts.write_register(
            services, "submissions", YEAR, form, actor=person(services, "lan")
        )
        assert len(data) != len(all_of_it)


def test_what_is_of_all_agencies_is_neither_read_nor_closed(
    app: Flask, services: Services, own: Actor
) -> None:
    with pytest.raises(RegisterOfAllError, match="register-of-all"):
        register_acts.write_register(services, "submissions", YEAR - 1, "pdf", actor=own)
    with pytest.raises(NotAllowedError):
        register_acts.close_register(
            services, "submissions", YEAR - 1, actor=person(services, "hung")
        )
    client = browser_of(app, services, "mai")
    assert client.get(f"/registers/submissions/{YEAR - 1}/paper.pdf").status_code == 403


def told_of(services: Services) -> dict[str, str]:
    """One incident of each kind of subject; its id by what it is about."""
    with services.writing() as session:
        rows = session.scalars(select(CaseFile)).all()
        found = {
            f"{code} {kind}": (kind, subject)
            for code, ocfl_id, id_ in [(row.code, row.ocfl_id, row.id) for row in rows]
            for kind, subject in (
                ("removal-open", code),
                ("fixity-damage", f"kho1 ocfl/ab/urn%3Auuid%3A{ocfl_id.rpartition(':')[2]}"),
                ("secrecy-mark-found", f"document {code}/1"),
                ("malware-found", f"submission {id_}"),
            )
        }
        found |= {"copy": ("copy-lagging", "kho1"), "batch": ("page-lost", "batch 7")}
        return {
            name: str(open_incident(session, kind, subject, severity=IncidentSeverity.ALARM).id)
            for name, (kind, subject) in found.items()
        }


@pytest.mark.parametrize("closed", [False, True])
def test_incidents_of_others_are_not_told(
    app: Flask, services: Services, own: Actor, *, closed: bool
) -> None:
    told = told_of(services)
    if closed:
        with services.writing() as session:
            session.execute(update(Incident).values(closed_at=clock.now()))
    with services.read_only() as session:
        seen = {str(incident.id) for incident in list_incidents(session, actor=own, closed=closed)}
        every = list_incidents(session, actor=person(services, "lan"), closed=closed)
    mine = {id_ for name, id_ in told.items() if name.startswith((RESTRICTED_CODE, "copy"))}
    assert (seen, len(every)) == (mine, len(told))
    page = browser_of(app, services, "mai").get("/system/incidents").text
    assert (RESTRICTED_CODE in page, OPEN_CODE in page) == (True, False)


def test_neither_are_they_taken_nor_told_by_the_status(services: Services, own: Actor) -> None:
    told = told_of(services)
    with services.unit_of_work() as uow, pytest.raises(IncidentNotFoundError):
        take_incident(uow.session, UUID(told[f"{OPEN_CODE} removal-open"]), actor=own)
    shown = status_document(services, actor=own).incidents
    assert OPEN_CODE not in str(shown)
    assert RESTRICTED_CODE in str(shown)


def test_the_page_of_the_system_names_no_damaged_package_of_others(
    app: Flask, services: Services, own: Actor
) -> None:
    for code in (OPEN_CODE, RESTRICTED_CODE):
        damaged(services, code, "kho2")
    page = browser_of(app, services, "mai").get("/system").text
    assert (RESTRICTED_CODE in page, OPEN_CODE in page) == (True, False)


def test_jobs_of_others_are_not_shown_and_those_of_the_service_are(
    app: Flask, services: Services, own: Actor
) -> None:
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, "watch-index")
        uow.commit()
        theirs = select(CaseFile.id).where(CaseFile.code == OPEN_CODE).scalar_subquery()
        job = uow.session.scalars(select(Job.id).where(Job.subject_id == theirs)).first()
    page = browser_of(app, services, "mai").get("/jobs").text
    assert (RESTRICTED_CODE in page, OPEN_CODE in page) == (True, False)
    assert "watch-index" in {job.name for job in list_jobs(services, actor=own)}
    program = program_of(app, services, "mai")
    told = program.get("/jobs?limit=100").get_json()["jobs"]
    assert str(job) not in {entry["id"] for entry in told}
    assert program.get(f"/jobs/{job}").status_code == 404
    lan = program_of(app, services, "lan")
    assert lan.get(f"/jobs/{job}").status_code == 200
    assert sum(count_jobs(services, actor=own).values()) == len(list_jobs(services, actor=own))


def test_events_tell_no_code_of_another_agency(app: Flask, services: Services, own: Actor) -> None:
    told = {"code": OPEN_CODE, "codes": [OPEN_CODE, RESTRICTED_CODE], "with": {"to": OPEN_CODE}}
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        record_event(
            session, "case-file:described", subject_id=row.id, actor=own,
            agency_id=row.agency_id, data=told,
        )  # fmt: skip
    events = program_of(app, services, "hung").get("/audit-events").get_json()["events"]
    (event,) = [one for one in events if "codes" in one["data"]]
    assert event["data"] == {"code": None, "codes": [RESTRICTED_CODE], "with": {"to": None}}
    assert OPEN_CODE not in str(events)
    page = browser_of(app, services, "mai").get(f"/case-files/{RESTRICTED_CODE}").text
    assert OPEN_CODE not in page
    whole = program_of(app, services, "kiem").get("/audit-events").get_json()["events"]
    assert told in [entry["data"] for entry in whole]
