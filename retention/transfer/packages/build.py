"""Đóng gói hồ sơ nộp lưu: one package a case file into a folder, with a signed manifest.

Each package is whole before its row tells of it: who is killed goes on where it was.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.kept_document import Kept
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    GOING,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMedium,
    TransferMessageKind,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.packaging.compared_now import difference_told, doubts_now, tell_doubt
from archive_service.packaging.outgoing import DigitizedNeedsAipError
from archive_service.packaging.row_comparison import RowDifference
from archive_service.recovery.export.case_file import pack
from archive_service.services import Services
from archive_service.storage.work_folder import work_errors
from retention.transfer.custody_acts import tell
from retention.transfer.disks.media import Layout, lying_on, media_of, room_for_packages
from retention.transfer.documents import TransferDocument
from retention.transfer.items import AT_ONCE, count_items, items_of
from retention.transfer.listing import get_transfer, transfer_document
from retention.transfer.messages.kept import add_message, next_sequence
from retention.transfer.messages.tables import PACKAGES
from retention.transfer.packages.folder import (
    GUIDE,
    MANIFEST,
    PAPERS,
    Giver,
    drop_package,
    manifest,
    named,
    title_of,
    write_lists,
)
from retention.transfer.packages.guide_sheet import guide
from retention.transfer.papers.acts import make_paper, read_paper
from retention.transfer.papers.given import WordsIn
from retention.transfer.process_lock import alone_at, alone_with
from retention.transfer.refusals import (
    TransferEmptyError,
    TransferNotYetWantedError,
    TransferStaleError,
)
from retention.transfer.register.due import why_not
from retention.transfer.transitions import TRANSITIONS

_MANIFEST = TransferMessageKind.MANIFEST, TransferDirection.OUT
_TRIES = 3  # to lay manifest and lists out while nothing that they name is changed
_GOING = (*GOING, TransferItemState.SENT)  # what is on a disk is on it again


@dataclass(slots=True)
class _Run:
    """One building, and how it is asked for."""

    services: Services
    transfer_id: UUID
    layout: Layout
    bag: bool
    actor: Actor
    lang: str


@dataclass(slots=True)
class _Made:
    """A package and the medium that it lies on; ``kept``: it was there as it should be."""

    form: str
    name: str
    sha256: str
    size_bytes: int
    medium: int
    kept: bool = False


def build(
    services: Services,
    transfer_id: UUID,
    *,
    folder: Path,
    actor: Actor,
    medium_bytes: int | None = None,
    bag: bool = False,
    lang: str = "vi",
) -> TransferDocument:
    """TRANSFER with a package of each case file in ``folder``; safe to kill and to repeat.

    What is held by now, or is not as it was approved, is left out and says by what. A case file
    goes as SIP; what was digitized here goes as AIP (TT 05/2025, Điều 8 khoản 3). Disks that were
    written before have to be written again: the manifest of all of them is a new one.

    Args:
        medium_bytes: how much a medium holds: then there is a folder of each, whole alone.
        bag: each package lies in a bag (RFC 8493).

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferDirectionError
        TransferNotYetWantedError: the other archive takes it later.
        TransferFolderError: something else lies in the folder, or it is laid out otherwise.
        TransferEmptyError: nothing of the register may go any more.
        TransferStaleError: its case files are changed while it is built, again and again.
        MediumTooSmallError: a package is larger than a medium.
        WorkFolderFullError: no room; what is there is gone on with.
        TransferBusyError, TransferDiskBusyError: another process is at it.
    """
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        access.require(actor, "transfer:compose", row)
        TRANSITIONS.require_open(row, "build")
        if not_before := row.waits_until(clock.today()):
            raise TransferNotYetWantedError(number=row.name, on=not_before)
        room = None
        if medium_bytes is not None:
            room = room_for_packages(items_of(session, row.id, *_GOING), medium_bytes)
        going = [item.id for item in items_of(session, row.id, *_GOING)]
    with work_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    root = folder.resolve()
    with alone_with(services.database, row.id, number=row.name), alone_at(root):
        with work_errors(folder):
            layout = Layout.opened(root, row, room)
        run = _Run(services, transfer_id, layout, bag, actor, lang)
        for item_id in going:
            _build_one(run, item_id)
        document = _closed(run)
    write_out_evidence(services)
    return document


def _build_one(run: _Run, item_id: UUID) -> None:
    layout = run.layout
    with run.services.read_only() as session:
        item = session.get_one(TransferItem, item_id)
        was = item.state, item.file, item.medium
        ids = [item.case_file_id] if item.case_file_id else []
        doubts = doubts_now(session, ids, run.services.copies)
        refusal = _doubted(doubts) or _packed(session, run, item)
        if isinstance(refusal, _Made):
            with work_errors(layout.root):
                refusal.medium = layout.put(
                    refusal.name, refusal.size_bytes, at=refusal.medium, code=item.code
                )
            if refusal.kept and was == (TransferItemState.BUILT, refusal.name, refusal.medium):
                return
    with run.services.writing() as session:
        item = session.get_one(TransferItem, item_id, with_for_update=True)
        for doubt in doubts:
            tell_doubt(session, doubt)
        if isinstance(refusal, Refusal):
            item.state, item.refusal = TransferItemState.STOPPED, refusal.as_document()
            item.package, item.file, item.sha256, item.size_bytes = "", "", None, 0
        else:
            item.state, item.medium = TransferItemState.BUILT, refusal.medium
            item.package, item.file = refusal.form, refusal.name
            item.sha256, item.size_bytes = refusal.sha256, refusal.size_bytes
    if isinstance(refusal, Refusal) and was[1]:
        drop_package(layout.packages(was[2]), was[1])


def _doubted(doubts: Sequence[RowDifference]) -> Refusal | None:
    """Rows tell otherwise than the package: what would be written of it could be either."""
    return Refusal("rows-differ", difference_told(doubts[0])) if doubts else None


def _has_more(case_file: CaseFile) -> bool:
    """Whether it keeps what a SIP does not tell of: documents that others replaced."""
    return any(document.replaced_in is not None for document in case_file.documents)


def _packed(session: Session, run: _Run, item: TransferItem) -> _Made | Refusal:
    """The package, made now or there as it should be; or why none may be."""
    case_file = get_case_file(session, item.code, actor=run.actor)
    refused = why_not(session, [case_file], but=item.transfer_id)
    if case_file.id in refused:
        return refused[case_file.id]
    if case_file.version_stored != item.version or case_file.version_wanted != item.version:
        return Refusal("changed", {"version": item.version, "now": case_file.version_wanted})
    if item.file.endswith(".bag.zip") == run.bag and _is_there(run.layout, item):
        return _Made(
            item.package, item.file, item.sha256 or "", item.size_bytes, item.medium, kept=True
        )
    medium = run.layout.number
    form = "aip" if _has_more(case_file) else "sip"
    given: dict[str, Any] = {
        "folder": run.layout.packages(medium),
        "ordinal": item.ordinal,
        "bag": run.bag,
    }
    try:
        packed = pack(session, case_file, run.services, form=form, **given)
    except DigitizedNeedsAipError:
        form = "aip"
        packed = pack(session, case_file, run.services, form=form, **given)
    return _Made(form, packed.path.name, packed.sha256, packed.size_bytes, medium)


def _is_there(layout: Layout, item: TransferItem) -> bool:
    """Whether the package is the one that was built; it is read whole."""
    place = layout.folder(item.medium) / PACKAGES / item.file
    if not place.is_file() or place.stat().st_size != item.size_bytes:
        return False
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == item.sha256


def _papers(run: _Run) -> dict[str, bytes]:
    """Catalogue and explanation of what was built, sealed, as they lie beside the manifest."""
    with run.services.read_only() as session:
        if not count_items(session, run.transfer_id, TransferItemState.BUILT):
            return {}
    found = {}
    for kind, name in PAPERS.items():
        make_paper(run.services, run.transfer_id, kind, WordsIn(), actor=run.actor)
        _, found[name] = read_paper(run.services, run.transfer_id, kind, actor=run.actor)
    return found


@dataclass(frozen=True, slots=True)
class _Laid:
    """Manifest and media as they lie in the folder, and what they were made of."""

    number: str  # of the register
    edition: int
    sequence: int
    signed: Kept
    at: dt.datetime
    items: str  # digest of what the manifest names
    media: dict[int, tuple[str, int, int]]  # number → digest of its digests, packages, bytes


def _closed(run: _Run) -> TransferDocument:
    """Papers, manifest, digests and list of what was built; then the row says so.

    They are signed and written while nobody waits: where what they name changed meanwhile, again.
    """
    for _ in range(_TRIES):
        laid = _laid(run, _papers(run))
        document = _noted(run, laid)
        if document is not None:
            return document
    raise TransferStaleError(number=laid.number, codes=[])


def _laid(run: _Run, papers: dict[str, bytes]) -> _Laid:
    """All that lies beside the packages, as the rows say it now; no row is changed."""
    with run.services.read_only() as session:
        row = _own_row(session, run)
        if not count_items(session, row.id, TransferItemState.BUILT):
            with work_errors(run.layout.root):
                run.layout.sweep(1, set())
            raise TransferEmptyError(number=row.name)
        at = clock.now().replace(microsecond=0)
        row.media = run.layout.number
        sequence = next_sequence(session, row, *_MANIFEST)
        giver = _giver(run.services, session, row)
        signed = manifest(
            row,
            named(session, row),
            giver,
            sequence=sequence,
            created=at,
            signer=run.services.signer(),
        )
        papers = {GUIDE: guide(row, giver)} | papers
        files: dict[str, Iterable[bytes]] = {name: [data] for name, data in papers.items()}
        files[MANIFEST] = signed
        with work_errors(run.layout.root):
            media = {
                number: _lay_medium(session, row, run, number, files)
                for number in range(1, row.media + 1)
            }
            run.layout.drop_further(row.media)
        items = _digest_of_named(session, row)
        return _Laid(row.name, row.edition, sequence, signed, at, items, media)


def _lay_medium(
    session: Session, row: Transfer, run: _Run, number: int, files: dict[str, Iterable[bytes]]
) -> tuple[str, int, int]:
    """The medium whole: nothing lies on it but what its lists name."""
    items = lying_on(session, row, number, TransferItemState.BUILT)
    run.layout.sweep(number, {item.file for item in items()})
    run.layout.mark(number, row)
    title = title_of(row, number, run.lang)
    sums = write_lists(run.layout.folder(number), items, title, files, run.lang)
    sizes = [item.size_bytes for item in items()]
    return sums, len(sizes), sum(sizes)


def _noted(run: _Run, laid: _Laid) -> TransferDocument | None:
    """TRANSFER once the rows say what lies there; ``None``: it is not as they are by now."""
    with run.services.unit_of_work() as uow:
        session = uow.session
        row = _own_row(session, run, locked=True)
        is_same = (row.edition, next_sequence(session, row, *_MANIFEST)) == (
            laid.edition,
            laid.sequence,
        )
        if not is_same or _digest_of_named(session, row) != laid.items:
            return None
        row.media = len(laid.media)
        _note_media(session, row, laid)
        TRANSITIONS.move(row, "build")
        row.built_at = laid.at
        message = add_message(
            session, row, _MANIFEST[0], (laid.sequence, laid.signed), _MANIFEST[1]
        )
        row.manifest_sha256 = message.sha256
        session.expunge(message)
        tell(
            session,
            row,
            "transfer:built",
            actor=run.actor,
            items=True,
            manifest=row.manifest_sha256,
            count=count_items(session, row.id, TransferItemState.BUILT),
            stopped=count_items(session, row.id, TransferItemState.STOPPED),
            media=row.media,
            folder=str(run.layout.root),
        )
        document = transfer_document(session, row, run.lang)
        uow.commit()
    return document


def _own_row(session: Session, run: _Run, *, locked: bool = False) -> Transfer:
    row = get_transfer(session, run.transfer_id, actor=run.actor, locked=locked)
    TRANSITIONS.require_open(row, "build")
    return row


def _digest_of_named(session: Session, row: Transfer) -> str:
    """Of all that manifest and lists say of the items, in their order."""
    columns = (
        TransferItem.ordinal, TransferItem.code, TransferItem.title, TransferItem.documents,
        TransferItem.version, TransferItem.package, TransferItem.file, TransferItem.medium,
        TransferItem.sha256, TransferItem.size_bytes,
    )  # fmt: skip
    states = (TransferItemState.BUILT, TransferItemState.RECEIPTED)
    query = (
        select(*columns)
        .where(TransferItem.transfer_id == row.id, TransferItem.state.in_(states))
        .order_by(TransferItem.ordinal)
        .execution_options(yield_per=AT_ONCE)
    )
    digest = hashlib.sha256()
    for one in session.execute(query):
        digest.update(repr(tuple(one)).encode())
    return digest.hexdigest()


def _note_media(session: Session, row: Transfer, laid: _Laid) -> None:
    known = {transfer_medium.number: transfer_medium for transfer_medium in media_of(session, row)}
    for number, (sums, packages, size_bytes) in laid.media.items():
        medium = known.pop(number, None) or TransferMedium(transfer_id=row.id, number=number)
        session.add(medium)
        medium.sums_sha256, medium.written_at = sums, None
        medium.packages, medium.size_bytes = packages, size_bytes
    for further in known.values():
        session.delete(further)


def _giver(services: Services, session: Session, row: Transfer) -> Giver:
    agency = session.get_one(Agency, row.agency_id)
    keeper = services.keeper
    return Giver(keeper.archive_code, keeper.archive_name, agency.code, agency.name)
