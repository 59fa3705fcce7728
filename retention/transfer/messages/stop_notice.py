"""The notice of a transfer (thông báo dừng): what the giver stops after it was sent; signed.

Each notice tells all that is stopped, so that order, loss and repetition do no harm: of several the
one of the highest sequence counts.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from archive_service import clock
from archive_service.domain.transfer.transfer import LONGEST_REASON
from archive_service.signing.port import Signer
from retention.transfer.messages.xml_message import Fields, Form

FORM = Form("urn:archive-service:transfer-notice:1", "transferNotice")
YES, NO = "true", "false"
# Why something is stopped; keys of ``labels.transfer-why``.
WHY = ("held", "listed", "registered", "state", "not-permanent", "changed", "withdrawn")


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A case file that was sent and is stopped; ``reason``: a key of ``labels.transfer-why``."""

    code: str
    sha256: str  # of the package that went
    reason: str

    def told(self) -> dict[str, str]:
        """As attributes."""
        return {"code": self.code, "sha256": self.sha256, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Notice:
    """The head of a notice; its lines are told by ``each``."""

    transfer: UUID
    sequence: int
    created: dt.datetime
    withdrawn: bool  # all of it: the reason is ``reason``
    reason: str
    giver: str  # archive codes
    receiver: str  # empty: the giver does not know it
    content: str = ""
    document: bytes = b""

    @property
    def sha256(self) -> str:
        """Of the document as it was signed."""
        return hashlib.sha256(self.document).hexdigest()

    def each(self, seen: Callable[[NoticeLine], None]) -> None:
        """Tell every line in its order."""
        FORM.read(self.document, lambda given: seen(_line(given)))


def write_notice(head: Notice, lines: Iterable[NoticeLine], signer: Signer) -> bytes:
    """The notice, signed.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    told = {
        "id": str(head.transfer),
        "sequence": str(head.sequence),
        "created": clock.iso(head.created),
        "withdrawn": YES if head.withdrawn else NO,
        "reason": "".join(filter(str.isprintable, head.reason)),
        "content": head.content,
    }
    parts = {"giver": {"archive": head.giver}, "receiver": {"archive": head.receiver}}
    return FORM.write(told, parts, (line.told() for line in lines), signer)


def parse_notice(document: bytes) -> Notice:
    """Its head, once its lines are known to be sound; its signature is the caller's to judge.

    Raises:
        TransferMessageError: it does not say what a notice says.
        XmlForbiddenError, XmlBrokenError: see ``read_events``.
    """
    told = FORM.read(document, lambda given: _none(_line(given)))
    head, nobody = told["head"], Fields({})
    return Notice(
        transfer=head.id("id"),
        sequence=head.number("sequence"),
        created=head.moment("created"),
        withdrawn=head.one_of("withdrawn", (YES, NO)) == YES,
        reason=head.text("reason", LONGEST_REASON, least=0),
        giver=told.get("giver", nobody).text("archive", 100),
        receiver=told.get("receiver", nobody).text("archive", 100, least=0),
        content=head.digest("content"),
        document=document,
    )


def _line(given: Fields) -> NoticeLine:
    return NoticeLine(
        code=given.text("code", 100),
        sha256=given.digest("sha256"),
        reason=given.one_of("reason", WHY),
    )


def _none(_line: NoticeLine) -> None:
    """Only looked at."""
