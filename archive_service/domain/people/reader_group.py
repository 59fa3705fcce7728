"""Groups of readers: each reads up to one level of information, in one agency or fonds."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.domain.people.reading_grant import Level


class ReaderGroup(Base):
    """A group by its name: its members read this level of this agency, or of one fonds of it."""

    __tablename__ = "reader_group"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    level: Mapped[Level] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    fonds_id: Mapped[UUID | None] = mapped_column(ForeignKey("fonds.id"))  # None: all of it
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[dt.datetime] = mapped_column()

    @classmethod
    def read_part(cls) -> ColumnElement[UUID]:
        """Inside a query: the id of what its members read."""
        return func.coalesce(cls.fonds_id, cls.agency_id)


class GroupMember(Base):
    """One account in one group, from its confirmation to its end."""

    __tablename__ = "group_member"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("reader_group.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    given_by: Mapped[str] = mapped_column(String(100))
    given_at: Mapped[dt.datetime] = mapped_column()
    waits: Mapped[bool] = mapped_column(default=False)  # for a second person
    gain_id: Mapped[UUID | None] = mapped_column()  # what waits, or waited, for them
    ended_at: Mapped[dt.datetime | None] = mapped_column()
    ended_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    group: Mapped[ReaderGroup] = relationship(lazy="joined", innerjoin=True)

    def facts(self) -> dict[str, str]:
        """What is read by it, as events tell it."""
        group = self.group
        part = str(group.fonds_id or group.agency_id)
        return {"group": group.name, "level": group.level.value, "target_id": part}
