"""Transfer (nộp lưu vào lưu trữ lịch sử): case files that one archive hands another."""

import datetime as dt
import enum
from typing import Any, TypedDict
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind
from archive_service.domain.kept_document import Kept


class TransferBody(TypedDict, total=False):
    """The document of its acts: the transfer and its media, a message, or some of its items."""

    transfer: dict[str, Any]
    media: list[dict[str, Any]]
    items: Any  # beside the transfer how many there are, else their columns
    message: dict[str, Any]
    part: int
    of: str


TRANSFER: ActKind[TransferBody] = ActKind("transfer")
TOLD_TOGETHER = 500  # items in one act: those of ordinals 1 to 500, of 501 to 1000, and so on
STOP_JOB = "stop-in-transfers"  # after a hold: what was sent and may not go is stopped
LONGEST_REASON = 1000  # characters
LONGEST_PARTNER = 300
LONGEST_NUMBER = 100
LONGEST_FONDS = 1000


class TransferDirection(enum.StrEnum):
    """Whether we hand over or take in."""

    OUT = "out"
    IN = "in"


class TransferState(enum.StrEnum):
    """The words of the contract; of what comes in the first is ``registered``: it is announced."""

    DRAFT = "draft"
    APPROVED = "approved"  # by the head of the agency
    REGISTERED = "registered"  # the receiving archive has the register
    ANSWERED = "answered"  # and takes what stands on it
    BUILT = "built"
    SENT = "sent"
    RECEIVED = "received"
    DECIDED = "decided"
    REPLIED = "replied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# Of what goes out: the other archive has it, and has not said that it keeps it.
ON_ITS_WAY = (TransferState.SENT, TransferState.REPLIED, TransferState.ANSWERED)


class TransferMessageKind(enum.StrEnum):
    """What archives tell each other beside packages."""

    REGISTER = "register"  # of the giver: what it means to hand over, or that it does not
    ANSWER = "answer"  # of the receiver, to a register
    MANIFEST = "manifest"  # of the giver: every package with its digest
    REPLY = "reply"  # of the receiver: of each item its receipt, or why it comes back
    NOTICE = "notice"  # of the giver, after sending: what is stopped, or that all is withdrawn


class TransferItemState(enum.StrEnum):
    """Where one case file stands: of a register that goes out, or of a transfer that comes in."""

    # Going out.
    REFUSED = "refused"  # was never on it: held, not permanent, listed
    LISTED = "listed"
    DECLINED = "declined"  # by the other archive's answer: ``reason`` says why
    STOPPED = "stopped"  # by a hold or a change since: ``refusal`` says by what
    BUILT = "built"  # its package lies in the folder of the transfer
    SENT = "sent"  # its package left this archive
    RECEIPTED = "receipted"  # the other archive's receipt is there, and agrees with what was sent
    TRANSFERRED = "transferred"  # the transfer is closed: it is the other archive's
    REMOVED = "removed"  # and its bytes went through the gate
    # Coming in; what is announced is ``listed`` or ``declined``.
    AWAITED = "awaited"  # the manifest names it, its package is not here yet
    ARRIVED = "arrived"  # its package is here as the manifest says; the door looks at it
    ACCEPTED = "accepted"  # it is taken, and on its way into every copy
    STORED = "stored"  # every copy holds it: a receipt may say so
    RECALLED = "recalled"  # the giver stopped it before it had a receipt
    # Both.
    RETURNED = "returned"  # by the receiving archive: ``reason`` says why


GOING = (TransferItemState.LISTED, TransferItemState.BUILT)
UNSETTLED = (*GOING, TransferItemState.SENT)  # neither receipted nor back: no transfer ends so
# Still the matter of the transfer: it may stand on no other one.
STANDING = (*UNSETTLED, TransferItemState.RECEIPTED)
GONE = (  # on its register, and not going any more
    TransferItemState.REFUSED,
    TransferItemState.DECLINED,
    TransferItemState.STOPPED,
    TransferItemState.RETURNED,
    TransferItemState.RECALLED,
)
BEGUN_AGAIN = (TransferState.ANSWERED, TransferState.BUILT)  # what came back is to go once more
UNSENT = (  # nothing of it left this archive yet, but its register
    TransferState.DRAFT,
    TransferState.APPROVED,
    TransferState.REGISTERED,
    TransferState.ANSWERED,
    TransferState.BUILT,
)
OVER = (TransferState.CLOSED, TransferState.WITHDRAWN)


class Transfer(Base):
    """One transfer, from its register to its end.

    ``list_sha256`` is the digest of the register as it was put before the head of the agency.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 17; TT 05/2025/TT-BNV, Điều 17-25.
    """

    __table_args__ = (UniqueConstraint("number", "year", "direction"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    direction: Mapped[TransferDirection] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)  # that gives
    number: Mapped[int] = mapped_column()
    year: Mapped[int] = mapped_column()
    state: Mapped[TransferState] = mapped_column(default=TransferState.DRAFT, index=True)
    partner: Mapped[str] = mapped_column(String(LONGEST_PARTNER))  # the other archive
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    list_sha256: Mapped[str] = mapped_column(String(64))
    edition: Mapped[int] = mapped_column(default=1)  # of the register: goes up when it is amended
    composed_by: Mapped[str] = mapped_column(String(100))
    composed_at: Mapped[dt.datetime] = mapped_column(index=True)
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[dt.datetime | None] = mapped_column()
    approval_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    # The register as it went to the other archive, and its answer: days of their papers.
    registered_on: Mapped[dt.date | None] = mapped_column()
    register_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    answer_due: Mapped[dt.date | None] = mapped_column(index=True)
    answered_on: Mapped[dt.date | None] = mapped_column()
    answer_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    answer_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    wanted_on: Mapped[dt.date | None] = mapped_column()  # not before: the receiver's answer says so
    # The newest signed register of this transfer, and the newest answer to one.
    register_sequence: Mapped[int] = mapped_column(default=0)
    answer_sequence: Mapped[int] = mapped_column(default=0)
    fonds: Mapped[str] = mapped_column(String(LONGEST_FONDS), default="")  # by a register's words
    built_at: Mapped[dt.datetime | None] = mapped_column()
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    media: Mapped[int] = mapped_column(default=1)  # folders or disks that its packages lie on
    # The other archive as it names itself: its code, and what it calls this transfer.
    partner_code: Mapped[str] = mapped_column(String(100), default="", index=True)
    partner_number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), default="")
    sent_at: Mapped[dt.datetime | None] = mapped_column()
    received_at: Mapped[dt.datetime | None] = mapped_column()
    decide_by: Mapped[dt.date | None] = mapped_column(index=True)
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    # The newest signed word of the receiving archive on its items, and of the giver after sending.
    reply_sequence: Mapped[int] = mapped_column(default=0)
    replied_at: Mapped[dt.datetime | None] = mapped_column()
    notice_sequence: Mapped[int] = mapped_column(default=0)
    minutes_untold: Mapped[bool] = mapped_column(default=False)  # the giver signed them since
    closed_by: Mapped[str | None] = mapped_column(String(100))
    closed_at: Mapped[dt.datetime | None] = mapped_column()
    removable_on: Mapped[dt.date | None] = mapped_column(index=True)  # the cooling-off is over
    removal_by: Mapped[str | None] = mapped_column(String(100))  # the head who let the bytes go
    removal_at: Mapped[dt.datetime | None] = mapped_column()
    withdrawn_by: Mapped[str | None] = mapped_column(String(100))
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()

    # Never read as a whole: a transfer may have 100,000; see ``transfer.items``.
    items: WriteOnlyMapped["TransferItem"] = relationship(
        order_by="TransferItem.ordinal", cascade="all, delete-orphan", passive_deletes=True
    )
    __mapper_args__ = {"version_id_col": revision}

    @property
    def name(self) -> str:
        """Its number as people write it, such as 03/2026."""
        return f"{self.number:02}/{self.year}"

    def waits_until(self, today: dt.date) -> dt.date | None:
        """The day from which the other archive takes it, while that lies ahead."""
        return self.wanted_on if self.wanted_on and today < self.wanted_on else None

    def forget_answer(self) -> None:
        """The register is another one now: what was answered to the last counts no longer."""
        self.answered_on = self.wanted_on = None
        self.answer_number = self.answer_reason = ""


class TransferItem(Base):
    """One case file of the register, with what the register tells of it."""

    __table_args__ = (
        UniqueConstraint("transfer_id", "case_file_id"),
        UniqueConstraint("transfer_id", "ordinal"),
        Index("ix_transfer_item_standing", "case_file_id", "state"),
        Index("ix_transfer_item_code", "transfer_id", "code"),
        # All that is counted and summed of a transfer, and its items in a state in their order.
        Index(
            "ix_transfer_item_amounts",
            *("transfer_id", "state", "ordinal", "documents", "pages", "size_bytes"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("transfer.id", ondelete="CASCADE"))
    case_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    submission_id: Mapped[UUID | None] = mapped_column(index=True)  # the door's, of what came in
    ordinal: Mapped[int] = mapped_column()
    code: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(1000))
    state: Mapped[TransferItemState] = mapped_column(default=TransferItemState.LISTED, index=True)
    refusal: Mapped[dict[str, Any] | None] = mapped_column()  # {code, facts} of what stops it
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    version: Mapped[int] = mapped_column()  # of its package when it was listed
    due_on: Mapped[dt.date | None] = mapped_column()  # last day to hand it over
    documents: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    # Its package as it was built: SIP, or AIP where it was digitized; a file below ``packages/``.
    package: Mapped[str] = mapped_column(String(8), default="")
    file: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    medium: Mapped[int] = mapped_column(default=1)  # number of the folder or disk it lies on
    # Of what comes in: what the announced register said of it; see ``register.announced_rows``.
    registered: Mapped[dict[str, Any] | None] = mapped_column()
    # What the receiving archive says of it once it is stored: ``db.handed_over``.
    receipt: Mapped[dict[str, Any] | None] = mapped_column()

    @property
    def is_receipted(self) -> bool:
        """Whether its receipt is of the very package that went."""
        receipt = self.receipt or {}
        same = bool(self.sha256) and receipt.get("package_sha256") == self.sha256
        return same and receipt.get("code") == self.code


class TransferMedium(Base):
    """One folder or disk on which packages travel, and where it is."""

    __table_args__ = (UniqueConstraint("transfer_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    transfer_id: Mapped[UUID] = mapped_column(
        ForeignKey("transfer.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int] = mapped_column()
    label: Mapped[str] = mapped_column(String(LONGEST_PARTNER), default="")  # as written on it
    place: Mapped[str] = mapped_column(String(LONGEST_PARTNER), default="")  # where it is, in words
    packages: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sums_sha256: Mapped[str | None] = mapped_column(String(64))  # of its SHA256SUMS
    written_at: Mapped[dt.datetime | None] = mapped_column()  # whole and read back
    arrived_at: Mapped[dt.datetime | None] = mapped_column()  # at the receiving archive
    moved_at: Mapped[dt.datetime | None] = mapped_column()


class TransferMessage(Base):
    """A signed document that one archive sent the other, kept as it is."""

    __table_args__ = (
        UniqueConstraint("transfer_id", "kind", "direction", "sequence"),
        # All but the document, which may be of 30 MB: who asks for a day reads past none.
        Index(
            "ix_transfer_message_told",
            *("transfer_id", "kind", "direction", "sequence", "sha256", "at", "delivered_at"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("transfer.id", ondelete="CASCADE"))
    kind: Mapped[TransferMessageKind] = mapped_column()
    direction: Mapped[TransferDirection] = mapped_column()
    sequence: Mapped[int] = mapped_column()  # goes up; of a kind the newest counts
    sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)  # signed XML, as ``kept`` reads it
    at: Mapped[dt.datetime] = mapped_column()
    delivered_at: Mapped[dt.datetime | None] = mapped_column()  # the other side has it, as we know

    @property
    def kept(self) -> Kept:
        """The document, to be read."""
        return Kept(self.document, self.sha256)
