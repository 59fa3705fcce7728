"""Đọc đăng ký nộp lưu: what another archive announces stands on the desk, before it comes."""

from pathlib import Path
from typing import Any

from archive_service import access, clock
from archive_service.bootstrap import Services
from archive_service.db.unit_of_work import UnitOfWork, take_write_lock
from archive_service.domain.account import Actor, Role
from archive_service.domain.transfer import (
    Transfer,
    TransferItemState,
    TransferMessageKind,
    TransferState,
)
from archive_service.notices import inbox
from archive_service.transfer.acts import tell
from archive_service.transfer.announced import announce
from archive_service.transfer.items import count_items
from archive_service.transfer.laid import laid_in
from archive_service.transfer.listing import transfer_document
from archive_service.transfer.registers import Register, RegisterLine, parse_register
from archive_service.transfer.said import MOST_BYTES
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.transfer_answer import answer_due
from archive_service.workflow.transfer_for_us import require_for_us, require_historical

TOLD = ("transfer-announced", "transfer-unanswered")  # kinds of notices: they end with the answer
_STAFF = (Role.ARCHIVIST, Role.HEAD)


def read_register_in(
    services: Services, path: Path, *, actor: Actor, lang: str = "vi"
) -> dict[str, Any] | None:
    """The newest register of a file, folder or disk; ``None`` where there is none."""
    kind = TransferMessageKind.REGISTER
    for file in [path] if path.is_file() else laid_in(path, kind)[:1]:
        with file.open("rb") as opened:
            document = opened.read(MOST_BYTES + 1)
        return read_register(services, document, actor=actor, lang=lang)
    return None


def read_register(
    services: Services, document: bytes, *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
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
    head = parse_register(document)
    agency_id = require_for_us(services, head)
    lines: list[RegisterLine] = []
    head.each(lines.append)
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
        told = transfer_document(uow.session, row, lang)
        uow.commit()
    write_out_evidence(services)
    return told


def _tell(uow: UnitOfWork, row: Transfer, head: Register, actor: Actor) -> None:
    session = uow.session
    said = {"sequence": head.sequence, "message": head.sha256, "withdrawn": head.withdrawn}
    waits = row.state is TransferState.REGISTERED
    tell(session, row, "transfer:announced", actor=actor, told=said)
    for kind in TOLD:
        inbox.settle(session, kind, row.id)
    if waits and row.answer_due is not None:
        told = {
            "number": row.name,
            "partner": row.partner,
            "count": count_items(session, row.id, TransferItemState.LISTED),
            "on": row.answer_due.isoformat(),
        }
        to = inbox.people(session, roles=_STAFF, agency_id=row.agency_id)
        href = f"/nop-luu/{row.id}"
        inbox.tell(session, "transfer-announced", to=to, subject_id=row.id, facts=told, href=href)
