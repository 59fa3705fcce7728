"""What is told to anybody who checks the code of a copy or a paper, and copies withdrawn."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.document import Document
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.signing_request import SIGNED_PAPER
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.evidence.check_codes import HANDED_OUT, PAPERS, WITHDRAWN, bare, note_withdrawn
from archive_service.given import Given
from archive_service.services import Services
from archive_service.text import telling_line

# The request of a copy ended before its time, and the copy with it.
_REQUEST_ENDED = ("access-request:withdrawn", "access-request:revoked")


class CopyCodeUnknownError(NotFoundError):
    """No copy that was handed out bears this code, or it is not this account's to know."""


class CopyWithdrawnError(ConflictError):
    """The copy was withdrawn before."""


class CopyWithdrawalWordsError(InputError):
    """A copy is withdrawn for a reason."""


class Withdrawal(Given):
    """Which copy is not to be relied on any more, and why."""

    check: str = Field(description="The code that the copy bears.")
    reason: str = Field(description="Why it is withdrawn.")


class WithdrawnCopy(Document):
    """A copy that is not to be relied on any more."""

    check: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What anybody is told: ``valid``, ``ended``, ``withdrawn`` or ``unknown``, and no more.

    ``digests`` are the SHA-256 of the files that were handed out under the code.
    """

    state: str
    kind: str = ""
    on: str = ""
    digests: list[str] = field(default_factory=list)


def verdict_of(services: Services, code: str) -> Verdict:
    """What the trail says of a code, with or without its hyphens, in any case."""
    with services.read_only() as session:
        events = _events(session, code)
        handed = [event for event in events if event.tag == HANDED_OUT]
        if not handed:
            return Verdict("unknown")
        last = handed[-1].data
        withdrawn = len(handed) < len(events) or _request_ended(session, last)
        digests = {event.data["sha256"] for event in handed} | _signed_since(session, last)
    state = "valid"
    if last["until"] is not None and clock.parse_iso(last["until"]) <= clock.now():
        state = "ended"
    if withdrawn:
        state = "withdrawn"
    on = clock.local(handed[0].at).date().isoformat()
    return Verdict(state, last["kind"], on, sorted(digests))


def withdraw_copy(services: Services, given: Withdrawal, *, actor: Actor) -> WithdrawnCopy:
    """Withdraw a signed copy that was handed out: whoever checks its code is told so.

    A paper of the archive's own is replaced by another, and not withdrawn.

    Raises:
        ActNotAllowedError
        CopyCodeUnknownError: the account's agency handed out no such copy.
        CopyWithdrawnError, CopyWithdrawalWordsError
    """
    reason = telling_line(given.reason)[:1000]
    if not reason:
        raise CopyWithdrawalWordsError
    with acting(services, "copy:issue", actor) as session:
        events = _events(session, given.check)
        copies = [event for event in events if event.data.get("kind") not in PAPERS]
        if not copies or copies[0].agency_id != str(actor.agency_id):
            raise CopyCodeUnknownError(code=given.check)
        if any(event.tag == WITHDRAWN for event in events):
            raise CopyWithdrawnError(code=given.check)
        note_withdrawn(session, given.check, reason, actor=actor, agency_id=actor.agency_id)
        return WithdrawnCopy(check=given.check, kind=events[0].data["kind"], reason=reason)


def _events(session: Session, code: str) -> list[AuditEvent]:
    query = select(AuditEvent).where(
        AuditEvent.subject_id == bare(code), AuditEvent.tag.in_((HANDED_OUT, WITHDRAWN))
    )
    return list(session.scalars(query.order_by(AuditEvent.number)))


def _signed_since(session: Session, handed: dict[str, Any]) -> set[str]:
    """The digest of the same paper with the signature of another, where they have signed."""
    query = select(Act.companion_sha256).where(
        Act.kind == SIGNED_PAPER, Act.subject_id == handed.get("signing", "")
    )
    return {digest for digest in session.scalars(query) if digest}


def _request_ended(session: Session, handed: dict[str, Any]) -> bool:
    """Whether the request was taken back or revoked, or the account that asked for itself left.

    What was asked at the counter for another stays theirs when the account leaves.
    """
    if "request" not in handed:
        return False
    query = select(AuditEvent.data).where(
        AuditEvent.subject_id == handed["request"], AuditEvent.tag.in_(_REQUEST_ENDED)
    )
    return any(not copies.get("stays") for copies in session.scalars(query))
