"""Rows that the copies or the log contradict: what hangs on them waits until a person knows it."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.errors import ConflictError

# Kinds of incidents; the subject is the code of a case file.
ROWS_DIFFER, LOG_DIFFERS = "rows-differ", "log-differs"
OF_CASE_FILES = (ROWS_DIFFER, LOG_DIFFERS)
RULES_DIFFER = "rules-differ"  # its subject is trust, or a file of rules
KNOWN = "fixity:difference-known"  # its ``difference`` is the one that somebody knows of


class RowsDifferError(ConflictError):
    """Rows of the case file are told otherwise by a copy or the log, and nobody knows why."""


class RowDiffersError(ConflictError):
    """The same, seen now: ``field`` is ``row`` here, and ``package`` in a copy or in an event."""


def doubted_among(session: Session, codes: Collection[str]) -> set[str]:
    """Those of these case files of which a difference is open that nobody has said to know of."""
    found = _open(session, OF_CASE_FILES, codes)
    known = _known(session, found)
    return {
        incident.subject
        for incident in found
        if (str(incident.id), incident.facts.get("difference")) not in known
    }


def is_known(session: Session, code: str, difference: str) -> bool:
    """Whether somebody has said to know of this very difference of the case file's rows."""
    known = _known(session, _open(session, (ROWS_DIFFER,), [code]))
    return difference in {digest for _, digest in known}


def is_acknowledged(session: Session, incident: Incident) -> bool:
    """Whether somebody has said to know of the difference that this incident tells of."""
    return (str(incident.id), incident.facts.get("difference")) in _known(session, [incident])


def require_undoubted(session: Session, code: str) -> None:
    """``RowsDifferError`` where this case file is one of them."""
    if doubted_among(session, [code]):
        raise RowsDifferError(code=code)


def _open(session: Session, kinds: Sequence[str], codes: Collection[str]) -> Sequence[Incident]:
    here = Incident.kind.in_(kinds), Incident.closed_at.is_(None)
    return session.scalars(select(Incident).where(*here, Incident.subject.in_(codes))).all()


def _known(session: Session, incidents: Sequence[Incident]) -> set[tuple[str, str]]:
    """Incident and digest of each difference that somebody has said to know of."""
    if not incidents:
        return set()
    ids = [str(incident.id) for incident in incidents]
    query = select(AuditEvent.subject_id, AuditEvent.data)
    events = session.execute(query.where(AuditEvent.tag == KNOWN, AuditEvent.subject_id.in_(ids)))
    return {(str(incident), data["difference"]) for incident, data in events}
