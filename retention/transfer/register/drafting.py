"""A register that is being composed: its first row, and case files put on it some at a time."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import Transfer, TransferDirection, TransferState
from retention.transfer.items import AT_ONCE
from retention.transfer.refusals import TransferAgenciesError
from retention.transfer.register.due import make_items, why_not
from retention.transfer.register.longer_terms import Terms


def begin_register(
    session: Session, agency_id: UUID, partner: str, reason: str, actor: Actor
) -> Transfer:
    """A draft without case files, whose number is 0 until it is sure that there is one."""
    now = clock.now()
    row = Transfer(
        id=uuid4(),
        direction=TransferDirection.OUT,
        agency_id=agency_id,
        number=0,
        year=clock.local(now).year,
        state=TransferState.DRAFT,
        partner=partner,
        reason=reason,
        list_sha256="",
        edition=1,
        composed_by=actor.account,
        composed_at=now,
    )
    session.add(row)
    session.flush()
    return row


def put_on(
    session: Session,
    row: Transfer,
    codes: Sequence[str],
    actor: Actor,
    *,
    terms: Terms,
    after: int = 0,
) -> None:
    """These on the register, some at a time; what may not be on it stands there as refused.

    Raises:
        CaseFileNotFoundError
        TransferAgenciesError: some are of another agency.
    """
    for start in range(0, len(codes), AT_ONCE):
        some = case_files_named(session, codes[start : start + AT_ONCE], actor=actor)
        if any(case_file.agency_id != row.agency_id for case_file in some):
            raise TransferAgenciesError(count=len(codes))
        refused = why_not(session, some, but=row.id)
        _note_refused(session, some, refused, actor)
        row.items.add_all(make_items(some, refused, terms=terms, after=after + start))
        session.flush()


def _note_refused(
    session: Session, rows: Sequence[CaseFile], refused: Mapping[UUID, Refusal], actor: Actor
) -> None:
    for row in rows:
        if row.id in refused:
            record_event(
                session,
                "transfer:refused",
                of=row,
                actor=actor,
                data={"code": row.code} | refused[row.id].as_document(),
            )
