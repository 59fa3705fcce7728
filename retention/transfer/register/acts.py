"""Đăng ký nộp lưu: the register of what goes to the historical archive, up to its answer."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    GOING,
    LONGEST_NUMBER,
    LONGEST_PARTNER,
    LONGEST_REASON,
    Transfer,
    TransferItem,
    TransferItemState,
)
from archive_service.errors import ConflictError
from archive_service.evidence.acting import acting
from archive_service.proposed import NothingListed
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.documents import TransferDocument, TransferItemDocument
from retention.transfer.given import Amendment, Approval, Registration
from retention.transfer.items import (
    AT_ONCE,
    count_items,
    digest_of_register,
    items_of,
    next_number,
    number_anew,
    parts_of,
    require_named,
)
from retention.transfer.listing import (
    EVERY,
    get_transfer,
    matching_transfers,
    open_transfer,
    transfer_document,
    transfer_documents,
)
from retention.transfer.refusals import (
    TransferBoundError,
    TransferEmptyError,
    TransferNothingDueError,
    TransferOwnError,
    TransferStaleError,
    TransferTooLongError,
    TransferUnreadError,
    TransferWordsError,
    not_there,
    words,
)
from retention.transfer.register.drafting import begin_register, put_on
from retention.transfer.register.due import due_on, to_register, why_not
from retention.transfer.register.longer_terms import terms_of
from retention.transfer.transitions import TRANSITIONS
from retention.transfer.whole_transfer import WholeTransfer

LONGEST_REGISTER = 100_000  # case files


class NothingRegisteredError(NothingListed[TransferItemDocument], ConflictError):
    """Not one of the case files may be registered: ``items`` are as they would stand there."""

    code = "transfer-nothing-registered"
    check = "transfer"


def due(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """Permanent case files that are to be registered by now."""
    access.require(actor, "transfer:compose")
    terms = terms_of(services.settings.home)
    with services.read_only() as session:
        mine = access.visible(actor, "transfer:list", CaseFile.agency_id)
        some = to_register(clock.today(), terms).where(mine).execution_options(yield_per=AT_ONCE)
        return [
            {
                "code": case_file.code,
                "title": case_file.title,
                "due_on": due_on(case_file, terms).isoformat(),
            }
            for case_file in session.scalars(some)
        ]


def register(
    services: Services, given: Registration, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """Compose a register; case files that may not be on it stand there as refused.

    Where none may be, nothing is made, and the problem names each with its reason. Each refusal
    is an event.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, TransferAgenciesError, TransferTooLongError,
        TransferWordsError
        TransferNothingDueError: no code is given.
        NothingRegisteredError: not one of them may be on it; none is made.
    """
    with acting(services, "transfer:compose", actor) as session:
        partner = words("partner", given.to, LONGEST_PARTNER)
        reason = words("reason", given.reason, LONGEST_REASON) if given.reason else ""
        wanted = _wanted(given.codes)
        if not wanted:
            raise TransferNothingDueError
        take_write_lock(session)  # of two registers of one case file one sees the other
        first, *_ = case_files_named(session, wanted[:AT_ONCE], actor=actor)
        access.require(actor, "transfer:compose", first)
        row = begin_register(session, first.agency_id, partner, reason, actor)
        put_on(session, row, wanted, actor, terms=terms_of(services.settings.home))
        if count_items(session, row.id, *GOING):
            row.list_sha256 = digest_of_register(session, row)
            row.number = next_number(session, row)
            tell(session, row, "transfer:composed", actor=actor, items=True)
            return transfer_document(session, row, lang)
        refused = [TransferItemDocument.of(item, lang) for item in items_of(session, row.id)]
        session.delete(row)
    raise NothingRegisteredError(count=len(refused), items=refused, partner=partner)


def amend(
    services: Services,
    transfer_id: UUID,
    given: Amendment,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Change a register, or confirm a proposed one; it is a draft again, approved anew.

    What the other archive declined leaves the register with it. A register that was proposed by
    itself is the archivist's from then on, changed or not.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, CaseFileNotFoundError,
        TransferAgenciesError, TransferTooLongError, TransferEmptyError
        TransferItemsError: what is to be taken off does not stand on it.
        TransferBoundError: another archive has its register, and would wait for it.
    """
    with acting(services, "transfer:compose", actor) as session:
        taken_off = set(_wanted(given.drop))
        partner = words("partner", given.to, LONGEST_PARTNER) if given.to else ""
        take_write_lock(session)
        row = open_transfer(session, transfer_id, "amend", actor=actor)
        if partner not in ("", row.partner) and row.register_sequence:
            raise TransferBoundError(number=row.name, partner=row.partner)
        if row.sent_at is not None:  # corrected: what went, and its receipts, stay as they are
            raise not_there(row, "amend")
        row.partner = partner or row.partner
        require_named(session, row, taken_off)
        fresh = _staying(session, row, taken_off, _wanted(given.add))
        after = number_anew(session, row.id)
        terms = terms_of(services.settings.home)
        put_on(session, row, fresh, actor, terms=terms, after=after)
        _open_again(session, row)
        if row.composed_by == WORKER.account:  # who read what was proposed by itself composed it
            row.composed_by, row.composed_at = actor.account, clock.now()
        tell(session, row, "transfer:amended", actor=actor, items=True)
        return transfer_document(session, row, lang)


def approve(
    services: Services,
    transfer_id: UUID,
    given: Approval,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Let a register go to the historical archive; the head of the agency alone.

    Where the digest of its list is given, a register with another one is refused.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferOwnError,
        TransferWordsError
        TransferUnreadError: it was proposed by itself, and no archivist read it yet.
        TransferStaleError: it is another one now, or a case file on it changed since.
    """
    with acting(services, "transfer:approve", actor) as session:
        if len(given.number) > LONGEST_NUMBER:
            raise TransferWordsError(
                field="number", longest=LONGEST_NUMBER, given=len(given.number)
            )
        row = open_transfer(session, transfer_id, "approve", actor=actor)
        if row.composed_by == WORKER.account:
            raise TransferUnreadError(number=row.name)
        if actor.account == row.composed_by:
            raise TransferOwnError(account=actor.account)
        _require_as_shown(session, row, given.list_sha256)
        TRANSITIONS.move(row, "approve")
        row.approved_by, row.approved_at = actor.account, clock.now()
        row.approval_number = given.number.strip()
        tell(session, row, "transfer:approved", actor=actor)
        return transfer_document(session, row, lang)


def show(
    services: Services, transfer_id: UUID, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """TRANSFER with every item.

    Raises:
        ActNotAllowedError, TransferNotFoundError
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        return transfer_document(session, row, lang, most=EVERY)


@contextmanager
def showing(
    services: Services, transfer_id: UUID, *, actor: Actor, lang: str = "vi"
) -> Iterator[WholeTransfer]:
    """The same of a transfer of any length: its items are read while they are told.

    Raises:
        ActNotAllowedError, TransferNotFoundError
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        yield WholeTransfer.of(session, get_transfer(session, transfer_id, actor=actor), lang)


def list_all(
    services: Services,
    *,
    actor: Actor,
    state: str = "",
    direction: str = "",
    late: bool = False,
    limit: int | None = None,
    lang: str = "vi",
) -> list[TransferDocument]:
    """Each TRANSFER that the account may know of with its first items, the newest first.

    Args:
        late: those that are not answered, or not decided on, in time.
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        query = matching_transfers(actor=actor, state=state, direction=direction, late=late)
        newest = query.order_by(Transfer.composed_at.desc(), Transfer.id.desc())
        rows = session.scalars(newest.limit(limit)).all()
        return transfer_documents(session, rows, lang)


def _staying(
    session: Session, row: Transfer, taken_off: Collection[str], add: Sequence[str]
) -> list[str]:
    """What stays is listed as at first, the rest goes; those to be added that are not on it."""
    there: set[str] = set()
    for part in parts_of(session, row.id):
        for item in part:
            if item.state in GOING and item.code not in taken_off:
                item.state = TransferItemState.LISTED
                item.package, item.file, item.sha256, item.size_bytes = "", "", None, 0
                there.add(item.code)
            else:
                session.delete(item)
    return [code for code in add if code not in there]


def _open_again(session: Session, row: Transfer) -> None:
    """A draft, one edition on: what was decided of the register before counts no longer."""
    if not count_items(session, row.id, TransferItemState.LISTED):
        raise TransferEmptyError(number=row.name)
    TRANSITIONS.move(row, "amend")
    row.edition += 1
    row.list_sha256 = digest_of_register(session, row)
    row.approved_by = row.approved_at = row.registered_on = row.answer_due = None
    row.built_at = row.manifest_sha256 = None
    row.approval_number = row.register_number = ""
    row.forget_answer()


def _require_as_shown(session: Session, row: Transfer, shown: str | None) -> None:
    """``TransferStaleError`` unless register and case files are as they were put before one."""
    changed: list[str] = []
    for part in parts_of(session, row.id, TransferItemState.LISTED):
        ids = [item.case_file_id for item in part]
        now = {
            case_file.id: case_file
            for case_file in session.scalars(select(CaseFile).where(CaseFile.id.in_(ids)))
        }
        refused = why_not(session, list(now.values()), but=row.id)
        changed += [item.code for item in part if _is_changed(item, now, refused)]
    stale = shown is not None and shown.strip().lower() != row.list_sha256
    if changed or stale:
        raise TransferStaleError(number=row.name, codes=changed)


def _is_changed(
    item: TransferItem, now: Mapping[UUID, CaseFile], refused: Mapping[UUID, Refusal]
) -> bool:
    row = now.get(item.case_file_id) if item.case_file_id else None
    return row is None or row.id in refused or row.version_wanted != item.version


def _wanted(codes: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    if len(wanted) > LONGEST_REGISTER:
        raise TransferTooLongError(count=len(wanted), most=LONGEST_REGISTER)
    return wanted
