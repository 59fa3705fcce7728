"""The last chapter: what is left for each role to do, so that nobody signs in to an empty page."""

import datetime as dt
from typing import Any

from archive_service import clock, messages
from archive_service.demo.case_files import make_born_digital, make_faulty
from archive_service.demo.deciding import leave_decisions
from archive_service.demo.papers import read_case
from archive_service.demo.sheets import write_file_plan
from archive_service.demo.stage import Stage, prove
from archive_service.domain.people.account import Role
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import Signer
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.given import CollectionIn, KeepBackIn
from ingest.calling_in.signed_papers import SIGN_JOB
from ingest.file_plan import acts as file_plan_acts
from ingest.submissions import queries

# Severity of the worst finding → the case file that waits with it.
_AT_DESK = {"clean": "case_f", "warning": "case_g", "error": "case_h"}
_KEPT_ON = dt.timedelta(days=365)
_SETTLED_EARLY = "08.QLCT"  # in spring, so that it is due in spring, and overdue soon after


def leave_work(stage: Stage) -> dict[str, Any]:
    """Three case files at the desk, next year's file plan, a list of what is due, decisions."""
    keys = stage.sample.file_plan.parent / "keys"
    person, seal = (open_pkcs12(f"pkcs12:{name}.p12", home=keys) for name in ("person", "agency"))
    at_desk = _hand_in(stage, person, seal)
    plan = _draft_plan(stage)
    due = _call_in(stage)
    left = {"at_desk": at_desk, "file_plan": plan, "called_in": due}
    return left | leave_decisions(stage, (person, seal))


def _hand_in(stage: Stage, person: Signer, seal: Signer) -> dict[str, str]:
    """One is clean, one has warnings, one has faults; by how each stands → its code."""
    services, sample = stage.services, stage.sample
    officer = stage.people[Role.OFFICER]
    place = sample.file_plan.parent
    ids = []
    with stage.bar("bar-checks") as show:
        for done, (worst, name) in enumerate(_AT_DESK.items(), start=1):
            text, folder = read_case(name), place / name
            if worst == "error":
                make_faulty(folder, text, sample.agency)
            else:
                make_born_digital(folder, text, sample.agency, person=person, seal=seal)
            ids.append(stage.hand_in(folder))
            show(done / len(_AT_DESK))
    found = queries.submissions(services, ids, actor=officer, lang=stage.lang)
    stands = [
        submission.worst if submission.worst in ("warning", "error") else "clean"
        for submission in found
    ]
    codes = [[finding.code for finding in submission.findings] for submission in found]
    prove(stands == list(_AT_DESK), "one is clean, one warned of, one faulty", found=codes)
    stage.tell("at-desk", count=len(found), account=stage.people[Role.ARCHIVIST].account)
    return {stand: submission.code for stand, submission in zip(stands, found, strict=True)}


def _draft_plan(stage: Stage) -> dict[str, Any]:
    """Next year's file plan waits for the head of the agency."""
    sample, year = stage.sample, stage.sample.file_plan_year + 1
    file = sample.file_plan.with_name(f"Danh mục hồ sơ {year}.xlsx")
    write_file_plan(file, sample.agency, year=year)
    plan = file_plan_acts.import_plan(
        stage.services,
        file,
        agency=sample.agency.new_code,
        year=year,
        actor=stage.people[Role.ARCHIVIST],
    )
    prove(plan.state == "draft", "next year's file plan is a draft", found=plan.state)
    stage.tell("plan-draft", year=year, account=stage.people[Role.AGENCY_HEAD].account)
    return {"year": year, "state": plan.state}


def _call_in(stage: Stage) -> dict[str, Any]:
    """The year's list of what is due, some of it overdue; the officer asks to keep one longer."""
    services, sample = stage.services, stage.sample
    year = sample.file_plan_year
    given = CollectionIn(
        agency=sample.agency.new_code, year=year, settled={_SETTLED_EARLY: dt.date(year, 3, 31)}
    )
    listed = calling_in_acts.publish(services, given, actor=stage.people[Role.ARCHIVIST])
    stage.work("bar-list", (SIGN_JOB,))
    code = listed.entries[-1].code
    wish = KeepBackIn(
        codes=[code],
        until=max(listed.due_on, clock.today()) + _KEPT_ON,
        reason=messages.text("demo.keep-back-reason", stage.lang),
    )
    (asked,) = calling_in_acts.ask(services, wish, actor=stage.people[Role.OFFICER]).requests
    prove(asked.state == "asked", "a request waits for its decision", found=asked.state)
    overdue = sum(entry.due_on < clock.today() for entry in listed.entries)
    stage.tell("called-in", count=listed.count, number=listed.number, overdue=overdue)
    stage.tell("keep-back", code=code, account=stage.people[Role.HEAD].account)
    return {"number": listed.number, "count": listed.count, "overdue": overdue}
