"""Đóng gói hồ sơ nộp lưu: one package a case file into a folder, with a signed manifest.

Each package is whole before its row tells of it: who is killed goes on where it was.
"""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.bootstrap import Services
from archive_service.catalogue.holdings import get_case_file
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency
from archive_service.domain.refusal import Refusal
from archive_service.domain.transfer import (
    GOING,
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.packaging.outgoing import DigitizedNeedsAipError
from archive_service.storage.work_folder import work_errors
from archive_service.transfer.acts import tell
from archive_service.transfer.due import why_not
from archive_service.transfer.folder import (
    Giver,
    built,
    drop_package,
    manifest,
    open_folder,
    write_lists,
)
from archive_service.transfer.items import count_items, items_of
from archive_service.transfer.listing import get_transfer, transfer_document
from archive_service.transfer.refusals import TransferEmptyError, require_state
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.export import pack


def build(
    services: Services, transfer_id: UUID, *, folder: Path, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """TRANSFER with a package of each case file in ``folder``; safe to kill and to repeat.

    What is held by now, or is not as it was approved, is left out and says by what. A case file
    goes as SIP; what was digitized here goes as AIP (TT 05/2025, Điều 8 khoản 3).

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError
        TransferFolderError: something else lies in the folder.
        TransferEmptyError: nothing of the register may go any more.
        WorkFolderFullError: no room; what is there is gone on with.
    """
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        access.require(actor, "transfer:compose", row)
        require_state(row, "build", TransferState.ANSWERED, TransferState.BUILT)
        going = [item.id for item in items_of(session, row.id, *GOING)]
        with work_errors(folder):
            packages = open_folder(folder, row)
    for item_id in going:
        _build_one(services, item_id, packages, actor)
    document = _closed(services, transfer_id, folder, actor, lang)
    write_out_evidence(services)
    return document


def _build_one(services: Services, item_id: UUID, packages: Path, actor: Actor) -> None:
    with services.read_only() as session:
        item = session.get_one(TransferItem, item_id)
        file = item.file
        told = _packed(session, services, item, packages, actor)
    if told is None:
        return
    with services.unit_of_work() as uow:
        item = uow.session.get_one(TransferItem, item_id, with_for_update=True)
        if isinstance(told, Refusal):
            item.state, item.refusal = TransferItemState.STOPPED, told.as_document()
            item.package, item.file, item.sha256, item.size_bytes = "", "", None, 0
        else:
            item.state = TransferItemState.BUILT
            item.package, item.file = told["form"], told["name"]
            item.sha256, item.size_bytes = told["sha256"], told["size_bytes"]
        uow.commit()
    if isinstance(told, Refusal) and file:
        drop_package(packages, file)


def _packed(
    session: Session, services: Services, item: TransferItem, packages: Path, actor: Actor
) -> dict[str, Any] | Refusal | None:
    """The package that was made, why none may be, or ``None``: it is there as it should be."""
    case_file = get_case_file(session, item.code, actor=actor)
    refused = why_not(session, [case_file], but=item.transfer_id)
    if case_file.id in refused:
        return refused[case_file.id]
    if case_file.version_stored != item.version or case_file.version_wanted != item.version:
        return Refusal("changed", {"version": item.version, "now": case_file.version_wanted})
    if item.state is TransferItemState.BUILT and _is_there(packages / item.file, item):
        return None
    form, ordinal = "sip", item.ordinal
    try:
        told = pack(session, case_file, services, form=form, folder=packages, ordinal=ordinal)
    except DigitizedNeedsAipError:
        form = "aip"
        told = pack(session, case_file, services, form=form, folder=packages, ordinal=ordinal)
    return told | {"form": form, "name": Path(told["path"]).name}


def _is_there(place: Path, item: TransferItem) -> bool:
    """Whether the package is the one that was built; it is read whole."""
    if not place.is_file() or place.stat().st_size != item.size_bytes:
        return False
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == item.sha256


def _closed(
    services: Services, transfer_id: UUID, folder: Path, actor: Actor, lang: str
) -> dict[str, Any]:
    """Manifest, digests and list of what was built; then the row says so."""
    with services.unit_of_work() as uow:
        session = uow.session
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        require_state(row, "build", TransferState.ANSWERED, TransferState.BUILT)
        count = count_items(session, row.id, TransferItemState.BUILT)
        if not count:
            uow.commit()
            raise TransferEmptyError(number=row.name)
        now = clock.now().replace(microsecond=0)
        signed = manifest(
            row,
            built(session, row),
            _giver(services, session, row),
            created=clock.iso(now),
            signer=services.signer(),
        )
        with work_errors(folder):
            write_lists(folder, session, row, signed, lang)
        row.state, row.built_at = TransferState.BUILT, now
        row.manifest_sha256 = hashlib.sha256(signed).hexdigest()
        left = count_items(session, row.id, TransferItemState.STOPPED)
        tell(
            session,
            row,
            "transfer:built",
            actor=actor,
            items=True,
            manifest=row.manifest_sha256,
            count=count,
            stopped=left,
        )
        document = transfer_document(session, row, lang)
        uow.commit()
    return document


def _giver(services: Services, session: Session, row: Transfer) -> Giver:
    agency = session.get_one(Agency, row.agency_id)
    keeper = services.keeper
    return Giver(keeper.archive_code, keeper.archive_name, agency.code, agency.name)
