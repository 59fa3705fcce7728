"""Đọc phúc đáp: the giving archive takes receipts, each compared with what it sent itself.

A reply is taken whole or not at all. One of a lower sequence says nothing new; what a reply
acknowledged once no later one takes back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessageKind,
    TransferState,
)
from archive_service.errors import InputError, IntegrityViolationError, NotFoundError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from retention.transfer.custody_acts import tell, tell_items
from retention.transfer.documents import TransferDocument
from retention.transfer.items import AT_ONCE, items_named, items_of
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.form import parse
from retention.transfer.messages.kept import add_message, digest_of, newest_laid
from retention.transfer.messages.signed_document import require_signed
from retention.transfer.messages.tables import (
    REPLY_FORM,
    RETURNED,
    STORED,
    Receipt,
    Reply,
    ReplyLine,
)
from retention.transfer.papers.minutes import take_laid
from retention.transfer.partners.pins import pinned_certificates
from retention.transfer.refusals import require_direction
from retention.transfer.transitions import TRANSITIONS

INCIDENT = "transfer-reply-contradicts"
_MOST = 20  # codes that a refusal names
_COMES_BACK = (TransferItemState.BUILT, TransferItemState.SENT)


class TransferReplyAbsentError(NotFoundError):
    """No reply lies there."""


class TransferReplyOtherError(InputError):
    """The reply is not to a transfer of ours, or not of the archive that it went to: ``field``."""


class TransferReplyCodesError(InputError):
    """The reply speaks of case files that did not go with the transfer: ``codes``."""


class TransferReplyContradictsError(IntegrityViolationError):
    """The reply contradicts what was sent, or an earlier reply: ``why``, ``codes``.

    ``why``, of ``labels.transfer-contradiction``: ``package`` (a receipt of another package),
    ``taken-back`` (a receipt that was given is missing or another), ``sequence`` (a reply of the
    same number says something else).
    """


def read_replies(
    services: Services, path: Path, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """Take the receiving archive's newest reply from a file, or from a disk that came back.

    Args:
        path: of the file or folder; minutes that lie in the folder are kept with it.

    Raises:
        TransferReplyAbsentError
        TransferMinutesUnfitError: the reply is taken, the minutes are not.
    """
    try:
        document = newest_laid(path, TransferMessageKind.REPLY)
    except OSError as trouble:
        raise TransferReplyAbsentError(path=str(path)) from trouble
    if document is None:
        raise TransferReplyAbsentError(path=str(path))
    transfer_id = take_reply(services, document, actor=actor, lang=lang).id
    take_laid(services, transfer_id, path, actor=actor)
    with services.read_only() as session:
        return transfer_document(session, get_transfer(session, transfer_id, actor=actor), lang)


def take_reply(
    services: Services, document: bytes, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """TRANSFER with what the reply says; the same again, or an older one, changes nothing.

    Raises:
        ActNotAllowedError, TransferDirectionError
        TransferMessageError, XmlForbiddenError, XmlBrokenError: it cannot be read.
        TransferNotFoundError: it is to no transfer of ours.
        TransferReplyOtherError, TransferSignatureError: it is not of the archive that it went to.
        TransferReplyCodesError
        TransferReplyContradictsError: nothing was changed, and an incident tells of it.
    """
    access.require(actor, "transfer:exchange")
    head = parse(REPLY_FORM, document)
    _require_theirs(services, head, actor)
    try:
        with services.writing() as session:
            row = _taken(session, head, actor)
            transfer = transfer_document(session, row, lang)
    except TransferReplyContradictsError as wrong:
        _tell_of(services, wrong)
        raise
    write_out_evidence(services)
    return transfer


def _require_theirs(services: Services, head: Reply, actor: Actor) -> None:
    with services.read_only() as session:
        row = get_transfer(session, head.transfer, actor=actor)
        access.require(actor, "transfer:exchange", row)
        require_direction(row, "read-reply", TransferDirection.OUT)
        if head.giver != services.keeper.archive_code:
            raise TransferReplyOtherError(number=row.name, field="giver", told=head.giver)
        if row.partner_code and head.receiver != row.partner_code:
            raise TransferReplyOtherError(number=row.name, field="receiver", told=head.receiver)
        pinned = pinned_certificates(session, head.receiver)
    require_signed(
        head.document,
        archive=head.receiver,
        created=head.created,
        trust=services.trust,
        pinned=pinned,
    )


def _taken(session: Session, head: Reply, actor: Actor) -> Transfer:
    row = get_transfer(session, head.transfer, actor=actor, locked=True)
    if head.sequence <= row.reply_sequence:
        _require_the_same(session, row, head)
        return row
    taking = _Taking(session, row, head.sequence)
    REPLY_FORM.each(head.document, taking.add)
    counts = taking.close()
    head_facts = head.sequence, head.document
    add_message(session, row, TransferMessageKind.REPLY, head_facts, TransferDirection.IN)
    row.reply_sequence, row.replied_at = head.sequence, clock.now()
    row.received_at, row.decided_at = head.received, head.decided
    row.partner_code, row.partner_number = head.receiver, head.number
    is_in_time = row.state is not TransferState.WITHDRAWN or counts["receipts"]
    ahead: Iterable[TransferItem] = ()
    if row.state is TransferState.BUILT:  # of a building that did not close nothing is told
        ahead = items_of(session, row.id, TransferItemState.BUILT, TransferItemState.STOPPED)
    if is_in_time and TRANSITIONS.is_open(row, "read-reply"):
        TRANSITIONS.move(row, "read-reply")
    close_incident(session, INCIDENT, row.name)
    facts: dict[str, Any] = {"sequence": head.sequence, "told": counts}
    tell(session, row, "transfer:reply-read", actor=actor, changed=ahead, **facts)
    return row


def _require_the_same(session: Session, row: Transfer, head: Reply) -> None:
    known = digest_of(session, row, TransferMessageKind.REPLY, head.sequence)
    if known is not None and known != head.sha256:
        raise TransferReplyContradictsError(number=row.name, why="sequence", codes=[])


class _Taking:
    """Lines of a reply into the items they speak of, some at a time."""

    def __init__(self, session: Session, row: Transfer, sequence: int) -> None:
        self._session, self._row, self._sequence = session, row, sequence
        self._lines: dict[str, ReplyLine] = {}
        self._unknown: list[str] = []
        self._wrong: dict[str, list[str]] = {"package": [], "taken-back": []}
        self._counts = {"receipts": 0, "returned": 0}
        columns = select(TransferItem.code, TransferItem.receipt)
        rows = session.execute(columns.where(TransferItem.transfer_id == row.id))
        self._missing = {one.code for one in rows if one.receipt is not None}

    def add(self, line: ReplyLine) -> None:
        """One more."""
        self._lines[line.code] = line
        if len(self._lines) >= AT_ONCE:
            self._apply()

    def close(self) -> dict[str, int]:
        """How many receipts and returned ones are new.

        Raises:
            TransferReplyCodesError, TransferReplyContradictsError
        """
        self._apply()
        if self._unknown:
            raise TransferReplyCodesError(number=self._row.name, codes=self._unknown[:_MOST])
        self._wrong["taken-back"] += sorted(self._missing)
        for why, codes in self._wrong.items():
            if codes:
                facts = {"number": self._row.name, "why": why, "codes": codes[:_MOST]}
                raise TransferReplyContradictsError(**facts)
        return self._counts

    def _apply(self) -> None:
        items = list(items_named(self._session, self._row.id, self._lines))
        self._unknown += sorted(self._lines.keys() - {item.code for item in items})
        changed = [item for item in items if self._changes(item, self._lines[item.code])]
        tell_items(self._session, self._row, changed)
        self._lines = {}

    def _changes(self, item: TransferItem, line: ReplyLine) -> bool:
        if item.receipt is not None:
            if line.outcome == STORED and line.receipt and _is_same(item.receipt, line.receipt):
                self._missing.discard(item.code)
            return False
        if line.outcome == STORED and line.receipt is not None:
            return self._receipted(item, line, line.receipt)
        if line.outcome == RETURNED and line.sha256 == item.sha256 and item.state in _COMES_BACK:
            item.state, item.reason = TransferItemState.RETURNED, line.reason
            self._counts["returned"] += 1
            return True
        return False

    def _receipted(self, item: TransferItem, line: ReplyLine, receipt: Receipt) -> bool:
        if not (line.sha256 == item.sha256 == receipt.package_sha256):
            self._wrong["package"].append(item.code)
            return False
        item.receipt = asdict(receipt) | {"reply": self._sequence}
        item.refusal, item.reason = None, ""
        item.state = TransferItemState.RECEIPTED
        self._counts["receipts"] += 1
        return True


def _is_same(known: Mapping[str, Any], told: Receipt) -> bool:
    return all(known.get(name) == value for name, value in asdict(told).items())


def _tell_of(services: Services, wrong: TransferReplyContradictsError) -> None:
    with services.writing() as session:
        facts = {"why": wrong.facts["why"], "codes": _joined(wrong.facts["codes"])}
        open_incident(
            session,
            INCIDENT,
            str(wrong.facts["number"]),
            severity=IncidentSeverity.ALARM,
            facts=facts,
        )


def _joined(codes: object) -> str:
    return ", ".join(codes) if isinstance(codes, Sequence) else ""
