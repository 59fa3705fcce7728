"""Notices of the one who asks, and how mail reaches them."""

from typing import Literal
from uuid import UUID

from apiflask import APIBlueprint
from sqlalchemy import select

from archive_service import access
from archive_service.api.paging import PartQuery
from archive_service.api.request import language
from archive_service.db.paging import Order, part_of
from archive_service.domain.people.account import MailDigest
from archive_service.domain.people.notice import Notice
from archive_service.given import Given
from archive_service.notices import inbox
from archive_service.notices.contact import Contact, change_own, contact_document, own_account
from archive_service.notices.documents import (
    ContactDocument,
    NoticeDocument,
    NoticeList,
    ReadDocument,
)
from archive_service.request import current_actor, services

bp = APIBlueprint("api_notices", __name__, tag="notices", url_prefix="/notices")

_NEWEST = Order.by_moment(Notice.told_at, Notice.id)


class NoticeQuery(PartQuery):
    """Unread ones, or those of one kind."""

    state: Literal["unread"] | None = None
    kind: str = ""


class ContactIn(Given):
    """What is left out stays as it is; an empty ``email`` ends mail."""

    email: str | None = None
    digest: MailDigest | None = None
    urgent: bool | None = None


@bp.get("")
@bp.input(NoticeQuery, location="query")
@bp.output(NoticeList)
def list_all(query_data: NoticeQuery) -> NoticeList:
    """Notices of this account, the newest first."""
    actor = current_actor()
    access.require(actor, "notice:list")
    query = select(Notice).where(Notice.account_id == actor.account_id)
    if query_data.state is not None:
        query = query.where(Notice.read_at.is_(None))
    if query_data.kind:
        query = query.where(Notice.kind == query_data.kind)
    with services().read_only() as session:
        part = part_of(session, query, _NEWEST, limit=query_data.limit, cursor=query_data.cursor)
        return NoticeList(
            notices=[inbox.notice_document(row, language()) for row in part.rows],
            unread=inbox.count_unread(session, actor=actor),
            cursor=part.cursor,
        )


@bp.post("/<uuid:notice_id>/read")
@bp.output(NoticeDocument)
def read(notice_id: UUID) -> NoticeDocument:
    """It is read; again changes nothing."""
    actor = current_actor()
    access.require(actor, "notice:list")
    with services().unit_of_work() as uow:
        row = inbox.mark_read(uow.session, notice_id, actor=actor)
        uow.commit()
        return inbox.notice_document(row, language())


@bp.post("/read")
@bp.output(ReadDocument)
def read_all() -> ReadDocument:
    """All are read; how many were not."""
    actor = current_actor()
    access.require(actor, "notice:list")
    with services().writing() as session:
        count = inbox.mark_all_read(session, actor=actor)
    return ReadDocument(read=count)


@bp.get("/contact")
@bp.output(ContactDocument)
def contact() -> ContactDocument:
    """Where mail goes, and how often."""
    actor = current_actor()
    access.require(actor, "notice:list")
    with services().read_only() as session:
        return contact_document(own_account(session, actor=actor))


@bp.put("/contact")
@bp.input(ContactIn)
@bp.output(ContactDocument)
def change(json_data: ContactIn) -> ContactDocument:
    """Change where mail goes, or how often."""
    with services().unit_of_work() as uow:
        given = Contact(json_data.email, json_data.digest, json_data.urgent)
        row = change_own(given, actor=current_actor(), uow=uow)
        uow.commit()
        return contact_document(row)
