"""Sessions that go on, by the events of those who opened and ended them.

Who puts a row of a session into the database acts as that person, without password or factor.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.sessions import ENDED, OPENED, OUT, session_id
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, WebSession
from archive_service.evidence.compared.misfit import Misfit, given_misfit
from archive_service.evidence.leaves import KNOWN_ACCOUNT
from archive_service.services import Services

_MARGIN = dt.timedelta(minutes=5)  # between a row and its event


def session_misfits(services: Services) -> list[Misfit]:
    """Those that nobody opened so, or that were ended; none from before the first such event."""
    since = clock.now() - dt.timedelta(seconds=services.settings.web.session_max_s)
    with services.read_only() as session:
        first = select(AuditEvent.at).where(AuditEvent.tag == OPENED)
        begun = session.scalar(first.order_by(AuditEvent.number).limit(1))
        if begun is None:
            return []
        tags = (OPENED, OUT, ENDED, KNOWN_ACCOUNT)
        query = select(AuditEvent).where(AuditEvent.tag.in_(tags), AuditEvent.at > since - _MARGIN)
        events = session.scalars(query.order_by(AuditEvent.number)).all()
        rows = select(WebSession, Account.name).join(Account, Account.id == WebSession.account_id)
        alive = rows.where(
            WebSession.revoked_at.is_(None), WebSession.created_at > max(since, begun)
        )
        return [
            misfit
            for row, name in session.execute(alive.order_by(WebSession.token_sha256))
            if (misfit := _misfit(row, name, events)) is not None
        ]


def _misfit(row: WebSession, name: str, events: Sequence[AuditEvent]) -> Misfit | None:
    own, account = session_id(row.token_sha256), str(row.account_id)
    of_it = [event for event in events if event.data.get("session") == own]
    known = (
        event for event in events if event.tag == KNOWN_ACCOUNT and event.subject_id == account
    )
    if any(audit_event.at >= row.created_at for audit_event in known):
        return None
    fits = (
        audit_event.tag == OPENED
        and audit_event.subject_id == account
        and abs(audit_event.at - row.created_at) <= _MARGIN
        for audit_event in of_it
    )
    if of_it and all(fits):
        return None
    log = [
        [audit_event.tag, audit_event.subject_id, clock.iso(audit_event.at)]
        for audit_event in of_it
    ]
    number = of_it[-1].number if of_it else 0
    return given_misfit("session", number, log, [own, account], name, account)
