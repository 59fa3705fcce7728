"""Biên nhận ghi tay: receipts on paper of an archive that does not sign replies, with a scan.

Who answers by signed replies answers by those alone. What is noted is a document of ours, sealed
and kept like a reply: it names the paper and the digest of its scan.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    LONGEST_NUMBER,
    LONGEST_REASON,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessageKind,
)
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.scanned_papers import stage_scan
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.documents import TransferDocument
from retention.transfer.items import items_of, require_named
from retention.transfer.listing import get_transfer, open_transfer, transfer_document
from retention.transfer.messages.form import signed
from retention.transfer.messages.kept import add_message
from retention.transfer.messages.tables import (
    HAND_RECEIPT_FORM,
    RETURNED,
    STORED,
    HandReceiptHead,
    HandReceiptLine,
)
from retention.transfer.papers.acts import add_paper
from retention.transfer.papers.kinds import HAND_RECEIPT
from retention.transfer.partners.pins import has_certificates
from retention.transfer.refusals import (
    TransferWordsError,
    require_day,
    words,
)
from retention.transfer.transitions import TRANSITIONS

_LONGEST_CODE = 160  # of what the other archive calls a case file


class TransferReceiptSignedError(ConflictError):
    """The other archive signs its replies: its receipts come with those."""


class TransferReceiptContradictsError(InputError):
    """Case files are said to be kept and to be returned."""


class TransferScanError(InputError):
    """The scan of the receipt is no PDF."""


@dataclass(frozen=True, slots=True)
class HandReceipt:
    """What a paper of the other archive says.

    ``kept``: code → what it is called there, or ""; ``returned``: code → why. ``all_kept``: what is
    on its way and named in neither is kept there, too.
    """

    number: str
    on: dt.date
    kept: Mapping[str, str]
    returned: Mapping[str, str]
    archive: str = ""  # its code, where it has one
    all_kept: bool = False


def note_receipt(
    services: Services,
    transfer_id: UUID,
    receipt: HandReceipt,
    *,
    scan: Path,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """TRANSFER with what the paper says of each case file that it names; others wait on.

    Args:
        scan: the paper as a PDF; it is kept in every copy.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferDirectionError, TransferStateError
        TransferReceiptSignedError
        TransferWordsError, TransferReceiptContradictsError, TransferScanError
        TransferDayError: the paper is of a day to come, or from before the sending.
        TransferItemsError: case files that are not on their way.
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    access.require(actor, "transfer:compose")
    receipt, noted = _sound(receipt), None
    while noted is None:  # another was noted while this one was signed
        noted = _noted(services, transfer_id, receipt, scan, actor, lang)
    write_out_evidence(services)
    return noted


def _noted(
    services: Services,
    transfer_id: UUID,
    receipt: HandReceipt,
    scan: Path,
    actor: Actor,
    lang: str,
) -> TransferDocument | None:
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        access.require(actor, "transfer:compose", row)
        _require_by_hand(session, row, receipt)
        if receipt.all_kept:
            receipt = _with_all(session, row, receipt)
        named = {*receipt.kept, *receipt.returned}
        items = require_named(session, row, named, TransferItemState.SENT)
        digests = {item.code: item.sha256 or "" for item in items}
        sequence = row.reply_sequence + 1
        scanned = stage_scan(services, scan)
        if scanned is None:
            raise TransferScanError(name=scan.name)
        head = HandReceiptHead(
            transfer=row.id,
            sequence=sequence,
            created=clock.now().replace(microsecond=0),
            paper_number=receipt.number,
            paper_date=receipt.on,
            scan_sha256=scanned,
            giver=services.keeper.archive_code,
            receiver=row.partner,
        )
        lines = _lines(receipt, digests)
        head = signed(HAND_RECEIPT_FORM, head, lines, services.signer())
    with services.unit_of_work() as uow:
        session = uow.session
        row = open_transfer(session, transfer_id, "note-receipt", actor=actor)
        if row.reply_sequence + 1 != sequence:
            return None
        _note(session, row, receipt, (sequence, head.document, scanned), actor)
        transfer = transfer_document(session, row, lang)
        uow.commit()
    return transfer


def _sound(receipt: HandReceipt) -> HandReceipt:
    """Without needless blanks, each text within its length."""
    both = sorted(
        {code.strip() for code in receipt.kept} & {code.strip() for code in receipt.returned}
    )
    if both:
        raise TransferReceiptContradictsError(codes=", ".join(both))
    if not (receipt.kept or receipt.returned or receipt.all_kept):
        raise TransferWordsError(field="codes", longest=LONGEST_NUMBER, given=0)
    return replace(
        receipt,
        number=words("number", receipt.number, LONGEST_NUMBER),
        kept={
            code.strip(): words("code", told, _LONGEST_CODE) if told else ""
            for code, told in receipt.kept.items()
        },
        returned={
            code.strip(): words("reason", why, LONGEST_REASON)
            for code, why in receipt.returned.items()
        },
        archive=words("archive", receipt.archive, LONGEST_NUMBER) if receipt.archive else "",
    )


def _with_all(session: Session, row: Transfer, receipt: HandReceipt) -> HandReceipt:
    sent = items_of(session, row.id, TransferItemState.SENT)
    others = {item.code: "" for item in sent if item.code not in receipt.returned}
    return replace(receipt, kept=others | dict(receipt.kept))


def _require_by_hand(session: Session, row: Transfer, receipt: HandReceipt) -> None:
    TRANSITIONS.require_open(row, "note-receipt")
    require_day(receipt.on, clock.local(row.sent_at).date() if row.sent_at else None)
    code = row.partner_code or receipt.archive
    if code and has_certificates(session, code):
        raise TransferReceiptSignedError(number=row.name, archive=code)


def _lines(receipt: HandReceipt, digests: Mapping[str, str]) -> Iterator[HandReceiptLine]:
    for code, theirs in sorted(receipt.kept.items()):
        yield HandReceiptLine(code, digests[code], STORED, arc_file_code=theirs)
    for code, why in sorted(receipt.returned.items()):
        yield HandReceiptLine(code, digests[code], RETURNED, reason=why)


def _note(
    session: Session,
    row: Transfer,
    receipt: HandReceipt,
    said: tuple[int, bytes, str],
    actor: Actor,
) -> None:
    sequence, document, scanned = said
    named = {*receipt.kept, *receipt.returned}
    items = require_named(session, row, named, TransferItemState.SENT)
    for item in items:
        _into(item, receipt, sequence, scanned)
    said_here = sequence, document
    add_message(session, row, TransferMessageKind.REPLY, said_here, TransferDirection.IN)
    add_paper(
        session,
        row,
        HAND_RECEIPT,
        digest=scanned,
        document={
            "edition": sequence,
            "number": receipt.number,
            "made_at": clock.iso(clock.now().replace(microsecond=0)),
            "made_by": actor.account,
            "signatures": [],
        },
        tag="transfer:receipt-by-hand",
        actor=actor,
    )
    row.reply_sequence, row.replied_at = sequence, clock.now()
    row.partner_code = row.partner_code or receipt.archive
    row.partner_number = row.partner_number or receipt.number
    TRANSITIONS.move(row, "note-receipt")
    counts = {"receipts": len(receipt.kept), "returned": len(receipt.returned)}
    tell(
        session,
        row,
        "transfer:reply-read",
        actor=actor,
        changed=items,
        sequence=sequence,
        told=counts,
    )


def _into(item: TransferItem, receipt: HandReceipt, sequence: int, scanned: str) -> None:
    if item.code in receipt.returned:
        item.state, item.reason = TransferItemState.RETURNED, receipt.returned[item.code]
        return
    item.state, item.refusal, item.reason = TransferItemState.RECEIPTED, None, ""
    item.receipt = {
        "archive": receipt.archive,
        "code": item.code,
        "arc_file_code": receipt.kept[item.code],
        "ocfl_id": None,
        "version": None,
        "inventory_sha256": None,
        "package_sha256": item.sha256,
        "stored_at": clock.iso(dt.datetime.combine(receipt.on, dt.time(), clock.LOCAL_ZONE)),
        "reply": sequence,
        "paper": {
            "number": receipt.number,
            "on": receipt.on.isoformat(),
            "scan_sha256": scanned,
        },
    }
