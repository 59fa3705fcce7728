"""Searches of a day that did not go well, counted without their words and without who asked."""

import datetime as dt
import enum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class SearchOutcome(enum.StrEnum):
    """What was not as it should be; one search may count under two of them."""

    EMPTY = "empty"  # nothing found, whatever was tried
    REPAIRED = "repaired"  # found with words put right
    FEWER = "fewer"  # found with some of the words alone
    SLOW = "slow"


class SearchDay(Base):
    """How many searches of one local day ended so."""

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12), primary_key=True)
    searches: Mapped[int] = mapped_column()
