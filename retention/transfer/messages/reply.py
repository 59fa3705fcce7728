"""The reply to a transfer (phúc đáp): of each case file its receipt, or why it comes back; signed.

Each reply tells all that the manifest named, so that order, loss and repetition do no harm: of
several the one of the highest sequence counts.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from archive_service import clock
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    LONGEST_NUMBER,
    LONGEST_PARTNER,
    LONGEST_REASON,
    TransferItem,
    TransferItemState,
)
from archive_service.signing.port import Signer
from retention.transfer.documents import refusal_words
from retention.transfer.messages.xml_message import Fields, Form, TransferMessageError

FORM = Form("urn:archive-service:transfer-reply:1", "transferReply")
STORED, RETURNED, RECALLED, WAITING = "stored", "returned", "recalled", "waiting"
OUTCOMES = (STORED, RETURNED, RECALLED, WAITING)
# Of a receipt as it stands in a reply, in this order.
FIELDS = (
    "archive", "code", "arc_file_code", "ocfl_id", "version", "inventory_sha256", "package_sha256",
    "stored_at",
)  # fmt: skip
_LONGEST_CODE = 160
_OUTCOMES = {
    TransferItemState.STORED: STORED,
    TransferItemState.RETURNED: RETURNED,
    TransferItemState.RECALLED: RECALLED,
}


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """What is said of one case file; ``receipt`` has the fields of ``FIELDS``, or there is none."""

    code: str
    sha256: str  # of the package that it speaks of
    outcome: str
    reason: str = ""
    receipt: Mapping[str, Any] | None = None

    def told(self) -> dict[str, str]:
        """As attributes."""
        said = {"code": self.code, "sha256": self.sha256, "outcome": self.outcome}
        if self.reason:
            said["reason"] = "".join(filter(str.isprintable, self.reason))
        if self.receipt is not None:
            said |= {_attribute(name): str(self.receipt[name]) for name in FIELDS if name != "code"}
        return said


@dataclass(frozen=True, slots=True)
class Reply:
    """The head of a reply; its lines are told by ``each``."""

    transfer: UUID
    sequence: int
    created: dt.datetime
    number: str  # what the receiving archive calls the transfer
    giver: str  # archive codes
    receiver: str
    receiver_name: str
    content: str = ""  # SHA-256 of what it says: the next one says something else
    document: bytes = b""
    received: dt.datetime | None = None  # packages; replies of earlier releases do not tell
    decided: dt.datetime | None = None

    @property
    def sha256(self) -> str:
        """Of the document as it was signed."""
        return hashlib.sha256(self.document).hexdigest()

    def each(self, seen: Callable[[ReplyLine], None]) -> None:
        """Tell every line in its order; they are not held together."""
        FORM.read(self.document, lambda given: seen(_line(given)))


def write_reply(head: Reply, lines: Iterable[ReplyLine], signer: Signer) -> bytes:
    """The reply, signed.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    told = {
        "id": str(head.transfer),
        "sequence": str(head.sequence),
        "created": clock.iso(head.created),
        "number": head.number,
        "content": head.content,
    }
    days = {"received": head.received, "decided": head.decided}
    told |= {name: clock.iso(at) for name, at in days.items() if at is not None}
    parts = {
        "giver": {"archive": head.giver},
        "receiver": {"archive": head.receiver, "archiveName": head.receiver_name},
    }
    return FORM.write(told, parts, (line.told() for line in lines), signer)


def read_reply(document: bytes) -> Reply:
    """Its head, once all its lines are known to be sound; its signature is the caller's to judge.

    Raises:
        TransferMessageError: it does not say what a reply says, or names a case file twice.
        XmlForbiddenError, XmlBrokenError: see ``read_events``.
    """
    seen: set[str] = set()

    def look(given: Fields) -> None:
        line = _line(given)
        if line.code in seen:
            raise TransferMessageError(field="code", line=given.line)
        seen.add(line.code)

    told = FORM.read(document, look)
    head, nobody = told["head"], Fields({})
    receiver = told.get("receiver", nobody)
    return Reply(
        transfer=head.id("id"),
        sequence=head.number("sequence"),
        created=head.moment("created"),
        number=head.text("number", LONGEST_NUMBER),
        giver=told.get("giver", nobody).text("archive", 100),
        receiver=receiver.text("archive", 100),
        receiver_name=receiver.text("archiveName", LONGEST_PARTNER),
        content=head.digest("content"),
        document=document,
        received=head.moment("received") if "received" in head.given else None,
        decided=head.moment("decided") if "decided" in head.given else None,
    )


def line_of(item: TransferItem) -> ReplyLine:
    """What the receiving archive says of one of its items."""
    outcome = _OUTCOMES.get(item.state, WAITING)
    return ReplyLine(
        code=item.code,
        sha256=item.sha256 or "",
        outcome=outcome,
        reason=_reason(item) if outcome in (RETURNED, RECALLED) else "",
        receipt=item.receipt if outcome == STORED else None,
    )


def _reason(item: TransferItem) -> str:
    if item.reason or item.refusal is None:
        return item.reason
    refusal = Refusal(item.refusal["code"], item.refusal["facts"])
    return refusal_words(refusal, "vi")[:LONGEST_REASON]


def _line(given: Fields) -> ReplyLine:
    code, outcome = given.text("code", 100), given.one_of("outcome", OUTCOMES)
    return ReplyLine(
        code=code,
        sha256=given.digest("sha256"),
        outcome=outcome,
        reason=given.text("reason", LONGEST_REASON, least=0),
        receipt=_receipt(given, code) if outcome == STORED else None,
    )


def _receipt(given: Fields, code: str) -> dict[str, Any]:
    return {
        "archive": given.text(_attribute("archive"), 100),
        "code": code,
        "arc_file_code": given.text(_attribute("arc_file_code"), _LONGEST_CODE),
        "ocfl_id": given.text(_attribute("ocfl_id"), 60),
        "version": given.number(_attribute("version")),
        "inventory_sha256": given.digest(_attribute("inventory_sha256")),
        "package_sha256": given.digest(_attribute("package_sha256")),
        "stored_at": clock.iso(given.moment(_attribute("stored_at"))),
    }


def _attribute(name: str) -> str:
    """``arc_file_code`` is ``arcFileCode`` there."""
    first, *others = name.split("_")
    return first + "".join(one.capitalize() for one in others)
