"""Notices: what one person is told, till it is read."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

# In these letters in the index and in the insert that leans on it: see ``job.IS_OPEN``.
IS_UNREAD = text("read_at IS NULL")


class Notice(Base):
    """One thing told to one person; the same thing told again before it is read is one row."""

    __table_args__ = (
        Index(
            "uq_notice_unread",
            "account_id",
            "kind",
            "about",
            unique=True,
            sqlite_where=IS_UNREAD,
            postgresql_where=IS_UNREAD,
        ),
        Index("ix_notice_of_account", "account_id", "told_at"),
        Index("ix_notice_told_at", "told_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(60))  # its words: notices.<kind>
    subject_id: Mapped[UUID | None] = mapped_column()
    about: Mapped[str] = mapped_column(String(36), default="")  # the subject's id, or nothing
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    href: Mapped[str] = mapped_column(String(500), default="")  # where it is seen, from the root
    urgent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column()
    told_at: Mapped[dt.datetime] = mapped_column()  # when it was last told with other facts
    read_at: Mapped[dt.datetime | None] = mapped_column()
    mailed_at: Mapped[dt.datetime | None] = mapped_column()  # None: not as it stands now


class MailRun(Base):
    """One letter to one person: what it holds is fixed before it is sent, so it goes once."""

    __table_args__ = (
        Index(
            "uq_mail_run_open",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_mail_run_of_account", "account_id", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    address: Mapped[str] = mapped_column(String(254))
    notice_ids: Mapped[list[str]] = mapped_column(default=list)
    urgent: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[dt.datetime] = mapped_column()
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime] = mapped_column(index=True)
    ended_at: Mapped[dt.datetime | None] = mapped_column()
    outcome: Mapped[str] = mapped_column(String(20), default="")  # sent, refused, given-up
    reply: Mapped[str] = mapped_column(String(500), default="")  # the server's last words
