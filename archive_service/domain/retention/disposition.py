"""Disposition (xử lý khi hết hạn): a list proposed, reviewed, decided, carried out."""

import datetime as dt
import enum
import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, TypedDict
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service import clock
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.case_files.case_standing import DESTROYING
from archive_service.domain.keeping.act import ActKind

PAPER = "disposition-paper"  # the kind of its acts, and of what is to be signed
MAKE_JOB = "make-disposition-papers"


class DispositionBody(TypedDict, total=False):
    """The document of its acts: rows as columns, of one act the list, of another its items."""

    disposition: dict[str, Any]
    members: list[dict[str, Any]]
    papers: list[dict[str, Any]]
    items: list[dict[str, Any]]


DISPOSITION: ActKind[DispositionBody] = ActKind("disposition")
LONGEST_REASON = 1000  # characters


class DispositionKind(enum.StrEnum):
    """What the list is for."""

    DESTROY = "destroy"
    EXTEND = "extend"


class DispositionState(enum.StrEnum):
    """The words of the contract."""

    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    EXECUTING = "executing"
    EXECUTED = "executed"
    REJECTED = "rejected"


class Outcome(enum.StrEnum):
    """What the review says of one case file."""

    DESTROY = "destroy"
    KEEP = "keep"  # on, for a new term of ``years``
    PERMANENT = "permanent"
    WAIT = "wait"  # stays as it is, and is proposed again later


class Ground(enum.StrEnum):
    """Why a case file stands on the list; groups of the explanation (bản thuyết minh)."""

    EXPIRED = "expired"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    OTHER = "other"


class ItemState(enum.StrEnum):
    """Where one case file of the list stands."""

    REFUSED = "refused"  # was never on the list: held, undue, permanent, linked
    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    LEFT_OUT = (
        "left-out"  # approved, and stopped before it was carried out: ``refusal`` says by what
    )
    CLAIMED = "claimed"  # being destroyed; nothing can stop it any more
    DONE = "done"


OPEN_STATES = (  # of a list that is not over
    DispositionState.PROPOSED,
    DispositionState.REVIEWED,
    DispositionState.SUBMITTED,
    DispositionState.APPROVED,
    DispositionState.EXECUTING,
)
OPEN_ITEMS = (ItemState.PROPOSED, ItemState.REVIEWED, ItemState.APPROVED, ItemState.CLAIMED)


class Disposition(Base):
    """One list, from proposal to certificate.

    ``list_sha256`` is the digest of what was reviewed: outcomes, terms and editions of every item.
    Submission and approval name it; a list that changed since is refused.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 16; TT 05/2025/TT-BNV, Điều 48-50; TT 06/2025/TT-BNV.
    """

    __table_args__ = (UniqueConstraint("number", "year", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    number: Mapped[int] = mapped_column()
    year: Mapped[int] = mapped_column()
    kind: Mapped[DispositionKind] = mapped_column()
    state: Mapped[DispositionState] = mapped_column(default=DispositionState.PROPOSED, index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    proposed_by: Mapped[str] = mapped_column(String(100))
    proposed_at: Mapped[dt.datetime] = mapped_column(index=True)
    reviewed_by: Mapped[str | None] = mapped_column(String(100))
    reviewed_at: Mapped[dt.datetime | None] = mapped_column()
    review_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    list_sha256: Mapped[str | None] = mapped_column(String(64))

    # Hội đồng xét hủy tài liệu lưu trữ: the decision that set it up, its meeting, its minutes.
    council_number: Mapped[str] = mapped_column(String(100), default="")
    council_on: Mapped[dt.date | None] = mapped_column()
    met_on: Mapped[dt.date | None] = mapped_column()
    met_at: Mapped[str] = mapped_column(String(300), default="")  # địa điểm
    minutes: Mapped[str] = mapped_column(String(20000), default="")

    # Ý kiến thẩm định of the superior archive, where the agency submits to one.
    opinion_due: Mapped[bool] = mapped_column(default=False)
    opinion_by: Mapped[str] = mapped_column(String(300), default="")
    opinion_number: Mapped[str] = mapped_column(String(100), default="")
    opinion_on: Mapped[dt.date | None] = mapped_column()
    opinion_agrees: Mapped[bool | None] = mapped_column()
    opinion_text: Mapped[str] = mapped_column(String(4000), default="")
    opinion_sha256: Mapped[str | None] = mapped_column(String(64))  # the scan, an act's companion

    submitted_by: Mapped[str | None] = mapped_column(String(100))
    submitted_at: Mapped[dt.datetime | None] = mapped_column()
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    decision_number: Mapped[str] = mapped_column(String(100), default="")
    decision_on: Mapped[dt.date | None] = mapped_column()  # of its paper, if told with its number
    decision_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    execute_by: Mapped[dt.date | None] = mapped_column()  # last day, by deadlines.toml
    executed_by: Mapped[str | None] = mapped_column(String(100))  # who set it going
    executing_at: Mapped[dt.datetime | None] = mapped_column()
    executed_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()

    items: Mapped[list["DispositionItem"]] = relationship(
        order_by="DispositionItem.ordinal", cascade="all, delete-orphan"
    )
    members: Mapped[list["CouncilMember"]] = relationship(
        order_by="CouncilMember.ordinal", cascade="all, delete-orphan"
    )
    papers: Mapped[list["DispositionPaper"]] = relationship(cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": revision}

    @property
    def proposed_on(self) -> dt.date:
        """The day on a Vietnamese clock; nobody spoke of the list before it."""
        return clock.local(self.proposed_at).date()

    def witness(self) -> "CouncilMember | None":
        """A member of the council who did not carry it out: the chair before the others."""
        by_rank = sorted(self.members, key=lambda member: member.duty is not CouncilDuty.CHAIR)
        return next(
            (
                council_member
                for council_member in by_rank
                if council_member.account != self.executed_by
            ),
            None,
        )

    def digest_of_list(self) -> str:
        """SHA-256 of what is decided on: each case file with outcome, new term, last day, edition.

        What was refused is not on the list. How far an item is carried out changes nothing.
        """
        return digest_of_items(self.items)


class DispositionItem(Base):
    """One case file of the list, with what was known of it when it was reviewed.

    What a destruction list (danh mục) may tell stands here, so that the list can be read when the
    case file is a stub.
    """

    __table_args__ = (
        UniqueConstraint("disposition_id", "case_file_id"),
        Index("ix_disposition_item_open", "case_file_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    disposition_id: Mapped[UUID] = mapped_column(ForeignKey("disposition.id"), index=True)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    ordinal: Mapped[int] = mapped_column()
    code: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(1000))
    ground: Mapped[Ground] = mapped_column(default=Ground.EXPIRED)
    # Of a duplicate or a superseded draft: the case file that keeps what is in it.
    keeper_id: Mapped[UUID | None] = mapped_column(index=True)
    keeper_code: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[ItemState] = mapped_column(default=ItemState.PROPOSED, index=True)
    outcome: Mapped[Outcome | None] = mapped_column()
    years: Mapped[int | None] = mapped_column()  # with KEEP: whole years from the year it ended
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    refusal: Mapped[dict[str, Any] | None] = mapped_column()  # {code, facts} of what stops it
    edition: Mapped[int] = mapped_column()  # of the case file when it was reviewed
    ends_on: Mapped[dt.date | None] = mapped_column()  # as it was then
    documents: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # in one copy, all versions
    paper: Mapped[str] = mapped_column(String(300), default="")  # box and shelf of its paper half
    # Tài liệu giấy: who destroyed it, when, how; before the certificate can close.
    paper_destroyed_by: Mapped[str] = mapped_column(String(200), default="")
    paper_destroyed_on: Mapped[dt.date | None] = mapped_column()
    paper_method: Mapped[str] = mapped_column(String(300), default="")
    done_at: Mapped[dt.datetime | None] = mapped_column()

    @property
    def standing(self) -> str:
        """``state``; of what goes, once it is claimed, the word of its case file."""
        if self.outcome is Outcome.DESTROY and self.state in _GONE:
            return _GONE[self.state]
        return self.state.value


# By state of the item; words of ``case_standing.STANDINGS``.
_GONE = {ItemState.CLAIMED: DESTROYING, ItemState.DONE: CaseState.DESTROYED.value}


def digest_of_items(items: Iterable[DispositionItem]) -> str:
    """``Disposition.digest_of_list`` of these, as they are or as they once were."""
    lines: list[dict[str, Any]] = [
        {
            "case_file": str(item.case_file_id),
            "code": item.code,
            "ground": item.ground.value,
            "outcome": item.outcome and item.outcome.value,
            "years": item.years,
            "version": item.edition,
            "ends_on": item.ends_on and item.ends_on.isoformat(),
            **({"keeper": str(item.keeper_id)} if item.keeper_id else {}),
        }
        for item in sorted(items, key=lambda item: item.ordinal)
        if item.state is not ItemState.REFUSED
    ]
    plain = json.dumps(lines, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


class CouncilDuty(enum.StrEnum):
    """What a member of the council is."""

    CHAIR = "chair"
    SECRETARY = "secretary"
    MEMBER = "member"


class CouncilMember(Base):
    """One member; with an account they give opinion and vote themselves."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    disposition_id: Mapped[UUID] = mapped_column(ForeignKey("disposition.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[str] = mapped_column(String(200))
    duty: Mapped[CouncilDuty] = mapped_column(default=CouncilDuty.MEMBER)
    account: Mapped[str | None] = mapped_column(String(100))
    agrees: Mapped[bool | None] = mapped_column()  # the vote on the whole list
    opinion: Mapped[str] = mapped_column(String(4000), default="")
    list_sha256: Mapped[str | None] = mapped_column(String(64))  # what was voted on
    voted_at: Mapped[dt.datetime | None] = mapped_column()
    entered_by: Mapped[str | None] = mapped_column(String(100))  # a clerk may enter it from paper


class DispositionPaper(Base):
    """One paper of the file (hồ sơ hủy): printed, signed, the companion of an act."""

    __table_args__ = (UniqueConstraint("disposition_id", "form", "edition"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    disposition_id: Mapped[UUID] = mapped_column(ForeignKey("disposition.id"), index=True)
    form: Mapped[str] = mapped_column(String(40))  # labels.disposition-form
    edition: Mapped[int] = mapped_column(default=1)  # a paper that is made anew is one more
    number: Mapped[str] = mapped_column(String(100), default="")
    made_at: Mapped[dt.datetime] = mapped_column()
    sha256: Mapped[str | None] = mapped_column(String(64))
