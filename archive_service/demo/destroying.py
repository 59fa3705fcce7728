"""The chapter of a term that is over: from the day it is due to the certificate of destruction."""

import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import select

from archive_service import clock, messages
from archive_service.accounts.acts import acting_as
from archive_service.accounts.enrolment import enrol
from archive_service.accounts.second_factor import SecondFactorMissingError
from archive_service.demo.people import COUNCIL_CHAIR, write_second_factor
from archive_service.demo.stage import DemoUnprovedError, Stage, prove
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import Role
from archive_service.domain.retention.disposition import MAKE_JOB, CouncilDuty, Outcome
from archive_service.domain.retention.removal import DESTROY_JOB, REMOVAL, Removal
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectStore
from retention.destruction.acts import RESUME_JOB, WATCH_JOB
from retention.disposition import acts as disposition_acts
from retention.disposition.appraisal import Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import Meeting, Seat
from retention.disposition.daily_proposals import SWEEP_JOB
from retention.disposition.decision import acts as decision_acts
from retention.disposition.documents import DispositionDocument
from retention.disposition.execution import CARRY_OUT_JOB, execute
from retention.disposition.given import DecisionApproval, ListShown, Review, Vote
from retention.disposition.papers.documents import ComparedCertificate
from retention.disposition.papers.reading import compared_certificate
from search.acts import find
from search.documents import HitDocument

_GOING = (CARRY_OUT_JOB, DESTROY_JOB, RESUME_JOB, WATCH_JOB, MAKE_JOB)
_WAIT_S = 180.0  # a server of indexes or databases lets go of bytes in its own time


def destroy(stage: Stage) -> dict[str, Any]:
    """What is due is proposed by itself, judged, decided on with a second factor, and is gone."""
    code = stage.sample.e_text.fields["code"]
    case_file_id, root = _keep(stage, code)
    listed = propose(stage, code)
    row = listed.id
    judge(stage, row, meeting="15/QĐ-SCT")
    _decide(stage, row)
    removal = _carry_out(stage, row, case_file_id)
    certificate = _certify(stage, row)
    _prove_gone(stage, code, root)
    return {
        "code": code,
        "list": listed.number,
        "files": removal.files,
        "places": [place.place for place in removal.places],
        "certificate": certificate.paper.number,
        "comparison": certificate.comparison.model_dump(),
    }


def _keep(stage: Stage, code: str) -> tuple[UUID, str]:
    """Case file E in custody, and found; its id, and its place in each copy."""
    services = stage.services
    submission_id = stage.keep(stage.sample.e)
    with services.read_only() as session:
        row = session.get_one(CaseFile, submission_id)
    prove(row.code == code, "E is the one that was sent", found=row.code)
    prove(row.state is CaseState.STORED, "E is stored", found=row.state)
    prove(row.ends_on and row.ends_on < clock.today(), "its term is over", found=row.ends_on)
    prove(_hits(stage, code), "it is found")
    root = object_root(row.ocfl_id)
    held = [copy.name for copy in services.copies if any(copy.iter_keys(root))]
    prove(len(held) == len(services.copies), "every copy holds it", found=held)
    stage.tell("due", code=code, on=row.ends_on)
    return submission_id, root


def propose(stage: Stage, code: str) -> DispositionDocument:
    """The daily look makes a list of its own accord, of this case file and nothing else."""
    services = stage.services
    with services.writing() as session:
        services.jobs.add(session, SWEEP_JOB)
    stage.work("bar-sweep", (SWEEP_JOB,))
    listed = disposition_acts.list_all(
        services, actor=stage.people[Role.ARCHIVIST], lang=stage.lang
    )
    fresh = [disposition for disposition in listed if disposition.state == "proposed"]
    codes = [[item.code for item in disposition.items] for disposition in fresh]
    prove(codes == [[code]], "it alone was proposed, to be reviewed", found=codes)
    stage.tell("proposed", number=fresh[0].number)
    return fresh[0]


def judge(stage: Stage, row: UUID, *, meeting: str) -> DispositionDocument:
    """The archivist reviews, the council meets and votes, the file goes to the agency's head."""
    services, archivist = stage.services, stage.people[Role.ARCHIVIST]
    reason = messages.text("demo.destroy-reason", stage.lang)
    disposition = disposition_acts.show(services, row, actor=archivist)
    verdicts = {item.code: Verdict(Outcome.DESTROY) for item in disposition.items}
    disposition_acts.review(
        services, row, Review(outcomes=verdicts, reason=reason), actor=archivist
    )
    officer = stage.people[Role.OFFICER]
    with services.read_only() as session:
        idle_days = services.settings.web.idle_account_days
        chair = acting_as(session, COUNCIL_CHAIR[0], os_user=archivist.os_user, idle_days=idle_days)
    seats = (
        _seat(stage, CouncilDuty.CHAIR, chair.account),
        _seat(stage, CouncilDuty.SECRETARY, archivist.account),
        _seat(stage, CouncilDuty.MEMBER, officer.account),
    )
    today = clock.today()  # the list was proposed today, too
    held = Meeting(
        number=meeting,
        decided_on=today,
        met_on=today,
        met_at=messages.text("demo.council-place", stage.lang),
        minutes=messages.text("demo.council-minutes", stage.lang),
    )
    council_acts.set_up(services, row, seats, held, actor=archivist)
    for actor in (chair, archivist, officer):
        council_acts.vote(services, row, Vote(agrees=True, opinion=""), actor=actor)
    with stage.bar("bar-papers"):
        disposition = disposition_acts.submit(services, row, ListShown(), actor=archivist)
    prove(disposition.state == "submitted", "it waits for the decision", found=disposition.state)
    forms = [paper.form for paper in disposition.papers]
    prove(forms, "the papers of its file were made", found=forms)
    stage.tell("judged", votes=len(seats), papers=len(forms))
    return disposition


def _seat(stage: Stage, duty: CouncilDuty, account: str) -> Seat:
    name, _, position = messages.text(f"demo.council-{duty.value}", stage.lang).partition(";")
    return Seat(name, position, duty, account)


def _decide(stage: Stage, row: UUID) -> None:
    """Without a second factor nothing is decided; with one, the head of the agency does."""
    services, head = stage.services, stage.people[Role.AGENCY_HEAD]
    made = enrol(services, head.account, actor=head)
    write_second_factor(services.settings.home, made)
    try:
        decision_acts.approve(services, row, DecisionApproval(), actor=head)
    except SecondFactorMissingError:
        refused = True
    else:
        refused = False
    prove(refused, "no decision without a second factor")
    otp = pyotp.TOTP(made["secret"]).at(clock.now())
    disposition = decision_acts.approve(
        services, row, DecisionApproval(otp=otp, number="41/QĐ-SCT"), actor=head
    )
    prove(
        disposition.state == "approved", "the head of the agency decided", found=disposition.state
    )
    stage.tell("decided", account=head.account, number="41/QĐ-SCT")


def _carry_out(stage: Stage, row: UUID, case_file_id: UUID) -> Removal:
    """The gate takes it from every place; what a server keeps for a while is waited for."""
    alone = _alone(stage.services)
    execute(alone, row, ListShown(), actor=stage.people[Role.ARCHIVIST])
    working = replace(stage, services=alone)
    until = time.monotonic() + _WAIT_S
    while True:
        working.work("bar-destroying", _GOING)
        with alone.read_only() as session:
            of_it = select(Removal).where(Removal.case_file_id == case_file_id)
            removal = session.scalars(of_it).one_or_none()
            if removal is None:  # its job was refused, or the gate itself did not take it
                found = ", ".join(stage.troubled_jobs())
                raise DemoUnprovedError(claim="the gate claimed the case file", found=found)
            open_ones = [place.place for place in removal.places if place.gone_at is None]
        if removal.done_at is not None or time.monotonic() > until:
            break
        time.sleep(1)
        with alone.writing() as session:
            alone.jobs.add(session, RESUME_JOB)
    prove(removal.done_at, "it is gone from every place", open=open_ones)
    disposition = disposition_acts.show(alone, row, actor=stage.people[Role.ARCHIVIST])
    prove(disposition.state == "executed", "the list is closed", found=disposition.state)
    names = ", ".join(place.place for place in removal.places)
    stage.tell("destroyed", files=removal.files, count=len(removal.places))
    stage.quote(names)
    return removal


def _alone(services: Services) -> Services:
    """Nothing else works on this home: staging need not keep what came within the last hour."""
    storage = services.settings.storage.model_copy(update={"staging_grace_s": 0})
    return replace(services, settings=services.settings.model_copy(update={"storage": storage}))


def _certify(stage: Stage, row: UUID) -> ComparedCertificate:
    """The certificate closes, and each place that it names is asked anew."""
    told = compared_certificate(stage.services, row, actor=stage.people[Role.ARCHIVIST])
    certificate, found = told.certificate, told.comparison
    prove(not certificate.provisional, "no item is open", found=certificate.open)
    prove(found.data_intact, "the data are those that the paper names")
    asked = [place.now for case_file in found.case_files for place in case_file.places]
    prove(asked and set(asked) <= {"gone", "never"}, "every place was asked anew", found=asked)
    stage.tell("certified", number=told.paper.number, count=len(asked))
    return told


def _prove_gone(stage: Stage, code: str, root: str) -> None:
    """No search, no copy has it; the stub and the tombstones tell that it was."""
    services = stage.services
    prove(not _hits(stage, code), "no search finds it")
    left = [copy.name for copy in services.copies if any(copy.iter_keys(root))]
    prove(not left, "no copy holds a byte of it", found=left)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
    prove(row.state is CaseState.DESTROYED, "its stub tells so", found=row.state)
    marked = [copy.name for copy in services.copies if _tombstone(copy, row.id)]
    prove(len(marked) == len(services.copies), "every copy has its tombstone", found=marked)
    stage.tell("gone", typed=stage.sample.e_text.phrases[0]["text"], copies=marked)


def _tombstone(copy: ObjectStore, case_file_id: UUID) -> bool:
    """Whether the copy tells that this case file was destroyed, and that it is over."""
    bodies = (act.document["body"] for act in iter_acts(copy, REMOVAL))
    return any(entry["case_file_id"] == str(case_file_id) and entry["done_at"] for entry in bodies)


def _hits(stage: Stage, code: str) -> list[HitDocument]:
    (phrase,) = stage.sample.e_text.phrases
    found = find(stage.services, f'"{phrase["text"]}"', actor=stage.people[Role.READER])
    return [hit for hit in found.hits if hit.code == code]
