"""Số, ngày của quyết định: given by the agency's clerk, often after the head has decided."""

import datetime as dt
from uuid import UUID

from archive_service import clock
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import MAKE_JOB, Disposition
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from retention.disposition.acts import words
from retention.disposition.custody_acts import tell
from retention.disposition.decision.acts import LONGEST_NUMBER
from retention.disposition.documents import DispositionDocument
from retention.disposition.given import DecisionNumber
from retention.disposition.listing import disposition_document, open_disposition
from retention.due.deadlines import execute_by


class DispositionNumberedError(ConflictError):
    """The decision has its number and day; papers bear them."""


class DispositionDecisionDayError(InputError):
    """No decision is older than the council's meeting, or the proposal, or of a day to come."""


def note_number(
    services: Services,
    disposition_id: UUID,
    given: DecisionNumber,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Note the number and the day of a decision that was made without; once.

    Papers made from now on bear them, a certificate that was issued is issued anew. Papers that
    somebody signed, or was given to sign, stay as they are. A decision that was made with its
    number gets its day.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        DispositionWordsError, DispositionDecisionDayError
        DispositionNumberedError: others are known.
    """
    with acting(services, "disposition:number", actor) as session:
        number, on = words("number", given.number, LONGEST_NUMBER), given.on
        row = open_disposition(session, disposition_id, "number", actor=actor)
        if (row.decision_number, row.decision_on) == (number, on):  # a second press
            return disposition_document(session, row, lang)
        _require_unknown(row, number)
        _require_day(row, on)
        row.decision_number, row.decision_on = number, on
        if row.execute_by is not None:
            row.execute_by = execute_by(on)
        day = on.isoformat()
        tell(session, row, "disposition:numbered", actor=actor, decision=number, on=day)
        services.jobs.add(session, MAKE_JOB, subject_id=row.id)
        return disposition_document(session, row, lang)


def _require_unknown(row: Disposition, number: str) -> None:
    if row.decision_on is not None or row.decision_number not in ("", number):
        listed = f"{row.number:02}/{row.year}"
        raise DispositionNumberedError(list=listed, number=row.decision_number)


def _require_day(row: Disposition, on: dt.date) -> None:
    first, today = row.met_on or row.proposed_on, clock.today()
    if not first <= on <= today:
        raise DispositionDecisionDayError(day=on, first=first, today=today)
