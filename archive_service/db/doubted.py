"""Rows that the copies or the log contradict: what hangs on them waits until a person knows it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.errors import ConflictError

# Kinds of incidents; the subject is the code of a case file.
ROWS_DIFFER, LOG_DIFFERS = "rows-differ", "log-differs"
OF_CASE_FILES = (ROWS_DIFFER, LOG_DIFFERS)
KNOWN = "fixity:difference-known"  # its ``difference`` is the one that somebody knows of


class RowsDifferError(ConflictError):
    """Rows of the case file are told otherwise by a copy or the log, and nobody knows why."""

    code = "rows-differ"


def doubted_among(session: Session, codes: Collection[str]) -> set[str]:
    """Those of these case files of which a difference is open that nobody has said to know of."""
    here = Incident.kind.in_(OF_CASE_FILES), Incident.closed_at.is_(None)
    query = select(Incident).where(*here, Incident.subject.in_(codes))
    found = session.scalars(query).all()
    if not found:
        return set()
    ids = [str(one.id) for one in found]
    told = select(AuditEvent.subject_id, AuditEvent.data)
    events = session.execute(told.where(AuditEvent.tag == KNOWN, AuditEvent.subject_id.in_(ids)))
    known = {(incident, data["difference"]) for incident, data in events}
    return {one.subject for one in found if (str(one.id), one.facts.get("difference")) not in known}


def require_undoubted(session: Session, code: str) -> None:
    """``RowsDifferError`` where this case file is one of them."""
    if doubted_among(session, [code]):
        raise RowsDifferError(code=code)
