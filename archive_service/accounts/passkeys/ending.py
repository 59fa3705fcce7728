"""A passkey whose counter went back is taken no more, and everybody concerned is told."""

from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.people.account import WORKER, Account, Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.people.passkey import Passkey
from archive_service.notices import inbox
from archive_service.notices.incidents import open_incident

COPIED = "passkey-copied"  # kind of the incident, which a person ends


def end_copied(session: Session, key_id: UUID) -> None:
    """The owner, those who see to incidents and the trail are told; the caller commits.

    The row stays until the owner removes it: its page says why, and an account with this factor
    alone is not one without any, which the password alone would be enough for.
    """
    key = session.get(Passkey, key_id, with_for_update=True)
    if key is None or key.ended_at is not None:
        return
    key.ended_at = clock.now()
    row = session.get_one(Account, key.account_id)
    record_key(session, "account:passkey-ended", row, WORKER, key)
    facts = {"account": row.name, "name": key.name, "at": clock.iso(key.ended_at)}
    inbox.tell(
        session,
        "passkey-ended",
        to=[row.id],
        subject_id=row.id,
        facts=facts,
        href="/account#passkeys",
        urgent=True,
    )
    open_incident(session, COPIED, row.name, severity=IncidentSeverity.ALARM, facts=facts)


def record_key(session: Session, tag: str, row: Account, actor: Actor, key: Passkey) -> None:
    """What happened to a passkey, by its ID and by the name that its owner gave it."""
    facts = {"name": row.name, "passkey": str(key.id), "called": key.name, "host": key.host}
    record_event(session, tag, of=row, actor=actor, data=facts)
