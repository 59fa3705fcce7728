"""What is held: lists and whole case files, within what the account may see."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, defer, selectinload
from sqlalchemy.sql.base import ExecutableOption

from archive_service import access
from archive_service.catalogue.own_fields.fields import fields_of
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import (
    CaseFile,
    CaseState,
    Digitization,
    complete_case_file,
    not_emptied,
)
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.intake.submission import OPEN, Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.errors import NotFoundError
from archive_service.packaging.fonds_record import Owner

_VERSIONS = (selectinload(CaseFile.versions), selectinload(CaseFile.copies))
_OF_DOCUMENT = (
    selectinload(Document.files),
    selectinload(Document.relations),
    selectinload(Document.picture),
    selectinload(Document.recording),
)
_BESIDE_DOCUMENTS = (
    selectinload(CaseFile.links).options(
        selectinload(DocumentLink.document).options(*_OF_DOCUMENT),
        selectinload(DocumentLink.source).selectinload(CaseFile.holds),
    ),
    selectinload(CaseFile.linked_elsewhere).selectinload(DocumentLink.case_file),
    *_VERSIONS,
    selectinload(CaseFile.holds),
    selectinload(CaseFile.hold_locks),
)
_WHOLE = (selectinload(CaseFile.documents).options(*_OF_DOCUMENT), *_BESIDE_DOCUMENTS)
_ROWS = (
    selectinload(CaseFile.documents).selectinload(Document.relations),
    *_BESIDE_DOCUMENTS,
)
_SHOWN_IN_LIST = (
    Document.ordinal,
    Document.subject,
    Document.number_of_page,
    Document.moved_to,
    Document.moved_from,
    Document.replaced_in,
    Document.code_number,
    Document.code_notation,
    Document.issued_date,
)
_LISTED_ROWS = (
    selectinload(CaseFile.documents).load_only(*_SHOWN_IN_LIST),
    selectinload(CaseFile.links).options(
        selectinload(DocumentLink.document).load_only(*_SHOWN_IN_LIST),
        selectinload(DocumentLink.source),
    ),
)
# What is due is told by the files of all documents: two statements, not one for each document.
WITH_FILES = (selectinload(CaseFile.documents).selectinload(Document.files),)
# What a list tells of holds, in three statements however many rows there are.
_HOLDS = (
    selectinload(CaseFile.holds),
    selectinload(CaseFile.hold_locks),
    selectinload(CaseFile.copies),
)

_AT_ONCE = 500  # rows asked for in one statement
# What a list needs of a submission: not the declaration, which may have tens of thousands of rows.
LISTED = (
    selectinload(Submission.findings),
    selectinload(Submission.packets),
    *(
        defer(column)
        for column in (
            Submission.declared,
            Submission.door_findings,
            Submission.evidence,
            Submission.verdict,
        )
    ),
)

Selected = TypeVar("Selected", bound=Select[Any])


class CaseFileNotFoundError(NotFoundError):
    """No case file bears this code, or it is not this account's to know."""


class SubmissionUnknownError(NotFoundError):
    """No submission bears this id, or it is not this account's to know."""


def get_case_file(session: Session, code: str, *, actor: Actor, whole: bool = True) -> CaseFile:
    """The whole case file, its documents and files in a few statements.

    Args:
        whole: without it the row alone, for who asks nothing of its documents.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    return _known(session, code, actor, _WHOLE if whole else ())


def get_case_file_in_part(
    session: Session, code: str, *, actor: Actor, part: Callable[[CaseFile], Collection[UUID]]
) -> CaseFile:
    """It with the rows of all its documents, but what hangs on them of a part only.

    Its statements are as many however long its list is.

    Args:
        part: ids of the documents whose files and sheets are needed; a page of a list.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    row = _known(session, code, actor, _ROWS)
    needed = select(Document).where(Document.id.in_(part(row))).options(*_OF_DOCUMENT)
    session.scalars(needed).all()
    return row


def get_case_file_listed(session: Session, code: str, *, actor: Actor) -> CaseFile:
    """It with titles, sheets and places of all its documents and links; nothing else of them.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    return _known(session, code, actor, _LISTED_ROWS)


def _known(
    session: Session, code: str, actor: Actor, options: Sequence[ExecutableOption]
) -> CaseFile:
    mine = access.visible(actor, "case-file:list", CaseFile.agency_id)
    query = select(CaseFile).where(CaseFile.code == code.strip(), mine)
    found = session.scalar(query.options(*options))
    if found is None:
        raise CaseFileNotFoundError(code=code)
    return found


def case_files_named(session: Session, codes: Sequence[str], *, actor: Actor) -> list[CaseFile]:
    """Those of these codes in their order, as rows alone.

    Raises:
        CaseFileNotFoundError: of all the codes that are none, or not to be known.
    """
    mine = access.visible(actor, "case-file:list", CaseFile.agency_id)
    rows = session.scalars(select(CaseFile).where(CaseFile.code.in_(codes), mine))
    found = {row.code: row for row in rows}
    if unknown := [code for code in codes if code not in found]:
        raise CaseFileNotFoundError(code=", ".join(unknown))
    return [found[code] for code in codes]


def whole_case_file(session: Session, case_file_id: UUID) -> CaseFile:
    """Everything of it, for a worker that reads on when the session is closed."""
    return session.get_one(CaseFile, case_file_id, options=_WHOLE)


def case_file_versions(session: Session, case_file_id: UUID) -> CaseFile:
    """It with its versions and what each copy has of it, for a worker that needs no documents."""
    return session.get_one(CaseFile, case_file_id, options=_VERSIONS)


def whole_case_files(session: Session, ids: Sequence[UUID]) -> Sequence[CaseFile]:
    """The same of many, in any order, in a few statements."""
    return session.scalars(select(CaseFile).where(CaseFile.id.in_(ids)).options(*_WHOLE)).all()


def list_case_files(
    session: Session,
    *,
    actor: Actor,
    text: str = "",
    state: CaseState | None = None,
    digitization: Digitization | None = None,
    year: int | None = None,
    complete: bool | None = None,
    limit: int | None = None,
) -> list[CaseFile]:
    """Case files the account may know of, by code."""
    query = matching_case_files(
        actor=actor,
        text=text,
        state=state,
        digitization=digitization,
        year=year,
        complete=complete,
    )
    return list(session.scalars(query.order_by(CaseFile.code).limit(limit)))


def matching_case_files(
    *,
    actor: Actor,
    text: str = "",
    state: CaseState | None = None,
    digitization: Digitization | None = None,
    year: int | None = None,
    complete: bool | None = None,
) -> Select[CaseFile]:
    """The question behind ``list_case_files``, for lists that are read in parts."""
    matching = _matching(
        select(CaseFile), actor, text, state, digitization, year, complete=complete
    )
    return matching.options(*_HOLDS)


def count_case_files(
    session: Session,
    *,
    actor: Actor,
    text: str = "",
    state: CaseState | None = None,
    digitization: Digitization | None = None,
    year: int | None = None,
    complete: bool | None = None,
) -> int:
    """How many ``list_case_files`` would give without a limit."""
    counted = select(func.count()).select_from(CaseFile)
    query = _matching(counted, actor, text, state, digitization, year, complete=complete)
    return session.scalar(query) or 0


def incomplete_among(session: Session, rows: Sequence[CaseFile]) -> set[UUID]:
    """Ids of those whose paper half is still to come, in a statement for each few hundred."""
    found: set[UUID] = set()
    for start in range(0, len(rows), _AT_ONCE):
        of_these = CaseFile.id.in_([row.id for row in rows[start : start + _AT_ONCE]])
        found.update(session.scalars(select(CaseFile.id).where(of_these, ~complete_case_file())))
    return found


def submissions_of(session: Session, case_file_id: UUID) -> list[Submission]:
    """What it was made of, whole: the submission it came by, then what was added, in order."""
    return list(
        session.scalars(
            select(Submission)
            .where((Submission.id == case_file_id) | (Submission.case_file_id == case_file_id))
            .options(selectinload(Submission.files), selectinload(Submission.findings))
            .order_by(Submission.version.is_not(None), Submission.version)
        )
    )


def owner_of(session: Session, row: CaseFile) -> Owner:
    """Whose it is, as packages tell it."""
    fonds = session.get_one(Fonds, row.fonds_id)
    return Owner(
        agency=session.get_one(Agency, row.agency_id),
        fonds=fonds,
        successor=session.get_one(Fonds, fonds.successor_id) if fonds.successor_id else None,
        own_fields=fields_of(session, row.agency_id),
    )


def get_submission(session: Session, submission_id: UUID, *, actor: Actor) -> Submission:
    """A submission with its findings; ``SubmissionUnknownError``."""
    access.require_scope(actor, "submission:list")
    found = session.scalar(
        select(Submission)
        .where(
            Submission.id == submission_id,
            access.visible(actor, "submission:list", Submission.agency_id),
        )
        .options(
            selectinload(Submission.findings),
            selectinload(Submission.files),
            selectinload(Submission.packets),
        )
    )
    if found is None:
        raise SubmissionUnknownError(id=submission_id)
    return found


def list_submissions(
    session: Session,
    *,
    actor: Actor,
    state: SubmissionState | None = None,
    limit: int | None = None,
) -> list[Submission]:
    """Submissions the account may see, oldest first, with their findings.

    Drafts, which nobody has handed in, only where that state is asked for.
    """
    access.require_scope(actor, "submission:list")
    query = (
        select(Submission)
        .where(access.visible(actor, "submission:list", Submission.agency_id))
        .options(*LISTED)
        .order_by(Submission.received_at, Submission.id)
        .limit(limit)
    )
    if state is None:
        query = query.where(Submission.state != SubmissionState.DRAFT)
    else:
        query = query.where(Submission.state == state)
    return list(session.scalars(query))


def list_open_submissions(
    session: Session, *, actor: Actor, text: str = "", limit: int | None = None
) -> list[Submission]:
    """Undecided submissions with ``text`` in code or title, oldest first, as rows alone."""
    query = (
        select(Submission)
        .where(
            Submission.state.in_(OPEN),
            access.visible(actor, "submission:list", Submission.agency_id),
            has_words(text, Submission.code, Submission.title),
        )
        .order_by(Submission.received_at, Submission.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def agency_codes(session: Session) -> dict[UUID, str]:
    """Id → identifier in use, of every agency."""
    return {row.id: row.code for row in session.execute(select(Agency.id, Agency.code))}


def case_files_of(session: Session, ids: list[UUID]) -> dict[UUID, CaseFile]:
    """What became of submissions, by id: a case file, or the one that they were added to."""
    rows = session.scalars(select(CaseFile).where(CaseFile.id.in_(ids)))
    became = {row.id: row for row in rows}
    added = session.execute(
        select(Submission.id, CaseFile)
        .join(CaseFile, CaseFile.id == Submission.case_file_id)
        .where(Submission.id.in_(ids))
    )
    return became | {row[0]: row[1] for row in added}


def _matching(
    query: Selected,
    actor: Actor,
    text: str,
    state: CaseState | None,
    digitization: Digitization | None,
    year: int | None,
    *,
    complete: bool | None,
) -> Selected:
    query = query.where(access.visible(actor, "case-file:list", CaseFile.agency_id))
    if text:
        query = query.where(has_words(text, CaseFile.code, CaseFile.title))
    # What was emptied is found by its whole code alone.
    query = query.where(or_(not_emptied(), CaseFile.code == text) if text else not_emptied())
    if state is not None:
        query = query.where(CaseFile.state == state)
    if digitization is not None:
        query = query.where(CaseFile.digitization == digitization)
    if year is not None:
        query = query.where(CaseFile.year == year)
    if complete is not None:
        query = query.where(complete_case_file() if complete else ~complete_case_file())
    return query
