"""A part of the holdings that somebody may read or manage, up to a level, for some days."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.domain.people.some_days import ForSomeDays


class GrantScope(enum.StrEnum):
    """What a grant opens."""

    DOCUMENT = "document"
    CASE_FILE = "case-file"
    SERIES = "series"  # with every branch below it
    FONDS = "fonds"


class Level(enum.StrEnum):
    """The four levels of information; which modes each reaches is a rule set."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"
    SECRET = "secret"  # noqa: S105 - the word for it


class GrantRight(enum.StrEnum):
    """What may be done there."""

    READ = "read"
    MANAGE = "manage"  # describe it, which else the archive's staff do


class ReadingGrant(ForSomeDays, Base):
    """One part of the holdings, opened to one account from the first day to the last one."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    scope: Mapped[GrantScope] = mapped_column()
    target_id: Mapped[UUID] = mapped_column()
    target: Mapped[str] = mapped_column(String(200))  # as people name it, when it was given
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)  # whose it is
    level: Mapped[Level] = mapped_column()
    gives: Mapped[GrantRight] = mapped_column(
        default=GrantRight.READ, server_default=GrantRight.READ.value
    )
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    first_day: Mapped[dt.date] = mapped_column()
    last_day: Mapped[dt.date] = mapped_column()
    given_by: Mapped[str] = mapped_column(String(100))
    given_at: Mapped[dt.datetime] = mapped_column()
    waits: Mapped[bool] = mapped_column(default=False)  # for a second person
    gain_id: Mapped[UUID | None] = mapped_column()  # what waits, or waited, for them
    ended_at: Mapped[dt.datetime | None] = mapped_column()  # before its last day
    ended_by: Mapped[str] = mapped_column(String(100), default="", server_default="")

    def facts(self) -> dict[str, str]:
        """What is granted, as events tell it; of reading they never told more than where."""
        gives = {} if self.gives is GrantRight.READ else {"gives": self.gives.value}
        return gives | {
            "scope": self.scope.value,
            "target": self.target,
            "target_id": str(self.target_id),
            "level": self.level.value,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
        }
