"""What a person is told: one row a person and thing, read on the page or sent by mail."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.db.upsert import insert_of
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.notice import IS_UNREAD, Notice
from archive_service.errors import NotFoundError
from archive_service.notices.documents import NoticeDocument

_AT_ONCE = 500  # people told by one statement
PAGE_ROWS = 50


class NoticeNotFoundError(NotFoundError):
    """No notice of this person bears this id."""


def tell(
    session: Session,
    kind: str,
    *,
    to: Iterable[UUID],
    subject_id: UUID | None = None,
    facts: Mapping[str, Any] = {},
    href: str = "",
    urgent: bool = False,
) -> None:
    """Tell these accounts of one thing, in the caller's transaction.

    The same kind about the same subject, not read yet, is brought up to date and not doubled; with
    the same facts nothing changes.

    Args:
        kind: kebab-case; its words stand under ``notices``.
        to: ids of accounts; an id that comes twice is told once.
        facts: what the words need; dates and moments as ISO text.
        href: where it is seen, from the root of the pages.
        urgent: sent by mail at once to those who want that.

    Raises:
        ValueError: a kind without words, or a link that leaves this site: a bug.
    """
    if not messages.has(f"notices.{kind}.subject"):
        raise ValueError(f"no words for notices of kind {kind!r}")
    if href and (not href.startswith("/") or href.startswith("//")):
        raise ValueError(f"not an address of this site: {href!r}")
    content: dict[str, Any] = json.loads(json.dumps(dict(facts), default=str))
    values: dict[str, Any] = {
        "kind": kind,
        "subject_id": subject_id,
        "about": str(subject_id or ""),
    }
    values |= {"facts": content, "href": href, "urgent": urgent}
    wanted = list(dict.fromkeys(to))
    for start in range(0, len(wanted), _AT_ONCE):
        _tell_some(session, wanted[start : start + _AT_ONCE], values)


def _tell_some(session: Session, ids: Collection[UUID], values: dict[str, Any]) -> None:
    now = clock.now()
    unread = session.scalars(
        select(Notice)
        .where(
            Notice.account_id.in_(ids),
            Notice.kind == values["kind"],
            Notice.about == values["about"],
            IS_UNREAD,
        )
        .with_for_update()
    ).all()
    for row in unread:
        if (row.facts, row.urgent) != (values["facts"], values["urgent"]):
            row.facts, row.urgent = values["facts"], values["urgent"]
            row.told_at, row.mailed_at = now, None
        row.href = values["href"]
    new = set(ids) - {row.account_id for row in unread}
    if not new:
        return
    rows = [
        {**values, "id": uuid4(), "account_id": who, "created_at": now, "told_at": now}
        for who in ids
        if who in new
    ]
    insert = insert_of(session)
    unique = ["account_id", "kind", "about"]
    session.execute(
        insert(Notice)
        .values(rows)
        .on_conflict_do_nothing(index_elements=unique, index_where=IS_UNREAD)
    )


def people(session: Session, *, roles: Collection[Role], agency_id: UUID | None) -> list[UUID]:
    """Active accounts of these roles that act for this agency: its own, and those for all.

    Without an agency: all of these roles.
    """
    query = select(Account.id).where(Account.active, Account.role.in_(tuple(roles)))
    if agency_id is not None:
        query = query.where(or_(Account.agency_id == agency_id, Account.agency_id.is_(None)))
    return list(session.scalars(query.order_by(Account.name)))


def named(session: Session, names: Iterable[str]) -> list[UUID]:
    """Active accounts of these names, such as who handed something in; others are passed over.

    In the place of who left stands whom their matters were handed to.
    """
    wanted = {name for name in names if name}
    of_those = select(Account.handed_to_id).where(~Account.active, Account.name.in_(wanted))
    query = select(Account.id).where(
        Account.active, or_(Account.name.in_(wanted), Account.id.in_(of_those))
    )
    return list(session.scalars(query.order_by(Account.name)))


def count_unread(session: Session, *, actor: Actor) -> int:
    """How many notices this person has not read."""
    if actor.account_id is None:
        return 0
    mine = select(func.count()).where(Notice.account_id == actor.account_id, IS_UNREAD)
    return session.scalar(mine.select_from(Notice)) or 0


def list_notices(
    session: Session,
    *,
    actor: Actor,
    unread: bool = False,
    kind: str = "",
    page: int = 1,
    size: int = PAGE_ROWS,
) -> tuple[list[Notice], int]:
    """A page (from 1) of this person's notices, the newest first, and how many there are."""
    if actor.account_id is None:
        return [], 0
    wanted = [Notice.account_id == actor.account_id]
    if unread:
        wanted.append(Notice.read_at.is_(None))
    if kind:
        wanted.append(Notice.kind == kind)
    total = session.scalar(select(func.count()).select_from(Notice).where(*wanted)) or 0
    rows = select(Notice).where(*wanted).order_by(Notice.told_at.desc(), Notice.id)
    return list(session.scalars(rows.offset((page - 1) * size).limit(size))), total


def kinds_told(session: Session, *, actor: Actor) -> list[str]:
    """Of which kinds this person has notices."""
    mine = select(Notice.kind).where(Notice.account_id == actor.account_id)
    return list(session.scalars(mine.distinct().order_by(Notice.kind)))


def mark_read(session: Session, notice_id: UUID, *, actor: Actor, read: bool = True) -> Notice:
    """This person has read it, or with ``read=False`` wants it back; again changes nothing.

    Raises:
        NoticeNotFoundError: not one of this person's.
    """
    row = session.get(Notice, notice_id, with_for_update=True)
    if row is None or actor.account_id is None or row.account_id != actor.account_id:
        raise NoticeNotFoundError(id=notice_id)
    if read and row.read_at is None:
        row.read_at = clock.now()
    elif not read and row.read_at is not None and not _told_anew(session, row):
        row.read_at = None
    return row


def _told_anew(session: Session, row: Notice) -> bool:
    """The same thing was told again since; that one is unread already."""
    again = select(Notice.id).where(
        Notice.account_id == row.account_id,
        Notice.kind == row.kind,
        Notice.about == row.about,
        IS_UNREAD,
    )
    return session.scalar(again.limit(1)) is not None


def mark_all_read(session: Session, *, actor: Actor, kind: str = "") -> int:
    """All of this person's notices, or those of one kind; returns how many were unread."""
    mine = update(Notice).where(Notice.account_id == actor.account_id, IS_UNREAD)
    if kind:
        mine = mine.where(Notice.kind == kind)
    marked = session.scalars(mine.values(read_at=clock.now()).returning(Notice.id)).all()
    return len(marked)


def settle(session: Session, kind: str, subject_id: UUID) -> None:
    """What they were told of is over: nobody has to read it any more."""
    about = str(subject_id)
    settled = update(Notice).where(Notice.kind == kind, Notice.about == about, IS_UNREAD)
    session.execute(settled.values(read_at=clock.now()))


def kind_words(kind: str, lang: str) -> str:
    """What notices of this kind are called together."""
    key = f"notices.{kind}.group"
    return messages.text(key if messages.has(key) else "mail.group", lang)


def subject_line(row: Notice, lang: str) -> str:
    """In a few words what it is about."""
    return messages.text(f"notices.{row.kind}.subject", lang, **row.facts)


def sentence(row: Notice, lang: str) -> str:
    """What happened and what to do; ``problem`` is what an ``error`` with its ``facts`` says."""
    facts = row.facts
    if "error" in facts:
        message = messages.error(facts["error"], lang, facts["facts"], web=True)
        facts = facts | {"problem": message.message}
    return messages.text(f"notices.{row.kind}.sentence", lang, **facts)


def notice_document(row: Notice, lang: str) -> NoticeDocument:
    """A notice in words of ``lang``."""
    return NoticeDocument.of_row(
        row, subject=subject_line(row, lang), text=sentence(row, lang), href=row.href or None
    )
