"""The job that puts a seal on what was ordered: one unlock, file by file, whatever is killed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from archive_service import clock
from archive_service.accounts.acts import AccountNotFoundError, acting_as
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import WITH_FILES
from archive_service.db.doubted import RowsDifferError, require_undoubted
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.signing.copy_signing import OFF, CopySigning, CopyToSign, SigningOrder
from archive_service.errors import ArchiveError, BackendError, NotAllowedError
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.signing.copies.sealed import FIELD, keep_signed, put_seal
from archive_service.signing.copies.waiting import (
    SIGN_JOB,
    note_unsigned,
    settle_refusals,
    tell_refusal,
    unsigned_case_files,
)
from archive_service.signing.pdf.report import as_row
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import UnsignablePdfError
from archive_service.signing.seals.acts import Seal, note_use, open_seal
from archive_service.storage.content import HeldContent, NoSoundCopyError
from archive_service.storage.work_folder import work_place

FIND_JOB = "find-unsigned-copies"
_NOT_ITS_KEY = {"key_share": True}  # others may write rows that name the case file


class CopiesStillUnkeptError(BackendError):
    """Signed copies wait until their case files are at rest."""

    code = "copies-unkept"


def sign_copies(lease: Lease, services: Services) -> None:
    """Sign what was ordered; each file is committed with its use of the seal, and never twice.

    Raises:
        CopiesStillUnkeptError: all is signed, and a case file is not at rest: it is tried again.
        TokenAwayError and other troubles of the key: the rest waits for it.
        LeaseLostError: another worker has taken over.
    """
    order_id = lease.subject_id
    if order_id is None:
        raise ValueError(f"{SIGN_JOB} needs an order")
    with services.read_only() as session:
        order = session.get_one(SigningOrder, order_id)
    try:
        if order.ended_at is None and _cases(services, order_id, CopySigning.ORDERED):
            _sign_all(lease, services, order)
    except (NotAllowedError, AccountNotFoundError) as refusal:
        _put_back(lease, services, order_id, refusal)
    busy = [
        case_file_id
        for case_file_id in _cases(services, order_id, CopySigning.SIGNED)
        if not _keep(lease, services, order_id, case_file_id)
    ]
    if busy:
        raise CopiesStillUnkeptError(count=len(busy))
    _end(lease, services, order_id)


def find_unsigned(lease: Lease, services: Services) -> None:
    """Have copies wait that were made before they had to; most often there are none."""
    with services.read_only() as session:
        unnoted = (
            unsigned_case_files(session) if services.settings.digitize.sign_copies != OFF else ()
        )
    for case_file_id in unnoted:
        with services.writing() as session:
            row = session.get_one(CaseFile, case_file_id, options=WITH_FILES)
            note_unsigned(session, row, services)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def _sign_all(lease: Lease, services: Services, order: SigningOrder) -> None:
    """Case file by case file, the key opened once; what is whole is kept at once."""
    with services.read_only() as session:
        idle_days = services.settings.web.idle_account_days
        actor = acting_as(session, order.account, os_user="", idle_days=idle_days)
        agency = session.get_one(Agency, order.agency_id).code
    seal = open_seal(services, agency, actor=actor)
    for case_file_id in _cases(services, order.id, CopySigning.ORDERED):
        with services.read_only() as session:
            ocfl_id = session.get_one(CaseFile, case_file_id).ocfl_id
            copies = session.scalars(_of(order.id, case_file_id, CopySigning.ORDERED)).all()
        content = HeldContent(services.copies, ocfl_id)
        for copy in copies:
            _sign(lease, services, copy, content, seal, actor)
        _keep(lease, services, order.id, case_file_id)


def _sign(
    lease: Lease,
    services: Services,
    copy: CopyToSign,
    content: HeldContent,
    seal: Seal,
    actor: Actor,
) -> None:
    """One copy: its bytes into staging, then its row and the use of the seal in one commit."""
    made = _made(services, copy, content, seal)
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, lease.checkpoint)  # names the token
        row = session.get_one(CopyToSign, copy.id, with_for_update=True)
        if row.state is CopySigning.ORDERED:
            for name, value in made.items():
                setattr(row, name, value)
            order = session.get_one(SigningOrder, row.order_id)
            if made["state"] is CopySigning.SIGNED:
                order.signed += 1
                document = f"{row.code}.{row.ordinal}"
                note_use(
                    session,
                    seal,
                    actor,
                    field=FIELD,
                    sha256=made["signed_sha256"],
                    document=document,
                )
            else:
                order.refused += 1
                tell_refusal(session, row)
            done, total = order.signed + order.refused, order.total
    services.jobs.heartbeat(lease, progress=done / total if total else 1.0)


def _made(services: Services, copy: CopyToSign, content: HeldContent, seal: Seal) -> dict[str, Any]:
    """The columns of the row once it was tried."""
    at = clock.now().replace(microsecond=0)
    with work_place(services.work_folder, "sign-") as place:
        unsigned, target = place / "copy.pdf", place / "signed.pdf"
        try:
            with services.read_only() as session:
                require_undoubted(session, copy.code)
            content.fetch(copy.sha256, copy.size_bytes, unsigned)
            put_seal(services, unsigned, target, seal, at=at)
        except (
            UnsignablePdfError,
            NoSoundCopyError,
            RowsDifferError,
        ) as refusal:  # of this file: others go on
            return _refused(refusal)
        with target.open("rb") as source:
            staged = services.staging.receive(source)
        report = inspect_signatures(target, services.trust)[-1]
    return {
        "state": CopySigning.SIGNED,
        "signed_sha256": staged.sha256,
        "signed_size_bytes": staged.size_bytes,
        "signed_at": at,
        "signature": as_row(report) | {"agency": seal.name, "account": seal.account},
    }


def _put_back(lease: Lease, services: Services, order_id: UUID, refusal: ArchiveError) -> None:
    """The clerk may not go on: what is not signed waits again, and the order says why."""
    with services.writing() as session:
        services.jobs.save_checkpoint(session, lease, lease.checkpoint)
        rest = select(CopyToSign).where(
            CopyToSign.order_id == order_id, CopyToSign.state == CopySigning.ORDERED
        )
        for row in session.scalars(rest):
            row.state, row.order_id = CopySigning.WAITING, None
        session.get_one(SigningOrder, order_id).stopped = _error_facts(refusal)


def _end(lease: Lease, services: Services, order_id: UUID) -> None:
    with services.writing() as session:
        services.jobs.finish(session, lease)
        order = session.get_one(SigningOrder, order_id)
        if order.ended_at is None:
            order.ended_at = clock.now()
            record_event(
                session,
                "copies:signed",
                of=order,
                actor=Actor(account=order.account, role=Role.CLERK),
                data={"signed": order.signed, "refused": order.refused},
            )


def _keep(lease: Lease, services: Services, order_id: UUID, case_file_id: UUID) -> bool:
    with services.writing() as session:
        row = session.get_one(
            CaseFile, case_file_id, with_for_update=_NOT_ITS_KEY, options=WITH_FILES
        )
        services.jobs.save_checkpoint(session, lease, lease.checkpoint)
        signed = session.scalars(_of(order_id, case_file_id, CopySigning.SIGNED)).all()
        account = session.get_one(SigningOrder, order_id).account
        kept = not signed or keep_signed(session, row, signed, services, account=account)
        if signed and kept:
            settle_refusals(session, row)
        return kept


def _cases(services: Services, order_id: UUID, state: CopySigning) -> Sequence[UUID]:
    """Case files with copies of this order in this state, in the order of their codes."""
    found = (
        select(CopyToSign.case_file_id)
        .where(CopyToSign.order_id == order_id, CopyToSign.state == state)
        .group_by(CopyToSign.case_file_id, CopyToSign.code)
        .order_by(CopyToSign.code)
    )
    with services.read_only() as session:
        return session.scalars(found).all()


def _of(order_id: UUID, case_file_id: UUID, state: CopySigning) -> Select[CopyToSign]:
    return (
        select(CopyToSign)
        .where(
            CopyToSign.order_id == order_id,
            CopyToSign.case_file_id == case_file_id,
            CopyToSign.state == state,
        )
        .order_by(CopyToSign.ordinal)
    )


def _refused(error: ArchiveError) -> dict[str, Any]:
    return {"state": CopySigning.REFUSED, "refusal": _error_facts(error)}


def _error_facts(error: ArchiveError) -> dict[str, Any]:
    facts = {name: str(value)[:300] for name, value in error.facts.items()}
    return {"code": error.code, "facts": facts}
