"""The states of a batch: which act is open where, to whom, and where it leads.

Guards, ``acts`` of BATCH and the buttons of the desk read this table. What an act needs beyond the
state, such as pages that were all looked at, it asks itself.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    BatchState,
    BatchStateError,
    ScanBatch,
)
from archive_service.domain.people.account import Actor
from archive_service.transitions import Transition, Transitions
from digitize.batches.reach import get_batch

_State = BatchState
_RECEIVING, _READING, _REVIEW = (_State.RECEIVING,), (_State.READING,), (_State.REVIEW,)
_STOPPED = (_State.STOPPED,)
_NOBODYS = ""  # the archive does it by itself
_CREATE, _EDIT = "batch:create", "batch:edit"

_ACTS = {
    "open": Transition(_CREATE, (), _RECEIVING),
    "add-file": Transition(_CREATE, _RECEIVING),
    "close": Transition(_CREATE, _RECEIVING, _READING),
    "read": Transition(_NOBODYS, (*_READING, *_REVIEW)),  # what came to the desk is read there
    "lay-out": Transition(_NOBODYS, _READING, _REVIEW),
    "stop": Transition(_NOBODYS, OPEN_BATCHES, _STOPPED),
    "edit": Transition(_EDIT, (*_REVIEW, *_STOPPED)),  # undone and done again likewise
    "go-on": Transition(_EDIT, _STOPPED, _READING),
    "release": Transition("batch:release", _REVIEW, (_State.RELEASED,)),
    "reject": Transition("batch:reject", OPEN_BATCHES, (_State.REJECTED,)),
}
_SHOWN = ("edit", "release", "reject")  # in this order


def _not_there(batch: ScanBatch, act: str) -> BatchStateError:
    needed = {} if TRANSITIONS[act].right == _CREATE else {"needed": BatchState.REVIEW}
    return BatchStateError(batch=batch.number, state=batch.state, **needed)


TRANSITIONS = Transitions[ScanBatch, Transition[BatchState]](_ACTS, _not_there)


def batch_for(session: Session, batch: UUID | str, act: str, *, actor: Actor) -> ScanBatch:
    """The batch, locked until the commit, for an act that is the account's to do.

    Whether the act is open there is asked when it is ``moved``, or by ``require_open``.

    Raises:
        NotAllowedError, BatchUnknownError
    """
    return get_batch(session, batch, actor=actor, act=TRANSITIONS[act].right, locked=True)


def open_acts(batch: ScanBatch, actor: Actor) -> list[str]:
    """What the account may do with a batch that it reaches, without undo and redo."""
    return [
        act
        for act in _SHOWN
        if TRANSITIONS.is_open(batch, act) and access.may(actor, TRANSITIONS[act].right)
    ]
