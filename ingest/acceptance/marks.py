"""A second person says of a document that what was read in it as a mark of secrecy is none."""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.case_files.recall import LONGEST_RECALL_REASON
from archive_service.domain.intake.submission import (
    LIFTED,
    MARKS,
    Submission,
    SubmissionState,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError, NotAllowedError
from archive_service.keeping.malware.verdicts import is_infected
from archive_service.text import nfc, telling_line
from ingest.transitions import TRANSITIONS, move, not_there, submission_for


class MarkSecondPersonError(NotAllowedError):
    """Another person has to do this: who sent it, or who lifted its mark, may not."""


class MarkReasonMissingError(InputError):
    """That it is no mark wants a word of why."""


class MarkUnnamedError(InputError):
    """Several documents bear a mark: which of them is meant has to be said by its name."""


class MarkUnknownError(InputError):
    """Nothing of this name bears a mark that stands."""


class Mark(NamedTuple):
    """A mark of secrecy: what it says, and in which document or file it was read."""

    place: str
    mark: str


class LiftedMark(TypedDict):
    """A mark that somebody said is none, as a verdict keeps it: who it was, when and why."""

    place: str
    mark: str
    by: str
    at: str
    reason: str


def lift_mark(
    submission_id: UUID,
    reason: str,
    *,
    actor: Actor,
    session: Session,
    places: Sequence[str] = (),
) -> Submission:
    """Say with a reason that a document bears no mark. The caller commits.

    It is checked anew once no mark stands; as long as one does it stays quarantined. A word counts
    for what was seen in this document and no more. Who gives it may not accept the submission.

    Args:
        places: what is meant, as the findings name it; needed where several are marked.

    Raises:
        SubmissionNotFoundError: no such submission.
        ActNotAllowedError: ``actor`` may not.
        MarkSecondPersonError: ``actor`` sent it.
        MarkReasonMissingError: ``reason`` is empty.
        MarkUnnamedError, MarkUnknownError: it is not said of which document, or not rightly.
        SubmissionStateError: it is not quarantined for a mark alone, or another was first.
    """
    submission = submission_for(session, submission_id, "lift-mark", actor=actor)
    if actor.account == submission.submitted_by:
        raise MarkSecondPersonError(id=submission_id)
    reason_line = telling_line(reason)[:LONGEST_RECALL_REASON]
    if not reason_line:
        raise MarkReasonMissingError(id=submission_id)
    if not stopped_by_mark(submission):
        raise not_there(submission, "lift-mark")
    meant = _meant(submission, places)
    word = {"by": actor.account, "at": clock.iso(clock.now()), "reason": reason_line}
    lifted = [*lifted_marks(submission).values(), *(mark._asdict() | word for mark in meant)]
    left = [mark for mark in standing_marks(submission) if mark not in meant]
    after = SubmissionState.QUARANTINED if left else SubmissionState.RECEIVED
    verdict = submission.verdict | {LIFTED: lifted}
    move(session, submission, "lift-mark", after, verdict=verdict)
    told_marks = {mark.place: mark.mark for mark in meant}
    data = {
        "code": submission.code,
        "reason": reason_line,
        "marks": told_marks,
        "standing": len(left),
    }
    record_event(session, "submission:mark-lifted", of=submission, actor=actor, data=data)
    return submission


def _meant(submission: Submission, places: Sequence[str]) -> list[Mark]:
    standing = standing_marks(submission)
    names = list(dict.fromkeys(mark.place for mark in standing))
    asked = [" ".join(nfc(place).split()) for place in places if place.strip()]
    if not asked and len(names) > 1:
        raise MarkUnnamedError(id=submission.id, code=submission.code, places=names)
    for place in asked:
        if place not in names:
            raise MarkUnknownError(place=place, code=submission.code, places=names)
    return [mark for mark in standing if not asked or mark.place in asked]


def stopped_by_mark(submission: Submission) -> bool:
    """Whether it is in quarantine for a mark of secrecy, and for nothing else."""
    is_open = TRANSITIONS.is_open(submission, "lift-mark")
    return is_open and submission.is_marked and not is_infected(submission)


def standing_marks(submission: Submission) -> list[Mark]:
    """Each that was seen, and that nobody said is none."""
    lifted = lifted_marks(submission)
    seen = (Mark(**entry) for entry in submission.verdict.get(MARKS, ()))
    return [mark for mark in seen if mark not in lifted]


def lifted_marks(submission: Submission) -> dict[Mark, LiftedMark]:
    """Each that somebody said is none, with the word that they gave."""
    kept: Sequence[LiftedMark] = submission.verdict.get(LIFTED, ())
    return {Mark(word["place"], word["mark"]): word for word in kept}


def require_another(submission: Submission, actor: Actor) -> None:
    """``MarkSecondPersonError`` for who lifted a mark of it: to accept it is up to another."""
    access.require_another(actor, submission.submitted_by, submission.keeper)
    if actor.names & {word["by"] for word in lifted_marks(submission).values()}:
        raise MarkSecondPersonError(id=submission.id)
