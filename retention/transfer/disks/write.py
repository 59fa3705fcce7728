"""Ghi gói tin nộp lưu ra đĩa: a transfer onto disks that are carried by hand, and where they are.

Nothing is told of a disk before all that lies on it was read again.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.db.doubted import doubted_among
from archive_service.db.rolled_back import require_no_loss
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    LONGEST_PARTNER,
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ConflictError
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.storage.reader import sha256_of
from retention.transfer.compared_rows import require_as_stored
from retention.transfer.custody_acts import tell
from retention.transfer.disks.disk import BuiltDamagedError, Disk, Written, disk_errors, make_disk
from retention.transfer.disks.documents import MediaDocument, MediumDocument
from retention.transfer.disks.encryption import Lock
from retention.transfer.disks.media import (
    built_folder,
    get_medium,
    lying_on,
    media_of,
    medium_folder,
)
from retention.transfer.items import AT_ONCE
from retention.transfer.listing import get_transfer
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.network.troubles import note_needless
from retention.transfer.packages.folder import (
    MANIFEST,
)
from retention.transfer.process_lock import alone_at, alone_with
from retention.transfer.refusals import TransferFolderError, words
from retention.transfer.register.due import why_not
from retention.transfer.transitions import TRANSITIONS

_TOLD = 20  # codes in one sentence


class TransferKeptBackError(ConflictError):
    """Case files that were built may not leave by now: ``codes``."""


@dataclass(frozen=True, slots=True)
class Onto:
    """A disk as it is asked for: ``medium`` or, one folder each, all; words on it and its place.

    ``lock`` is asked for the folder of each medium; ``None``: it is written plain.
    """

    folder: Path
    medium: int | None = None
    label: str = ""
    place: str = ""
    lock: Callable[[Path], Lock] | None = None


def send(
    services: Services,
    transfer_id: UUID,
    onto: Onto,
    *,
    actor: Actor,
    source: Path | None = None,
    lang: str = "vi",
) -> MediaDocument:
    """MEDIA of the transfer with what was written; safe to kill, to repeat and to pull the disk.

    Once all media are written the transfer is ``sent``. A disk may be written again, and another
    one be written in its place, until the other archive has answered.

    Args:
        source: where it was built, if it does not lie there any more.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, MediumUnknownError
        TrailRolledBackError: the trail was put back, and nobody has acknowledged it.
        TransferFolderError: it does not lie where it was built.
        TransferKeptBackError: something of it was held or changed since.
        RowDiffersError, RowsDifferError: a copy tells otherwise of a case file than its rows do.
        TransferBusyError, TransferDiskBusyError: another process is at it.
        TransferLockError, and what ``Disk.write`` raises.
    """
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        access.require(actor, "transfer:compose", row)
        TRANSITIONS.require_open(row, "send")
        require_no_loss(session)
        root = source or built_in(session, row)
        numbers = (
            [onto.medium] if onto.medium else [medium.number for medium in media_of(session, row)]
        )
        for number in numbers:
            get_medium(session, row, number)
            require_none_stopped(session, row, number, built_folder(root, number))
            require_built(built_folder(root, number), row)
    require_as_stored(services, row.id, numbers)
    alone = onto.medium is not None or row.media == 1
    make_disk(onto.folder)
    for number in numbers:
        folder = medium_folder(onto.folder, number, several=not alone)
        with alone_with(services.database, row.id, number=row.name, medium=number):
            _write(services, row, number, onto, (built_folder(root, number), folder), actor)
    write_out_evidence(services)
    return media(services, transfer_id, actor=actor, lang=lang)


def _write(
    services: Services,
    row: Transfer,
    number: int,
    onto: Onto,
    way: tuple[Path, Path],
    actor: Actor,
) -> None:
    """One medium, from where it was built onto its disk, by nobody else meanwhile."""
    source, folder = way
    make_disk(folder)
    with ExitStack() as stack:
        with disk_errors(folder):
            stack.enter_context(alone_at(folder))
        disk = Disk(
            source=source,
            folder=folder,
            row=row,
            elsewhere=_Elsewhere(services, row.id, number),
            lock=onto.lock(folder) if onto.lock else None,
            opening=_opening(row),
        )
        note_written(services, row, number, onto, disk.write(), actor, source)


def media(
    services: Services, transfer_id: UUID, *, actor: Actor, lang: str = "vi"
) -> MediaDocument:
    """Every medium, by its number; none before the transfer is built."""
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        found = [MediumDocument.of(medium, lang) for medium in media_of(session, row)]
        return MediaDocument.of_row(row, number=row.name, media=found)


def note_place(
    services: Services, transfer_id: UUID, number: int, place: str, *, actor: Actor
) -> None:
    """Where a disk is, in words; it stands in every copy.

    Raises:
        ActNotAllowedError, TransferNotFoundError, MediumUnknownError, TransferWordsError
    """
    with acting(services, "transfer:compose", actor) as session:
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        access.require(actor, "transfer:compose", row)
        medium = get_medium(session, row, number)
        medium.place, medium.moved_at = words("place", place, LONGEST_PARTNER), clock.now()
        tell(session, row, "transfer:moved", actor=actor, medium=number, place=medium.place)


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """Whether a package lies on another medium of the transfer."""

    services: Services
    transfer_id: UUID
    number: int

    def __call__(self, name: str) -> bool:
        query = select(TransferItem.id).where(
            TransferItem.transfer_id == self.transfer_id,
            TransferItem.file == name,
            TransferItem.medium != self.number,
        )
        with self.services.read_only() as session:
            return session.scalar(query.limit(1)) is not None


def built_in(session: Session, row: Transfer) -> Path:
    """The folder that the last building told of."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.subject_id == str(row.id), AuditEvent.tag == "transfer:built")
        .order_by(AuditEvent.number.desc())
    )
    event = session.scalar(query.limit(1))
    folder = event.data.get("folder") if event is not None else None
    if not folder or not Path(folder).is_dir():
        raise TransferFolderError(folder=folder or row.name)
    return Path(folder)


def require_built(folder: Path, row: Transfer) -> None:
    """Its manifest is the one that was signed last; the digests of all else are looked at later."""
    place = folder / MANIFEST
    if place.is_file():
        with place.open("rb") as file:
            if sha256_of(file) == row.manifest_sha256:
                return
    raise BuiltDamagedError(folder=str(folder), name=MANIFEST)


def require_free(
    session: Session,
    row: Transfer,
    number: int,
    *states: TransferItemState,
) -> None:
    """``TransferKeptBackError`` where something on the medium may not leave by now.

    Args:
        states: of the items that are looked at, beside what was built and has not left yet.
    """
    items = lying_on(session, row, number, TransferItemState.BUILT, *states)()
    refused: list[str] = []
    while part := list(islice(items, AT_ONCE)):
        versions = {item.case_file_id: item.version for item in part}
        query = select(CaseFile).where(CaseFile.id.in_(versions))
        rows = session.scalars(query).all()
        stopped = why_not(session, rows, but=row.id)
        doubted = doubted_among(session, [case_file.code for case_file in rows])
        refused += [
            case_file.code
            for case_file in rows
            if case_file.id in stopped
            or case_file.code in doubted
            or case_file.version_wanted != versions[case_file.id]
        ]
    if refused:
        raise TransferKeptBackError(codes=sorted(refused)[:_TOLD])


def require_none_stopped(session: Session, row: Transfer, number: int, source: Path) -> None:
    """``require_free`` of a disk that is written again: nothing that was stopped since goes on it.

    What was stopped before it was built anew lies in ``source`` no more, and stops nothing.
    """
    require_free(session, row, number, TransferItemState.SENT)
    stopped = lying_on(session, row, number, TransferItemState.STOPPED)()
    lying = (
        transfer_item
        for transfer_item in stopped
        if transfer_item.file and (source / PACKAGES / transfer_item.file).is_file()
    )
    if codes := [item.code for item in islice(lying, _TOLD)]:
        raise TransferKeptBackError(codes=codes)


def _opening(row: Transfer) -> str:
    """How an encrypted disk is opened, in both languages: whoever finds it may read either."""

    def pages() -> Iterator[str]:
        for lang in messages.LANGUAGES:
            yield messages.text(
                "packages.transfer.open", lang, number=row.name, partner=row.partner
            ).strip()

    return "\n\n".join(pages()) + "\n"


def note_written(
    services: Services,
    row: Transfer,
    number: int,
    onto: Onto,
    written: Written,
    actor: Actor,
    source: Path,
) -> None:
    """The medium and its packages left; with the last of them the transfer."""
    with services.writing() as session:
        now, manifest = clock.now(), row.manifest_sha256
        row = get_transfer(session, row.id, actor=actor, locked=True)
        TRANSITIONS.require_open(row, "send")
        if row.manifest_sha256 != manifest:
            raise BuiltDamagedError(folder=str(onto.folder), name=MANIFEST)
        require_none_stopped(session, row, number, source)
        medium = get_medium(session, row, number)
        medium.sums_sha256, medium.written_at = written.sums_sha256, now
        for name in ("label", "place"):
            if given := getattr(onto, name):
                setattr(medium, name, words(name, given, LONGEST_PARTNER))
                medium.moved_at = now
        session.execute(
            update(TransferItem)
            .where(TransferItem.transfer_id == row.id, TransferItem.medium == number)
            .where(TransferItem.state == TransferItemState.BUILT)
            .values(state=TransferItemState.SENT)
        )
        tell(
            session,
            row,
            "transfer:written",
            actor=actor,
            items=True,
            medium=number,
            label=medium.label,
            place=medium.place,
            sums=written.sums_sha256,
            encrypted=onto.lock is not None,
        )
        if row.state is TransferState.BUILT and all(
            transfer_medium.written_at for transfer_medium in media_of(session, row)
        ):
            TRANSITIONS.move(row, "send")
            row.sent_at = now
            tell(session, row, "transfer:sent", actor=actor, manifest=row.manifest_sha256)
            note_needless(session, row.id)
