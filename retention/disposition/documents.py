"""Dispositions of the contract."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from archive_service import messages
from archive_service.document import Document, Moment, NextActDocument
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.retention.disposition import (
    CouncilDuty,
    CouncilMember,
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionPaper,
    DispositionState,
    Ground,
    ItemState,
)
from archive_service.domain.retention.refusal import Refusal
from retention.disposition.papers.documents import UnsignedPaperDocument


class StoppedNowDocument(Document):
    """What would leave a case file out of its list if that were decided on at this moment."""

    code: str
    facts: dict[str, Any]
    reason: str

    @classmethod
    def of(cls, refusal: Refusal, lang: str) -> "StoppedNowDocument":
        """The refusal with its words."""
        return cls(**refusal.as_document(), reason=refusal_words(refusal, lang))


class DispositionItemDocument(Document):
    """One case file of a list; ``reason`` of one that was stopped says by what.

    ``keeper``: the case file that keeps what is in a duplicate or a superseded draft; ``now``: of
    one that waits on an open list, what would leave it out at this moment (a hold may be lifted);
    ``shortened``: that a person made its term shorter, in a sentence.
    """

    code: str
    title: str
    ordinal: int
    ground: Ground
    keeper: str | None
    outcome: str | None
    reason: str
    refusal: dict[str, Any] | None
    now: StoppedNowDocument | None
    state: ItemState
    standing: str  # state; of what goes and is claimed "destroying", and then "destroyed"
    ends_on: dt.date | None
    shortened: str | None
    documents: int
    size_bytes: int
    paper: str
    paper_destroyed_by: str
    paper_destroyed_on: dt.date | None
    paper_method: str
    done_at: Moment | None

    @classmethod
    def of(
        cls,
        item: DispositionItem,
        lang: str,
        now: Refusal | None = None,
        shortened: str | None = None,
    ) -> "DispositionItemDocument":
        """The document of an item.

        Args:
            now: what would leave it out if it were decided on, or carried out, at this moment.
            shortened: who made its term shorter, as ``shortened_terms`` tells it.
        """
        refusal = item.refusal and Refusal(item.refusal["code"], item.refusal["facts"])
        outcome = item.outcome and item.outcome.value
        return cls.of_row(
            item,
            keeper=item.keeper_code or None,
            outcome=outcome if item.years is None else f"{outcome}:{item.years}",
            reason=refusal_words(refusal, lang) if refusal else item.reason,
            now=StoppedNowDocument.of(now, lang) if now else None,
            shortened=shortened,
        )


class CouncilMemberDocument(Document):
    """One member and what they said of the list whose digest is named."""

    name: str
    position: str
    duty: CouncilDuty
    account: str | None
    agrees: bool | None
    opinion: str
    voted_at: Moment | None
    entered_by: str | None
    list_sha256: str | None

    @classmethod
    def of(cls, row: CouncilMember) -> "CouncilMemberDocument":
        """The document of a row."""
        return cls.of_row(row)


class CouncilDocument(Document):
    """The council of a list, its meeting and its minutes."""

    number: str
    decided_on: dt.date | None
    met_on: dt.date | None
    met_at: str
    minutes: str
    members: list[CouncilMemberDocument]

    @classmethod
    def of(cls, row: Disposition) -> "CouncilDocument":
        """The council of a list."""
        members = [CouncilMemberDocument.of(member) for member in row.members]
        return cls.of_row(
            row, number=row.council_number, decided_on=row.council_on, members=members
        )


class OpinionDocument(Document):
    """What the archive above says; ``agrees`` is null while it is awaited."""

    by: str
    number: str
    on: dt.date | None
    agrees: bool | None
    text: str

    @classmethod
    def of(cls, row: Disposition) -> "OpinionDocument":
        """The opinion on a list that needs one."""
        return cls(**{name: getattr(row, f"opinion_{name}") for name in cls.model_fields})


class DispositionPaperDocument(Document):
    """One paper of the file of a list."""

    form: str
    edition: int
    number: str
    made_at: Moment
    sha256: str | None

    @classmethod
    def of(cls, row: DispositionPaper) -> "DispositionPaperDocument":
        """The document of a row."""
        return cls.of_row(row)


class DispositionHead(Document):
    """A list without what stands on it; ``count`` and ``size_bytes``: of what is not refused."""

    id: UUID
    number: str
    kind: DispositionKind
    state: DispositionState
    agency: str
    agency_name: str
    reason: str
    count: int
    size_bytes: int
    proposed_by: str
    proposed_at: Moment
    reviewed_by: str | None
    reviewed_at: Moment | None
    review_reason: str | None
    list_sha256: str | None
    submitted_by: str | None
    submitted_at: Moment | None
    decided_by: str | None
    decided_at: Moment | None
    decision_number: str | None
    decision_on: dt.date | None  # of its paper, where it was told with its number
    decision_reason: str | None
    execute_by: dt.date | None
    executed_by: str | None
    executed_at: Moment | None

    @classmethod
    def of(
        cls, row: Disposition, agency: Agency, *, count: int, size_bytes: int
    ) -> "DispositionHead":
        """The document of a row."""
        return cls.of_row(
            row,
            number=f"{row.number:02}/{row.year}",
            agency=agency.code,
            agency_name=agency.name,
            count=count,
            size_bytes=size_bytes,
        )


class DispositionDocument(DispositionHead):
    """One list."""

    items: list[DispositionItemDocument]
    council: CouncilDocument
    opinion: OpinionDocument | None
    papers: list[DispositionPaperDocument]
    unsigned: list[UnsignedPaperDocument]
    next: list[NextActDocument]

    @classmethod
    def whole(
        cls,
        row: Disposition,
        head: DispositionHead,
        items: Sequence[DispositionItemDocument],
        *,
        unsigned: list[UnsignedPaperDocument],
        next_: list[NextActDocument],
    ) -> "DispositionDocument":
        """The document of a list, with its items, the council and the opinion."""
        return head.extended(
            cls,
            items=list(items),
            council=CouncilDocument.of(row),
            opinion=OpinionDocument.of(row) if row.opinion_due else None,
            papers=[DispositionPaperDocument.of(paper) for paper in row.papers],
            unsigned=unsigned,
            next=next_,
        )


class DispositionList(BaseModel):
    """Lists, the newest first."""

    dispositions: list[DispositionDocument]
    cursor: str | None = None


def refusal_words(refusal: Refusal, lang: str) -> str:
    """Why a case file may not be on a list, in a sentence."""
    return messages.text(f"labels.disposition-refusal.{refusal.code}", lang, **refusal.facts)


class GoneForDocument(Document):
    """A case file that was destroyed, or is being, since another keeps the same."""

    code: str
    title: str
    ground: Ground
    done_at: Moment | None
    disposition: UUID
