"""The paper half of case files: received against minutes, kept in boxes, lent and returned."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.bootstrap import Services
from archive_service.domain.account import Actor
from archive_service.domain.act import Act
from archive_service.domain.case_file import CaseFile
from archive_service.domain.paper import (
    HANDOVER,
    PaperBox,
    PaperHandover,
    PaperMovement,
    PaperPart,
)
from archive_service.errors import NotFoundError
from archive_service.evidence.companions import read_companion
from archive_service.forms.backup_paper import print_paper
from archive_service.forms.paper_handover import paper_handover, print_labels
from archive_service.storage.work_folder import work_place
from archive_service.workflow.act_numbers import number_of_act
from archive_service.workflow.backup import issuer_of
from archive_service.workflow.custody import write_out_evidence
from digitize import paper
from digitize.batches.separators import qr_svg

_SYMBOL = "BB-GN"
_CODES_ON_LABEL = 4


class PaperHandoverNotFoundError(NotFoundError):
    """No minutes bear this number."""

    code = "paper-handover-not-found"


def add_box(
    services: Services, code: str, *, store: str, shelf: str, note: str = "", actor: Actor
) -> dict[str, Any]:
    """A box on a shelf; one that is there goes to the shelf that is told. Returns BOX."""
    with services.unit_of_work() as uow:
        box = paper.add_box(uow.session, code, store=store, shelf=shelf, note=note, actor=actor)
        document = _box(uow.session, box)
        uow.commit()
    return document


def move_box(
    services: Services, code: str, *, store: str, shelf: str, reason: str = "", actor: Actor
) -> dict[str, Any]:
    """A box, with all that is in it, to another shelf. Returns BOX."""
    with services.unit_of_work() as uow:
        box = paper.find_box(uow.session, code)
        paper.move_box(uow.session, box, store=store, shelf=shelf, reason=reason, actor=actor)
        document = _box(uow.session, box)
        uow.commit()
    return document


def receive(
    services: Services,
    counted: Sequence[paper.Counted],
    *,
    giver: str,
    receiver: str = "",
    boxes: int | None = None,
    note: str = "",
    actor: Actor,
) -> dict[str, Any]:
    """Take in paper that was counted, with signed minutes in every copy.

    Args:
        services: the archive.
        counted: sheets of each case file, in each of its boxes.
        giver: who hands it over, as the minutes shall say.
        receiver: who takes it; "": the account.
        boxes: as many as were carried in; ``None``: those that are named.
        note: remarks; must say why where a count differs from the case file's.
        actor: who enters it.

    Returns:
        ``{number, at, giver, receiver, boxes, sheets, note, rows}``.

    Raises:
        ActNotAllowedError, and what ``digitize.paper.counted_rows`` raises.
    """
    access.require(actor, "paper:keep")
    if not giver.strip():
        raise paper.PaperWordsError(missing="giver")
    with services.read_only() as session:
        rows = paper.counted_rows(session, counted, reason=note, actor=actor)
    named = len({one.box for one in counted if one.box})
    told: dict[str, Any] = {
        "giver": giver.strip(),
        "receiver": receiver.strip() or actor.account,
        "boxes": boxes if boxes is not None else named,
        "note": note.strip(),
    }
    row = _minutes(services, rows, told, actor=actor)
    document = _handover(row)
    with services.unit_of_work() as uow:
        paper.receive(uow.session, row, actor=actor)
        uow.session.add(
            Act(
                kind=HANDOVER,
                subject_id=str(row.id),
                at=row.at,
                document=document | {"by": actor.account},
                companion_sha256=row.sha256,
                companion_suffix="pdf",
            )
        )
        uow.commit()
    write_out_evidence(services)
    return document


def _minutes(
    services: Services, rows: list[dict[str, Any]], told: dict[str, Any], *, actor: Actor
) -> PaperHandover:
    """The signed paper in staging, and the row that tells of it; nothing else is written."""
    at = clock.now()
    number = number_of_act(services, HANDOVER, _SYMBOL, at=at)
    minutes = paper_handover(rows, issuer_of(services), number=number, **told)
    with work_place(services.work_folder, "paper-") as folder:
        made = folder / "minutes.pdf"
        print_paper(minutes, made, signer=services.signer(), at=at, fonts=services.font_folder)
        with made.open("rb") as source:
            sha256 = services.staging.receive(source).sha256
    return PaperHandover(
        id=uuid4(),
        number=number,
        at=at,
        sheets=sum(row["sheets"] for row in rows),
        rows=rows,
        sha256=sha256,
        account=actor.account,
        **told,
    )


def put(
    services: Services,
    code: str,
    box: str,
    *,
    part: int | None = None,
    reason: str = "",
    actor: Actor,
) -> dict[str, Any]:
    """Put the paper of a case file, or one part of it, into a box. Returns PAPER."""
    with services.unit_of_work() as uow:
        target = paper.find_box(uow.session, box)
        paper.put(uow.session, code, target, ordinal=part, reason=reason, actor=actor)
        document = _of_case(uow.session, code, actor=actor)
        uow.commit()
    return document


def lend(
    services: Services,
    code: str,
    *,
    to: str,
    until: dt.date | None = None,
    reason: str = "",
    actor: Actor,
) -> dict[str, Any]:
    """Let somebody take the paper of a case file away. Returns PAPER."""
    with services.unit_of_work() as uow:
        paper.lend(uow.session, code, to=to, until=until, reason=reason, actor=actor)
        document = _of_case(uow.session, code, actor=actor)
        uow.commit()
    return document


def give_back(services: Services, code: str, *, reason: str = "", actor: Actor) -> dict[str, Any]:
    """Take the paper of a case file back. Returns PAPER."""
    with services.unit_of_work() as uow:
        paper.give_back(uow.session, code, reason=reason, actor=actor)
        document = _of_case(uow.session, code, actor=actor)
        uow.commit()
    return document


def list_boxes(services: Services, *, text: str = "", actor: Actor) -> list[dict[str, Any]]:
    """BOX of each, by code: ``{code, store, shelf, place, note, cases, sheets}``."""
    access.require(actor, "paper:list")
    with services.read_only() as session:
        found = paper.boxes_with_sheets(session, text=text)
        return [_box(session, box, cases=cases, sheets=sheets) for box, cases, sheets in found]


def list_parts(
    services: Services, *, text: str = "", lent: bool = False, actor: Actor, limit: int = 200
) -> list[dict[str, Any]]:
    """What lies where, by code: ``{code, part, sheets, place, box, lent_to, due_on, …}``.

    Args:
        services: the archive.
        text: part of a case file's code, or a box's code; what a label's QR says works as well.
        lent: only what is away.
        actor: who asks.
        limit: at most so many.
    """
    access.require(actor, "paper:list")
    wanted = text.strip().removeprefix(f"{paper.LABEL_VERSION}|")
    visible = access.visible(actor, "paper:list", PaperPart.agency_id)
    query = select(PaperPart).outerjoin(PaperBox, PaperBox.id == PaperPart.box_id).where(visible)
    if wanted:
        query = query.where(PaperPart.case_code.ilike(f"%{wanted}%") | (PaperBox.code == wanted))
    if lent:
        query = query.where(PaperPart.lent_to.is_not(None))
    ordered = query.order_by(PaperPart.case_code, PaperPart.ordinal).limit(limit)
    with services.read_only() as session:
        return [part_document(part) for part in session.scalars(ordered)]


def list_expected(services: Services, *, actor: Actor, limit: int = 200) -> list[dict[str, Any]]:
    """Case files whose paper is to come: ``{code, title, declared}``, the oldest first."""
    access.require(actor, "paper:list")
    with services.read_only() as session:
        rows = session.scalars(paper.awaiting_paper(actor=actor).limit(limit))
        return [
            {"code": row.code, "title": row.title, "declared": row.number_of_paper} for row in rows
        ]


def moves_of(services: Services, code: str, *, actor: Actor) -> list[dict[str, Any]]:
    """Each move of a case file's paper, the newest first."""
    access.require(actor, "paper:list")
    with services.read_only() as session:
        paper.parts_of(session, code, actor=actor)  # or it is not theirs to know
        moves = select(PaperMovement).where(PaperMovement.case_code == code.strip())
        newest = moves.order_by(PaperMovement.at.desc(), PaperMovement.id)
        return [
            {
                "kind": move.kind,
                "at": clock.iso(move.at),
                "from": move.origin,
                "to": move.target,
                "reason": move.reason,
                "by": move.account,
            }
            for move in session.scalars(newest)
        ]


def handover_paper(services: Services, number: str, *, actor: Actor) -> bytes:
    """The signed minutes, from a copy that gives them as they were signed.

    Raises:
        ActNotAllowedError, PaperHandoverNotFoundError, NoSoundCopyError
    """
    access.require(actor, "paper:keep")
    with services.read_only() as session:
        made = select(PaperHandover.id).where(PaperHandover.number == number)
        handover_id: UUID | None = session.scalar(made)
        act = select(Act).where(Act.kind == HANDOVER, Act.subject_id == str(handover_id))
        row = session.scalar(act)
    if row is None:
        raise PaperHandoverNotFoundError(number=number)
    return read_companion(row, staging=services.staging, copies=services.copies)


def labels(services: Services, codes: Sequence[str], *, actor: Actor) -> bytes:
    """Labels of these boxes as PDF/A; of all of them where none is named.

    Raises:
        ActNotAllowedError, PaperBoxNotFoundError
    """
    access.require(actor, "paper:list")
    with services.read_only() as session:
        every = [box for box, _, _ in paper.boxes_with_sheets(session)]
        chosen = [paper.find_box(session, code) for code in codes] if codes else every
        if not chosen:
            raise paper.PaperBoxNotFoundError(code="")
        told = [
            {
                "code": box.code,
                "place": " / ".join(part for part in (box.store, box.shelf) if part),
                "text": paper.label_text(box),
                "qr": qr_svg(paper.label_text(box)),
                "cases": _codes_in(session, box),
            }
            for box in chosen
        ]
    return print_labels(
        told, archive=issuer_of(services).name, at=clock.now().replace(microsecond=0)
    )


def part_document(part: PaperPart) -> dict[str, Any]:
    """One part of a case file's paper."""
    return {
        "code": part.case_code,
        "part": part.ordinal,
        "sheets": part.sheets,
        "box": part.box.code if part.box else None,
        "place": part.box.place if part.box else None,
        "handover": part.handover.number,
        "received_at": clock.iso(part.received_at),
        "lent_to": part.lent_to,
        "lent_at": clock.iso(part.lent_at) if part.lent_at else None,
        "due_on": part.due_on.isoformat() if part.due_on else None,
        "overdue": part.due_on is not None and part.due_on < clock.today(),
    }


def _of_case(session: Session, code: str, *, actor: Actor) -> dict[str, Any]:
    session.flush()
    found = paper.parts_of(session, code, actor=actor)
    case_file = session.scalar(select(CaseFile).where(CaseFile.code == code.strip()))
    return {
        "code": code.strip(),
        "state": case_file.paper_state.value if case_file else "received",
        "parts": [part_document(part) for part in found],
    }


def _box(session: Session, box: PaperBox, *, cases: int = 0, sheets: int = 0) -> dict[str, Any]:
    session.flush()
    return {
        "code": box.code,
        "store": box.store,
        "shelf": box.shelf,
        "place": box.place,
        "note": box.note,
        "cases": cases,
        "sheets": sheets,
    }


def _codes_in(session: Session, box: PaperBox) -> str:
    inside = select(PaperPart.case_code).where(PaperPart.box_id == box.id).distinct()
    found = list(session.scalars(inside.order_by(PaperPart.case_code)))
    more = len(found) - _CODES_ON_LABEL
    shown = ", ".join(found[:_CODES_ON_LABEL])
    return f"{shown} (+{more})" if more > 0 else shown


def _handover(row: PaperHandover) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": clock.iso(row.at),
        "giver": row.giver,
        "receiver": row.receiver,
        "boxes": row.boxes,
        "sheets": row.sheets,
        "note": row.note,
        "rows": row.rows,
    }
