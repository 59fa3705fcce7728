"""Minutes of acceptance: what waits to be handed over, put on one paper with one number."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.numbers import draw_number
from archive_service.domain.intake.handover import (
    HANDOVER_RECORD,
    SYMBOL,
    HandoverItem,
    HandoverRecord,
)
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.forms.numbers import format_number, parse_number
from archive_service.text import nfc
from ingest.handover.documents import HandoverItemDocument, HandoverKept

MOST = 10_000  # case files on one paper
TEXTS = ("block", "basis", "condition", "giver", "giver_position", "receiver", "receiver_position")


class HandoverNotFoundError(NotFoundError):
    """No minutes bear this id, or they are not this account's to know."""


class NothingToHandOverError(InputError):
    """Nothing of what was chosen is stored and on no minutes yet."""

    code = "handover-nothing"


class HandedOverError(ConflictError):
    """One of the submissions is on minutes already."""

    code = "handover-already"


class HandoverMixedError(InputError):
    """Case files of several agencies do not stand on one paper."""


class HandoverAdditionError(InputError):
    """What is added to a case file in custody has minutes of its own."""


class HandoverTooLongError(InputError):
    """More case files than one paper can list."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who gives and who receives, as the paper names them, and what it says of the whole."""

    giver: str
    giver_position: str
    giver_account: str
    receiver: str
    receiver_position: str
    block: str
    basis: str = ""
    condition: str = ""


def not_handed_over() -> ColumnElement[bool]:
    """Stored, and on no minutes: as a condition of a question about ``Submission``."""
    listed = exists().where(HandoverItem.submission_id == Submission.id)
    return (Submission.state == SubmissionState.STORED) & ~listed


def waiting_handover(*, actor: Actor) -> Select[UUID | None, str, int, dt.datetime]:
    """Agency, sender and how many of their submissions wait for minutes, oldest first."""
    return (
        select(
            Submission.agency_id,
            Submission.submitted_by,
            func.count(),
            func.min(Submission.received_at),
        )
        .where(not_handed_over(), access.visible(actor, "handover:list", Submission.agency_id))
        .group_by(Submission.agency_id, Submission.submitted_by)
        .order_by(func.min(Submission.received_at))
    )


def papers_of(session: Session, submission_ids: Sequence[UUID]) -> list[list[UUID]]:
    """Which of them stand on one paper: new case files together, each addition by itself."""
    added: set[UUID] = set()
    for start in range(0, len(submission_ids), 500):
        some = submission_ids[start : start + 500]
        query = select(Submission.id).where(
            Submission.id.in_(some), Submission.version.is_not(None)
        )
        added.update(session.scalars(query))
    new = [identifier for identifier in submission_ids if identifier not in added]
    return ([new] if new else []) + [
        [identifier] for identifier in submission_ids if identifier in added
    ]


def make_handover(
    session: Session, submission_ids: Sequence[UUID], parties: Parties, *, actor: Actor
) -> HandoverRecord:
    """Give the submissions one paper: its number is drawn with the row, the caller commits both.

    Raises:
        ActNotAllowedError: ``actor`` makes no minutes.
        NothingToHandOverError, HandoverTooLongError, HandoverMixedError
        HandedOverError: one of them stands on minutes already, or is not stored.
        HandoverAdditionError: one of several was added to a case file in custody.
    """
    rows, agency_id = lock_submissions(session, submission_ids, actor=actor)
    if len(rows) > 1 and (added := [row for row in rows if row.version is not None]):
        raise HandoverAdditionError(id=added[0].id, code=added[0].code)
    at = clock.now()
    year = clock.local(at).year
    record = HandoverRecord(
        id=uuid4(),
        agency_id=agency_id,
        number=format_number(draw_number(session, HANDOVER_RECORD, year), SYMBOL),
        year=year,
        giver_account=parties.giver_account,
        made_by=actor.account,
        made_at=at,
        items=[
            HandoverItem(submission_id=row.id, ordinal=ordinal, case_code=row.code)
            for ordinal, row in enumerate(rows, start=1)
        ],
        **{name: nfc(getattr(parties, name)).strip() for name in TEXTS},
    )
    session.add(record)
    session.flush()
    record_event(
        session,
        "handover:made",
        subject_id=record.id,
        actor=actor,
        agency_id=agency_id,
        data={"number": record.number, "case_files": len(record.items)},
    )
    return record


def lock_submissions(
    session: Session, submission_ids: Sequence[UUID], *, actor: Actor
) -> tuple[list[Submission], UUID]:
    """What is to stand on one paper, by code, and whose it is; see ``make_handover``."""
    access.require(actor, "handover:make")
    wanted = list(dict.fromkeys(submission_ids))
    if not wanted:
        raise NothingToHandOverError
    if len(wanted) > MOST:
        raise HandoverTooLongError(count=len(wanted), limit=MOST)
    rows = _locked(session, wanted)
    agencies = {row.agency_id for row in rows}
    if len(agencies) != 1 or (agency_id := next(iter(agencies))) is None:
        raise HandoverMixedError(count=len(agencies))
    return rows, agency_id


def _locked(session: Session, wanted: Sequence[UUID]) -> list[Submission]:
    """The submissions by code; who makes minutes of the same ones waits, and is refused."""
    found: list[Submission] = []
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        query = select(Submission).where(Submission.id.in_(some), not_handed_over())
        found += session.scalars(query.with_for_update(key_share=True, of=Submission))
    if len(found) < len(wanted):
        known = {row.id for row in found}
        missing = next(identifier for identifier in wanted if identifier not in known)
        raise HandedOverError(id=missing)
    return sorted(found, key=lambda row: row.code)


def handover_document(record: HandoverRecord) -> HandoverKept:
    """The minutes with what they list, in its order."""
    items = [HandoverItemDocument(id=it.submission_id, code=it.case_code) for it in record.items]
    return HandoverKept.of_row(record, items=items)


def restore_handover_records(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """The rows that ``handover_document`` told of, and the counter that goes on after them."""
    from archive_service.domain.keeping.job import FormNumber

    last: dict[int, int] = {}
    for body in bodies:
        kept = HandoverKept.model_validate(body)
        items = [
            HandoverItem(submission_id=it.id, ordinal=ordinal, case_code=it.code)
            for ordinal, it in enumerate(kept.items, start=1)
        ]
        session.add(HandoverRecord(**(dict(kept) | {"items": items})))
        number = parse_number(kept.number).number
        last[kept.year] = max(last.get(kept.year, 0), number)
    for year, number in last.items():
        session.add(FormNumber(form=HANDOVER_RECORD, year=year, last=number))


def period_of(start: str, end: str) -> str:
    """``01/02/2024 - 03/12/2024``; what is only a year or a month stays as it is told."""
    days = [_day(text) for text in (start, end) if text]
    return " - ".join(dict.fromkeys(days))


def _day(text: str) -> str:
    try:
        return f"{dt.date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        year, _, month = text.partition("-")
        return f"{month}/{year}" if month else year
