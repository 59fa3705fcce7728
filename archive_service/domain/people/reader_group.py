"""Groups: the members of each read or manage one part of the holdings, up to one level."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, ForeignKey, String, and_, func, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.domain.people.reading_grant import GrantRight, GrantScope, Level


class ReaderGroup(Base):
    """A group by its name: its members read or manage this level of an agency, or of a part."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    level: Mapped[Level] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    fonds_id: Mapped[UUID | None] = mapped_column(ForeignKey("fonds.id"))  # None: all of it
    gives: Mapped[GrantRight] = mapped_column(
        default=GrantRight.READ, server_default=GrantRight.READ.value
    )
    # One series, case file or document alone; ``target``: as people name it.
    scope: Mapped[GrantScope | None] = mapped_column()
    target_id: Mapped[UUID | None] = mapped_column()
    target: Mapped[str] = mapped_column(String(200), default="", server_default="")
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[dt.datetime] = mapped_column()

    @classmethod
    def read_part(cls) -> ColumnElement[UUID]:
        """Inside a query: the id of what its members read."""
        return func.coalesce(cls.target_id, cls.fonds_id, cls.agency_id)


class GroupMember(Base):
    """One account in one group, from its confirmation to its last day or its end."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("reader_group.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    given_by: Mapped[str] = mapped_column(String(100))
    given_at: Mapped[dt.datetime] = mapped_column()
    last_day: Mapped[dt.date | None] = mapped_column()  # None: until somebody ends it
    waits: Mapped[bool] = mapped_column(default=False)  # for a second person
    gain_id: Mapped[UUID | None] = mapped_column()  # what waits, or waited, for them
    ended_at: Mapped[dt.datetime | None] = mapped_column()
    ended_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    group: Mapped[ReaderGroup] = relationship(lazy="joined", innerjoin=True)

    def is_open(self, today: dt.date) -> bool:
        """Whether it counts today or may yet."""
        return self.ended_at is None and (self.last_day is None or today <= self.last_day)

    @classmethod
    def open_on(cls, today: dt.date | ColumnElement[dt.date]) -> ColumnElement[bool]:
        """The same inside a query."""
        return and_(cls.ended_at.is_(None), or_(cls.last_day.is_(None), cls.last_day >= today))

    def facts(self) -> dict[str, str]:
        """What it gives, as events tell it; they name reading and no last day by silence."""
        group = self.group
        part = str(group.target_id or group.fonds_id or group.agency_id)
        event_facts = {"group": group.name, "level": group.level.value, "target_id": part}
        if group.gives is not GrantRight.READ:
            event_facts["gives"] = group.gives.value
        if self.last_day is not None:
            event_facts["last_day"] = self.last_day.isoformat()
        return event_facts
