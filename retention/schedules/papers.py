"""The decision that adopts a schedule, as a paper: printed, signed by who adopted it, shown."""

import datetime as dt
import re
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names, posts_of
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import RetentionSchedule, ScheduleState
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.errors import ConflictError, NotFoundError
from archive_service.forms.letter import print_letter
from archive_service.law import basis_words
from archive_service.services import Services
from archive_service.signing.desk.acts import read_signed_bytes, request_signature_of
from archive_service.signing.desk.asking import request_document
from archive_service.signing.desk.documents import SigningRequestDocument
from archive_service.storage.work_folder import work_place
from archive_service.text import nfc
from retention.schedules.decision_form import AdoptedSchedule, schedule_decision
from retention.schedules.documents import DecisionPaper
from retention.schedules.schedules import get_schedule
from retention.terms.explain import term_told
from retention.terms.rules import law_citation

KIND = "retention-schedule"
_STANDING = (SigningState.WAITING, SigningState.SIGNED)


class SchedulePaperAskedError(ConflictError):
    """The decision waits for its signature already, or is signed."""

    code = "retention-schedule-paper-asked"


class SchedulePaperMissingError(NotFoundError):
    """The schedule was not adopted here: there is no decision on it."""

    code = "retention-schedule-paper-missing"


def ask_for_signature(
    services: Services, schedule_id: UUID, *, actor: Actor
) -> SigningRequestDocument:
    """Give the decision out to who adopted the schedule, to be signed with their own key.

    The schedule is in force before; its page tells what became of the paper.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError, SchedulePaperMissingError
        SchedulePaperAskedError: it waits, or is signed.
        and what ``request_signature`` raises.
    """
    access.require(actor, "retention:adopt-schedule")
    with services.read_only() as session:
        row = _adopted(session, schedule_id)
        account, name = str(row.decided_by), _name(row)
        if any(request.state in _STANDING for request in _requests(session, schedule_id)):
            raise SchedulePaperAskedError(code=row.code, edition=row.edition)
        data = _printed(services, session, row)
    return request_signature_of(
        services, data, account=account, actor=actor, name=name, subject=(KIND, str(schedule_id))
    )


def paper_of(
    services: Services, schedule_id: UUID, *, actor: Actor, lang: str = "vi"
) -> DecisionPaper | None:
    """The paper of an adopted schedule; ``None`` of any other one.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError
    """
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        if get_schedule(session, schedule_id).state is not ScheduleState.ADOPTED:
            return None
        standing = [
            request for request in _requests(session, schedule_id) if request.state in _STANDING
        ]
        signature = request_document(standing[0], lang) if standing else None
    may_ask = signature is None and access.may(actor, "retention:adopt-schedule")
    return DecisionPaper(signature=signature, may_ask=may_ask)


def read_paper(services: Services, schedule_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of the decision: signed where it is, else as it is to be signed.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError, SchedulePaperMissingError
    """
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        row = _adopted(session, schedule_id)
        for request in _requests(session, schedule_id):
            if request.state is SigningState.SIGNED:
                return request.name, read_signed_bytes(session, request.id, services)
        return _name(row), _printed(services, session, row)


def _adopted(session: Session, schedule_id: UUID) -> RetentionSchedule:
    row = get_schedule(session, schedule_id)
    if row.state is not ScheduleState.ADOPTED:
        raise SchedulePaperMissingError(code=row.code, edition=row.edition)
    return row


def _requests(session: Session, schedule_id: UUID) -> list[SigningRequest]:
    """Of this schedule, the newest first."""
    of_it = SigningRequest.subject_kind == KIND, SigningRequest.subject_id == str(schedule_id)
    newest = SigningRequest.requested_at.desc()
    return list(session.scalars(select(SigningRequest).where(*of_it).order_by(newest)))


def _name(row: RetentionSchedule) -> str:
    code = re.sub(r"[^\w-]+", "-", row.code).strip("-")  # a code may hold what no file name does
    return f"quyet-dinh-bang-thoi-han-{code}-{row.edition}.pdf"


def _printed(services: Services, session: Session, row: RetentionSchedule) -> bytes:
    """The same schedule gives the same bytes."""
    if row.decided_at is None:
        raise ValueError(f"schedule {row.id} is adopted by nobody")
    letter = schedule_decision(_adopted_schedule(services, session, row, row.decided_at))
    with work_place(services.work_folder, "decision-") as place:
        target: Path = place / "paper.pdf"
        at = row.decided_at.replace(microsecond=0)
        print_letter(letter, target, at=at, press=services.press)
        return target.read_bytes()


def _adopted_schedule(
    services: Services, session: Session, row: RetentionSchedule, decided_at: dt.datetime
) -> AdoptedSchedule:
    archive, head = services.settings.archive, row.document["rule_set"]
    people = display_names(session, [row.loaded_by, row.decided_by or ""])
    approver = row.decided_by or ""
    valid_to = head.get("valid_to")
    return AdoptedSchedule(
        archive=archive.name,
        archive_above=nfc(archive.superior),
        place=archive.place,
        title=row.title,
        code=row.code,
        edition=row.edition,
        basis=[
            basis_words(law_citation("term")),
            basis_words(f"{head['instrument']}, {head['article']}"),
        ],
        reason=row.reason,
        valid_from=dt.date.fromisoformat(head["valid_from"]),
        valid_to=dt.date.fromisoformat(valid_to) if valid_to else None,
        proposer=people.get(row.loaded_by, row.loaded_by),
        approver=people.get(approver, approver),
        post=posts_of(session, [approver]).get(approver, ""),
        on=clock.local(decided_at).date(),
        sha256=row.sha256,
        rows=[
            [rule["code"], rule["title"], term_told(rule), _citation(rule)]
            for rule in row.document["rules"]
        ],
    )


def _citation(rule: dict[str, Any]) -> str:
    return ", ".join(filter(None, (rule.get("instrument"), rule["article"])))
