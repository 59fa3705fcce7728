"""The register of a transfer (đăng ký nộp lưu) as it goes to the receiver, and its answer; signed.

Each register tells all that stands on it, each answer all that is declined, so that order, loss and
repetition do no harm: of several the one of the highest sequence counts. An answer names the
register that it answers: to one that was amended since it says nothing.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from archive_service import clock
from archive_service.domain.transfer.transfer import (
    LONGEST_FONDS,
    LONGEST_NUMBER,
    LONGEST_PARTNER,
    LONGEST_REASON,
)
from archive_service.signing.port import Signer
from retention.transfer.messages.xml_message import Fields, Form, TransferMessageError

REGISTER = Form("urn:archive-service:transfer-register:1", "transferRegister")
ANSWER = Form("urn:archive-service:transfer-register-answer:1", "transferRegisterAnswer")
_YES, _NO = "true", "false"
_LONGEST_CODE, _LONGEST_TITLE = 100, 1000


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A case file that is to be handed over; ``fonds`` is the code of its fonds."""

    code: str
    title: str
    documents: int
    pages: int
    version: int
    fonds: str = ""
    due_on: dt.date | None = None

    def told(self) -> dict[str, str]:
        """As attributes."""
        return {
            "code": self.code,
            "title": self.title,
            "documents": str(self.documents),
            "pages": str(self.pages),
            "version": str(self.version),
            "fonds": self.fonds,
            "dueOn": self.due_on.isoformat() if self.due_on else "",
        }


@dataclass(frozen=True, slots=True)
class Register:
    """The head of a register; its lines are told by ``each``. One that is withdrawn has none."""

    id: UUID
    sequence: int
    number: str  # what the giver calls the transfer
    edition: int
    created: dt.datetime
    register_number: str  # of its paper, of this day
    registered_on: dt.date
    approval_number: str
    list_sha256: str
    fonds: str  # names and codes, as papers tell them
    withdrawn: bool  # all of it: why is ``reason``
    reason: str
    archive: str  # of the giver
    archive_name: str
    agency: str
    agency_name: str
    receiver: str
    receiver_archive: str  # empty: the giver knows no code of it
    content: str = ""
    document: bytes = b""

    @property
    def sha256(self) -> str:
        """Of the document as it was signed."""
        return hashlib.sha256(self.document).hexdigest()

    def each(self, seen: Callable[[RegisterLine], None]) -> None:
        """Tell every line in its order; they are not held together."""
        REGISTER.read(self.document, lambda given: seen(_register_line(given)))


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A case file that the receiver does not take."""

    code: str
    reason: str

    def told(self) -> dict[str, str]:
        """As attributes."""
        return {"code": self.code, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer; what is declined is told by ``each``, all else is taken."""

    transfer: UUID
    sequence: int
    created: dt.datetime
    register: int  # sequence of the register that it answers
    list_sha256: str  # and what that one was of
    number: str  # what the receiving archive calls the transfer
    answer_number: str  # of its paper, of this day
    answered_on: dt.date
    wanted_on: dt.date | None  # not before this day
    reason: str
    giver: str  # archive codes
    receiver: str
    receiver_name: str
    content: str = ""
    document: bytes = b""

    @property
    def sha256(self) -> str:
        """Of the document as it was signed."""
        return hashlib.sha256(self.document).hexdigest()

    def each(self, seen: Callable[[AnswerLine], None]) -> None:
        """Tell every line in its order."""
        ANSWER.read(self.document, lambda given: seen(_answer_line(given)))


def write_register(head: Register, lines: Iterable[RegisterLine], signer: Signer) -> bytes:
    """The register, signed.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    told = {
        "id": str(head.id),
        "sequence": str(head.sequence),
        "number": head.number,
        "edition": str(head.edition),
        "created": clock.iso(head.created),
        "registerNumber": _plain(head.register_number),
        "registeredOn": head.registered_on.isoformat(),
        "approvalNumber": _plain(head.approval_number),
        "listSha256": head.list_sha256,
        "fonds": _plain(head.fonds),
        "withdrawn": _YES if head.withdrawn else _NO,
        "reason": _plain(head.reason),
        "content": head.content,
    }
    parts = {
        "giver": {
            "archive": head.archive,
            "archiveName": head.archive_name,
            "agency": head.agency,
            "agencyName": head.agency_name,
        },
        "receiver": {"archive": head.receiver_archive, "archiveName": _plain(head.receiver)},
    }
    return REGISTER.write(told, parts, (line.told() for line in lines), signer)


def parse_register(document: bytes) -> Register:
    """Its head, once its lines are known to be sound; its signature is the caller's to judge.

    Raises:
        TransferMessageError: it does not say what a register says, or names a case file twice.
        XmlForbiddenError, XmlBrokenError: see ``read_events``.
    """
    lines = _Codes()
    told = REGISTER.read(document, lambda given: lines.add(_register_line(given).code, given.line))
    head, nobody = told["head"], Fields({})
    giver, receiver = told.get("giver", nobody), told.get("receiver", nobody)
    withdrawn = head.one_of("withdrawn", (_YES, _NO)) == _YES
    if withdrawn == bool(lines.seen):
        raise TransferMessageError(field="item", line=0)
    return Register(
        id=head.id("id"),
        sequence=head.number("sequence"),
        number=head.text("number", LONGEST_NUMBER),
        edition=head.number("edition"),
        created=head.moment("created"),
        register_number=head.text("registerNumber", LONGEST_NUMBER, least=0),
        registered_on=_required_day(head, "registeredOn"),
        approval_number=head.text("approvalNumber", LONGEST_NUMBER, least=0),
        list_sha256=head.digest("listSha256"),
        fonds=head.text("fonds", LONGEST_FONDS, least=0),
        withdrawn=withdrawn,
        reason=head.text("reason", LONGEST_REASON, least=0),
        archive=giver.text("archive", _LONGEST_CODE),
        archive_name=giver.text("archiveName", LONGEST_PARTNER),
        agency=giver.text("agency", _LONGEST_CODE),
        agency_name=giver.text("agencyName", LONGEST_PARTNER, least=0),
        receiver=receiver.text("archiveName", LONGEST_PARTNER, least=0),
        receiver_archive=receiver.text("archive", _LONGEST_CODE, least=0),
        content=head.digest("content"),
        document=document,
    )


def write_answer(head: Answer, lines: Iterable[AnswerLine], signer: Signer) -> bytes:
    """The answer, signed.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    told = {
        "id": str(head.transfer),
        "sequence": str(head.sequence),
        "created": clock.iso(head.created),
        "register": str(head.register),
        "listSha256": head.list_sha256,
        "number": head.number,
        "answerNumber": _plain(head.answer_number),
        "answeredOn": head.answered_on.isoformat(),
        "wantedOn": head.wanted_on.isoformat() if head.wanted_on else "",
        "reason": _plain(head.reason),
        "content": head.content,
    }
    parts = {
        "giver": {"archive": head.giver},
        "receiver": {"archive": head.receiver, "archiveName": head.receiver_name},
    }
    return ANSWER.write(told, parts, (line.told() for line in lines), signer)


def parse_answer(document: bytes) -> Answer:
    """Its head, once its lines are known to be sound; its signature is the caller's to judge.

    Raises:
        TransferMessageError: it does not say what an answer says, or names a case file twice.
        XmlForbiddenError, XmlBrokenError: see ``read_events``.
    """
    lines = _Codes()
    told = ANSWER.read(document, lambda given: lines.add(_answer_line(given).code, given.line))
    head, nobody = told["head"], Fields({})
    receiver = told.get("receiver", nobody)
    return Answer(
        transfer=head.id("id"),
        sequence=head.number("sequence"),
        created=head.moment("created"),
        register=head.number("register"),
        list_sha256=head.digest("listSha256"),
        number=head.text("number", LONGEST_NUMBER),
        answer_number=head.text("answerNumber", LONGEST_NUMBER, least=0),
        answered_on=_required_day(head, "answeredOn"),
        wanted_on=head.day("wantedOn"),
        reason=head.text("reason", LONGEST_REASON, least=0),
        giver=told.get("giver", nobody).text("archive", _LONGEST_CODE),
        receiver=receiver.text("archive", _LONGEST_CODE),
        receiver_name=receiver.text("archiveName", LONGEST_PARTNER),
        content=head.digest("content"),
        document=document,
    )


class _Codes:
    """Refuses a case file that is named twice."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def add(self, code: str, line: int) -> None:
        if code in self.seen:
            raise TransferMessageError(field="code", line=line)
        self.seen.add(code)


def _required_day(given: Fields, field: str) -> dt.date:
    told = given.day(field)
    if told is None:
        raise TransferMessageError(field=field, line=given.line)
    return told


def _register_line(given: Fields) -> RegisterLine:
    return RegisterLine(
        code=given.text("code", _LONGEST_CODE),
        title=given.text("title", _LONGEST_TITLE),
        documents=given.amount("documents"),
        pages=given.amount("pages"),
        version=given.number("version"),
        fonds=given.text("fonds", _LONGEST_CODE, least=0),
        due_on=given.day("dueOn"),
    )


def _answer_line(given: Fields) -> AnswerLine:
    return AnswerLine(
        code=given.text("code", _LONGEST_CODE), reason=given.text("reason", LONGEST_REASON)
    )


def _plain(text: str) -> str:
    return "".join(filter(str.isprintable, text))
