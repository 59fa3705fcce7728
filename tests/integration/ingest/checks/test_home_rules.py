"""Rules of a home: found at the door and named in the verdict; unreadable ones stop the checks."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionState
from archive_service.domain.keeping.job import Job, JobState
from archive_service.notices.incidents import open_incidents
from archive_service.worker import run_one
from ingest.submissions.acts import submit
from ingest.submissions.automatic_answers import WATCH_JOB
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.papers.bad_input import FILE, small_case
from tests.worlds.simulated_signing import Hierarchy, day, sign

SWITCHES = '[[rule]]\nkey = "same-day"\non = true\nseverity = "error"\n'


def test_a_seal_of_another_day_is_an_error_where_the_home_asks_for_the_same_day(
    tmp_path: Path,
) -> None:
    home = new_home(tmp_path / "home")
    own = home / "rule_sets" / "signature_rules.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(SWITCHES)
    case = small_case(tmp_path / "case", code="H40.18.2025.09.TH")
    seal = Hierarchy().agency()
    signed = sign(case / FILE, tmp_path / "signed.pdf", seal, at=day(2025, 5, 9))
    signed.replace(case / FILE)
    with open_home(home) as services:
        (made,) = submit(case, actor=person(services, "bach"), services=services)
        do_all(services)
        with services.read_only() as session:
            row = session.get_one(Submission, made)
            (found,) = [
                finding for finding in row.findings if finding.code == "signed-on-another-day"
            ]
            assert found.severity is Severity.ERROR
            assert found.facts["signed_on"] == "2025-05-09"
            digest = hashlib.sha256(SWITCHES.encode()).hexdigest()
            assert row.verdict["switches"] == {"signature_rules": digest}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("answers.toml", "[[rule\n", 1),
        ("signature_rules.toml", SWITCHES.replace("error", "fatal"), 4),
        ("formalities.toml", '[[rule]]\nfield = "signer"\non = "no"\n', 3),
        ("completeness/own.toml", "[rule_set\n", 1),
    ],
)
def test_rules_that_cannot_be_read_stop_the_check_until_they_are_mended(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    home = new_home(tmp_path / "home")
    own = home / "rule_sets" / name
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text)
    case = small_case(tmp_path / "case", code="H40.18.2025.09.TH")
    with open_home(home) as services:
        (made,) = submit(case, actor=person(services, "bach"), services=services)
        assert run_one(services, subject_id=made, names=(CHECK_JOB,)) == "retry"
        with services.read_only() as session:
            assert session.get_one(Submission, made).state is SubmissionState.RECEIVED
            job = session.scalars(select(Job).where(Job.subject_id == made)).one()
            (incident,) = open_incidents(session)
        assert (job.state, job.error["code"]) == (JobState.WAITING, "home-rules-invalid")
        assert incident.kind == "home-rules-unreadable"
        assert incident.subject == f"rule_sets/{name}:{line}"
        own.unlink()
        with services.writing() as session:
            session.execute(update(Job).values(run_at=clock.now()))  # five minutes later
        assert run_one(services, subject_id=made, names=(CHECK_JOB,)) == "done"
        with services.read_only() as session:
            assert session.get_one(Submission, made).state is SubmissionState.CHECKED
            assert open_incidents(session) == []


CALENDAR = """[rule_set]
code = "own"
title = "Nghỉ của cơ quan"
instrument = "Thông báo"
article = "1"
valid_from = 2026-01-01
source = "own"
certainty = "primary"

[[rule]]
kind = "off"
days = ["2026-10-01"]

[[rule]]
kind = "{kind}"
days = ["{day}"]
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[rule_set\n", 1),
        (CALENDAR.format(kind="off", day="01/10/2026"), 14),
        (CALENDAR.format(kind="offf", day="2026-10-02"), 14),
    ],
)
def test_a_calendar_that_cannot_be_read_is_one_incident_until_it_is_mended(
    tmp_path: Path, text: str, line: int
) -> None:
    home = new_home(tmp_path / "home")
    own = home / "calendars" / "office_hours.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(text)

    def watched() -> str | None:
        with services.writing() as session:
            services.jobs.add(session, WATCH_JOB)
            session.execute(update(Job).values(run_at=clock.now()))
        return run_one(services, names=(WATCH_JOB,))

    with open_home(home) as services:
        assert [watched(), watched()] == ["retry", "retry"]
        with services.read_only() as session:
            (incident,) = open_incidents(session)
            job = session.scalars(select(Job).where(Job.name == WATCH_JOB)).one()
        assert incident.kind == "home-calendar-unreadable"
        assert incident.subject == f"calendars/office_hours.toml:{line}"
        assert (job.state, job.error["code"]) == (JobState.WAITING, "home-calendar-invalid")
        case = small_case(tmp_path / "case", code="H40.18.2025.09.TH")
        (made,) = submit(case, actor=person(services, "bach"), services=services)
        assert run_one(services, subject_id=made, names=(CHECK_JOB,)) == "done"
        with services.read_only() as session:
            assert len(open_incidents(session)) == 1, "checks need no calendar, and mend none"
        own.write_text(CALENDAR.format(kind="off", day="2026-10-02"))
        assert watched() == "done"
        with services.read_only() as session:
            assert open_incidents(session) == []
