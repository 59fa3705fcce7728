"""What is taken of a transfer, and what goes back: decided item by item, carried out by a job.

The decision is one transaction; the door's own acts follow it, one case file after another. What
the door refuses by then is not taken: it waits to be decided again, and says why.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import (
    GIVEN_BACK,
    TAKEN,
    UNCHECKED,
    Submission,
    SubmissionState,
)
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    LONGEST_REASON,
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ConflictError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from archive_service.text import telling_line
from retention.transfer.custody_acts import tell
from retention.transfer.documents import TransferDocument, refusal_words
from retention.transfer.given import Decision
from retention.transfer.items import parts_of, require_named
from retention.transfer.listing import open_transfer, transfer_document
from retention.transfer.receiving.stored import CARRY_OUT_JOB
from retention.transfer.refusals import (
    TransferItemsError,
    TransferWordsError,
    words,
)
from retention.transfer.transitions import TRANSITIONS

NOT_CARRIED_OUT = "not-carried-out"  # the refusal of what the door did not take: no fault of it
_HERE = (TransferItemState.AWAITED, TransferItemState.ARRIVED)
_MOST_FINDINGS = 3  # of one item that its proposed reason tells


class TransferUncheckedError(ConflictError):
    """The door still looks at some of its packages: ``count``."""


class TransferNothingToDecideError(ConflictError):
    """No package of it is here that waits for a decision."""


def decide(
    services: Services,
    transfer_id: UUID,
    given: Decision,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Accept what came, but return what has an error or is named; a worker carries it out.

    What has an error goes back, with the reason that its findings give unless one is given; what
    did not come yet is waited for, unless it is named. The reason is of the decision as a whole;
    also why what was recalled once is accepted.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferDirectionError
        TransferWordsError
        TransferItemsError: a code that is not awaited or waiting for a decision.
        TransferUncheckedError, TransferNothingToDecideError
    """
    with acting(services, "transfer:decide", actor) as session:
        returned = {
            code.strip(): words("reason", why, LONGEST_REASON)
            for code, why in given.returned.items()
        }
        reason = telling_line(given.reason)
        if len(reason) > LONGEST_REASON:
            raise TransferWordsError(field="reason", longest=LONGEST_REASON, given=len(reason))
        row = open_transfer(session, transfer_id, "decide", actor=actor)
        require_named(session, row, returned, *_HERE)
        counts = _decided(session, row, returned, lang)
        if any(counts):
            _tell_decided(session, row, counts, reason, actor)
        elif row.state is TransferState.RECEIVED:
            raise TransferNothingToDecideError(number=row.name)
        services.jobs.add(session, CARRY_OUT_JOB, subject_id=row.id)
        return transfer_document(session, row, lang)


def _tell_decided(
    session: Session, row: Transfer, counts: tuple[int, int], reason: str, actor: Actor
) -> None:
    TRANSITIONS.move(row, "decide")
    row.reason = reason
    row.decided_by, row.decided_at = actor.account, clock.now()
    accepted, returned = counts
    facts = {"accepted": accepted, "returned": returned, "reason": reason}
    tell(session, row, "transfer:decided", actor=actor, items=True, decided=facts)


def proposal(
    session: Session, items: Sequence[TransferItem], lang: str = "vi"
) -> dict[UUID, str | None]:
    """Item → why it goes back, empty where it may be accepted, ``None`` where nobody knows yet.

    Of items that are awaited or have arrived; two statements for all of them.
    """
    submissions = _submissions(session, items)
    by_id = {item.id: _judged(item, submissions.get(item.submission_id)) for item in items}
    return {
        identifier: None if why is None else _words(why, lang) for identifier, why in by_id.items()
    }


def _decided(
    session: Session, row: Transfer, given: Mapping[str, str], lang: str
) -> tuple[int, int]:
    """Every item that is here gets its state; how many are accepted, and returned.

    Raises:
        TransferUncheckedError
    """
    accepted = returned = unchecked = 0
    taken: list[str] = []
    for part in parts_of(session, row.id, *_HERE):
        submissions = _submissions(session, part)
        for item in part:
            submission = submissions.get(item.submission_id)
            why = _judged(item, submission)
            if item.code in given and submission is not None and submission.state in TAKEN:
                taken.append(item.code)
            elif item.state is TransferItemState.ARRIVED and why is None:
                unchecked += 1
            elif item.code in given or why:
                item.state = TransferItemState.RETURNED
                item.reason = given.get(item.code) or _words(why or "", lang)
                item.refusal = None if item.code in given else item.refusal
                returned += 1
            elif item.state is TransferItemState.ARRIVED:
                item.state, item.reason, item.refusal = TransferItemState.ACCEPTED, "", None
                accepted += 1
    if taken:
        raise TransferItemsError(number=row.name, codes=taken)
    if unchecked:
        raise TransferUncheckedError(number=row.name, count=unchecked)
    return accepted, returned


def _submissions(session: Session, items: Sequence[TransferItem]) -> dict[UUID | None, Submission]:
    ids = [item.submission_id for item in items if item.submission_id is not None]
    query = select(Submission).where(Submission.id.in_(ids))
    found = session.scalars(query.options(selectinload(Submission.findings)))
    return {submission.id: submission for submission in found}


def _judged(item: TransferItem, submission: Submission | None) -> Refusal | str | None:
    """Why it goes back: a refusal, or words; empty: it may be taken; ``None``: nobody knows yet."""
    if item.refusal is not None and item.refusal["code"] != NOT_CARRIED_OUT:
        return Refusal(item.refusal["code"], item.refusal["facts"])
    if item.state is TransferItemState.AWAITED or submission is None:
        return None
    state = submission.state
    if state in TAKEN:
        return ""
    if state in UNCHECKED:
        return None
    if state is SubmissionState.RETURNED and submission.decision_reason:
        return submission.decision_reason
    if state in GIVEN_BACK or state is SubmissionState.QUARANTINED:
        return Refusal("package-state", {"state": state.value})
    errors = [finding for finding in submission.findings if finding.severity is Severity.ERROR]
    found = [
        {"code": error.code, "facts": error.facts, "place": error.place}
        for error in errors[:_MOST_FINDINGS]
    ]
    return Refusal("findings", {"count": len(errors), "findings": found}) if errors else ""


def _words(found: Refusal | str, lang: str) -> str:
    reason = found if isinstance(found, str) else refusal_words(found, lang)
    return reason[:LONGEST_REASON]
