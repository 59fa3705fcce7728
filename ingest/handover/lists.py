"""The lines of the lists behind the minutes, read from what was taken into custody."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.domain.case_files.case_file import CaseFile, complete_case_file
from archive_service.domain.digitization.paper import PaperPart
from archive_service.domain.intake.handover import HandoverRecord
from archive_service.domain.intake.submission import Submission
from ingest.handover.listed_documents import Line, lines_of_case_files
from ingest.handover.minutes import period_of
from ingest.handover.papers import ListedCaseFile

_AT_ONCE = 500  # case files asked for in one statement


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


_WHOLE, _NOW = _Handed(), _Handed(now=True)


def listed_case_files(
    session: Session, case_ids: Sequence[UUID], *, record: HandoverRecord | None = None
) -> Iterator[ListedCaseFile]:
    """The case files in this order, each with its documents in order of time.

    Of what ``record`` hands over as an addition only that. A fixed number of statements for every
    500 of them; only what is printed is read.
    """
    on_paper = {handover_item.submission_id for handover_item in record.items} if record else set()
    for start in range(0, len(case_ids), _AT_ONCE):
        some = case_ids[start : start + _AT_ONCE]
        rows = {row.id: row for row in session.execute(_cases(some))}
        documents = lines_of_case_files(session, some)
        handed = _handed(session, some, on_paper) if record else {}
        sheets = _sheets(session, [row.code for row in rows.values()])
        no_paper_yet = _without_paper(session, some)
        for identifier in some:
            if (row := rows.get(identifier)) is not None:
                part = handed.get(identifier, _WHOLE if record else _NOW)
                listed = _listed(row, documents.get(identifier, []), sheets, part)
                yield replace(listed, paper_to_come=identifier in no_paper_yet and part.whole)


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
        identifier: _Handed(
            identifier in on_paper,
            frozenset(added.get(identifier, ())),
            frozenset(others.get(identifier, ())),
        )
        for identifier in {*added, *others}
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


def _sheets(session: Session, codes: Sequence[str]) -> dict[str, int]:
    counted = session.execute(
        select(PaperPart.case_code, func.sum(PaperPart.sheets))
        .where(PaperPart.case_code.in_(codes))
        .group_by(PaperPart.case_code)
    )
    return {code: int(sheets) for code, sheets in counted}


def _without_paper(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those that have a paper half which was not received yet."""
    query = select(CaseFile.id).where(CaseFile.id.in_(ids), ~complete_case_file())
    return set(session.scalars(query))


def boxes_of(session: Session, codes: Sequence[str]) -> int:
    """In how many boxes the paper of these case files lies."""
    boxes: set[UUID] = set()
    for start in range(0, len(codes), _AT_ONCE):
        some = codes[start : start + _AT_ONCE]
        query = select(PaperPart.box_id).where(PaperPart.case_code.in_(some)).distinct()
        boxes.update(box for box in session.scalars(query) if box is not None)
    return len(boxes)


def _listed(row: Any, lines: list[Line], sheets: dict[str, int], part: _Handed) -> ListedCaseFile:
    given = [line for line in lines if part.has(line.version)]
    pages = sum(line.pages for line in given)
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
        files=sum(line.files for line in given),
        documents=[line.printed for line in given],
        note="" if part.whole else _words("added", code=row.code),
    )


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.handover.{key}", "vi", **facts)


def _year(date: str) -> int | None:
    """Of an ISO day, a month, or a year; none where nothing is told."""
    year = date[:4]
    return int(year) if year.isdecimal() else None


def _term(rule: dict[str, Any], *, permanent: bool) -> str:
    if permanent:
        return messages.text("forms.receipt.permanent", "vi")
    return _words("years", years=rule.get("years", ""))
