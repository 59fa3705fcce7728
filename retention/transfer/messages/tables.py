"""What two archives sign to each other of a transfer: each message, its fields and their bounds.

Each message tells all that stands, so that order, loss and repetition do no harm: of several the
one of the highest ``sequence`` counts. A field of a message is added here, and nowhere else.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

from archive_service.domain.transfer.transfer import (
    LONGEST_FONDS,
    LONGEST_NUMBER,
    LONGEST_PARTNER,
    LONGEST_REASON,
)
from archive_service.errors import InputError
from retention.transfer.messages.attributes import (
    AMOUNT,
    DAY,
    DAY_OR_NONE,
    DIGEST,
    ID,
    MOMENT,
    MOMENT_IF_TOLD,
    MOMENT_TEXT,
    NUMBER,
    SIZE,
    TRUTH,
    UNIQUE,
    At,
    Only,
    file_below,
    text,
    word_of,
)
from retention.transfer.messages.form import Form, Head, Letter

PACKAGES = "packages"  # the folder of them beside the manifest
STORED, RETURNED, RECALLED, WAITING = "stored", "returned", "recalled", "waiting"
# Why something is stopped; keys of ``labels.transfer-why``.
WHY = ("held", "listed", "registered", "state", "not-permanent", "changed", "withdrawn")
_LONGEST_THEIRS = 160  # what the other archive calls a case file
_CODE, _CODE_OR_NONE = text(100), text(100, least=0)
_TITLE, _NAME, _NAME_OR_NONE = text(1000), text(LONGEST_PARTNER), text(LONGEST_PARTNER, least=0)
_PLAIN_NUMBER = text(LONGEST_NUMBER, least=0, plain=True)
_PLAIN_REASON = text(LONGEST_REASON, least=0, plain=True)
_GIVER, _RECEIVER = At("giver"), At("receiver")


class TransferManifestError(InputError):
    """The manifest does not say what it has to: ``field``, and ``line`` of its packages or 0."""


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A case file that is to be handed over; ``fonds`` is the code of its fonds."""

    code: Annotated[str, _CODE, UNIQUE]
    title: Annotated[str, _TITLE]
    documents: Annotated[int, AMOUNT]
    pages: Annotated[int, AMOUNT]
    version: Annotated[int, NUMBER]
    fonds: Annotated[str, _CODE_OR_NONE] = ""
    due_on: Annotated[dt.date | None, DAY_OR_NONE] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Letter):
    """Đăng ký nộp lưu: all that is to be handed over; one that is withdrawn has no lines."""

    id: Annotated[UUID, ID]
    sequence: Annotated[int, NUMBER]
    number: Annotated[str, text(LONGEST_NUMBER)]  # what the giver calls the transfer
    edition: Annotated[int, NUMBER]
    created: Annotated[dt.datetime, MOMENT]
    register_number: Annotated[str, _PLAIN_NUMBER]  # of its paper, of this day
    registered_on: Annotated[dt.date, DAY]
    approval_number: Annotated[str, _PLAIN_NUMBER]
    list_sha256: Annotated[str, DIGEST]
    fonds: Annotated[str, text(LONGEST_FONDS, least=0, plain=True)]  # as papers tell them
    withdrawn: Annotated[bool, TRUTH]  # all of it: why is ``reason``
    reason: Annotated[str, _PLAIN_REASON]
    content: Annotated[str, DIGEST] = ""
    archive: Annotated[str, _CODE, _GIVER]
    archive_name: Annotated[str, _NAME, _GIVER]
    agency: Annotated[str, _CODE, _GIVER]
    agency_name: Annotated[str, _NAME_OR_NONE, _GIVER]
    receiver_archive: Annotated[str, _CODE_OR_NONE, At("receiver", "archive")]  # where it is known
    receiver: Annotated[
        str, text(LONGEST_PARTNER, least=0, plain=True), At("receiver", "archiveName")
    ]

    def wrong(self) -> str:
        """Either it is withdrawn, or it names something."""
        return "item" if self.withdrawn == bool(self.lines) else ""


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A case file that the receiver does not take."""

    code: Annotated[str, _CODE, UNIQUE]
    reason: Annotated[str, text(LONGEST_REASON)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Letter):
    """The answer to a register: what its lines name is declined, all else is taken.

    To a register that was amended since it says nothing.
    """

    transfer: Annotated[UUID, ID, At(name="id")]
    sequence: Annotated[int, NUMBER]
    created: Annotated[dt.datetime, MOMENT]
    register: Annotated[int, NUMBER]  # sequence of the register that it answers
    list_sha256: Annotated[str, DIGEST]  # and what that one was of
    number: Annotated[str, text(LONGEST_NUMBER)]  # what the receiver calls the transfer
    answer_number: Annotated[str, _PLAIN_NUMBER]  # of its paper, of this day
    answered_on: Annotated[dt.date, DAY]
    wanted_on: Annotated[dt.date | None, DAY_OR_NONE]  # not before this day
    reason: Annotated[str, _PLAIN_REASON]
    content: Annotated[str, DIGEST] = ""
    giver: Annotated[str, _CODE, At("giver", "archive")]
    receiver: Annotated[str, _CODE, At("receiver", "archive")]
    receiver_name: Annotated[str, _NAME, At("receiver", "archiveName")]


@dataclass(frozen=True, slots=True)
class PackageLine:
    """A package as the manifest names it; ``file`` is a name below ``packages/``."""

    ordinal: Annotated[int, NUMBER, UNIQUE]
    code: Annotated[str, _CODE, UNIQUE]
    title: Annotated[str, _TITLE]
    kind: Annotated[str, word_of(("sip", "aip"))]
    file: Annotated[str, file_below(PACKAGES), UNIQUE]
    size_bytes: Annotated[int, SIZE, At(name="size")]
    sha256: Annotated[str, DIGEST]
    documents: Annotated[int, AMOUNT]
    version: Annotated[int, NUMBER]
    medium: Annotated[int, NUMBER]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Head):
    """All packages with their digests; it stays where it lies, on a disk that was carried in."""

    id: Annotated[UUID, ID]
    number: Annotated[str, text(LONGEST_NUMBER)]
    edition: Annotated[int, NUMBER]
    sequence: Annotated[int, NUMBER]
    media: Annotated[int, NUMBER]
    register_number: Annotated[str, text(LONGEST_NUMBER, least=0)]
    answer_number: Annotated[str, text(LONGEST_NUMBER, least=0)]
    list_sha256: Annotated[str, DIGEST]
    created: Annotated[dt.datetime, MOMENT]
    archive: Annotated[str, _CODE, _GIVER]
    archive_name: Annotated[str, _NAME, _GIVER]
    agency: Annotated[str, _CODE, _GIVER]
    agency_name: Annotated[str, _NAME_OR_NONE, _GIVER]
    receiver: Annotated[str, _NAME_OR_NONE, At("receiver", "name")]
    receiver_archive: Annotated[
        str, text(100, least=0, left_out=""), At("receiver", "archive")
    ]  # where it is known
    path: Path = Path()
    sha256: str = ""  # of the document as it was signed

    def wrong(self) -> str:
        """It names something."""
        return "" if self.lines else "package"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a case file is in the archive that took it, and the package that it came as."""

    archive: Annotated[str, _CODE]
    code: Annotated[str, _CODE]
    arc_file_code: Annotated[str, text(_LONGEST_THEIRS)]
    ocfl_id: Annotated[str, text(60)]
    version: Annotated[int, NUMBER]
    inventory_sha256: Annotated[str, DIGEST]
    package_sha256: Annotated[str, DIGEST]
    stored_at: Annotated[str, MOMENT_TEXT]


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """What is said of one case file: its receipt once it is stored, or why it comes back."""

    code: Annotated[str, _CODE, UNIQUE]
    sha256: Annotated[str, DIGEST]  # of the package that it speaks of
    outcome: Annotated[str, word_of((STORED, RETURNED, RECALLED, WAITING))]
    reason: Annotated[str, text(LONGEST_REASON, least=0, plain=True, left_out="")] = ""
    receipt: Annotated[Receipt | None, Only(Receipt, "outcome", STORED)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Letter):
    """Phúc đáp: of each case file that a manifest named what became of it."""

    transfer: Annotated[UUID, ID, At(name="id")]
    sequence: Annotated[int, NUMBER]
    created: Annotated[dt.datetime, MOMENT]
    number: Annotated[str, text(LONGEST_NUMBER)]  # what the receiver calls the transfer
    content: Annotated[str, DIGEST] = ""  # of what it says: the next one says something else
    received: Annotated[dt.datetime | None, MOMENT_IF_TOLD] = None  # packages
    decided: Annotated[dt.datetime | None, MOMENT_IF_TOLD] = None
    giver: Annotated[str, _CODE, At("giver", "archive")]
    receiver: Annotated[str, _CODE, At("receiver", "archive")]
    receiver_name: Annotated[str, _NAME, At("receiver", "archiveName")]


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A case file that was sent and is stopped."""

    code: Annotated[str, _CODE, UNIQUE]
    sha256: Annotated[str, DIGEST]  # of the package that went
    reason: Annotated[str, word_of(WHY)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Letter):
    """Thông báo dừng: what the giver stops after it was sent."""

    transfer: Annotated[UUID, ID, At(name="id")]
    sequence: Annotated[int, NUMBER]
    created: Annotated[dt.datetime, MOMENT]
    withdrawn: Annotated[bool, TRUTH]  # all of it: why is ``reason``
    reason: Annotated[str, _PLAIN_REASON]
    content: Annotated[str, DIGEST] = ""
    giver: Annotated[str, _CODE, At("giver", "archive")]
    receiver: Annotated[str, _CODE_OR_NONE, At("receiver", "archive")]  # where it is known


@dataclass(frozen=True, slots=True)
class HandReceiptLine:
    """What the paper says of one case file; ``arc_file_code``: what it is called there, or ""."""

    code: Annotated[str, _CODE, UNIQUE]
    sha256: Annotated[str, DIGEST]
    outcome: Annotated[str, word_of((STORED, RETURNED))]
    arc_file_code: Annotated[str | None, text(_LONGEST_THEIRS, least=0, left_out=None)] = None
    reason: Annotated[str | None, text(LONGEST_REASON, left_out=None)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandReceiptHead(Letter):
    """A receipt on paper, as the giver wrote it down and sealed it."""

    transfer: Annotated[UUID, ID, At(name="id")]
    sequence: Annotated[int, NUMBER]
    created: Annotated[dt.datetime, MOMENT]
    paper_number: Annotated[str, text(LONGEST_NUMBER)]
    paper_date: Annotated[dt.date, DAY]
    scan_sha256: Annotated[str, DIGEST]
    giver: Annotated[str, _CODE, At("giver", "archive")]
    receiver: Annotated[str, _NAME, At("receiver", "name")]


_URN = "urn:archive-service:transfer"
REGISTER_FORM = Form(f"{_URN}-register:1", "transferRegister", Register, RegisterLine)
ANSWER_FORM = Form(f"{_URN}-register-answer:1", "transferRegisterAnswer", Answer, AnswerLine)
REPLY_FORM = Form(f"{_URN}-reply:1", "transferReply", Reply, ReplyLine)
NOTICE_FORM = Form(f"{_URN}-notice:1", "transferNotice", Notice, NoticeLine)
HAND_RECEIPT_FORM = Form(f"{_URN}-hand-receipt:1", "handReceipt", HandReceiptHead, HandReceiptLine)
MANIFEST_FORM = Form(
    f"{_URN}-manifest:1", "transferManifest", Manifest, PackageLine, "package",
    TransferManifestError,
)  # fmt: skip
