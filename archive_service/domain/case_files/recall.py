"""Recall (thu hồi), replacement (thay thế) and correction (đính chính) of a document."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from pydantic import JsonValue
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind
from archive_service.errors import ConflictError, InputError, NotFoundError

RECALL_ACT: ActKind[dict[str, JsonValue]] = ActKind("recall")
LONGEST_RECALL_REASON = 1000  # characters
REPLACED_BY, CORRECTED_BY = "replaced-by", "corrected-by"


class RecallKind(enum.StrEnum):
    """What the issuer wants of its document."""

    RECALL = "recall"
    REPLACEMENT = "replacement"
    CORRECTION = "correction"


class RecallState(enum.StrEnum):
    """``granted`` is in force; nothing leads back."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


# Of the newer document to the older one, and back.
RELATIONS = {
    RecallKind.REPLACEMENT: ("replaces", REPLACED_BY),
    RecallKind.CORRECTION: ("corrects", CORRECTED_BY),
}


class RecallNotFoundError(NotFoundError):
    """No recall bears this id, or it is not this account's to know."""


class RecallTargetUnknownError(NotFoundError):
    """No document bears this identifier, or it is not this account's to know."""


class RecallTargetReplacedError(ConflictError):
    """It was here, and another document took its place: only that one can still be recalled."""


class RecallTargetGoneError(ConflictError):
    """It was here, and was recalled before."""


class RecallStateError(ConflictError):
    """It was decided before, or the document is recalled already."""


class RecallWordsError(InputError):
    """The reason is missing or too long, or what replaces the document is not named."""


class RecallSuccessorError(InputError):
    """No document in custody, or more than one, bears this name, and it was not told to be so."""


class Recall(Base):
    """What was asked of one document, on whose word, and what became of it.

    Before acceptance it names the submission, after it the case file and the ordinal. ``digests``
    are ``{path, sha256, size_bytes}`` of what it is about; the bytes may be gone, this stays.
    """

    __table_args__ = (Index("ix_recall_of_document", "case_file_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[RecallKind] = mapped_column()
    state: Mapped[RecallState] = mapped_column(default=RecallState.ASKED, index=True)
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    target: Mapped[str] = mapped_column(String(300))  # docId, or number and symbol
    code: Mapped[str] = mapped_column(String(200), default="")  # of the case file
    title: Mapped[str] = mapped_column(String(2000), default="")
    submission_id: Mapped[UUID | None] = mapped_column(index=True)
    case_file_id: Mapped[UUID | None] = mapped_column()
    ordinal: Mapped[int | None] = mapped_column()
    successor: Mapped[str] = mapped_column(String(300), default="", index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_RECALL_REASON))
    channel: Mapped[str] = mapped_column(String(20))
    sender: Mapped[str] = mapped_column(String(40), default="")  # OrganId of the packet
    package_id: Mapped[str] = mapped_column(String(200), default="", index=True)
    packet_sha256: Mapped[str] = mapped_column(String(64), default="", index=True)
    digests: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    decision_reason: Mapped[str] = mapped_column(String(LONGEST_RECALL_REASON), default="")
    revision: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": revision}
