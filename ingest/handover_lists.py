"""The lines of the lists behind the minutes, read from what was taken into custody."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, literal, null, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service import law, messages
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import DigitalObject, Document, DocumentRelation, FileRole
from archive_service.domain.document_link import DocumentLink
from archive_service.domain.handover import HandoverRecord
from archive_service.domain.paper import PaperPart
from archive_service.domain.submission import Submission
from archive_service.forms.handover import ListedCaseFile, ListedDocument
from ingest.additions import REPLACES
from ingest.handover import period_of

_AT_ONCE = 500  # case files asked for in one statement
_PRINTED = (
    Document.code_number,
    Document.code_notation,
    Document.issued_date,
    Document.type_name,
    Document.subject,
    Document.organ_name,
    Document.number_of_page,
    Document.description,
)


@dataclass(frozen=True, slots=True)
class _Handed:
    """What of a case file is handed over: ``whole`` as it came first, and what was added later.

    ``others`` are versions by additions that are on other minutes, or on none yet. ``now``: no
    minutes are asked for, but all that belongs to the case file today.
    """

    whole: bool = True
    added: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()
    now: bool = False

    def has(self, version: int | None) -> bool:
        """Whether what came with this version belongs to it; ``None``: with none that was sent."""
        if self.now or version in self.added:
            return True
        return self.whole and version is not None and version not in self.others


@dataclass(frozen=True, slots=True)
class _Line:
    """A document as it is printed, the version it came with, its pages and files of its own."""

    printed: ListedDocument
    version: int | None
    pages: int = 0
    files: int = 0


_WHOLE, _NOW = _Handed(), _Handed(now=True)


def listed_case_files(
    session: Session, case_ids: Sequence[UUID], *, record: HandoverRecord | None = None
) -> Iterator[ListedCaseFile]:
    """The case files in this order, each with its documents in order of time.

    Of what ``record`` hands over as an addition only that. A fixed number of statements for every
    500 of them; only what is printed is read.
    """
    on_paper = {one.submission_id for one in record.items} if record else set()
    for start in range(0, len(case_ids), _AT_ONCE):
        some = case_ids[start : start + _AT_ONCE]
        rows = {row.id: row for row in session.execute(_cases(some))}
        documents = _documents(session, some)
        handed = _handed(session, some, on_paper) if record else {}
        sheets = _sheets(session, [row.code for row in rows.values()])
        for one in some:
            if (row := rows.get(one)) is not None:
                part = handed.get(one, _WHOLE if record else _NOW)
                yield _listed(row, documents.get(one, []), sheets, part)


def _handed(
    session: Session, ids: Sequence[UUID], on_paper: Collection[UUID]
) -> dict[UUID, _Handed]:
    """By case file, for those that were added to; of the others all is handed over."""
    rows = session.execute(
        select(Submission.id, Submission.case_file_id, Submission.version).where(
            Submission.case_file_id.in_(ids), Submission.version.is_not(None)
        )
    )
    added: dict[UUID, set[int]] = {}
    others: dict[UUID, set[int]] = {}
    for submission_id, case_file_id, version in rows:
        if case_file_id is not None and version is not None:
            kept = added if submission_id in on_paper else others
            kept.setdefault(case_file_id, set()).add(version)
    return {
        one: _Handed(one in on_paper, frozenset(added.get(one, ())), frozenset(others.get(one, ())))
        for one in {*added, *others}
    }


def _cases(ids: Sequence[UUID]) -> Any:
    return select(
        CaseFile.id,
        CaseFile.code,
        CaseFile.number,
        CaseFile.symbol,
        CaseFile.title,
        CaseFile.start_date,
        CaseFile.end_date,
        CaseFile.permanent,
        CaseFile.rule,
        CaseFile.number_of_page,
    ).where(CaseFile.id.in_(ids))


def _files() -> ScalarSelect[int]:
    """How many files were received with a document; what was made or scanned later is none."""
    return (
        select(func.count())
        .where(
            DigitalObject.document_id == Document.id,
            DigitalObject.role == FileRole.ORIGINAL,
            DigitalObject.version_added == Document.added_in,
        )
        .scalar_subquery()
    )


def _linked_with() -> ScalarSelect[int | None]:
    """The version that a link came with; none where a person of the archive made it later."""
    return (
        select(func.min(func.coalesce(Submission.version, 1)))
        .where(
            or_(
                Submission.id == DocumentLink.case_file_id,
                Submission.case_file_id == DocumentLink.case_file_id,
            ),
            Submission.decided_at == DocumentLink.linked_at,
        )
        .scalar_subquery()
    )


def _documents(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[_Line]]:
    """Its own, and those of other case files that belong to it, with a note that says so."""
    own = session.execute(
        select(
            Document.case_file_id,
            Document.ordinal,
            *_PRINTED,
            literal("").label("code"),
            literal(0).label("there"),
            Document.added_in.label("version"),
            Document.moved_from,
            Document.replaced_in,
            _files().label("files"),
        ).where(Document.case_file_id.in_(ids))
    )
    linked = session.execute(
        select(
            DocumentLink.case_file_id,
            DocumentLink.ordinal,
            *_PRINTED,
            CaseFile.code,
            Document.ordinal.label("there"),
            _linked_with().label("version"),
            null().label("moved_from"),
            Document.replaced_in,
            literal(0).label("files"),
        )
        .join(Document, Document.id == DocumentLink.document_id)
        .join(CaseFile, CaseFile.id == DocumentLink.source_id)
        .where(DocumentLink.case_file_id.in_(ids), DocumentLink.ended_at.is_(None))
    )
    notes = _replacing(session, ids)
    found: dict[UUID, list[_Line]] = {}
    rows = sorted(
        [*own, *linked],
        key=lambda row: (row.issued_date is None, row.issued_date or "", row.ordinal),
    )
    for row in rows:
        found.setdefault(row.case_file_id, []).append(_line(row, notes))
    return found


def _line(row: Any, notes: dict[tuple[UUID, int], list[str]]) -> _Line:
    elsewhere = bool(row.code)
    said = [] if elsewhere else notes.get((row.case_file_id, row.ordinal), [])
    listed = ListedDocument(
        number_and_symbol=_number(row),
        date=period_of(row.issued_date or "", ""),
        subject=_subject(row.type_name, row.subject),
        author=row.organ_name or "",
        pages=str(row.number_of_page or ""),
        note="; ".join(part for part in (_kept_in(row), *said, row.description) if part),
        elsewhere=elsewhere,
        replaced=not elsewhere and row.replaced_in is not None,
    )
    version = None if row.moved_from else row.version  # arranged into it: handed over elsewhere
    return _Line(listed, version, 0 if elsewhere else row.number_of_page or 0, row.files)


def _number(row: Any) -> str:
    return "/".join(part for part in (row.code_number, row.code_notation) if part)


def _replacing(session: Session, ids: Sequence[UUID]) -> dict[tuple[UUID, int], list[str]]:
    """Notes by case file and ordinal: what a document replaces, and what took its place."""
    old, new = aliased(Document), aliased(Document)
    rows = session.execute(
        select(
            old.case_file_id,
            old.ordinal.label("old"),
            old.code_number,
            old.code_notation,
            old.subject,
            new.ordinal.label("new"),
        )
        .join(DocumentRelation, DocumentRelation.target_id == old.id)
        .join(
            new,
            and_(
                new.id == DocumentRelation.document_id,
                new.case_file_id == old.case_file_id,
                new.added_in == old.replaced_in,
            ),
        )
        .where(old.case_file_id.in_(ids), DocumentRelation.relation == REPLACES)
        .order_by(old.ordinal)
    )
    found: dict[tuple[UUID, int], list[str]] = {}
    for row in rows:
        taken = _said("replaces", ordinal=row.old, name=_number(row) or row.subject)
        found.setdefault((row.case_file_id, row.new), []).append(taken)
        gone = _said("replaced", ordinal=row.new)
        found.setdefault((row.case_file_id, row.old), []).append(gone)
    return found


def _kept_in(row: Any) -> str:
    """In which case file a linked document lies."""
    return messages.text("packages.kept_in", code=row.code, ordinal=row.there) if row.code else ""


def _subject(type_name: str | None, subject: str) -> str:
    """Tên loại và trích yếu; an abstract that begins with its type does not say it twice."""
    lists = law.code_lists().get("typeName")
    kind = lists.label(type_name) if lists is not None and type_name else ""
    return subject if not kind or subject.startswith(kind) else f"{kind}: {subject}"


def _sheets(session: Session, codes: Sequence[str]) -> dict[str, int]:
    counted = session.execute(
        select(PaperPart.case_code, func.sum(PaperPart.sheets))
        .where(PaperPart.case_code.in_(codes))
        .group_by(PaperPart.case_code)
    )
    return {code: int(sheets) for code, sheets in counted}


def boxes_of(session: Session, codes: Sequence[str]) -> int:
    """In how many boxes the paper of these case files lies."""
    boxes: set[UUID] = set()
    for start in range(0, len(codes), _AT_ONCE):
        some = codes[start : start + _AT_ONCE]
        query = select(PaperPart.box_id).where(PaperPart.case_code.in_(some)).distinct()
        boxes.update(box for box in session.scalars(query) if box is not None)
    return len(boxes)


def _listed(row: Any, lines: list[_Line], sheets: dict[str, int], part: _Handed) -> ListedCaseFile:
    given = [one for one in lines if part.has(one.version)]
    pages = sum(one.pages for one in given)
    return ListedCaseFile(
        code=row.code,
        notation=row.number if row.symbol is None else f"{row.number}.{row.symbol}",
        title=row.title,
        period=period_of(row.start_date, row.end_date),
        first_year=_year(row.start_date),
        last_year=_year(row.end_date),
        term=_term(row.rule, permanent=row.permanent),
        permanent=row.permanent,
        pages=pages or (row.number_of_page if part.whole else 0),
        sheets=sheets.get(row.code) if part.whole else None,
        files=sum(one.files for one in given),
        documents=[one.printed for one in given],
        note="" if part.whole else _said("added", code=row.code),
    )


def _said(key: str, **facts: object) -> str:
    return messages.text(f"forms.handover.{key}", "vi", **facts)


def _year(date: str) -> int | None:
    """Of an ISO day, a month, or a year; none where nothing is told."""
    year = date[:4]
    return int(year) if year.isdecimal() else None


def _term(rule: dict[str, Any], *, permanent: bool) -> str:
    if permanent:
        return messages.text("forms.receipt.permanent", "vi")
    return _said("years", years=rule.get("years", ""))
