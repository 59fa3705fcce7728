"""Transfers of the contract."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from archive_service import messages
from archive_service.document import Document, Moment, NextActDocument
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    GONE,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)


class TransferItemDocument(Document):
    """One case file of a transfer; ``reason`` of one that is refused or declined says why.

    ``due_on``: last day to hand it over; ``version``: of its package when it was listed.
    """

    code: str
    title: str
    ordinal: int
    state: TransferItemState
    reason: str
    refusal: dict[str, Any] | None
    version: int
    due_on: dt.date | None
    documents: int
    pages: int
    package: str
    file: str
    size_bytes: int
    sha256: str | None
    medium: int
    receipt: dict[str, Any] | None

    @classmethod
    def of(cls, item: TransferItem, lang: str) -> "TransferItemDocument":
        """The document of an item; why it may not stand here in one language."""
        refusal = item.refusal and Refusal(item.refusal["code"], item.refusal["facts"])
        words = refusal_words(refusal, lang) if refusal else ""
        return cls.of_row(item, reason=item.reason or words)


class TransferDocument(Document):
    """One transfer, as both of its sides read it.

    ``items`` are its first, and ``counts`` tell of all, by state. ``wanted_on``: the receiver takes
    it from this day on; ``fonds``: of what is announced to us, as its register names them.
    """

    id: UUID
    number: str
    state: TransferState
    direction: TransferDirection
    agency: str
    agency_name: str
    partner: str
    reason: str
    edition: int
    list_sha256: str
    composed_by: str
    composed_at: Moment
    approved_by: str | None
    approved_at: Moment | None
    approval_number: str
    registered_on: dt.date | None
    register_number: str
    answer_due: dt.date | None
    answered_on: dt.date | None
    answer_number: str
    answer_reason: str
    wanted_on: dt.date | None
    register_sequence: int
    answer_sequence: int
    fonds: str
    built_at: Moment | None
    manifest_sha256: str | None
    media: int
    partner_code: str
    partner_number: str
    sent_at: Moment | None
    received_at: Moment | None
    decide_by: dt.date | None
    decided_by: str | None
    decided_at: Moment | None
    reply_sequence: int
    replied_at: Moment | None
    notice_sequence: int
    closed_by: str | None
    closed_at: Moment | None
    removable_on: dt.date | None
    removal_by: str | None
    removal_at: Moment | None
    withdrawn_by: str | None
    withdrawn_at: Moment | None
    counts: dict[str, int]
    items: list[TransferItemDocument]
    paths: list[str]
    next: list[NextActDocument]

    @classmethod
    def of(
        cls,
        row: Transfer,
        agency: Agency,
        *,
        counts: Mapping[TransferItemState, int],
        items: list[TransferItemDocument],
        next_: list[NextActDocument],
    ) -> "TransferDocument":
        """The document of a row, with so many of its items as are given."""
        return cls.of_row(
            row,
            number=row.name,
            agency=agency.code,
            agency_name=agency.name,
            counts={state.value: number for state, number in sorted(counts.items())},
            items=items,
            paths=[
                package_path(transfer_item.file) for transfer_item in items if transfer_item.file
            ],
            next=next_,
        )

    @property
    def going(self) -> int:
        """How many of its case files go, or went."""
        return sum(count for state, count in self.counts.items() if state not in GONE)

    @property
    def due(self) -> dt.date | None:
        """The day that its next step waits for, or has to be done by."""
        match self.state:
            case TransferState.REGISTERED:
                return self.answer_due
            case TransferState.RECEIVED:
                return self.decide_by
            case TransferState.CLOSED if not self.removal_at:
                return self.removable_on
            case _:
                return None


class SignedMessageDocument(Document):
    """A signed message to the other archive; ``file``: where it lies, if it was to lie anywhere."""

    sequence: int
    sha256: str
    file: str | None


class RegisterSentDocument(TransferDocument):
    """TRANSFER whose register went."""

    announced: SignedMessageDocument = Field(alias="register")


class RegisterAnsweredDocument(TransferDocument):
    """TRANSFER whose register was answered."""

    answer: SignedMessageDocument


class RepliedDocument(TransferDocument):
    """TRANSFER that was replied to."""

    reply: SignedMessageDocument


class NoticedDocument(TransferDocument):
    """TRANSFER of whose case files some were stopped; ``notice`` is null where there is none."""

    notice: SignedMessageDocument | None


class PackageTrouble(Document):
    """A package that is not as its manifest says."""

    code: str
    refusal: dict[str, Any]


class Arrivals(Document):
    """What came of a folder, a disk or a delivery, and what of it is not as it should be."""

    arrived: int = 0  # packages that came now
    troubles: list[PackageTrouble] = Field(default_factory=list)
    unknown: list[str] = Field(default_factory=list)  # beside the packages, and nobody names them
    damaged: list[str] = Field(default_factory=list)  # lists and papers, not as ``SHA256SUMS`` says


class ReceivedDocument(TransferDocument, Arrivals):
    """TRANSFER with what came of it now."""

    is_newest: bool  # whether it is the newest manifest known here


class TransferItemList(BaseModel):
    """Case files of a transfer, in the order of its register."""

    items: list[TransferItemDocument]
    cursor: str | None = None


class TransferList(BaseModel):
    """Transfers, the newest first."""

    transfers: list[TransferDocument]
    cursor: str | None = None


def package_path(file: str) -> str:
    """Where a package of this name lies, below the folder of its transfer."""
    return f"packages/{file}"


def refusal_words(refusal: Refusal, lang: str) -> str:
    """Why a case file may not stand on a register, in a sentence."""
    facts = dict(refusal.facts)
    if "error" in facts:  # of our own door, with the facts that it was raised with
        facts["words"] = messages.error(facts["error"], lang, facts["facts"]).message
    if "findings" in facts:
        found = tuple(
            (finding["code"], {"place": finding["place"]} | finding["facts"])
            for finding in facts["findings"]
        )
        facts["words"] = messages.Findings(found).told(lang).strip()
    return messages.text(f"labels.transfer-refusal.{refusal.code}", lang, **facts)
