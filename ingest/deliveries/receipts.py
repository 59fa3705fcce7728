"""The end of a delivery: one signed receipt for all that it held, in every copy."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.accounts.acts import find_account
from archive_service.audit import record_event
from archive_service.catalogue.holdings.opening import receipt_bytes
from archive_service.db.numbers import draw_number
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.delivery import SETTLE_JOB, Delivery
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import WORKER, Account, Actor, Role
from archive_service.errors import ConflictError
from archive_service.evidence.check_codes import check_code, note_handed_out, press_bearing
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.numbers import format_number
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from archive_service.text import nfc
from ingest.acceptance.receipt import FORM
from ingest.acceptance.receipt_paper import SYMBOL
from ingest.answers.sender_notices import tell_settled
from ingest.deliveries.delivery import find_delivery
from ingest.deliveries.receipt_paper import DeliveryReceipt, print_delivery_receipt
from ingest.deliveries.settle import SettledFile, has_kept, kept_of, outcome_of, tell_lines
from ingest.receiving.delivery import delivery_act
from ingest.receiving.settling import is_to_settle, queue_settling, to_settle
from ingest.transitions import TRANSITIONS

WATCH_JOB = "settle-deliveries"


class DeliveryReceiptNotIssuedError(ConflictError):
    """Not all of its case files are decided and stored, or none was accepted."""


def read_delivery_receipt(
    services: Services, delivery_id: UUID, *, actor: Actor
) -> tuple[str, bytes]:
    """Number and bytes of the one receipt of a delivery.

    Raises: what ``receipt_of_delivery`` raises; ``NoSoundCopyError``.
    """
    number, digest = receipt_of_delivery(services, delivery_id, actor=actor)
    return number, receipt_bytes(services, str(delivery_id), digest)


@dataclass(frozen=True, slots=True)
class _Issued:
    """A signed paper, whose bytes lie in staging."""

    sha256: str
    size_bytes: int
    at: dt.datetime


def note_kept(session: Session, row: CaseFile, version: int, services: Services) -> None:
    """What came in a delivery of many has no receipt of its own: with this version it is stored.

    Called in the transaction that tells that every copy holds the version.
    """
    came = _came_with(session, row, version)
    if came is None:
        return
    stored = session.execute(
        update(Submission)
        .where(Submission.id == came.id, Submission.state.in_(TRANSITIONS["store"].states))
        .values(state=TRANSITIONS["store"].leads_to(), revision=Submission.revision + 1)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    ).first()
    if row.receipt_due_in == version:
        row.receipt_due_in = None
    if stored is None:
        return
    record_event(
        session,
        "submission:stored",
        of=row,
        actor=WORKER,
        data={
            "code": row.code,
            "submission": str(came.id),
            "version": version,
            "delivery": str(came.delivery_id),
        },
    )
    queue_settling(session, came.delivery_id, services.jobs)


def _came_with(session: Session, row: CaseFile, version: int) -> Any:
    """Id and delivery of the submission that this version took in; nothing if it came alone."""
    mine: ColumnElement[bool]
    if row.receipt_due_in == version:
        mine = (Submission.case_file_id == row.id) & (Submission.version == version)
    elif version == 1 and row.delivery_id is not None:
        mine = Submission.id == row.id
    else:
        return None
    query = select(Submission.id, Submission.delivery_id)
    return session.execute(query.where(mine, Submission.delivery_receipt)).one_or_none()


def watch(lease: Lease, services: Services) -> None:
    """Now and then: deliveries of which nothing waits any more, whoever decided the last of it."""
    with services.writing() as session:
        ids = session.scalars(select(Delivery.id).where(is_to_settle())).all()
        for delivery_id in ids:
            services.jobs.add(session, SETTLE_JOB, subject_id=delivery_id)
        services.jobs.finish(session, lease)


def settle(lease: Lease, services: Services) -> None:
    """Print and sign the one receipt of a leased job's delivery, and tell how it ended.

    Safe to repeat and to kill: the number is drawn once and kept; what is printed counts when its
    digest is committed, and is promised when every copy holds it.
    """
    if lease.subject_id is None:
        raise ValueError(f"{SETTLE_JOB} needs a delivery")
    due, numbered = _begun(lease.subject_id, services)
    with work_place(services.work_folder, "receipt-") as place:
        lines = issued = None
        if due:
            with services.read_only() as session:
                lines = tell_lines(session, lease.subject_id, place / "lines.jsonl")
        if lines is not None and numbered:
            paper = _paper(lease.subject_id, lines, services)
            at = clock.now().replace(microsecond=0)  # a PDF states whole seconds
            made = place / "receipt.pdf"
            print_delivery_receipt(
                paper,
                lines.lines(),
                made,
                signer=services.signer(),
                at=at,
                press=press_bearing(services, _code(lease.subject_id)),
            )
            with made.open("rb") as source:
                staged = services.staging.receive(source)
            issued = _Issued(staged.sha256, staged.size_bytes, at)
        with services.writing() as session:
            row = session.get_one(Delivery, lease.subject_id, with_for_update=True)
            services.jobs.finish(session, lease)  # names the fencing token
            if lines is not None and row.settled_at is None:
                _close(session, row, lines, issued)
            else:
                queue_settling(session, row.id, services.jobs)
    write_out_evidence(services)


def _begun(delivery_id: UUID, services: Services) -> tuple[bool, bool]:
    """Whether it is to be settled, and has the number of a receipt, drawn now or before.

    The counter and the row change in one transaction: no gap, no double.
    """
    with services.unit_of_work() as uow:
        row = uow.session.get_one(Delivery, delivery_id, with_for_update=True)
        if not to_settle(uow.session, delivery_id):
            return False, False
        if row.receipt_number is None and has_kept(uow.session, delivery_id):
            year = clock.today().year
            number = draw_number(uow.session, FORM, year)
            row.receipt_number, row.receipt_year = format_number(number, SYMBOL), year
        numbered = row.receipt_number is not None
        uow.commit()
        return True, numbered


def _paper(delivery_id: UUID, told: SettledFile, services: Services) -> DeliveryReceipt:
    archive = services.settings.archive
    with services.read_only() as session:
        row = session.get_one(Delivery, delivery_id)
        sender = find_account(session, row.submitted_by)
        decider = find_account(session, told.decided_by) if told.decided_by else None
        agency = session.get(Agency, row.agency_id) if row.agency_id else None
        name = agency.name if agency is not None else ""
        return DeliveryReceipt(
            number=row.receipt_number or "",
            issuer_above=nfc(archive.superior),
            issuer=nfc(archive.name),
            place=archive.place,
            archive=archive.name,
            submitter=", ".join(filter(None, (_name(sender, row.submitted_by), name))),
            submitted_on=clock.local(row.received_at).date(),
            source=row.source,
            list_sha256=row.content_sha256,
            amounts=told.amounts(row),
            copies=told.copies,
            recipients=[one for one in (name, archive.name) if one],
            signer_position=messages.text(
                f"labels.roles.{decider.role if decider is not None else Role.ARCHIVIST}", "vi"
            ),
            signer_name=_name(decider, told.decided_by),
        )


def _name(account: Account | None, otherwise: str) -> str:
    return account.person if account is not None else otherwise


def _code(delivery_id: UUID) -> str:
    """The code by which anybody asks whether the receipt is ours."""
    return check_code(f"receipt {delivery_id}")


def _close(session: Session, row: Delivery, told: SettledFile, issued: _Issued | None) -> None:
    """The delivery is settled: rows, act, event and notice in the caller's transaction."""
    at = clock.now() if issued is None else issued.at
    row.settled_at, row.outcome = at, outcome_of(session, row.id)
    if issued is not None:
        row.receipt_sha256 = issued.sha256
        handed = {"kind": FORM, "sha256": issued.sha256}
        code, agency = _code(row.id), row.agency_id
        note_handed_out(session, code, handed, actor=WORKER, agency_id=agency)
        note_receipt(session, row)
    session.flush()
    # Not at the paper's whole second: it would stand before what it ends.
    act = delivery_act(row, clock.now(), told.not_kept())
    act.companion_sha256 = row.receipt_sha256
    act.companion_suffix = "" if issued is None else "pdf"
    session.add(act)
    record_event(
        session,
        "delivery:settled",
        of=row,
        actor=WORKER,
        data={
            "source": row.source,
            "outcome": row.outcome,
            "refused": row.refused,
            "number": row.receipt_number,
            "sha256": row.receipt_sha256,
            "size_bytes": None if issued is None else issued.size_bytes,
        },
    )
    tell_settled(session, row, kept=kept_of(row.outcome), returned=told.returned)


def note_receipt(session: Session, row: Delivery) -> None:
    """Each case file of the delivery bears its number and digest; two statements for all of them.

    The year stays with the delivery: in the register the number stands once.
    """
    paper = {
        "receipt_number": row.receipt_number,
        "receipt_sha256": row.receipt_sha256,
        "receipt_issued_at": row.receipt_issued_at,
    }
    whole = {"synchronize_session": False}
    session.execute(
        update(CaseFile).where(CaseFile.delivery_id == row.id).values(paper),
        execution_options=whole,
    )
    added = (
        Submission.delivery_id == row.id,
        Submission.delivery_receipt,
        Submission.case_file_id.is_not(None),
        Submission.state == SubmissionState.STORED,
    )
    session.execute(update(Submission).where(*added).values(paper), execution_options=whole)


def receipt_of_delivery(services: Services, delivery_id: UUID, *, actor: Actor) -> tuple[str, str]:
    """Number and digest of the receipt, for whoever may read what the delivery held.

    Raises:
        DeliveryNotFoundError: absent, or not to be known.
        ActNotAllowedError: not this account's to read.
        DeliveryReceiptNotIssuedError: not yet, or none will be.
    """
    with services.read_only() as session:
        row = find_delivery(session, delivery_id, actor=actor)
        access.require(actor, "submission:read", row)
        if row.receipt_issued_at is None:
            raise DeliveryReceiptNotIssuedError(id=delivery_id, source=row.source)
        return row.receipt_number or "", row.receipt_sha256 or ""
