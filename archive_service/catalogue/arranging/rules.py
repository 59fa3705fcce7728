"""Documents in another order, or in another case file of their fonds, with a trace on both sides.

What is moved gets its bytes in the new case file, which is then whole alone. In the old one it
stays to be read, marked with where it went: files of a package are written once.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import Mapper, Session

from archive_service import access, clock
from archive_service.catalogue.describing.fields import values_of
from archive_service.catalogue.linking.links import NotAtRestError
from archive_service.domain.agencies.record_code import RecordCode
from archive_service.domain.base import Base
from archive_service.domain.case_files.access_request import OPEN_STATES, AccessRequest
from archive_service.domain.case_files.case_file import CaseFile, CaseState, Digitization
from archive_service.domain.case_files.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.people.account import Actor
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign
from archive_service.errors import ConflictError, InputError
from archive_service.packaging.moved_paths import with_paths

# Of a case file that is taken out of another one: what is not that one's.
_OWN = {
    "id", "revision", "receipt_number", "receipt_year", "receipt_sha256", "receipt_issued_at",
    "receipt_due_in", "delivery_id", "locked_until", "inventory_reference", "last_described",
}  # fmt: skip
_BUSY = (CopySigning.ORDERED, CopySigning.SIGNED)


class DocumentNotMovableError(ConflictError):
    """It was moved, replaced or recalled, is quarantined, or a seal is being put on its copy."""


class DocumentAskedForError(ConflictError):
    """Somebody asked to use it: its place is what the request, and what was granted, names."""


class OtherFondsError(InputError):
    """Documents are moved within their fonds alone."""


class ShorterTermError(ConflictError):
    """In the other case file the documents would be kept for a shorter time."""


class OrderIncompleteError(InputError):
    """A new order names each document once."""


class MoveNotUndoneError(ConflictError):
    """The document was not moved here, or something changed since."""


def documents_to_move(
    session: Session, source: CaseFile, target: CaseFile, ordinals: Sequence[int]
) -> list[Document]:
    """The documents, if they may leave the one case file for the other.

    Raises:
        OtherFondsError, ShorterTermError, NotAtRestError, DocumentNotMovableError
        OrderIncompleteError: no document, or one that there is not.
    """
    require_same_fonds(source, target)
    last, other_last = source.ends_on or dt.date.max, target.ends_on or dt.date.min
    if not target.permanent and (source.permanent or last > other_last):
        raise ShorterTermError(code=source.code, target=target.code, ends_on=target.ends_on)
    if not source.version_stored == source.version_wanted > 0:
        raise NotAtRestError(code=source.code)
    known = {document.ordinal: document for document in source.documents}
    chosen = [known[ordinal] for ordinal in dict.fromkeys(ordinals) if ordinal in known]
    if not chosen or len(chosen) != len(set(ordinals)):
        raise OrderIncompleteError(code=source.code)
    for document in chosen:
        _require_movable(session, source, document)
    return chosen


def require_same_fonds(source: CaseFile, target: CaseFile) -> None:
    """Two case files of one fonds; ``OtherFondsError``."""
    if source.id == target.id or source.fonds_id != target.fonds_id:
        raise OtherFondsError(code=source.code, target=target.code)


def move_documents(
    session: Session, source: CaseFile, target: CaseFile, documents: Sequence[Document], *,
    reason: str, actor: Actor,
) -> list[Document]:  # fmt: skip
    """Rows of the documents in ``target``; their bytes lie in staging already."""
    made = [_moved(source, target, document, reason=reason, actor=actor) for document in documents]
    waiting = select(CopyToSign).where(
        CopyToSign.document_id.in_(document.id for document in documents)
    )
    for copy in session.scalars(waiting):
        if copy.state is CopySigning.WAITING:  # in the other case file it waits again
            copy.state = CopySigning.OVERTAKEN
    recount(source)
    recount(target)
    return made


def undo_move(session: Session, source: CaseFile, target: CaseFile, ordinal: int) -> Document:
    """``target`` loses the document again, and in ``source`` it is as before.

    Raises:
        MoveNotUndoneError: it was not moved from there, or one of both was changed since.
        DocumentAskedForError: somebody asked to use it where it is now.
    """
    here = target.document_at(ordinal)
    came = here.moved_from if here is not None else None
    there = next(
        (document for document in source.documents if came and document.ordinal == came["ordinal"]),
        None,
    )
    if here is None or there is None or not _as_it_came(session, here, there):
        raise MoveNotUndoneError(code=target.code, ordinal=ordinal)
    _require_unasked(session, target, [ordinal])
    for copy in session.scalars(select(CopyToSign).where(CopyToSign.document_id == here.id)):
        session.delete(copy)
    session.flush()
    target.documents.remove(here)
    there.moved_to = None
    recount(source)
    recount(target)
    return there


def split_pairs(
    session: Session, source: CaseFile, part: CaseFile
) -> tuple[list[tuple[Document, Document]], list[int]]:
    """Documents of a split with those that they were, and ordinals of what changed since.

    What was put into it otherwise changed it, too.
    """
    known = {document.ordinal: document for document in source.documents}
    pairs, changed = [], []
    for here in part.documents:
        came = here.moved_from or {}
        there = known.get(came.get("ordinal", 0)) if came.get("code") == source.code else None
        if there is None or not _as_it_came(session, here, there):
            changed.append(here.ordinal)
        else:
            pairs.append((here, there))
    return pairs, changed


def take_back(session: Session, here: Document, there: Document, facts: dict[str, Any]) -> None:
    """``there`` stands in its case file again; ``here`` stays to be read, marked with that."""
    for copy in session.scalars(select(CopyToSign).where(CopyToSign.document_id == here.id)):
        if copy.state is CopySigning.WAITING:
            copy.state = CopySigning.OVERTAKEN
    here.moved_to = facts | {"ordinal": there.ordinal}
    there.moved_to = None


def reorder(session: Session, case_file: CaseFile, order: Sequence[int]) -> list[tuple[int, int]]:
    """Documents, linked ones too, in the order of these ordinals; what became of each: from, to.

    Raises:
        OrderIncompleteError: not each of its documents once.
        DocumentNotMovableError: one is closed: what the trail says of it names its place.
        DocumentAskedForError: somebody asked to use one that would get another place.
    """
    links = {link.ordinal: link for link in case_file.standing_links}
    documents: dict[int, Document | DocumentLink] = {
        **{document.ordinal: document for document in case_file.documents},
        **links,
    }
    if sorted(order) != sorted(documents):
        raise OrderIncompleteError(code=case_file.code)
    for document in case_file.documents:
        if document.quarantined or document.recalled_at is not None:
            raise DocumentNotMovableError(code=case_file.code, ordinal=document.ordinal)
    places = sorted(documents)
    changed = [(was, now) for now, was in zip(places, order, strict=True) if was != now]
    _require_unasked(session, case_file, [was for was, _ in changed])
    for was, _ in changed:  # two rows never bear one ordinal
        documents[was].ordinal = -was
    session.flush()
    for was, now in changed:
        documents[was].ordinal = now
    session.flush()
    case_file.documents.sort(key=lambda document: document.ordinal)
    case_file.links.sort(key=lambda link: link.ordinal)
    return changed


def part_of(
    source: CaseFile, code: RecordCode, title: str, *, archive_code: str, actor: Actor
) -> CaseFile:
    """A new case file beside ``source``, described and kept as that one; it has no document yet.

    Nobody handed it in: it has no submission, and no receipt or minutes are due.
    """
    new_id, now = uuid4(), clock.now()
    return CaseFile(
        **_columns(source, leave=_OWN)
        | {
            "id": new_id,
            "code": code.text,
            "agency_code": code.agency,
            "year": code.year,
            "number": code.number,
            "symbol": code.symbol,
            "arc_file_code": f"{archive_code}.{code.text}",
            "ocfl_id": f"urn:uuid:{str(new_id).upper()}",
            "title": title,
            "state": CaseState.ACCEPTED,
            "digitization": Digitization.NONE,
            "accepted_by": actor.account,
            "accepted_at": now,
            "split_from": source.code,
            "edition": 0,
            "version_wanted": 1,
            "version_built": 0,
            "version_stored": 0,
            "version_indexed": 0,
            "version_reserved": 0,
            "documents": [],
        }
    )


def recount(case_file: CaseFile) -> None:
    """Documents and pages of those that stand in it now."""
    standing = [
        document
        for document in case_file.documents
        if document.replaced_in is None and document.moved_to is None
    ]
    case_file.total_doc = len(standing)
    case_file.number_of_page = sum(document.number_of_page for document in standing)


def _require_unasked(session: Session, case_file: CaseFile, ordinals: Collection[int]) -> None:
    """No request names one of these places: it would open whatever comes to stand there."""
    asked = session.scalar(
        select(AccessRequest.ordinal)
        .where(
            AccessRequest.case_file_id == case_file.id,
            AccessRequest.ordinal.in_(ordinals),
            or_(AccessRequest.state.in_(OPEN_STATES), AccessRequest.going_on()),
        )
        .limit(1)
    )
    if asked is not None:
        raise DocumentAskedForError(code=case_file.code, ordinal=asked)


def _require_movable(session: Session, source: CaseFile, document: Document) -> None:
    gone = document.moved_to or document.replaced_in is not None or document.recalled_at is not None
    busy = session.scalar(
        select(CopyToSign.id)
        .where(CopyToSign.document_id == document.id, CopyToSign.state.in_(_BUSY))
        .limit(1)
    )
    if gone or document.quarantined or busy is not None:
        raise DocumentNotMovableError(code=source.code, ordinal=document.ordinal)


def _moved(
    source: CaseFile, target: CaseFile, document: Document, *, reason: str, actor: Actor
) -> Document:
    folders = [int(item.path[:4]) for one in target.documents for item in one.files]
    ordinal = max([target.last_ordinal, *folders]) + 1
    version = target.version_built + 1
    facts = {"at": clock.iso(clock.now()), "by": actor.account, "reason": reason}
    made = Document(
        **_columns(document, leave={"id", "case_file_id", "moved_to", "moved_from"})
        | {
            "id": uuid4(),
            "ordinal": ordinal,
            "added_in": version,
            "doc_code": f"{target.code}.{ordinal:07d}",
            "mode": access.stricter_mode(source.mode, document.mode),
            "moved_from": facts | {"code": source.code, "ordinal": document.ordinal},
        }
    )
    made.files = _files(document, target, ordinal, version)
    made.relations = [
        DocumentRelation(
            relation=relation.relation, target=relation.target, target_id=relation.target_id
        )
        for relation in document.relations
    ]
    if document.picture:
        made.picture = PictureDescription(**_columns(document.picture, leave={"document_id"}))
    if document.recording:
        made.recording = RecordingDescription(**_columns(document.recording, leave={"document_id"}))
    document.moved_to = facts | {"code": target.code, "ordinal": ordinal}
    target.documents.append(made)
    return made


def _files(document: Document, target: CaseFile, ordinal: int, version: int) -> list[DigitalObject]:
    """Its files under the folder of its new place, made of each other as before."""
    paths = {item.path: f"{ordinal:04d}/{item.path.partition('/')[2]}" for item in document.files}

    return [
        DigitalObject(
            **_columns(item, leave={"id", "document_id"})
            | {
                "id": uuid4(),
                "case_file_id": target.id,
                "path": paths[item.path],
                "derived_from": [paths.get(source, source) for source in item.derived_from],
                "making": with_paths(item.making or {}, paths),
                "migration": with_paths(item.migration or {}, paths),
                "version_added": version,
                "superseded_in": None if item.superseded_in is None else version,
            }
        )
        for item in document.files
    ]


def _as_it_came(session: Session, here: Document, there: Document) -> bool:
    """Whether nothing was said or made of it since it was moved."""
    busy = select(CopyToSign.id).where(
        CopyToSign.document_id == here.id, CopyToSign.state.not_in([CopySigning.WAITING])
    )
    related = select(DocumentRelation.id).where(DocumentRelation.target_id == here.id)
    known = session.scalar(busy.limit(1)) or session.scalar(related.limit(1))
    went = there.moved_to or {}
    same = went.get("ordinal") == here.ordinal and went.get("at") == (here.moved_from or {})["at"]
    leave = ("docCode", "mode")
    rows = [
        {name: value for name, value in values_of(document).items() if name not in leave}
        for document in (here, there)
    ]
    bytes_of = [sorted(item.sha256 for item in document.files) for document in (here, there)]
    closed = here.quarantined or here.recalled_at is not None or here.moved_to
    return (
        same and not closed and known is None and rows[0] == rows[1] and bytes_of[0] == bytes_of[1]
    )


def _columns(row: Base, *, leave: set[str]) -> dict[str, Any]:
    mapper: Mapper[Any] = inspect(type(row))
    return {
        attribute.key: getattr(row, attribute.key)
        for attribute in mapper.column_attrs
        if attribute.key not in leave
    }
