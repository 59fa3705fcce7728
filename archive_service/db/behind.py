"""Whether the copies tell of case files that came or changed since the backup that was restored."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent

BEHIND = "archive:behind"  # a restore found it
REBUILT = "archive:rebuilt"


def is_behind(session: Session) -> bool:
    """Until a rebuild brings them back; the audit trail tells it, whatever becomes of the rows."""
    found, mended = (
        session.scalar(select(func.max(AuditEvent.number)).where(AuditEvent.tag == tag))
        for tag in (BEHIND, REBUILT)
    )
    return found is not None and found > (mended or 0)
