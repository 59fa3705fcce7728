"""Arranging case files: documents moved and reordered, case files merged and split."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.audit import record_event
from archive_service.catalogue.arranging import rules as arranging_rules
from archive_service.catalogue.arranging.documents import (
    MovedDocument,
    MoveDone,
    OrderDone,
    Place,
    SplitDone,
)
from archive_service.catalogue.arranging.given import (
    MergeGiven,
    MoveGiven,
    OrderIn,
    SplitIn,
    UndoIn,
)
from archive_service.catalogue.arranging.split_planned import as_planned
from archive_service.catalogue.describing.acts import open_to_edit
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.linking.acts import follow, follow_back, parted
from archive_service.catalogue.linking.links import pass_on
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.agencies.record_code import RecordCode
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.people.account import Actor
from archive_service.evidence.write_out import write_out_evidence
from archive_service.finding_document import FindingDocument
from archive_service.jobs.due import note_edited, queue_due
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from ingest.acceptance.acts import CodeTakenError
from ingest.register.agencies import agencies_of, code_of_year

MOVED_OUT, MOVED_IN = "document:moved-out", "document:moved-in"
SPLIT_OFF, MADE_BY_SPLIT = "case-file:split", "case-file:made-by-split"
UNDONE, REORDERED = "document:move-undone", "case-file:reordered"


class SplitCodeTakenError(CodeTakenError):
    """A case file of the code that a split is to make is held: perhaps by the same split."""


def move(services: Services, code: str, given: MoveGiven, *, actor: Actor) -> MoveDone:
    """Move documents, named by their ordinals, to another case file of the fonds.

    All of them or none. Both case files get one more version.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError, CatalogueReasonError
        OtherFondsError, ShorterTermError, NotAtRestError, DocumentNotMovableError
        OrderIncompleteError
        BackendError, NoSoundCopyError: the bytes cannot be read now.
    """
    access.require(actor, "case-file:describe")
    reason, ordinals = reason_of(given.reason), given.documents
    with services.read_only() as session:
        one, other = (get_case_file(session, each, actor=actor) for each in (code, given.to))
        chosen, _ = _to_move(session, one, other, ordinals)
        files = [item for document in chosen for item in document.files]
    _stage(services, one, files)  # bytes, then rows, then jobs
    with services.writing() as session:
        rows = _both(session, code, given.to, actor)
        chosen, linked = _to_move(session, *rows, ordinals)
        moves = _move_all(session, services, rows, chosen, linked, reason=reason, actor=actor)
        for row in rows:
            note_edited(session, row, services)
        for was, now in moves:
            facts = {"from": rows[0].code, "to": rows[1].code, "reason": reason}
            _tell(session, MOVED_OUT, rows[0], facts | {"ordinal": was, "becomes": now}, actor)
            _tell(session, MOVED_IN, rows[1], facts | {"ordinal": now, "was": was}, actor)
        done = MoveDone(code=rows[0].code, target=rows[1].code, moved=_moved(moves))
    write_out_evidence(services)
    return done


def merge(services: Services, code: str, given: MergeGiven, *, actor: Actor) -> MoveDone:
    """Move all documents of a case file into another one; its code stays readable.

    Raises:
        What ``move`` raises.
    """
    access.require(actor, "case-file:describe")
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        standing = [
            document.ordinal
            for document in row.documents
            if document.replaced_in is None and not document.moved_to
        ] + [link.ordinal for link in row.standing_links]
    whole = MoveGiven(documents=standing, to=given.to, reason=given.reason)
    return move(services, code, whole, actor=actor)


def split(
    services: Services, code: str, given: SplitIn, *, actor: Actor, lang: str = "vi"
) -> SplitDone:
    """Take documents out of a case file into a new one, described and kept as the old one.

    Raises:
        MalformedRecordCodeError, SplitCodeTakenError
        UnknownRetentionRuleError: of the entry of the file plan.
        OtherFondsError: the code is of another agency. Else as ``move``.
    """
    access.require(actor, "case-file:describe")
    # It is no delivery: no submission, no receipt, no minutes; its trace are the events of both.
    reason, title, ordinals = reason_of(given.reason), reason_of(given.title), given.documents
    archive_code = services.settings.archive.code
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        part = arranging_rules.part_of(
            row, _new_code(session, row, given.code), title, archive_code=archive_code, actor=actor
        )
        chosen, _ = _to_move(session, row, part, ordinals)
        files = [item for document in chosen for item in document.files]
    _stage(services, row, files)
    with services.writing() as session:
        row = open_to_edit(session, code, actor=actor)
        part = arranging_rules.part_of(
            row, _new_code(session, row, given.code), title, archive_code=archive_code, actor=actor
        )
        chosen, linked = _to_move(session, row, part, ordinals)
        session.add(part)
        told_moves = _move_all(
            session, services, (row, part), chosen, linked, reason=reason, actor=actor
        )
        part.digitization = part.digitization_due()
        note_edited(session, row, services)
        queue_due(session, part, services)
        moves = [{"from": was, "to": now} for was, now in told_moves]
        facts = {"from": row.code, "to": part.code, "reason": reason, "moved": moves}
        _tell(session, SPLIT_OFF, row, facts, actor)
        found = as_planned(session, part, actor=actor, services=services)
        _tell(
            session,
            MADE_BY_SPLIT,
            part,
            facts | {"findings": [finding.code for finding in found]},
            actor,
        )
        done = SplitDone(
            code=row.code,
            target=part.code,
            moved=_moved(told_moves),
            findings=[FindingDocument.of(finding, lang) for finding in found],
        )
    write_out_evidence(services)
    return done


def undo(services: Services, code: str, ordinal: int, given: UndoIn, *, actor: Actor) -> Place:
    """Take a moved document back to where it came from, if nothing changed since.

    Raises:
        MoveNotUndoneError, ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError
    """
    access.require(actor, "case-file:describe")
    reason = reason_of(given.reason)
    with services.read_only() as session:
        row = get_case_file(session, code, actor=actor)
        here = row.document_at(ordinal)
        came = here.moved_from if here is not None else None
    if not came:
        raise arranging_rules.MoveNotUndoneError(code=row.code, ordinal=ordinal)
    with services.writing() as session:
        source, target = _both(session, came["code"], code, actor)
        here = target.document_at(ordinal)
        here_id = None if here is None else here.id
        back = arranging_rules.undo_move(session, source, target, ordinal)
        if here_id is not None:
            follow_back(
                session, services, (source, target), here_id, back, reason=reason, actor=actor
            )
        for case_file in (source, target):
            note_edited(session, case_file, services)
        facts = {"from": target.code, "to": source.code, "reason": reason}
        _tell(session, UNDONE, source, facts | {"ordinal": back.ordinal}, actor)
        _tell(session, UNDONE, target, facts | {"ordinal": ordinal}, actor)
        document = Place(code=source.code, ordinal=back.ordinal)
    write_out_evidence(services)
    return document


def reorder(services: Services, code: str, given: OrderIn, *, actor: Actor) -> OrderDone:
    """Put the documents in the order of these ordinals; each is named once.

    Raises:
        OrderIncompleteError, DocumentNotMovableError, DocumentAskedForError, CaseFileHeldError
        ActNotAllowedError, CaseFileNotFoundError, CatalogueReasonError
    """
    reason = reason_of(given.reason)
    with services.writing() as session:
        row = open_to_edit(session, code, actor=actor)
        changed = arranging_rules.reorder(session, row, given.order)
        if changed:
            note_edited(session, row, services)
            places = [{"from": was, "to": now} for was, now in changed]
            _tell(session, REORDERED, row, {"reason": reason, "places": places}, actor)
        titles = {document.ordinal: document.subject for document in row.documents} | {
            link.ordinal: link.document.subject for link in row.standing_links if link.document
        }
        done = OrderDone(code=row.code, documents=[titles[at] for at in sorted(titles)])
    write_out_evidence(services)
    return done


def _moved(moves: Iterable[tuple[int, int]]) -> list[MovedDocument]:
    return [MovedDocument.model_validate({"from": was, "to": now}) for was, now in moves]


def _new_code(session: Session, source: CaseFile, text: str) -> RecordCode:
    """A free code of the same agency, under whichever of its identifiers.

    One without a year follows the scheme of the very fonds, and is of the year of its source.
    """
    known = agencies_of(session, [text])
    code = code_of_year(text, known, source.year)
    agency, fonds = known.get(code.agency), session.get_one(Fonds, source.fonds_id)
    own = agency is not None and agency.id == source.agency_id
    if not own or code.fonds not in ("", fonds.code):
        raise arranging_rules.OtherFondsError(code=source.code, target=code.text)
    if session.scalar(select(CaseFile.id).where(CaseFile.code == code.text)) is not None:
        raise SplitCodeTakenError(code=code.text)
    return code


def _both(session: Session, source: str, target: str, actor: Actor) -> tuple[CaseFile, CaseFile]:
    """Both held to the end of this unit of work, in one order: two moves never wait crosswise."""
    rows = {code: open_to_edit(session, code, actor=actor) for code in sorted({source, target})}
    return rows[source], rows[target]


def _to_move(
    session: Session, source: CaseFile, target: CaseFile, ordinals: Sequence[int]
) -> tuple[list[Document], list[int]]:
    """Documents that may leave the one for the other, and ordinals of links that go along."""
    own, linked = parted(source, ordinals)
    if linked and not own:
        arranging_rules.require_same_fonds(source, target)
        return [], linked
    return arranging_rules.documents_to_move(session, source, target, own), linked


def _move_all(
    session: Session,
    services: Services,
    rows: tuple[CaseFile, CaseFile],
    chosen: Sequence[Document],
    linked: Sequence[int],
    *,
    reason: str,
    actor: Actor,
) -> list[tuple[int, int]]:
    """Rows of documents and links in the receiving case file; ordinals before and now."""
    made = arranging_rules.move_documents(session, *rows, chosen, reason=reason, actor=actor)
    pairs = list(zip(chosen, made, strict=True))
    follow(session, services, rows[1], pairs, reason=reason, actor=actor)
    passed = pass_on(*rows, linked, reason=reason, actor=actor)
    return [(was.ordinal, now.ordinal) for was, now in pairs] + list(passed)


def _stage(services: Services, case_file: CaseFile, files: Iterable[DigitalObject]) -> None:
    """The bytes of these files into staging, each proved by its digest."""
    content = HeldContent(services.copies, case_file.ocfl_id)
    for item in files:
        if services.staging.has(item.sha256):
            continue
        with TemporaryDirectory(dir=services.work_folder, prefix="move-") as folder:
            path = Path(folder) / item.sha256
            content.fetch(item.sha256, item.size_bytes, path)
            with path.open("rb") as source:
                services.staging.receive(source)


def _tell(session: Session, tag: str, row: CaseFile, data: dict[str, Any], actor: Actor) -> None:
    record_event(session, tag, of=row, actor=actor, data={"code": row.code} | data)
