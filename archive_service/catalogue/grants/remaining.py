"""What still lets an account in where one of its grants or groups has just ended."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.grants.documents import RemainingDocument
from archive_service.domain.agencies.fonds import Fonds, Series
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.reader_group import GroupMember
from archive_service.domain.people.reading_grant import ReadingGrant

# Each part with the next larger one that it is of.
_WITHIN = (
    (Document.id, Document.case_file_id),
    (CaseFile.id, func.coalesce(CaseFile.series_id, CaseFile.fonds_id)),
    (Series.id, func.coalesce(Series.parent_id, Series.fonds_id)),
    (Fonds.id, Fonds.agency_id),
)


def remaining(session: Session, ended: ReadingGrant | GroupMember) -> list[RemainingDocument]:
    """Grants and groups of the same account and right that reach some of the same, or wait to."""
    today, account_id = clock.today(), ended.account_id
    grants = select(ReadingGrant).where(
        ReadingGrant.account_id == account_id, ReadingGrant.open_on(today)
    )
    members = select(GroupMember).where(
        GroupMember.account_id == account_id, GroupMember.open_on(today)
    )
    others = [*session.scalars(grants), *session.scalars(members)]
    others = [other for other in others if other.id != ended.id and _gives(other) == _gives(ended)]
    if not others:
        return []
    above = _above(session, {_part(grant) for grant in (ended, *others)})
    own = set(_chain(_part(ended), above))
    return [
        _document(other)
        for other in others
        if _part(other) in own or _part(ended) in _chain(_part(other), above)
    ]


def _above(session: Session, parts: Iterable[UUID]) -> dict[UUID, UUID]:
    """Each part and each larger one → the next larger one."""
    above: dict[UUID, UUID] = {}
    wanted = set(parts)
    while wanted:
        found: dict[UUID, UUID] = {}
        for part, whole in _WITHIN:
            rows = session.execute(select(part, whole).where(part.in_(wanted)))
            found |= {identifier: larger for identifier, larger in rows}
        above |= found
        wanted = set(found.values()) - above.keys()
    return above


def _chain(part: UUID, above: dict[UUID, UUID]) -> Iterator[UUID]:
    at: UUID | None = part
    while at is not None:
        yield at
        at = above.get(at)


def _part(row: ReadingGrant | GroupMember) -> UUID:
    return UUID(row.facts()["target_id"])


def _gives(row: ReadingGrant | GroupMember) -> str:
    return row.facts().get("gives", "read")


def _document(row: ReadingGrant | GroupMember) -> RemainingDocument:
    if isinstance(row, GroupMember):
        return RemainingDocument(name=row.group.name, level=row.group.level, last_day=row.last_day)
    return RemainingDocument(name=row.target, level=row.level, last_day=row.last_day)
