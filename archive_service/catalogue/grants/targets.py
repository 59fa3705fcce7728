"""What is granted, found by its code among what the giver may know of."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.catalogue.fonds.fonds import get_fonds
from archive_service.catalogue.fonds.series import get_series
from archive_service.catalogue.grants.documents import Granting
from archive_service.catalogue.holdings.opening import DocumentUnknownError
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.holdings.uses import require_kept
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.domain.people.reading_grant import GrantScope
from archive_service.errors import InputError


class GrantPartError(InputError):
    """A part was named beside what is granted whole."""


class Target(NamedTuple):
    """It, as people name it, and the agency whose it is."""

    id: UUID
    name: str
    agency_id: UUID


_IN_PARTS = (GrantScope.DOCUMENT, GrantScope.SERIES)


def target_of(session: Session, given: Granting, *, actor: Actor) -> Target:
    """What is granted; see ``target_at``."""
    return target_at(session, given.scope, given.code, given.part, actor=actor)


def target_at(session: Session, scope: GrantScope, code: str, part: str, *, actor: Actor) -> Target:
    """The document, case file, series or fonds that is meant.

    Raises:
        CaseFileNotFoundError, DocumentUnknownError, FondsNotFoundError, SeriesNotFoundError
        CaseFileDestroyedError …: nobody reads it any more.
        GrantPartError
    """
    code, part = code.replace("\0", ""), part.replace("\0", "").strip()
    if part and scope not in _IN_PARTS:
        raise GrantPartError(part=part[:100])
    if scope in (GrantScope.FONDS, GrantScope.SERIES):
        fonds = get_fonds(session, code, actor=actor)
        if scope is GrantScope.FONDS:
            return Target(fonds.id, fonds.code, fonds.agency_id)
        series = get_series(session, fonds, part)
        return Target(series.id, f"{fonds.code} / {series.code}", fonds.agency_id)
    row = get_case_file(session, code, actor=actor, whole=False)
    require_kept(row)
    if scope is GrantScope.CASE_FILE:
        return Target(row.id, row.code, row.agency_id)
    of_this = select(Document.id).where(
        Document.case_file_id == row.id, Document.ordinal == _ordinal(part)
    )
    if (found := session.scalar(of_this)) is None:
        raise DocumentUnknownError(id=f"{row.code}.{part}"[:200])
    return Target(found, f"{row.code}, {part}", row.agency_id)


def _ordinal(part: str) -> int:
    return int(part) if part.isascii() and part.isdecimal() and len(part) < 10 else 0
