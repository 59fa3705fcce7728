"""Agencies, the identifiers they bear over time, and who followed whom."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base


class Agency(Base):
    """A body whose case files we may meet; ``served`` ones hand their files to this archive."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(35), unique=True)  # mã định danh in use, or the last
    name: Mapped[str] = mapped_column(String(500))
    superior_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    served: Mapped[bool] = mapped_column(default=True)  # False: known from the official list only
    source: Mapped[str] = mapped_column(String(500), default="")  # citation of an imported row
    ended_on: Mapped[dt.date | None] = mapped_column()  # its last day

    identifiers: Mapped[list["AgencyIdentifier"]] = relationship(
        back_populates="agency", order_by="AgencyIdentifier.code", lazy="selectin"
    )

    changes: Mapped[list["AgencyChange"]] = relationship(
        order_by="(AgencyChange.on, AgencyChange.at)"
    )

    def identifier_on(self, day: dt.date) -> str:
        """The identifier borne on ``day``; where periods do not tell, the one in use."""
        for identifier in self.identifiers:
            if identifier.is_valid_on(day) and identifier.valid_from is not None:
                return identifier.code
        return self.code


class AgencyIdentifier(Base):
    """One identifier of an agency with its period; the code itself is never edited."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    code: Mapped[str] = mapped_column(String(35), unique=True)
    form: Mapped[str] = mapped_column(String(3))  # old (QCVN 102:2016) or new (QĐ 20/2020)
    level: Mapped[int] = mapped_column()
    valid_from: Mapped[dt.date | None] = mapped_column()  # None: valid for all time
    valid_to: Mapped[dt.date | None] = mapped_column()  # the last day; None: still in use

    agency: Mapped[Agency] = relationship(back_populates="identifiers")

    def is_valid_on(self, day: dt.date) -> bool:
        """Whether the agency bore this identifier on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class AgencyChangeKind(enum.StrEnum):
    """What may change of an agency that goes on under its identifiers, or ends."""

    RENAMED = "renamed"
    MOVED = "moved"  # below another superior body, or below none
    ENDED = "ended"


class AgencyChange(Base):
    """One change of an agency with its day and reason: added, never edited.

    ``on`` is the first day of what is so since; of an end the last day of the agency. ``before``
    and ``after`` are names, or identifiers of superior bodies; ``after`` of an end names who took
    over.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    kind: Mapped[AgencyChangeKind] = mapped_column()
    on: Mapped[dt.date] = mapped_column()
    reason: Mapped[str] = mapped_column(String(1000))
    before: Mapped[str] = mapped_column(String(500), default="")
    after: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column()


class AgencySuccession(Base):
    """After a merger or a split: who took over from whom. A link, never an edit."""

    __table_args__ = (UniqueConstraint("predecessor_id", "successor_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    predecessor_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    on: Mapped[dt.date | None] = mapped_column()
    instrument: Mapped[str] = mapped_column(String(300), default="")
