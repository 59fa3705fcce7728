"""Whether what a duplicate or a superseded draft holds is kept elsewhere: asked of the rows.

The one question of the sweep, of a review, of a decision and of the destroy gate.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from archive_service.db.held import held_among
from archive_service.domain.case_files.case_file import CaseFile, CaseState, CopyState
from archive_service.domain.case_files.document import (
    DigitalObject,
    Document,
    DocumentRelation,
    FileRole,
)
from archive_service.domain.case_files.duplicate_keeper import (
    ISSUED_STANDINGS,
    Content,
    Holding,
    Term,
    kept_pairs,
)
from archive_service.domain.case_files.recall import RELATIONS, REPLACED_BY, RecallKind
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.digitization.paper import PaperPart
from archive_service.domain.retention.disposition import (
    OPEN_ITEMS,
    OPEN_STATES,
    Disposition,
    DispositionItem,
    DispositionKind,
    Ground,
)

_AT_ONCE = 500  # case files asked for in one statement
_REPLACES = RELATIONS[RecallKind.REPLACEMENT][0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case file that may go because another one keeps what is in it."""

    case_file_id: UUID
    ground: Ground
    keeper_id: UUID | None


def keepers_lacking(session: Session, wanted: Sequence[Wanted], on: dt.date) -> dict[UUID, str]:
    """Of those that may not go, by case file, why: a word of ``labels.removal-refusals``.

    In a fixed number of statements for each 500; they lock nothing and see what is committed.
    """
    found: dict[UUID, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found |= dict(_lacking(session, some, on))
    return found


def _lacking(session: Session, some: Sequence[Wanted], on: dt.date) -> Iterator[tuple[UUID, str]]:
    keepers = sorted({item.keeper_id for item in some if item.keeper_id is not None})
    rows = _rows(session, {item.case_file_id for item in some} | {*keepers})
    held = held_among(session, keepers)
    listed = _listed(session, keepers)
    sound = _sound(session, keepers)
    content = contents(session, list(rows))
    for item in some:
        own, keeper = rows.get(item.case_file_id), rows.get(item.keeper_id or item.case_file_id)
        if own is None or keeper is None or keeper.id == own.id or not _in_custody(own, keeper):
            yield item.case_file_id, "keeper-gone"
        elif not keeper.version_stored == keeper.version_built == keeper.version_wanted:
            yield item.case_file_id, "keeper-busy"
        elif kept_pairs(item.ground, content[own.id], content[keeper.id]) is None:
            yield item.case_file_id, "keeper-differs"
        elif not _term(keeper).lasts(on) or not _term(keeper).covers(_term(own)):
            yield item.case_file_id, "keeper-sooner"
        elif keeper.id in held:
            yield item.case_file_id, "keeper-held"
        elif listed.get(keeper.id, set()) - {own.id}:
            yield item.case_file_id, "keeper-listed"
        elif sound.get(keeper.id, 0) < keeper.version_stored:
            yield item.case_file_id, "keeper-damaged"


def contents(session: Session, ids: Sequence[UUID]) -> dict[UUID, Content]:
    """What these case files hold; in a fixed number of statements for each 500."""
    found: dict[UUID, Content] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found |= _contents(session, some)
    return found


def _contents(session: Session, ids: Sequence[UUID]) -> dict[UUID, Content]:
    originals: dict[UUID, list[str]] = {}
    files = select(DigitalObject.document_id, DigitalObject.sha256).where(
        DigitalObject.case_file_id.in_(ids),
        DigitalObject.role == FileRole.ORIGINAL,
        DigitalObject.size_bytes > 0,
    )
    for document_id, sha256 in session.execute(files):
        originals.setdefault(document_id, []).append(sha256)
    by_id: dict[UUID, dict[str, set[str]]] = {}
    relations = (
        select(DocumentRelation.document_id, DocumentRelation.relation, DocumentRelation.target)
        .join(Document, Document.id == DocumentRelation.document_id)
        .where(Document.case_file_id.in_(ids))
        .where(DocumentRelation.relation.in_((_REPLACES, REPLACED_BY)))
    )
    for document_id, relation, target in session.execute(relations):
        by_id.setdefault(document_id, {}).setdefault(relation, set()).add(target)
    linked: dict[UUID, set[UUID]] = {}
    links = select(DocumentLink.case_file_id, DocumentLink.document_id).where(
        DocumentLink.case_file_id.in_(ids), DocumentLink.ended_at.is_(None)
    )
    for case_file_id, document_id in session.execute(links):
        linked.setdefault(case_file_id, set()).add(document_id)
    parts = select(CaseFile.id).join(PaperPart, PaperPart.case_code == CaseFile.code)
    on_paper = set(session.scalars(parts.where(CaseFile.id.in_(ids))))
    own: dict[UUID, list[Holding]] = {}
    for row in session.execute(_documents(ids)):
        told = by_id.get(row.id, {})
        own.setdefault(row.case_file_id, []).append(_holding(row, originals.get(row.id, []), told))
    return {
        identifier: Content(
            tuple(own.get(identifier, ())),
            frozenset(linked.get(identifier, ())),
            identifier in on_paper,
        )
        for identifier in ids
    }


def _documents(ids: Sequence[UUID]) -> Select[Any]:
    """Those that are still in them: what was moved is kept where it went."""
    columns = (
        *(Document.id, Document.case_file_id, Document.doc_code, Document.replaced_in),
        *(Document.quarantined, Document.recalled_at, Document.code_number),
        *(Document.standing, Document.signatures),
        *(Document.mode, CaseFile.mode.label("whole_mode")),
    )
    here = Document.case_file_id.in_(ids) & Document.moved_to.is_(None)
    own = select(*columns).join(CaseFile, CaseFile.id == Document.case_file_id)
    return own.where(here).order_by(Document.case_file_id, Document.ordinal)


def _holding(row: Row[Any], originals: Sequence[str], said: Mapping[str, set[str]]) -> Holding:
    declared = row.standing in ISSUED_STANDINGS
    return Holding(
        id=row.id,
        doc_code=row.doc_code,
        originals=tuple(sorted(originals)),
        modes=(row.whole_mode, row.mode),
        is_current=row.replaced_in is None,
        is_closed=row.quarantined or row.recalled_at is not None,
        is_issued=bool(row.code_number or row.signatures or declared),
        replaces=frozenset(said.get(_REPLACES, ())),
        replaced_by=frozenset(said.get(REPLACED_BY, ())),
    )


def _rows(session: Session, ids: set[UUID]) -> dict[UUID, Any]:
    columns = (
        *(CaseFile.id, CaseFile.fonds_id, CaseFile.state, CaseFile.removing_since),
        *(CaseFile.permanent, CaseFile.ends_on),
        *(CaseFile.version_stored, CaseFile.version_built, CaseFile.version_wanted),
    )
    found: dict[UUID, Any] = {}  # rows of these columns
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        some = CaseFile.id.in_(ordered[start : start + _AT_ONCE])
        for row in session.execute(select(*columns).where(some)):
            found[row.id] = row
    return found


def _in_custody(own: Row[Any], keeper: Row[Any]) -> bool:
    """Here, of the same fonds: what another one's creator keeps is no duplicate."""
    here = keeper.state is CaseState.STORED and keeper.removing_since is None
    return here and keeper.fonds_id == own.fonds_id


def _term(row: Row[Any]) -> Term:
    return Term(row.permanent, row.ends_on)


def _listed(session: Session, keepers: Sequence[UUID]) -> dict[UUID, set[UUID | None]]:
    """Keepers that may be destroyed themselves, each with what would keep it then.

    Of two that name each other the gate, which holds both rows, lets the first one go.
    """
    query = (
        select(DispositionItem.case_file_id, DispositionItem.keeper_id)
        .join(Disposition, Disposition.id == DispositionItem.disposition_id)
        .where(
            DispositionItem.case_file_id.in_(keepers),
            DispositionItem.state.in_(OPEN_ITEMS),
            Disposition.kind == DispositionKind.DESTROY,
            Disposition.state.in_(OPEN_STATES),
        )
    )
    found: dict[UUID, set[UUID | None]] = {}
    for case_file_id, keeper_id in session.execute(query):
        found.setdefault(case_file_id, set()).add(keeper_id)
    return found


def _sound(session: Session, keepers: Sequence[UUID]) -> dict[UUID, int]:
    """The newest version that a copy was proved to hold; 0 where any copy of it is damaged."""
    found: dict[UUID, int] = {}
    states = select(CopyState.case_file_id, CopyState.state, CopyState.version)
    for case_file_id, state, version in session.execute(
        states.where(CopyState.case_file_id.in_(keepers)).order_by(CopyState.state.desc())
    ):  # verified before damaged
        known = found.get(case_file_id, 0)
        found[case_file_id] = max(known, version) if state == "verified" else 0
    return found
