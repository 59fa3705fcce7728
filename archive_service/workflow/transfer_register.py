"""Đăng ký nộp lưu: the register of what goes to the historical archive, up to its answer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.catalogue.holdings import case_files_named
from archive_service.db.numbers import draw_number
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile
from archive_service.domain.refusal import Refusal
from archive_service.domain.transfer import (
    GOING,
    LONGEST_NUMBER,
    LONGEST_PARTNER,
    LONGEST_REASON,
    UNSENT,
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
    digest_of_register,
)
from archive_service.transfer.acts import tell
from archive_service.transfer.due import make_items, to_register, why_not
from archive_service.transfer.listing import (
    WHOLE,
    get_transfer,
    matching_transfers,
    open_transfer,
    refused_document,
    transfer_document,
    transfer_documents,
)
from archive_service.transfer.refusals import (
    TransferAgenciesError,
    TransferEmptyError,
    TransferNothingDueError,
    TransferOwnError,
    TransferStaleError,
    TransferTooLongError,
    TransferWordsError,
    require_listed,
    words,
)
from archive_service.workflow.custody import write_out_evidence

LONGEST_REGISTER = 5000  # case files


def due(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """What is to be registered today: ``[{code, title, agency_id, due_on}]``, oldest first."""
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        mine = access.visible(actor, "transfer:list", CaseFile.agency_id)
        rows = session.scalars(to_register(clock.today()).where(mine)).all()
        return [
            {"code": one.code, "title": one.title, "due_on": one.due_on.isoformat()}
            for one in make_items(rows, {})
        ]


def register(
    services: Services,
    codes: Sequence[str],
    *,
    to: str,
    reason: str = "",
    actor: Actor,
    lang: str = "vi",
) -> dict[str, Any]:
    """TRANSFER of these case files, as a draft; what may not be on it stands there as ``refused``.

    Where nothing may be, none is made: ``id`` is null. Each refusal is an event.

    Args:
        to: the historical archive, as it is called.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, TransferAgenciesError, TransferTooLongError,
        TransferWordsError
        TransferNothingDueError: no code is given.
    """
    access.require(actor, "transfer:compose")
    partner = words("partner", to, LONGEST_PARTNER)
    reason = words("reason", reason, LONGEST_REASON) if reason else ""
    wanted = _wanted(codes)
    if not wanted:
        raise TransferNothingDueError
    with services.unit_of_work() as uow:
        session = uow.session
        take_write_lock(session)  # of two registers of one case file one sees the other
        rows = _of_one_agency(case_files_named(session, wanted, actor=actor), actor)
        refused = why_not(session, rows)
        _note_refused(session, rows, refused, actor)
        if len(refused) == len(rows):
            document = refused_document(make_items(rows, refused), partner, lang)
        else:
            row = _made(session, rows, refused, partner, reason, actor)
            tell(session, row, "transfer:composed", actor=actor, items=True)
            document = transfer_document(session, row, lang)
        uow.commit()
    write_out_evidence(services)
    return document


def amend(
    services: Services,
    transfer_id: UUID,
    *,
    add: Sequence[str] = (),
    drop: Sequence[str] = (),
    actor: Actor,
    lang: str = "vi",
) -> dict[str, Any]:
    """Case files put on the register or taken off it: it is a draft again, and approved anew.

    What the other archive declined leaves the register with it.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, CaseFileNotFoundError,
        TransferAgenciesError, TransferTooLongError, TransferEmptyError
        TransferItemsError: what is to be taken off does not stand on it.
    """
    access.require(actor, "transfer:compose")
    taken_off = set(_wanted(drop)) if drop else set()
    with services.unit_of_work() as uow:
        session = uow.session
        take_write_lock(session)
        row = open_transfer(session, transfer_id, "amend", *UNSENT, actor=actor)
        require_listed(row, taken_off)
        staying = [one for one in row.items if one.state in GOING]
        staying = [one for one in staying if one.code not in taken_off]
        there = {one.code for one in staying}
        fresh = [code for code in _wanted(add) if code not in there] if add else []
        rows = case_files_named(session, fresh, actor=actor) if fresh else []
        if any(one.agency_id != row.agency_id for one in rows):
            raise TransferAgenciesError(count=len(rows))
        refused = why_not(session, rows, but=row.id)
        _note_refused(session, rows, refused, actor)
        row.items = staying
        session.flush()
        for ordinal, one in enumerate(staying, start=1):
            one.ordinal, one.state = ordinal, TransferItemState.LISTED
            one.package, one.file, one.sha256, one.size_bytes = "", "", None, 0
        row.items += make_items(rows, refused, after=len(staying))
        _open_again(row)
        tell(session, row, "transfer:amended", actor=actor, items=True)
        document = transfer_document(session, row, lang)
        uow.commit()
    write_out_evidence(services)
    return document


def approve(
    services: Services,
    transfer_id: UUID,
    *,
    number: str = "",
    actor: Actor,
    list_sha256: str | None = None,
    lang: str = "vi",
) -> dict[str, Any]:
    """The head of the agency lets the register go to the historical archive.

    Args:
        number: of the paper that says so.
        list_sha256: of the register that the head was shown.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferOwnError,
        TransferWordsError
        TransferStaleError: it is another one now, or a case file on it changed since.
    """
    access.require(actor, "transfer:approve")
    if len(number) > LONGEST_NUMBER:
        raise TransferWordsError(field="number", longest=LONGEST_NUMBER)
    with services.unit_of_work() as uow:
        session = uow.session
        row = open_transfer(
            session,
            transfer_id,
            "approve",
            TransferState.DRAFT,
            actor=actor,
            right="transfer:approve",
        )
        if actor.account == row.composed_by:
            raise TransferOwnError(account=actor.account)
        _require_as_shown(session, row, list_sha256)
        row.state = TransferState.APPROVED
        row.approved_by, row.approved_at = actor.account, clock.now()
        row.approval_number = number.strip()
        tell(session, row, "transfer:approved", actor=actor)
        document = transfer_document(session, row, lang)
        uow.commit()
    write_out_evidence(services)
    return document


def show(
    services: Services, transfer_id: UUID, *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """TRANSFER.

    Raises:
        ActNotAllowedError, TransferNotFoundError
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        return transfer_document(session, get_transfer(session, transfer_id, actor=actor), lang)


def list_all(
    services: Services,
    *,
    actor: Actor,
    state: str = "",
    direction: str = "",
    limit: int | None = None,
    lang: str = "vi",
) -> list[dict[str, Any]]:
    """Each TRANSFER that the account may know of, the newest first."""
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        query = matching_transfers(actor=actor, state=state, direction=direction)
        newest = query.order_by(Transfer.composed_at.desc(), Transfer.id.desc())
        rows = session.scalars(newest.limit(limit).options(*WHOLE)).all()
        return transfer_documents(session, rows, lang)


def _made(
    session: Session,
    rows: Sequence[CaseFile],
    refused: Mapping[UUID, Refusal],
    partner: str,
    reason: str,
    actor: Actor,
) -> Transfer:
    now = clock.now()
    year = clock.local(now).year
    mine = Transfer.year == year, Transfer.direction == TransferDirection.OUT
    last = session.scalar(select(func.max(Transfer.number)).where(*mine)) or 0
    items = make_items(rows, refused)
    row = Transfer(
        id=uuid4(),
        direction=TransferDirection.OUT,
        agency_id=rows[0].agency_id,
        number=draw_number(session, "transfer-out", year, after=last),
        year=year,
        state=TransferState.DRAFT,
        partner=partner,
        reason=reason,
        list_sha256=digest_of_register(items),
        edition=1,
        composed_by=actor.account,
        composed_at=now,
        items=items,
    )
    session.add(row)
    return row


def _open_again(row: Transfer) -> None:
    """A draft, one edition on: what was decided of the register before counts no longer."""
    if not any(one.state is TransferItemState.LISTED for one in row.items):
        raise TransferEmptyError(number=row.name)
    row.state, row.edition = TransferState.DRAFT, row.edition + 1
    row.list_sha256 = digest_of_register(row.items)
    row.approved_by = row.approved_at = row.registered_on = row.answer_due = row.answered_on = None
    row.built_at = row.manifest_sha256 = None
    row.approval_number = row.register_number = row.answer_number = row.answer_reason = ""


def _require_as_shown(session: Session, row: Transfer, shown: str | None) -> None:
    """``TransferStaleError`` unless register and case files are as they were put before one."""
    ids = [item.case_file_id for item in row.items if item.state is TransferItemState.LISTED]
    now = {one.id: one for one in _case_files(session, ids)}
    refused = why_not(session, list(now.values()), but=row.id)
    changed = [
        item.code
        for item in row.items
        if item.state is TransferItemState.LISTED and _is_changed(item, now, refused)
    ]
    stale = shown is not None and shown.strip().lower() != row.list_sha256
    if changed or stale:
        raise TransferStaleError(number=row.name, codes=changed)


def _case_files(session: Session, ids: Sequence[UUID]) -> list[CaseFile]:
    found: list[CaseFile] = []
    for start in range(0, len(ids), 500):
        some = CaseFile.id.in_(ids[start : start + 500])
        found += session.scalars(select(CaseFile).where(some).order_by(CaseFile.id))
    return found


def _is_changed(
    item: TransferItem, now: Mapping[UUID, CaseFile], refused: Mapping[UUID, Refusal]
) -> bool:
    row = now.get(item.case_file_id)
    return row is None or row.id in refused or row.version_wanted != item.version


def _wanted(codes: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    if len(wanted) > LONGEST_REGISTER:
        raise TransferTooLongError(count=len(wanted), most=LONGEST_REGISTER)
    return wanted


def _of_one_agency(rows: list[CaseFile], actor: Actor) -> list[CaseFile]:
    if not rows or len({row.agency_id for row in rows}) > 1:
        raise TransferAgenciesError(count=len(rows))
    access.require(actor, "transfer:compose", rows[0])
    return rows


def _note_refused(
    session: Session, rows: Sequence[CaseFile], refused: Mapping[UUID, Refusal], actor: Actor
) -> None:
    for row in rows:
        if row.id in refused:
            record_event(
                session,
                "transfer:refused",
                subject_id=row.id,
                actor=actor,
                agency_id=row.agency_id,
                data={"code": row.code} | refused[row.id].as_document(),
            )
