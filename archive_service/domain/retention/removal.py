"""What the destroy gate has claimed, and of every place whether the bytes are gone."""

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict
from uuid import UUID, uuid4

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind
from archive_service.errors import ConflictError

DESTROY_JOB = "destroy-case-file"


class RemovalBody(TypedDict):
    """The document of its act: the tombstone, in every copy before a byte goes."""

    case_file_id: str
    ocfl_id: str
    stub: dict[str, Any]
    submissions: NotRequired[list[dict[str, Any]]]


REMOVAL: ActKind[RemovalBody] = ActKind("removal")
BACKUP_KEYS = "backup-keys"  # the place of the key of its package in every backup
# In the proof of an open place that is looked through anew, as after a rebuild: ``{state, proof}``
# of before, or nothing where that is not known any more. It was looked through once already.
AGAIN = "_again"


class CaseFileBeingDestroyedError(ConflictError):
    """The gate has claimed it: neither held nor read nor changed any more."""


class CaseFileDestroyedError(CaseFileBeingDestroyedError):
    """It was destroyed: ``on``, ``decision``, ``decided`` and ``list`` as far as they are known."""


class CaseFileHandedOverError(CaseFileBeingDestroyedError):
    """Another archive keeps it by a transfer that is closed: its bytes are not here any more."""


class RemovalGround(enum.StrEnum):
    """The two grounds on which the gate opens."""

    DISPOSITION = "disposition"  # an approved destruction
    TRANSFER = "transfer"  # a closed transfer past its cooling-off, approved


class PlaceState(enum.StrEnum):
    """Of one place."""

    OPEN = "open"
    GONE = "gone"  # removed, and asked for afterwards: nothing there
    NEVER = "never"  # nothing of it was ever there
    # Nothing was found, neither before nor afterwards, though it was put there once; or
    # (``again`` in the proof) what an earlier look found is not known any more.
    NOTHING = "nothing"
    STATED = "stated"  # not read: somebody stated what became of the medium of a retired copy


class Removal(Base):
    """One OCFL object that is being removed, or is gone; the tombstone of a case file.

    In force when committed: from then on the case file can be neither held nor read nor changed.
    ``done_at`` is set when no place is open.
    """

    __table_args__ = (UniqueConstraint("ocfl_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    ocfl_id: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(100), index=True)
    ground: Mapped[RemovalGround] = mapped_column()
    ground_id: Mapped[UUID] = mapped_column(index=True)  # of the disposition item or transfer item
    versions: Mapped[int] = mapped_column()
    files: Mapped[int] = mapped_column()
    size_bytes: Mapped[int] = mapped_column(BigInteger)  # in one copy, all versions
    inventory_sha256: Mapped[str] = mapped_column(String(64))  # of the newest version
    claimed_by: Mapped[str] = mapped_column(String(100))
    claimed_at: Mapped[dt.datetime] = mapped_column(index=True)
    done_at: Mapped[dt.datetime | None] = mapped_column(index=True)

    places: Mapped[list["RemovalPlace"]] = relationship(
        order_by="RemovalPlace.place", cascade="all, delete-orphan"
    )


class RemovalPlace(Base):
    """One place where bytes of it lie or lay: ``copy:NAME``, ``index``, ``backup:NAME``."""

    __table_args__ = (UniqueConstraint("removal_id", "place"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    removal_id: Mapped[UUID] = mapped_column(ForeignKey("removal.id"), index=True)
    place: Mapped[str] = mapped_column(String(150))
    state: Mapped[PlaceState] = mapped_column(default=PlaceState.OPEN, index=True)
    proof: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # what was removed, how it was asked
    trouble: Mapped[str] = mapped_column(String(60), default="")  # code of what refused last
    until: Mapped[dt.datetime | None] = mapped_column()  # a lock that may not be passed ends then
    tried_at: Mapped[dt.datetime | None] = mapped_column()
    gone_at: Mapped[dt.datetime | None] = mapped_column()

    def reopen(self) -> None:
        """It is to be cleared once more; what was told of it counts where nothing is found then.

        Of a copy only that something went: what was not in it before may have come.
        """
        before = looked_through(self.state, self.proof, comes_back=":" in self.place)
        self.state, self.proof, self.gone_at = PlaceState.OPEN, before, None


def looked_through(
    state: PlaceState, proof: Mapping[str, Any], *, comes_back: bool = True
) -> dict[str, JsonValue]:
    """What a place keeps of an earlier look in its proof, as it is opened again."""
    sure = {PlaceState.GONE}
    if not comes_back:
        sure |= {PlaceState.NEVER, PlaceState.NOTHING}
    return {AGAIN: {"state": state.value, "proof": dict(proof)} if state in sure else {}}
