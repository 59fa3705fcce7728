"""What a person has for some days: it begins by itself and ends by itself, or before."""

import datetime as dt
import enum
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Mapped


class Standing(enum.StrEnum):
    """How it stands today."""

    WAITING = "waiting"  # for a second person
    COMING = "coming"
    LIVING = "living"
    ENDED = "ended"  # by somebody, or past its last day


class ForSomeDays:
    """Of a row that counts from its first day to its last one, once no second person is awaited."""

    if TYPE_CHECKING:  # each table says its own columns
        first_day: Mapped[dt.date]
        last_day: Mapped[dt.date]
        waits: Mapped[bool]
        ended_at: Mapped[dt.datetime | None]

    def is_open(self, today: dt.date) -> bool:
        """Whether it counts today or may yet."""
        return self.ended_at is None and today <= self.last_day

    @classmethod
    def open_on(cls, today: dt.date | ColumnElement[dt.date]) -> ColumnElement[bool]:
        """The same inside a query."""
        return and_(cls.ended_at.is_(None), cls.last_day >= today)

    def lives(self, today: dt.date) -> bool:
        """Whether it counts today, as far as its own row tells."""
        return self.standing(today) is Standing.LIVING

    def standing(self, today: dt.date) -> Standing:
        """How it stands on this day."""
        if not self.is_open(today):
            return Standing.ENDED
        if self.waits:
            return Standing.WAITING
        return Standing.LIVING if self.first_day <= today else Standing.COMING
