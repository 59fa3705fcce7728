"""The event of an act's unit of work tells its digest, so that the trail proves it by what it is.

Earlier releases told acts an hour later, in notes. The first sealing of this one notes all that no
event tells: an act that nothing tells from there on was slipped in, whatever moment it bears.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import and_, event, or_, select
from sqlalchemy.orm import Session, object_session

from archive_service.audit import ACT_DIGESTS, NOTED, canonical, record_event, tell_act
from archive_service.domain.keeping.act import CHECKPOINT, COSIGNATURE, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import WITNESSED
from archive_service.evidence.compared.misfit import Misfit
from archive_service.storage.acts import Act as HeldAct
from archive_service.storage.acts import act_document

ACTS = "acts"  # what notes of acts are about
WHOLE = "whole"  # in a note's data: with it no act is left that no event tells
OVERLAP = dt.timedelta(days=1)  # an act may be committed after one of a later moment
# Signed each by itself; told they would be news, and two archives never at rest.
PROVE_THEMSELVES = (CHECKPOINT, COSIGNATURE, WITNESSED)
_TOGETHER = 500
_OF_ACTS = AuditEvent.tag == NOTED, AuditEvent.subject_id == ACTS


def act_state(act: Act) -> str:
    """Digest of an act with its paper."""
    return _state(act_document(act), act.companion_sha256)


def held_state(act: HeldAct) -> str:
    """The same of one as it lies in a copy."""
    return _state(act.said(), next(iter(act.companions().values()), None))


def _state(document: Mapping[str, Any], companion: str | None) -> str:
    try:
        return sha256(canonical({**document, "companion": companion})).hexdigest()
    except RecursionError:  # nested deeper than anything of ours: as nobody told it
        return ""


def act_states(session: Session, ids: Sequence[UUID]) -> dict[str, str]:
    """Digests of these acts, by their ids."""
    found = session.scalars(select(Act).where(Act.id.in_(ids)))
    states = {str(act.id): act_state(act) for act in found}
    session.expunge_all()
    return states


def digests_of(tag: str, subject_id: str | None, data: Mapping[str, Any]) -> dict[str, str]:
    """Of acts, by their ids: what this event tells."""
    noted = data["states"] if (tag, subject_id) == (NOTED, ACTS) else {}
    return {**noted, **data.get(ACT_DIGESTS, {})}


@event.listens_for(Act, "after_insert")
def _tell(_mapper: object, _connection: object, act: Act) -> None:
    session = object_session(act)
    if session is not None and not act.is_told and act.kind not in PROVE_THEMSELVES:
        tell_act(session, act.id, act_state(act))


def note_acts(session: Session, *, actor: Actor) -> None:
    """Once, under the write lock: tell of all acts that no event has told of."""
    last = _newest_note(session)
    if last.get(WHOLE):
        return
    known = {id_ for some in _digests_of_events(session) for id_, _ in some}
    untold = [str(id_) for id_ in _ids(session) if id_.bytes not in known]
    total = last.get("total", 0)
    for start in range(0, max(len(untold), 1), _TOGETHER):
        some = untold[start : start + _TOGETHER]
        states = act_states(session, [UUID(id_) for id_ in some])
        total += len(states)
        data = {"states": states, "total": total, WHOLE: start + _TOGETHER >= len(untold)}
        record_event(session, NOTED, subject_id=ACTS, actor=actor, data=data)


def act_misfits(session: Session) -> Iterator[Misfit]:
    """Acts that are otherwise than an event tells, or gone; and those that none tells of."""
    known = set[bytes]()
    for some in _digests_of_events(session):
        found = act_states(session, [UUID(bytes=id_) for id_, _ in some])
        for id_, digest in some:
            name = str(UUID(bytes=id_))
            if found.get(name) != digest:
                yield _misfit(name, digest, found.get(name))
        known |= {id_ for id_, _ in some}
    if _newest_note(session).get(WHOLE):
        untold = (str(id_) for id_ in _ids(session) if id_.bytes not in known)
        for name, row in act_states(session, [UUID(name) for name in untold]).items():
            yield _misfit(name, None, row)


def _misfit(name: str, log: str | None, row: str | None) -> Misfit:
    return Misfit(f"act {name}", name, {"log": log, "row": row})


def _digests_of_events(session: Session) -> Iterator[list[tuple[bytes, str]]]:
    """Id and digest of each act that an event tells, as they came, some at a time."""
    tells = AuditEvent.data[ACT_DIGESTS].as_string().is_not(None)
    query = select(AuditEvent.tag, AuditEvent.subject_id, AuditEvent.data)
    query = query.where(or_(tells, and_(*_OF_ACTS))).order_by(AuditEvent.number)
    pairs = (
        (UUID(name).bytes, digest)
        for row in session.execute(query.execution_options(yield_per=_TOGETHER))
        for name, digest in digests_of(*row).items()
    )
    while some := list(islice(pairs, _TOGETHER)):
        yield some


def _ids(session: Session) -> Iterator[UUID]:
    query = select(Act.id).where(Act.kind.not_in(PROVE_THEMSELVES))
    yield from session.scalars(query.execution_options(yield_per=_TOGETHER))


def _newest_note(session: Session) -> dict[str, Any]:
    newest = select(AuditEvent.data).where(*_OF_ACTS).order_by(AuditEvent.number.desc()).limit(1)
    return session.scalar(newest) or {}
