"""Faults reported from the page where they happened: taken in, listed, answered."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.fault_report import FaultReport, FaultState
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.formats.picture import PictureImpossibleError, make_picture
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from archive_service.text import telling

TEXT_LENGTH = 2000
PAGE_LENGTH = 500
SCREENSHOT_BYTES = 2 << 20
MOST_OPEN = 20  # of one person; more are not read the sooner
_SCREENSHOT_PIXELS = 40_000_000
_HEADS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_LISTED = 200
OWN_PAGE, ALL_PAGE = "/faults", "/system/faults"


class FaultTextError(InputError):
    """Nothing is said, or too much."""


class FaultPageError(InputError):
    """No address of this site."""


class FaultScreenshotError(InputError):
    """No PNG or JPEG, damaged, or too large."""


class FaultsTooManyError(ConflictError):
    """This person has as many open ones as are taken."""

    code = "fault-too-many"


class FaultNotFoundError(NotFoundError):
    """No report bears this id, or it is somebody else's."""


class FaultClosedError(ConflictError):
    """It is done; what is still wrong is a report of its own."""


def report_fault(
    services: Services, did: str, *, page: str = "", screenshot: bytes = b"", actor: Actor
) -> dict[str, Any]:
    """Take in what somebody saw go wrong, and tell those who set the archive up.

    Args:
        page: the address where it happened, from the root of the pages.
        screenshot: bytes of a PNG or JPEG; kept as a JPEG that is drawn anew.

    Raises:
        ActNotAllowedError, FaultTextError, FaultPageError, FaultScreenshotError,
        FaultsTooManyError: nothing was kept.
    """
    access.require(actor, "fault:report")
    did = _text(did)
    if page and (not page.startswith("/") or page[:2] in ("//", "/\\") or not page.isprintable()):
        raise FaultPageError(page=page[:100])
    picture = _drawn(services, screenshot) if screenshot else None
    with services.unit_of_work() as uow:
        session: Session = uow.session
        if _count_open(session, actor) >= MOST_OPEN:
            raise FaultsTooManyError(count=MOST_OPEN)
        row = FaultReport(
            page=page[:PAGE_LENGTH],
            did=did,
            screenshot=picture,
            has_screenshot=picture is not None,
            reported_by=actor.account,
            reported_at=clock.now(),
        )
        session.add(row)
        session.flush()
        document = fault_document(row)
        record_event(
            session,
            "fault:reported",
            subject_id=row.id,
            actor=actor,
            data={"page": row.page, "screenshot": row.has_screenshot},
        )
        inbox.tell(
            session,
            "fault-reported",
            to=inbox.people(session, roles=(Role.ADMIN,), agency_id=None),
            subject_id=row.id,
            facts={"account": actor.account, "did": did[:200]},
            href=f"{ALL_PAGE}#fault-{row.id}",
        )
        uow.commit()
    return document


def answer_fault(
    services: Services, fault_id: UUID, *, state: FaultState, answer: str, actor: Actor
) -> dict[str, Any]:
    """Say how far it is; the person who reported it is told. The same again changes nothing.

    Raises:
        ActNotAllowedError, FaultNotFoundError: nothing was changed.
        FaultTextError: done without an answer, or a state that it has already without one.
        FaultClosedError: it is done.
    """
    access.require(actor, "fault:answer")
    text = _text(answer) if state is not FaultState.LOOKING or answer.strip() else ""
    if state is FaultState.NEW:
        raise FaultClosedError(id=fault_id, state=state.value)
    with services.unit_of_work() as uow:
        session: Session = uow.session
        row = session.get(FaultReport, fault_id, with_for_update=True)
        if row is None:
            raise FaultNotFoundError(id=fault_id)
        if row.state is FaultState.DONE:
            raise FaultClosedError(id=fault_id, state=row.state.value)
        if (row.state, row.answer, row.answered_by) == (state, text or row.answer, actor.account):
            return fault_document(row)
        row.state, row.answer = state, text or row.answer
        row.answered_by, row.answered_at = actor.account, clock.now()
        record_event(
            session,
            "fault:answered",
            subject_id=row.id,
            actor=actor,
            data={"state": state.value, "answer": row.answer},
        )
        inbox.settle(session, "fault-reported", row.id)
        _tell_reporter(session, row)
        document = fault_document(row)
        uow.commit()
    return document


def _tell_reporter(session: Session, row: FaultReport) -> None:
    to = inbox.named(session, [row.reported_by])
    facts = {"did": row.did[:200], "answer": row.answer}
    href = f"{OWN_PAGE}#fault-{row.id}"
    if row.state is FaultState.DONE:
        inbox.settle(session, "fault-looking", row.id)
        inbox.tell(session, "fault-done", to=to, subject_id=row.id, facts=facts, href=href)
    else:
        inbox.tell(session, "fault-looking", to=to, subject_id=row.id, facts=facts, href=href)


def own_faults(
    services: Services, *, actor: Actor, state: FaultState | None = None
) -> list[dict[str, Any]]:
    """What this person reported, the newest first; raises ``ActNotAllowedError``."""
    access.require(actor, "fault:report")
    query = select(FaultReport).where(FaultReport.reported_by == actor.account)
    if state is not None:
        query = query.where(FaultReport.state == state)
    with services.read_only() as session:
        newest = query.order_by(FaultReport.reported_at.desc()).limit(_LISTED)
        return [fault_document(row) for row in session.scalars(newest)]


def list_faults(
    services: Services, *, actor: Actor, state: FaultState | None = None
) -> list[dict[str, Any]]:
    """What everybody reported: open ones first, the newest first; raises ``ActNotAllowedError``."""
    access.require(actor, "fault:list")
    query = select(FaultReport)
    if state is not None:
        query = query.where(FaultReport.state == state)
    done = FaultReport.state == FaultState.DONE
    with services.read_only() as session:
        rows: Sequence[FaultReport] = session.scalars(
            query.order_by(done, FaultReport.reported_at.desc()).limit(_LISTED)
        ).all()
        return [fault_document(row) for row in rows]


def show_fault(services: Services, fault_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """One report, of one's own or as one who answers; raises ``FaultNotFoundError``."""
    with services.read_only() as session:
        return fault_document(_seen(session, fault_id, actor))


def screenshot_of(services: Services, fault_id: UUID, *, actor: Actor) -> bytes:
    """Its picture, a JPEG; raises ``FaultNotFoundError``, also where there is none."""
    with services.read_only() as session:
        row = _seen(session, fault_id, actor)
        if row.screenshot is None:
            raise FaultNotFoundError(id=fault_id)
        return row.screenshot


def fault_document(row: FaultReport) -> dict[str, Any]:
    """The JSON document of a report."""
    return {
        "id": str(row.id),
        "state": row.state.value,
        "page": row.page,
        "did": row.did,
        "screenshot": row.has_screenshot,
        "reported_by": row.reported_by,
        "reported_at": clock.iso(row.reported_at),
        "answer": row.answer,
        "answered_by": row.answered_by,
        "answered_at": None if row.answered_at is None else clock.iso(row.answered_at),
    }


def _seen(session: Session, fault_id: UUID, actor: Actor) -> FaultReport:
    access.require(actor, "fault:report")
    row = session.get(FaultReport, fault_id)
    own = row is not None and row.reported_by == actor.account
    if row is None or not (own or access.may(actor, "fault:list")):
        raise FaultNotFoundError(id=fault_id)
    return row


def _count_open(session: Session, actor: Actor) -> int:
    mine = select(func.count()).where(
        FaultReport.reported_by == actor.account, FaultReport.state != FaultState.DONE
    )
    return session.scalar(mine.select_from(FaultReport)) or 0


def _text(text: str) -> str:
    text = "\n".join(line.rstrip() for line in telling(text).splitlines())
    if not 0 < len(text) <= TEXT_LENGTH:
        raise FaultTextError(length=TEXT_LENGTH, given=len(text))
    return text


def _drawn(services: Services, screenshot: bytes) -> bytes:
    """The picture drawn anew in a child process: what else the file holds stays outside."""
    limit = {"limit_mib": SCREENSHOT_BYTES >> 20}
    if len(screenshot) > SCREENSHOT_BYTES or not screenshot.startswith(_HEADS):
        raise FaultScreenshotError(**limit)
    with work_place(services.work_folder, "text-") as place:
        path = place / "screenshot"
        path.write_bytes(screenshot)
        try:
            return make_picture(path, pixels=_SCREENSHOT_PIXELS)
        except PictureImpossibleError as error:
            raise FaultScreenshotError(**limit) from error
