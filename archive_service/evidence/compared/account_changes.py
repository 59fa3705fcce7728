"""Events about an account tell the digests of each part that their unit of work changed.

Two states in the log show that a part changed between them, and not how often: a row that was
changed by hand shortly before a lawful act would pass for the outcome of that act. By the digests
before and after, each act begins where the last one ended.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, or_, select
from sqlalchemy.orm import Session

from archive_service.audit import pending_events
from archive_service.db.words import begins
from archive_service.domain.digitization.station import Station
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.evidence.noting import (
    ADDRESS,
    COURSE,
    FACTOR_SINCE,
    PASSWORD_SINCE,
    PERSON,
    UNIT,
    account_states,
)

DIGESTS = "digests"  # in an event's data: account -> part -> digest before and after; "": none
_PASSWORD_SET = ("account:added", "account:password-changed", "account:password-reset")
_FACTOR_SET = (
    *("account:added", "account:second-factor-set", "account:recovery-codes-made"),
    *("account:passkey-added", "account:passkey-removed", "account:passkey-ended"),
)
# What may change a part of an account's rights: events about the account itself …
LAWFUL: Mapping[str, tuple[str, ...]] = {
    "rights": (
        *("account:added", "account:rights-changed", "account:disabled", "account:enabled"),
        *("rights:confirmed", "rights:refused"),
    ),
    "password": _PASSWORD_SET,
    "factor": _FACTOR_SET,
    "tokens": (
        *("account:disabled", "token:added", "token:revoked", "token:rotated"),
        *("rights:confirmed", "rights:refused"),
    ),
    "binding": ("account:bound", "account:unbound", "rights:confirmed"),
    PERSON: ("account:added", "account:changed", "account:renamed"),
    UNIT: (
        *("account:added", "account:rights-changed", "account:changed", "account:left"),
        *("rights:confirmed", "rights:refused"),
    ),
    ADDRESS: ("account:added", "account:changed"),
    COURSE: (
        *("account:added", "account:enabled", "account:left", "account:handed-over"),
        *("rights:confirmed", "rights:refused"),
    ),
    PASSWORD_SINCE: (
        *(*_PASSWORD_SET, "account:enabled", "account:left"),
        *("rights:confirmed", "rights:refused"),
    ),
    FACTOR_SINCE: _FACTOR_SET,
}
# … and events about the partner or the station whose account it is.
_OWNERS: Mapping[str, type[TransferPartner | Station]] = {
    "partner": TransferPartner,
    "station": Station,
}
_TAGS = set(chain.from_iterable(LAWFUL.values()))


class AccountChanges:
    """Puts digests into the events of a unit of work that is about to commit.

    ``beside`` is of the same database, and shows what is committed so far.
    """

    def __init__(self, beside: Engine) -> None:
        self._beside = beside

    def tell(self, session: Session) -> None:
        """To be called under the write lock, once all is flushed."""
        events = [(event, _accounts_of(session, event)) for event in pending_events(session)]
        ids = set[UUID]().union(*(accounts for _, accounts in events))
        if not ids:
            return
        now = account_states(session, ids)
        with Session(self._beside) as committed:
            before = account_states(committed, ids)
        for event, accounts in events:
            names = sorted({str(account) for account in accounts} & (before.keys() | now.keys()))
            if names:
                changes = {
                    name: _changed(before.get(name, {}), now.get(name, {})) for name in names
                }
                event.data = event.data | {DIGESTS: changes}
                before |= {name: now.get(name, {}) for name in names}  # the first event tells it


def iter_changes(session: Session, since: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Number and digests of each event after number ``since`` that tells some, as they came."""
    families = (begins(AuditEvent.tag, f"{family}:") for family in _OWNERS)
    may_tell: ColumnElement[bool] = or_(AuditEvent.tag.in_(_TAGS), *families)
    query = select(AuditEvent.number, AuditEvent.data).where(AuditEvent.number > since, may_tell)
    for number, data in session.execute(query.order_by(AuditEvent.number)):
        if DIGESTS in data:
            yield number, data[DIGESTS]


def owners(session: Session, ids: AbstractSet[str]) -> dict[str, list[int]]:
    """Of each account that is a partner's or a station's the events about these without digests."""
    accounts = [UUID(account_id) for account_id in ids]
    whose: dict[str, str] = {}
    for kind in _OWNERS.values():
        rows = select(kind.id, kind.account_id).where(kind.account_id.in_(accounts))
        whose |= {str(id_): str(account) for id_, account in session.execute(rows)}
    query = select(AuditEvent.subject_id, AuditEvent.number, AuditEvent.data)
    found = defaultdict[str, list[int]](list)
    for subject, number, data in session.execute(query.where(AuditEvent.subject_id.in_(whose))):
        if DIGESTS not in data:
            found[whose[str(subject)]].append(number)
    return found


def _accounts_of(session: Session, event: AuditEvent) -> set[UUID]:
    """Accounts that the act of this event may change."""
    owner = _OWNERS.get(event.tag.partition(":")[0])
    if owner is None and event.tag not in _TAGS:
        return set()
    with suppress(TypeError, ValueError):
        subject = UUID(event.subject_id)
        if owner is None:
            return {subject}
        account = session.scalar(select(owner.account_id).where(owner.id == subject))
        return set() if account is None else {account}
    return set()


def _changed(was: Mapping[str, str], now: Mapping[str, str]) -> dict[str, Sequence[str]]:
    return {
        part: [was.get(part, ""), now.get(part, "")]
        for part in sorted(was.keys() | now.keys())
        if was.get(part) != now.get(part)
    }
