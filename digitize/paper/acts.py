"""The paper half of case files: received against minutes, kept in boxes, lent and returned."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.db.words import has_words
from archive_service.domain.digitization.paper import (
    HANDOVER,
    PaperBox,
    PaperHandover,
    PaperPart,
    PaperState,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.errors import NotFoundError
from archive_service.evidence.act_numbers import number_of_act
from archive_service.evidence.check_codes import (
    MINUTES,
    check_code,
    note_handed_out,
    press_bearing,
)
from archive_service.evidence.companions import read_companion
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.signed_paper import issuer_of, print_paper
from archive_service.services import Services
from archive_service.storage.held import require_paper_free
from archive_service.storage.work_folder import work_place
from digitize.paper import rules as paper_rules
from digitize.paper.boxes import box_named, find_box
from digitize.paper.documents import (
    HandoverDocument,
    KeptPartDocument,
    MoveDocument,
    PaperOfCase,
)
from digitize.paper.given import LendIn, PutIn, ReturnIn
from digitize.paper.moves import moves_of_case
from digitize.paper.papers import paper_handover

_SYMBOL = "BB-GN"


class PaperHandoverNotFoundError(NotFoundError):
    """No minutes bear this number."""


def receive(
    services: Services,
    counted: Sequence[paper_rules.Counted],
    *,
    giver: str,
    receiver: str = "",
    boxes: int | None = None,
    note: str = "",
    actor: Actor,
) -> HandoverDocument:
    """Take in paper that was counted, with signed minutes in every copy.

    Args:
        services: the archive.
        counted: sheets of each case file, in each of its boxes.
        giver: who hands it over, as the minutes shall say.
        receiver: who takes it; "": whose account it is, for the archive.
        boxes: as many as were carried in; ``None``: those that are named.
        note: remarks; must say why where a count differs from the case file's.
        actor: who enters it.

    Raises:
        ActNotAllowedError, PaperPersonError, and what ``digitize.paper.rules.counted_rows`` raises.
    """
    access.require(actor, "paper:keep")
    if not giver.strip():
        raise paper_rules.PaperPersonError
    with services.read_only() as session:
        rows = paper_rules.counted_rows(session, counted, reason=note, actor=actor)
    named = len({line.box for line in counted if line.box})
    facts: dict[str, Any] = {
        "giver": giver.strip(),
        "receiver": receiver.strip() or _receiver(services, actor),
        "boxes": boxes if boxes is not None else named,
        "note": note.strip(),
    }
    row = _minutes(services, rows, facts, actor=actor)
    document = HandoverDocument.of_row(row)
    with services.writing() as session:
        paper_rules.receive(session, row, actor=actor)
        handed = {"kind": MINUTES, "number": row.number, "sha256": row.sha256}
        note_handed_out(session, _check(row.id), handed, actor=actor, agency_id=actor.agency_id)
        session.add(
            Act(
                kind=HANDOVER,
                subject_id=str(row.id),
                at=row.at,
                document=document.as_json() | {"by": actor.account},
                companion_sha256=row.sha256,
                companion_suffix="pdf",
            )
        )
    write_out_evidence(services)
    return document


def _receiver(services: Services, actor: Actor) -> str:
    """The person and the archive; the archive alone where the account names no person."""
    with services.read_only() as session:
        person = display_names(session, [actor.account]).get(actor.account, "")
    named = [person] if person != actor.account else []
    return ", ".join(filter(None, [*named, services.settings.archive.name]))


def _minutes(
    services: Services, rows: list[dict[str, Any]], facts: dict[str, Any], *, actor: Actor
) -> PaperHandover:
    """The signed paper in staging, and the row that tells of it; nothing else is written."""
    at, handover_id = clock.now(), uuid4()
    number = number_of_act(services, HANDOVER, _SYMBOL, at=at)
    minutes = paper_handover(rows, issuer_of(services.settings.archive), number=number, **facts)
    with work_place(services.work_folder, "paper-") as folder:
        made = folder / "minutes.pdf"
        press = press_bearing(services, _check(handover_id))
        print_paper(minutes, made, signer=services.signer(), at=at, press=press)
        with made.open("rb") as source:
            sha256 = services.staging.receive(source).sha256
    return PaperHandover(
        id=handover_id,
        number=number,
        at=at,
        sheets=sum(row["sheets"] for row in rows),
        rows=rows,
        sha256=sha256,
        account=actor.account,
        **facts,
    )


def _check(handover_id: UUID) -> str:
    return check_code(f"paper-handover {handover_id}")


def put(services: Services, code: str, given: PutIn, *, actor: Actor) -> PaperOfCase:
    """Put the paper of a case file, or one part of it, into a box."""
    access.require(actor, "paper:keep")
    with services.writing() as session:
        target = find_box(session, given.box)
        boxed = paper_rules.parts_in_other_boxes(
            session, code, target, part=given.part, actor=actor
        )
        if boxed:  # what lies in none yet is put away under a hold, too
            require_paper_free(session, code, act="paper:keep", actor=actor)
        paper_rules.put(session, code, target, ordinal=given.part, reason=given.reason, actor=actor)
        return _paper(paper_rules.parts_of(session, code, actor=actor))


def lend(services: Services, code: str, given: LendIn, *, actor: Actor) -> PaperOfCase:
    """Lend the paper of a case file.

    Raises:
        PaperHeldError: a hold lies on it, and the reason does not name the hold's authority.
    """
    with services.writing() as session:
        found = paper_rules.lend(session, code, actor=actor, **dict(given))
        require_paper_free(session, code, act="paper:keep", actor=actor, basis=given.reason)
        return _paper(found)


def give_back(services: Services, code: str, given: ReturnIn, *, actor: Actor) -> PaperOfCase:
    """Take the paper of a case file back into its box."""
    with services.writing() as session:
        paper_rules.give_back(session, code, reason=given.reason, actor=actor)
        return _paper(paper_rules.parts_of(session, code, actor=actor))


def matching_parts(*, text: str = "", lent: bool = False, actor: Actor) -> Select[PaperPart]:
    """The question behind ``list_parts``; the caller orders it.

    Args:
        text: part of a case file's code, or what ``box_named`` takes for its box.
        lent: only what is away.
        actor: who asks.
    """
    access.require(actor, "paper:list")
    visible = access.visible(actor, "paper:list", PaperPart.agency_id)
    query = select(PaperPart).outerjoin(PaperBox, PaperBox.id == PaperPart.box_id).where(visible)
    if wanted := text.strip():
        of_code = has_words(wanted, PaperPart.case_code)
        query = query.where(of_code | box_named(wanted))
    return query.where(PaperPart.lent_to.is_not(None)) if lent else query


def list_parts(
    services: Services,
    *,
    text: str = "",
    lent: bool = False,
    actor: Actor,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[KeptPartDocument], int]:
    """What lies where, by code, and how many there are.

    ``text`` and ``lent`` as ``matching_parts`` takes them.
    """
    query = matching_parts(text=text, lent=lent, actor=actor)
    ordered = query.order_by(PaperPart.case_code, PaperPart.ordinal).limit(limit).offset(offset)
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        return [part_document(part) for part in session.scalars(ordered)], total


def list_expected(
    services: Services, *, actor: Actor, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Case files whose paper is to come: ``{code, title, declared}``, the oldest first.

    And how many there are.
    """
    access.require(actor, "paper:list")
    query = paper_rules.awaiting_paper(actor=actor)
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.scalars(query.limit(limit))
        expected = [
            {"code": row.code, "title": row.title, "declared": row.number_of_paper} for row in rows
        ]
        return expected, total


def paper_of(services: Services, code: str, *, actor: Actor) -> PaperOfCase:
    """The paper of one case file.

    Raises:
        PaperNotFoundError
    """
    access.require(actor, "paper:list")
    with services.read_only() as session:
        return _paper(paper_rules.parts_of(session, code, actor=actor))


def moves_of(services: Services, code: str, *, actor: Actor) -> list[MoveDocument]:
    """Each move of a case file's paper, the newest first."""
    access.require(actor, "paper:list")
    with services.read_only() as session:
        paper_rules.parts_of(session, code, actor=actor)  # or it is not theirs to know
        return moves_of_case(session, code)


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


def part_document(part: PaperPart) -> KeptPartDocument:
    """One part of a case file's paper."""
    overdue = part.due_on is not None and part.due_on < clock.today()
    return KeptPartDocument.of(part, code=part.case_code, overdue=overdue)


def _paper(parts: Sequence[PaperPart]) -> PaperOfCase:
    away = any(part.lent_to for part in parts)
    return PaperOfCase(
        code=parts[0].case_code,
        state=(PaperState.LENT if away else PaperState.RECEIVED).value,
        parts=[part_document(part) for part in parts],
    )
