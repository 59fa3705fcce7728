"""Openings of a case file's documents: listed for who answers for it, forgotten after a term."""

import datetime as dt
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.db.opening_months import drop_months, make_month, months_to_make
from archive_service.db.paging import Order, part_of
from archive_service.db.words import has_words
from archive_service.document import Document, Moment
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.domain.people.account import Account, Actor
from archive_service.services import Services

LIST = "opening:list"
_NEWEST_FIRST = Order.by_moment(OpeningRecord.at, OpeningRecord.id)


class OpeningDocument(Document):
    """One account opened a document; ``door`` is page, api or shell, ``request`` a granted one.

    ``purpose`` is a code of ``processing_purposes.toml``, empty where it was not kept.
    """

    at: Moment
    account: str
    role: str
    document: int
    door: str
    request: UUID | None
    purpose: str


class OpeningList(Document):
    """Openings of one case file, the newest first; ``total`` counts all, ``cursor`` goes on."""

    code: str
    openings: list[OpeningDocument]
    total: int
    cursor: str | None


def list_openings(
    services: Services, code: str, *, actor: Actor, limit: int = 50, cursor: str | None = None
) -> OpeningList:
    """Who opened which document of the case file, the newest first.

    Raises:
        ActNotAllowedError: the account does not answer for it.
        CaseFileNotFoundError: absent, or not to be known.
        ListCursorError
    """
    access.require(actor, LIST)
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        access.require(actor, LIST, row)
        part = part_of(session, openings_of(row.id), _NEWEST_FIRST, limit=limit, cursor=cursor)
        return OpeningList(
            code=row.code,
            openings=[opening_document(opening) for opening in part.rows],
            total=count_openings(session, openings_of(row.id)),
            cursor=part.cursor,
        )


def openings_of(case_file_id: UUID, text: str = "") -> Select[OpeningRecord]:
    """The records of one case file, in no order yet; ``text``: a part of who opened it."""
    found = select(OpeningRecord).where(OpeningRecord.case_file_id == case_file_id)
    if not text:
        return found
    people = select(Account.name).where(has_words(text, Account.name, Account.display_name))
    by_name = has_words(text, OpeningRecord.account)
    return found.where(or_(by_name, OpeningRecord.account.in_(people)))


def opening_document(row: OpeningRecord) -> OpeningDocument:
    """The document of a row."""
    return OpeningDocument.of_row(row, document=row.place, request=row.request_id)


def count_openings(session: Session, found: Select[OpeningRecord]) -> int:
    """How many records there are of these."""
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def forget_openings(services: Services) -> None:
    """Remove the records of months before the term (``archive.opening_months``).

    Where each month is a partition they go whole, and the months that come next are made. Numbers
    of identity papers that came with requests of that time go with them.
    """
    today = clock.today()
    months = today.year * 12 + today.month - 1 - services.settings.archive.opening_months
    oldest = dt.date(months // 12, months % 12 + 1, 1)
    with services.writing() as session:
        drop_months(session, oldest)
        session.execute(delete(OpeningRecord).where(OpeningRecord.month < f"{oldest:%Y-%m}"))
        session.execute(
            update(AccessRequest)
            .where(AccessRequest.identity != "")
            .where(AccessRequest.asked_at < dt.datetime.combine(oldest, dt.time(), dt.UTC))
            .values(identity="", identity_end="")
        )
        months_missing = months_to_make(session, today)
    for month in months_missing:
        with services.writing() as session:
            make_month(session, month)
