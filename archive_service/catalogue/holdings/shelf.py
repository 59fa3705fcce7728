"""The shelf of an account: what it read lately, keeps in sight or put into its basket.

Only the account itself is told of it, by the rights of the moment. What it may know of no longer is
passed over, and comes back with the right; what is destroyed goes with the case file.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.db.upsert import insert_of
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.case_standing import OVER
from archive_service.domain.people.account import Actor
from archive_service.domain.people.shelf import ShelfKind, ShelfMark
from archive_service.services import Services

_SAME_READING = dt.timedelta(minutes=15)  # within it the same document is not noted again
MOST_READ = 50
MOST_KEPT = 500
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Shelved:
    """One line of the shelf."""

    code: str
    title: str
    ordinal: int  # the document that was read last; 0: none
    at: dt.datetime


def note_read(services: Services, case_file_id: UUID, ordinal: int, *, actor: Actor) -> None:
    """The account has this document of the case file before it; programs leave no mark."""
    if actor.account_id is None or actor.scopes is not None:
        return
    own = _own(actor.account_id, ShelfKind.READ)
    with services.read_only() as session:
        last = session.scalar(select(ShelfMark).where(*own, ShelfMark.case_file_id == case_file_id))
    now = clock.now()
    if last is not None and last.ordinal == ordinal and last.at > now - _SAME_READING:
        return
    _set(services, ShelfKind.READ, case_file_id, ordinal, actor.account_id, most=MOST_READ)


def keep_in_sight(services: Services, code: str, *, kept: bool, actor: Actor) -> None:
    """Put the case file on the account's shelf, or take it from there; repeating changes nothing.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    if actor.account_id is None:
        return
    with services.read_only() as session:
        case_file_id = holdings_rows.get_case_file(session, code, actor=actor).id
    _keep(services, ShelfKind.FAVOURITE, case_file_id, kept=kept, account_id=actor.account_id)


def forget_read(services: Services, *, actor: Actor) -> None:
    """Nothing was read lately."""
    empty(services, ShelfKind.READ, actor=actor)


def empty(services: Services, kind: ShelfKind, *, actor: Actor) -> None:
    """Take away everything of this kind."""
    if actor.account_id is None:
        return
    with services.writing() as session:
        session.execute(delete(ShelfMark).where(*_own(actor.account_id, kind)))


def put_in_basket(services: Services, thing_id: UUID, *, into: bool, account_id: UUID) -> None:
    """Put a document or case file into the basket, or take it out; repeating changes nothing."""
    _keep(services, ShelfKind.BASKET, thing_id, kept=into, account_id=account_id)


def basket_of(session: Session, *, actor: Actor) -> set[UUID]:
    """Ids of the documents and case files in the basket, whether they may be known still or not."""
    if actor.account_id is None:
        return set()
    own = _own(actor.account_id, ShelfKind.BASKET)
    return set(session.scalars(select(ShelfMark.case_file_id).where(*own)))


def shelf_of(session: Session, kind: ShelfKind, *, actor: Actor) -> list[Shelved]:
    """What stands there and may still be known, the newest first."""
    if actor.account_id is None:
        return []
    rows = session.execute(
        select(CaseFile.code, CaseFile.title, ShelfMark.ordinal, ShelfMark.at)
        .join(CaseFile, CaseFile.id == ShelfMark.case_file_id)
        .where(
            *_own(actor.account_id, kind),
            access.visible(actor, "case-file:list", CaseFile.agency_id),
            CaseFile.state.not_in(OVER),
            CaseFile.removing_since.is_(None),
        )
        .order_by(ShelfMark.at.desc(), ShelfMark.id)
        .limit(_SHOWN if kind is ShelfKind.READ else MOST_KEPT)
    )
    return [Shelved(row.code, row.title, row.ordinal, row.at) for row in rows]


def is_kept(session: Session, case_file_id: UUID, *, actor: Actor) -> bool:
    """Whether the account keeps it in sight."""
    if actor.account_id is None:
        return False
    own = _own(actor.account_id, ShelfKind.FAVOURITE)
    found = select(ShelfMark.id).where(*own, ShelfMark.case_file_id == case_file_id)
    return session.scalar(found) is not None


def _own(account_id: UUID, kind: ShelfKind) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ShelfMark.account_id == account_id, ShelfMark.kind == kind


def _keep(
    services: Services, kind: ShelfKind, thing_id: UUID, *, kept: bool, account_id: UUID
) -> None:
    if kept:
        _set(services, kind, thing_id, 0, account_id, most=MOST_KEPT)
        return
    with services.writing() as session:
        of_it = (*_own(account_id, kind), ShelfMark.case_file_id == thing_id)
        session.execute(delete(ShelfMark).where(*of_it))


def _set(
    services: Services,
    kind: ShelfKind,
    case_file_id: UUID,
    ordinal: int,
    account_id: UUID,
    *,
    most: int,
) -> None:
    """The mark as it is now, and of all marks of its kind the newest ``most``."""
    own = _own(account_id, kind)
    with services.writing() as session:
        values = {"account_id": account_id, "kind": kind, "case_file_id": case_file_id}
        changed = {"ordinal": ordinal, "at": clock.now()}
        made = insert_of(session)(ShelfMark).values(id=uuid4(), **values, **changed)
        session.execute(made.on_conflict_do_update(index_elements=list(values), set_=changed))
        beyond = (
            select(ShelfMark.id)
            .where(*own)
            .order_by(ShelfMark.at.desc(), ShelfMark.id)
            .offset(most)
        )
        gone = list(session.scalars(beyond))
        if gone:
            session.execute(delete(ShelfMark).where(ShelfMark.id.in_(gone)))
