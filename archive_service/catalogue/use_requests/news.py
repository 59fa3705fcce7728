"""The event of an act on a request, and who hears of it."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access
from archive_service.audit import record_event
from archive_service.catalogue.use_requests import rules
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.people.account import Actor
from archive_service.notices import inbox

PAGE = "/use-requests"
_QUEUE = "/scanning/case-files"


def record(session: Session, tag: str, row: AccessRequest, actor: Actor, **data: Any) -> None:
    """The event of an act on a request, which tells of what document and for whom."""
    about = {"code": row.code, "ordinal": row.ordinal, "person": row.person}
    record_event(session, tag, of=row, actor=actor, data=about | data)


def tell_desk(session: Session, row: AccessRequest) -> None:
    """Whoever decides; of what is not digitized yet whoever releases scans."""
    facts = {"person": row.person, "code": row.code, "ordinal": row.ordinal}
    if row.awaits_scan:
        to = _desk(session, row, "batch:release")
        inbox.tell(
            session, "access-request-to-scan", to=to, subject_id=row.id, facts=facts, href=_QUEUE
        )
        return
    to, due = _desk(session, row, rules.DECIDE), {"due_on": row.due_on}
    inbox.tell(
        session, "access-request-waiting", to=to, subject_id=row.id, facts=facts | due, href=PAGE
    )


def _desk(session: Session, row: AccessRequest, act: str) -> list[UUID]:
    people = inbox.people(session, roles=access.ACTS[act], agency_id=row.agency_id)
    return [person for person in people if person != row.asked_by_id]


def settle(session: Session, row: AccessRequest) -> None:
    """Nobody of the desk has to look at what they were told of it."""
    for kind in ("access-request-waiting", "access-request-to-scan", "access-request-to-seal"):
        inbox.settle(session, kind, row.id)


def tell_clerks(session: Session, row: AccessRequest) -> None:
    """Whoever may seal the copy that was granted."""
    inbox.tell(
        session,
        "access-request-to-seal",
        to=_desk(session, row, rules.SEAL),
        subject_id=row.id,
        facts={"person": row.person, "code": row.code, "ordinal": row.ordinal},
        href=PAGE,
    )


def tell_sealed(session: Session, row: AccessRequest) -> None:
    """The one who asked: the copy can be fetched."""
    settle(session, row)
    inbox.tell(
        session,
        "access-request-sealed",
        to=[row.asked_by_id],
        subject_id=row.id,
        facts={"code": row.code, "ordinal": row.ordinal, "until": row.until},
        href=PAGE,
        urgent=True,
    )


def tell_asker(session: Session, row: AccessRequest, actor: Actor) -> None:
    """How it stands now, and by whom."""
    inbox.tell(
        session,
        "access-request-moved",
        to=[row.asked_by_id],
        subject_id=row.id,
        facts={
            "code": row.code,
            "ordinal": row.ordinal,
            "state": row.state.value,
            "by": actor.account,
        },
        href=PAGE,
        urgent=True,
    )


def tell_scan_ended(session: Session, row: AccessRequest, outcome: str) -> None:
    """The one who asked, and whoever decides now."""
    settle(session, row)
    inbox.tell(
        session,
        "access-request-scan-ended",
        to=[row.asked_by_id],
        subject_id=row.id,
        facts={"code": row.code, "ordinal": row.ordinal, "outcome": outcome},
        href=PAGE,
        urgent=True,
    )
    tell_desk(session, row)
