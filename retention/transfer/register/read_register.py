"""Đọc đăng ký nộp lưu: what another archive announces stands on the desk, before it comes."""

from pathlib import Path

from archive_service import access, clock
from archive_service.db.unit_of_work import UnitOfWork, take_write_lock
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItemState,
    TransferMessageKind,
    TransferState,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices import inbox
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.documents import TransferDocument
from retention.transfer.items import count_items
from retention.transfer.listing import transfer_document
from retention.transfer.messages.form import parse
from retention.transfer.messages.kept import newest_laid
from retention.transfer.messages.tables import REGISTER_FORM, Register, RegisterLine
from retention.transfer.receiving.addressee import require_for_us, require_historical
from retention.transfer.register.announced_rows import announce
from retention.transfer.register.answer import answer_due

TOLD = ("transfer-announced", "transfer-unanswered")  # kinds of notices: they end with the answer
_STAFF = (Role.ARCHIVIST, Role.HEAD)


def read_register_in(
    services: Services, path: Path, *, actor: Actor, lang: str = "vi"
) -> TransferDocument | None:
    """The newest register of a file, folder or disk; ``None`` where there is none."""
    document = newest_laid(path, TransferMessageKind.REGISTER)
    if document is None:
        return None
    return read_register(services, document, actor=actor, lang=lang)


def read_register(
    services: Services, document: bytes, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """TRANSFER with what is announced; the same again, or an older one, changes nothing.

    Raises:
        ActNotAllowedError, TransferNotHistoricalError
        TransferMessageError, XmlForbiddenError, XmlBrokenError: it cannot be read.
        TransferSignatureError: it is not signed by the archive that it names.
        TransferOtherReceiverError, TransferToOneselfError
        TransferAgencyUnknownError, TransferAgencyNotItsOwnError
        TransferRegisterOtherError, TransferRegisterContradictsError
    """
    access.require(actor, "transfer:receive")
    require_historical(services)
    head = parse(REGISTER_FORM, document)
    agency_id = require_for_us(services, head)
    lines: list[RegisterLine] = []
    REGISTER_FORM.each(document, lines.append)
    with services.unit_of_work() as uow:
        take_write_lock(uow.session)  # of two that read the first one, one sees the other
        row, is_new = announce(
            uow.session,
            head,
            lines,
            agency_id=agency_id,
            account=actor.account,
            answer_due=answer_due(services, clock.today()),
        )
        if is_new:
            _tell(uow, row, head, actor)
        transfer = transfer_document(uow.session, row, lang)
        uow.commit()
    write_out_evidence(services)
    return transfer


def _tell(uow: UnitOfWork, row: Transfer, head: Register, actor: Actor) -> None:
    session = uow.session
    event_facts = {"sequence": head.sequence, "message": head.sha256, "withdrawn": head.withdrawn}
    waits = row.state is TransferState.REGISTERED
    tell(session, row, "transfer:announced", actor=actor, told=event_facts)
    for kind in TOLD:
        inbox.settle(session, kind, row.id)
    if waits and row.answer_due is not None:
        facts = {
            "number": row.name,
            "partner": row.partner,
            "count": count_items(session, row.id, TransferItemState.LISTED),
            "on": row.answer_due.isoformat(),
        }
        to = inbox.people(session, roles=_STAFF, agency_id=row.agency_id)
        href = f"/nop-luu/{row.id}"
        inbox.tell(session, "transfer-announced", to=to, subject_id=row.id, facts=facts, href=href)
