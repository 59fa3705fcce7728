"""The states of a submission: which act is open where, to whom, and where it leads.

Guards, ``next`` of SUBMISSION and the buttons of its pages read this table. What an act needs
beyond the state, such as a reason, it asks itself.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.intake.submission import (
    OPEN,
    TAKEN,
    Submission,
    SubmissionNotFoundError,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.people.account import Actor
from archive_service.transitions import Transition, Transitions

_State = SubmissionState
_CHECKED = (_State.CHECKED,)
_QUARANTINED = (_State.QUARANTINED,)
_TO_CHECK = (_State.RECEIVED,)  # the checks take it up, for the first time or again
_NOBODYS = ""  # the archive does it by itself
_ACCEPT, _RETURN, _WITHDRAW = "submission:accept", "submission:return", "submission:withdraw"

_ACTS = {
    "receive": Transition("submission:create", (), (_State.DRAFT, *_TO_CHECK, _State.REJECTED)),
    "hand-in": Transition("draft:edit", (_State.DRAFT,), _TO_CHECK),
    "check": Transition(_NOBODYS, (_State.RECEIVED, _State.CHECKING), (_State.CHECKING,)),
    "judge": Transition(_NOBODYS, (_State.CHECKING,), (*_CHECKED, *_QUARANTINED)),
    "quarantine": Transition(_NOBODYS, _CHECKED, _QUARANTINED),
    "accept": Transition(_ACCEPT, _CHECKED, (_State.ACCEPTED,)),
    "return": Transition(_RETURN, (*_CHECKED, *_QUARANTINED), (_State.RETURNED,)),
    "refuse": Transition(_NOBODYS, _CHECKED, (_State.RETURNED,)),
    "lift-mark": Transition("submission:lift-mark", _QUARANTINED, (*_QUARANTINED, *_TO_CHECK)),
    "rescan": Transition("submission:rescan", _QUARANTINED, _TO_CHECK),
    "recheck": Transition("submission:recheck", _CHECKED, _TO_CHECK),
    "leave-out": Transition(_ACCEPT, _CHECKED, _TO_CHECK),
    "take-up": Transition(_ACCEPT, _CHECKED, _TO_CHECK),
    "order-by-time": Transition(_ACCEPT, _CHECKED, _TO_CHECK),
    "send-again": Transition(_NOBODYS, OPEN, _TO_CHECK),  # with files beside it
    "add-pages": Transition(_NOBODYS, (*_TO_CHECK, *_CHECKED), _TO_CHECK),
    "withdraw": Transition(_WITHDRAW, OPEN, (_State.WITHDRAWN,)),
    "recall": Transition(
        _WITHDRAW,
        (_State.DRAFT, *OPEN, *_QUARANTINED),
        (_State.DRAFT, *_TO_CHECK, _State.WITHDRAWN),
    ),
    "hand-over": Transition("submission:hand-over", (_State.DRAFT, *OPEN, _State.RETURNED)),
    "correct": Transition("draft:edit", (_State.RETURNED,)),  # with a draft that follows it
    "store": Transition(_NOBODYS, (_State.ACCEPTED,), (_State.STORED,)),
    "rebuild": Transition(_NOBODYS, (), TAKEN),
}


def not_there(row: Submission, act: str) -> SubmissionStateError:
    """The refusal of an act that the state of the submission does not allow."""
    states = TRANSITIONS[act].states
    needed = states[0] if len(states) == 1 else [state.value for state in states]
    return SubmissionStateError(id=row.id, state=row.state, needed=needed)


TRANSITIONS = Transitions[Submission, Transition[SubmissionState]](_ACTS, not_there)


def submission_for(session: Session, submission_id: UUID, act: str, *, actor: Actor) -> Submission:
    """The submission, locked until the commit, for an act that is the account's to do.

    Whether the act is open there is asked when it is ``moved``, or by ``require_open``.

    Raises:
        SubmissionNotFoundError, ActNotAllowedError
    """
    row = session.get(Submission, submission_id, with_for_update=True)
    if row is None:
        raise SubmissionNotFoundError(id=submission_id)
    access.require(actor, TRANSITIONS[act].right, row)
    return row


def move(
    session: Session,
    row: Submission,
    act: str,
    to: SubmissionState | None = None,
    **values: Any,  # Any: of its columns
) -> None:
    """Compare and set: of two who act on it at once the second one is refused.

    Args:
        to: the state after it, where the act may lead to several.

    Raises:
        SubmissionStateError: the act is not open where the submission stands.
    """
    transition = TRANSITIONS[act]
    moved = session.scalar(
        update(Submission)
        .where(Submission.id == row.id, Submission.state.in_(transition.states))
        .values(state=transition.leads_to(to), revision=Submission.revision + 1, **values)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise not_there(row, act)
    session.refresh(row)
