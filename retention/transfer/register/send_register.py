"""Gửi đăng ký nộp lưu: the approved register goes to the receiving archive as a signed message.

What was sent is amended by sending it again once it is approved anew, and withdrawn by a message
that says so.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    GOING,
    LONGEST_FONDS,
    LONGEST_NUMBER,
    Transfer,
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.numbers import format_number
from archive_service.services import Services
from archive_service.storage.durable import write_whole
from archive_service.storage.work_folder import work_errors
from retention.transfer.custody_acts import tell
from retention.transfer.documents import RegisterSentDocument, SignedMessageDocument
from retention.transfer.items import parts_of
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.form import content_of, signed
from retention.transfer.messages.kept import add_message, newest_message
from retention.transfer.messages.tables import REGISTER_FORM, Register, RegisterLine
from retention.transfer.papers.acts import TransferPaperEarlyError, make_paper, read_paper
from retention.transfer.papers.contents import fonds_told
from retention.transfer.papers.file_form import said
from retention.transfer.papers.given import WordsIn
from retention.transfer.papers.kinds import CATALOGUE, FILES, REGISTER
from retention.transfer.refusals import TransferWordsError, require_direction
from retention.transfer.register.answer import note_registered
from retention.transfer.reply.send_reply import write_message
from retention.transfer.transitions import ANNOUNCED, TRANSITIONS

_OUT = TransferMessageKind.REGISTER, TransferDirection.OUT


def send_register(
    services: Services,
    transfer_id: UUID,
    *,
    number: str = "",
    folder: Path | None = None,
    actor: Actor,
    lang: str = "vi",
) -> RegisterSentDocument:
    """TRANSFER with ``register``, ``{sequence, sha256, file}``; its answer is due from now on.

    What was sent and not amended is sent again as it was. A register that was withdrawn after it
    went is told to be so.

    Args:
        number: of its paper; else that of its letter here.
        folder: where it is to lie, with its letter and catalogue; ``file`` is null without.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferDirectionError,
        TransferWordsError
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
        WorkFolderFullError: no room in the folder.
    """
    access.require(actor, "transfer:compose")
    if len(number.strip()) > LONGEST_NUMBER:
        raise TransferWordsError(field="number", longest=LONGEST_NUMBER, given=len(number.strip()))
    message = register_message(services, transfer_id, number=number.strip(), actor=actor)
    file = None
    if folder is not None:
        file = str(write_message(message, folder))
        for kind in (REGISTER, CATALOGUE):
            lay_paper(services, transfer_id, kind, folder, actor=actor)
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        signed_message = SignedMessageDocument.of_row(message, file=file)
        return transfer_document(session, row, lang).extended(
            RegisterSentDocument, announced=signed_message
        )


def register_message(
    services: Services, transfer_id: UUID, *, number: str = "", actor: Actor
) -> TransferMessage:
    """The message that tells the register as it stands, made if need be; safe to repeat.

    Raises what ``send_register`` raises.
    """
    message = None
    while message is None:
        message = _newest_or_new(services, transfer_id, number, actor)
    write_out_evidence(services)
    return message


def lay_paper(
    services: Services, transfer_id: UUID, kind: str, folder: Path, *, actor: Actor
) -> None:
    """A paper into a folder, made if need be; nothing where it cannot be made any more."""
    with suppress(TransferPaperEarlyError):
        make_paper(services, transfer_id, kind, WordsIn(), actor=actor)
        _, data = read_paper(services, transfer_id, kind, actor=actor)
        with work_errors(folder):
            write_whole(folder / f"{FILES[kind]}.pdf", data)


def _newest_or_new(
    services: Services, transfer_id: UUID, number: str, actor: Actor
) -> TransferMessage | None:
    """``None``: the register changed while it was signed; tried again."""
    with services.read_only() as session:
        row = _outgoing(session, transfer_id, actor)
        last = newest_message(session, row, *_OUT)
        if last is not None and _is_as_it_stands(row, last):
            return last
        _require_sendable(row)
        head = _head(services, session, row, number)
        is_withdrawn = head.withdrawn
        content = content_of(
            _lines(session, row, is_withdrawn),
            edition=str(row.edition), withdrawn=str(is_withdrawn), number=head.register_number,
        )  # fmt: skip
        head = replace(head, content=content)
        lines = _lines(session, row, is_withdrawn)
        head = signed(REGISTER_FORM, head, lines, services.signer())
        seen = row.revision
    with services.unit_of_work() as uow:
        session = uow.session
        row = _outgoing(session, transfer_id, actor, locked=True)
        if row.revision != seen:
            return None
        message = add_message(session, row, _OUT[0], (head.sequence, head.document), _OUT[1])
        row.register_sequence = head.sequence
        if TRANSITIONS.is_open(row, "send-register"):
            note_registered(
                session, services, row, head.registered_on, head.register_number, actor=actor
            )
        facts = {"sequence": head.sequence, "withdrawn": is_withdrawn, "message": head.sha256}
        tell(session, row, "transfer:register-sent", actor=actor, told=facts)
        uow.commit()
    return message


def _outgoing(
    session: Session, transfer_id: UUID, actor: Actor, *, locked: bool = False
) -> Transfer:
    row = get_transfer(session, transfer_id, actor=actor, locked=locked)
    access.require(actor, "transfer:exchange", row)
    require_direction(row, "send-register", TransferDirection.OUT)
    return row


def _is_as_it_stands(row: Transfer, last: TransferMessage) -> bool:
    """Whether the last message is of this edition, or says that all is withdrawn."""
    if row.state is TransferState.WITHDRAWN:
        return row.withdrawn_at is not None and last.at >= row.withdrawn_at
    went = row.state in (*ANNOUNCED, TransferState.BUILT)
    return went and row.approved_at is not None and last.at >= row.approved_at


def _require_sendable(row: Transfer) -> None:
    """``TransferStateError``: what was withdrawn is told where it was sent, and nothing left."""
    if row.state is TransferState.WITHDRAWN and row.register_sequence and row.sent_at is None:
        return
    TRANSITIONS.require_open(row, "send-register")


def _head(services: Services, session: Session, row: Transfer, number: str) -> Register:
    keeper, agency = services.keeper, session.get_one(Agency, row.agency_id)
    withdrawn = row.state is TransferState.WITHDRAWN
    own_number = format_number(row.number, said(f"symbols.{REGISTER}"))
    return Register(
        id=row.id,
        sequence=row.register_sequence + 1,
        number=row.name,
        edition=row.edition,
        created=clock.now().replace(microsecond=0),
        register_number=row.register_number or number or own_number,
        registered_on=row.registered_on or clock.today(),
        approval_number=row.approval_number,
        list_sha256=row.list_sha256,
        fonds=fonds_told(session, row)["fonds"][:LONGEST_FONDS],
        withdrawn=withdrawn,
        reason=row.reason,
        archive=keeper.archive_code,
        archive_name=keeper.archive_name,
        agency=agency.code,
        agency_name=agency.name,
        receiver=row.partner,
        receiver_archive=row.partner_code,
    )


def _lines(session: Session, row: Transfer, withdrawn: bool) -> Iterator[RegisterLine]:  # noqa: FBT001 - inner
    """Of what stands on it; of one that is withdrawn none. Each reading asks the rows anew."""
    for part in () if withdrawn else parts_of(session, row.id, *GOING):
        ids = [item.case_file_id for item in part]
        query = select(CaseFile.id, Fonds.code).join(Fonds, Fonds.id == CaseFile.fonds_id)
        fonds: dict[UUID | None, str] = {
            one.id: one.code for one in session.execute(query.where(CaseFile.id.in_(ids)))
        }
        for item in part:
            yield RegisterLine(
                code=item.code,
                title=item.title,
                documents=item.documents,
                pages=item.pages,
                version=item.version,
                fonds=fonds.get(item.case_file_id, ""),
                due_on=item.due_on,
            )
