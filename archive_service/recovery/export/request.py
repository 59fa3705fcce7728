"""What a DIP says of the request that it answers (TT 05/2025, Phụ lục V)."""

from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.domain.case_files.access_request import GRANTED_STATES, AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError

_TOPIC_LENGTH, _PURPOSE_LENGTH = 250, 500  # by the circular


class DipRequestError(ConflictError):
    """The request is of another case file, not granted, or for a part of the document alone."""


def of_duty(row: CaseFile, actor: Actor) -> dict[str, str]:
    """What the circular asks of a request, where staff takes the case file out on duty."""
    at = clock.now()
    return {
        "requestID": f"{row.code}-{at:%Y%m%dT%H%M%SZ}",
        "requestDate": clock.today().isoformat(),
        "purpose": "02",  # official
        "purposeContent": messages.text("labels.export.purpose", "vi"),
        "feeObjectType": "10",  # other
        "researchTopic": row.title[:_TOPIC_LENGTH],
        "description": actor.account,
    }


def of_reader(session: Session, row: CaseFile, request_id: UUID) -> tuple[int, dict[str, str]]:
    """The ordinal of the document that a reader was granted, and what the request says.

    Raises:
        DipRequestError: also where areas are blackened or pages left out: a DIP is the original.
    """
    asked = session.get(AccessRequest, request_id)
    if asked is None or asked.case_file_id != row.id:
        raise DipRequestError(id=request_id, code=row.code)
    is_over = asked.until is None or asked.until <= clock.now()
    if asked.state not in GRANTED_STATES or is_over or asked.pages or asked.areas:
        raise DipRequestError(id=request_id, code=row.code)
    return asked.ordinal, {
        "requestID": str(asked.id),
        "requestDate": clock.local(asked.asked_at).date().isoformat(),
        "purpose": asked.kind,
        "purposeContent": asked.purpose[:_PURPOSE_LENGTH],
        "feeObjectType": asked.fee_class,
        "researchTopic": row.title[:_TOPIC_LENGTH],
        "description": asked.person,
    }
