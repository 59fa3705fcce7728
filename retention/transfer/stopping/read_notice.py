"""Đọc thông báo dừng: the receiving archive gives up what the giver stopped in time."""

from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessageKind,
)
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from retention.transfer.custody_acts import tell, tell_items
from retention.transfer.documents import TransferDocument
from retention.transfer.items import AT_ONCE, count_items, items_named, parts_of
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.form import parse
from retention.transfer.messages.kept import add_message, digest_of, newest_laid
from retention.transfer.messages.signed_document import require_signed
from retention.transfer.messages.tables import NOTICE_FORM, Notice, NoticeLine
from retention.transfer.partners.pins import pinned_certificates
from retention.transfer.receiving.drop_submission import drop_submission
from retention.transfer.refusals import require_direction
from retention.transfer.transitions import TRANSITIONS

_OPEN = (TransferItemState.AWAITED, TransferItemState.ARRIVED, TransferItemState.RETURNED)
_KEPT = (TransferItemState.ACCEPTED, TransferItemState.STORED)


class TransferNoticeOtherError(InputError):
    """The notice is not of the archive that gave, or not for us: ``field`` is ``told``."""


class TransferNoticeContradictsError(ConflictError):
    """A notice of the same number said something else."""


def read_notice_in(
    services: Services, path: Path, *, actor: Actor, lang: str = "vi"
) -> TransferDocument | None:
    """The newest notice of a folder or disk; ``None`` where there is none."""
    document = newest_laid(path, TransferMessageKind.NOTICE)
    if document is None:
        return None
    return read_notice(services, document, actor=actor, lang=lang)


def read_notice(
    services: Services, document: bytes, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """TRANSFER; what is stopped and not accepted yet is ``recalled``: nothing stays of it.

    What was accepted before stays: a receipt tells the giver that it was too late. The same notice
    again, or an older one, changes nothing.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferDirectionError
        TransferMessageError, XmlForbiddenError, XmlBrokenError: it cannot be read.
        TransferNoticeOtherError, TransferSignatureError: it is not of the archive that gave.
        TransferNoticeContradictsError
    """
    access.require(actor, "transfer:receive")
    head = parse(NOTICE_FORM, document)
    _require_theirs(services, head, actor)
    with services.unit_of_work() as uow:
        row = _taken(services, uow, head, actor)
        transfer = transfer_document(uow.session, row, lang)
        uow.commit()
    write_out_evidence(services)
    return transfer


def _require_theirs(services: Services, head: Notice, actor: Actor) -> None:
    own = services.keeper.archive_code
    with services.read_only() as session:
        row = get_transfer(session, head.transfer, actor=actor)
        require_direction(row, "read-notice", TransferDirection.IN)
        if head.giver != row.partner_code:
            raise TransferNoticeOtherError(number=row.name, field="giver", told=head.giver)
        if head.receiver not in ("", own):
            raise TransferNoticeOtherError(number=row.name, field="receiver", told=head.receiver)
        pinned = pinned_certificates(session, head.giver)
    require_signed(
        head.document,
        archive=head.giver,
        created=head.created,
        trust=services.trust,
        pinned=pinned,
    )


def _taken(services: Services, uow: UnitOfWork, head: Notice, actor: Actor) -> Transfer:
    session = uow.session
    row = get_transfer(session, head.transfer, actor=actor, locked=True)
    kind, direction = TransferMessageKind.NOTICE, TransferDirection.IN
    if head.sequence <= row.notice_sequence:
        known = digest_of(session, row, kind, head.sequence, direction)
        if known not in (None, head.sha256):
            raise TransferNoticeContradictsError(number=row.name, sequence=head.sequence)
        return row
    taking = _Taking(services, uow, row, actor)
    if head.withdrawn:
        for part in parts_of(session, row.id, *_OPEN):
            taking.recall(list(part), Refusal("withdrawn", {}))
    else:
        NOTICE_FORM.each(head.document, taking.add)
        taking.close()
    add_message(session, row, kind, (head.sequence, head.document), direction)
    row.notice_sequence = head.sequence
    if head.withdrawn and not count_items(session, row.id, *_KEPT):
        TRANSITIONS.move(row, "read-notice")
        row.reason = head.reason
    facts = {"recalled": taking.count, "too_late": taking.too_late, "withdrawn": head.withdrawn}
    tell(session, row, "transfer:notice-read", actor=actor, sequence=head.sequence, told=facts)
    return row


class _Taking:
    """Lines of a notice into the items they speak of, some at a time."""

    def __init__(self, services: Services, uow: UnitOfWork, row: Transfer, actor: Actor) -> None:
        self._services, self._uow, self._row, self._actor = services, uow, row, actor
        self._lines: dict[str, NoticeLine] = {}
        self.count = self.too_late = 0

    @property
    def _session(self) -> Session:
        return self._uow.session

    def add(self, line: NoticeLine) -> None:
        """One more."""
        self._lines[line.code] = line
        if len(self._lines) >= AT_ONCE:
            self.close()

    def close(self) -> None:
        """What was added is done; codes that are not here are nothing to us."""
        found = list(items_named(self._session, self._row.id, self._lines))
        same = [item for item in found if item.sha256 == self._lines[item.code].sha256]
        self.too_late += sum(item.state in _KEPT for item in same)
        self.recall([item for item in same if item.state in _OPEN], None)
        self._lines = {}

    def recall(self, items: list[TransferItem], refusal: Refusal | None) -> None:
        """Nothing of these stays, unless the door accepted one meanwhile."""
        gone = [item for item in items if self._is_gone(item.submission_id)]
        for item in gone:
            why = refusal or Refusal("stopped", {"why": self._lines[item.code].reason})
            item.state, item.submission_id = TransferItemState.RECALLED, None
            item.refusal, item.reason = why.as_document(), ""
        self.count += len(gone)
        tell_items(self._session, self._row, gone)

    def _is_gone(self, submission_id: UUID | None) -> bool:
        if submission_id is None:
            return True
        why, of_it = self._row.name, {"actor": self._actor}
        return drop_submission(self._services, self._uow, submission_id, reason=why, **of_it)
