"""Rows against the leaves that tell of them: versions of packages, acts, and rights of accounts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit import NOTED
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.compared.account_changes import (
    DIGESTS,
    LAWFUL,
    iter_changes,
    owners,
)
from archive_service.evidence.compared.brought_back import BroughtBack
from archive_service.evidence.compared.given_rights import account_names, given_misfits, in_parts
from archive_service.evidence.compared.misfit import Misfit
from archive_service.evidence.compared.packages import version_misfits
from archive_service.evidence.compared.told_acts import act_misfits
from archive_service.evidence.noting import (
    ACCOUNTS,
    ADDRESS,
    COURSE,
    FACTOR_SINCE,
    PASSWORD_SINCE,
    PERSON,
    UNIT,
    account_states,
    iter_notes,
)

_TOGETHER = 500
# A person who may has said to know of what an account is now: lawful from there on.
KNOWN_ACCOUNT = "account:difference-known"
# Earlier releases noted none of these: the first state is no change.
_NOTED_LATER = {PERSON, UNIT, ADDRESS, COURSE, PASSWORD_SINCE, FACTOR_SINCE}


@dataclass(frozen=True, slots=True)
class _Change:
    """One part of an account that differs from the last state noted in event ``after``."""

    account: str
    part: str
    after: int
    before: int | None  # the event that notes it; None: as the rows are now
    log: str  # digests: as it was noted, and as it was found
    row: str

    @property
    def is_known(self) -> bool:
        """Whether a note told of the account: nothing but an event of its own brings another."""
        return self.after > 0


def last_note(session: Session) -> int:
    """Number of the newest event that notes digests; 0 where none does."""
    newest = AuditEvent.number.desc()
    noted = select(AuditEvent.number).where(AuditEvent.tag == NOTED)
    return session.scalar(noted.order_by(newest).limit(1)) or 0


def iter_misfits(database: Database) -> Iterator[Misfit]:
    """Whatever rows tell otherwise than the log does.

    Of what was destroyed or transferred the leaves stay and the rows are gone: that is no misfit.
    """
    with database.read_only() as session:
        yield from _as_far_as_read("versions", version_misfits(session))
        yield from _as_far_as_read("acts", act_misfits(session))
        yield from account_misfits(session)


def _as_far_as_read(name: str, found: Iterator[Misfit]) -> Iterator[Misfit]:
    """The same; an event that does not read as one of ours is told, and breaks nothing off."""
    try:
        yield from found
    except (AttributeError, LookupError, TypeError, ValueError):
        yield Misfit(f"log {name}", name)


def account_misfits(session: Session) -> Iterator[Misfit]:
    """Rights that changed without an event, and what was given to accounts otherwise than told."""
    yield from _as_far_as_read("accounts", _account_misfits(session))


def _account_misfits(session: Session) -> Iterator[Misfit]:
    """Every change of rights since the first note, lawful where an event about it stands between.

    A state that was noted later is asked as well: to note a change makes it no lawful one. Where
    an act tells what it changed, it begins with what was known and explains nothing beside.
    """
    notes = iter_notes(session, ACCOUNTS)
    first, states = next(notes, (0, {}))
    known = {name: (first, dict(state)) for name, state in states.items()}
    changes: list[_Change] = []
    acts = iter_changes(session, first) if first else iter(())
    later = ((number, dict(map(_as_pairs, states.items()))) for number, states in notes)
    for number, told in merge(later, acts, key=itemgetter(0)):
        for name, parts in told.items():
            was = {part: before for part, (before, _) in parts.items()}
            now = {part: after for part, (_, after) in parts.items()}
            is_noted = "rights" in was and was == now
            if name in known or is_noted:
                changes += _changed(known.get(name), name, was, number)
            elif was.get("rights") != "":
                continue  # told of an account that no note knows yet: the next one does
            _, state = known.get(name, (0, {}))
            known[name] = number, state | now
    for name, state in account_states(session).items() if known else ():
        changes += _changed(known.get(name), name, state, None)
        known.pop(name, None)
    changes += [
        _Change(name, "rights", number, None, state["rights"], "")
        for name, (number, state) in known.items()
    ]
    brought_back = BroughtBack.read(session)
    yield from _unlawful(session, changes, brought_back)
    yield from given_misfits(session, brought_back)


def _as_pairs(noted: tuple[str, Mapping[str, str]]) -> tuple[str, dict[str, tuple[str, str]]]:
    """A state that was noted, as an act tells one that it leaves as it is."""
    name, state = noted
    return name, {part: (digest, digest) for part, digest in state.items()}


def _changed(
    known: tuple[int, dict[str, str]] | None,
    name: str,
    state: Mapping[str, str],
    number: int | None,
) -> list[_Change]:
    if known is None:
        return [_Change(name, "rights", 0, number, "", state["rights"])]
    after, before = known
    return [
        _Change(name, part, after, number, before.get(part, ""), digest)
        for part, digest in state.items()
        if before.get(part, "") != digest and (part in before or part not in _NOTED_LATER)
    ]


def _unlawful(
    session: Session, changes: Sequence[_Change], brought_back: BroughtBack
) -> Iterator[Misfit]:
    for some in in_parts(changes):
        ids = {leaf.account for leaf in some}
        query = select(
            AuditEvent.subject_id, AuditEvent.number, AuditEvent.tag, AuditEvent.data
        ).where(AuditEvent.subject_id.in_(ids))
        events = [row for row in session.execute(query) if DIGESTS not in row.data]
        names, of_owners = account_names(session, ids), owners(session, ids)
        for leaf in some:
            own = [(row.number, row.tag) for row in events if row.subject_id == leaf.account]
            is_explained = leaf.is_known and brought_back.explains(leaf.after, leaf.before)
            if not is_explained and not _is_lawful(leaf, own, of_owners.get(leaf.account, ())):
                name = names.get(leaf.account, leaf.account)
                facts = {"part": leaf.part, "event": leaf.after, "log": leaf.log, "row": leaf.row}
                yield Misfit(f"account {name} {leaf.part}", name, facts, leaf.account)


def _is_lawful(change: _Change, events: Sequence[tuple[int, str]], owner: Sequence[int]) -> bool:
    """An event without digests of its own stands between, or a person has said later to know of it.

    Who says so has the state noted that there is then: a later change is one from that.
    """
    lawful = [number for number, tag in events if tag in LAWFUL[change.part]]
    between = (
        number > change.after and (change.before is None or number < change.before)
        for number in (*lawful, *owner)
    )
    known = (number > change.after for number, tag in events if tag == KNOWN_ACCOUNT)
    return any(between) or any(known)
