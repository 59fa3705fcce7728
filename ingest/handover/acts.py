"""Biên bản giao nhận: made for what is stored, signed for the archive, then by the giver."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock, messages
from archive_service.accounts.acts import find_account
from archive_service.audit import record_event
from archive_service.db.numbers import waiting_numbers
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.handover import HANDOVER_RECORD, HandoverRecord
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER, Account, Actor, Role
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.evidence.check_codes import (
    MINUTES,
    check_code,
    note_handed_out,
    press_bearing,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.frozen_form import frozen
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from ingest.handover.documents import HandoverAlso, HandoverMade, HandoverOpened
from ingest.handover.lists import boxes_of, listed_case_files
from ingest.handover.minutes import (
    MOST,
    HandoverNotFoundError,
    Parties,
    handover_document,
    make_handover,
    not_handed_over,
    papers_of,
    waiting_handover,
)
from ingest.handover.papers import Handover, Side, handover_form, print_handover

SIGN_HANDOVER_JOB = "sign-handover"
DUE_JOB = "make-handovers"


def make(
    services: Services,
    *,
    actor: Actor,
    agency_id: UUID | None = None,
    submission_ids: Sequence[UUID] = (),
    sender: str = "",
    giver: str = "",
    said: Mapping[str, str] | None = None,
) -> HandoverMade:
    """Minutes of these submissions, or of all of an agency's that wait; signed by a job.

    Of all that wait what was added to case files in custody gets minutes of its own, each made
    along with the first and named in ``also``.

    Args:
        services: the archive.
        actor: who makes them, for the archive.
        agency_id: whose; needed where no submissions are named.
        submission_ids: which; all that wait by default.
        sender: account; only what it sent.
        giver: account of who hands over; whoever sent the first of them by default.
        said: what the paper shall say otherwise: ``giver_name giver_position receiver_name
            receiver_position block basis condition``.

    Raises:
        ActNotAllowedError, and what ``ingest.handover.minutes.make_handover`` raises.
    """
    with services.writing() as session:
        ids = list(submission_ids) or waiting_ids(session, agency_id, sender, actor)
        papers = [ids] if submission_ids else papers_of(session, ids) or [[]]
        made = []
        for some in papers:
            parties = chosen_parties(session, some, giver=giver, said=said or {}, actor=actor)
            record = make_handover(session, some, parties, actor=actor)
            services.jobs.add(session, SIGN_HANDOVER_JOB, subject_id=record.id)
            made.append(handover_document(record))
    also = [HandoverAlso.of_row(minutes) for minutes in made[1:]]
    return made[0].extended(HandoverMade, state="numbered", also=also)


def waiting_ids(session: Session, agency_id: UUID | None, sender: str, actor: Actor) -> list[UUID]:
    """What waits for minutes, by code: of an agency, or of a sender."""
    visible = access.visible(actor, "handover:list", Submission.agency_id)
    query = select(Submission.id).where(not_handed_over(), visible)
    if agency_id is not None:
        query = query.where(Submission.agency_id == agency_id)
    if sender:
        query = query.where(Submission.submitted_by == sender)
    return list(session.scalars(query.order_by(Submission.code).limit(MOST)))


def chosen_parties(
    session: Session,
    ids: Sequence[UUID],
    *,
    giver: str,
    said: Mapping[str, str],
    actor: Actor,
) -> Parties:
    """Giver and receiver as ``make`` takes them: what is said stands over the accounts."""
    first = session.get(Submission, ids[0]) if ids else None
    account = giver or (first.submitted_by if first is not None else "")
    person = find_account(session, account) if account else None
    deciders = [actor.account if actor.role is not Role.WORKER else "", *_decider(first)]
    receiver = next(filter(None, deciders), "")
    keeper = find_account(session, receiver) if receiver else None
    agency = session.get(Agency, first.agency_id) if first is not None and first.agency_id else None
    name = agency.name if agency is not None else ""
    return Parties(
        giver=said.get("giver_name") or _name(person, account),
        giver_position=said.get("giver_position") or _position(person, Role.OFFICER),
        giver_account=account,
        receiver=said.get("receiver_name") or _name(keeper, receiver),
        receiver_position=said.get("receiver_position") or _position(keeper, Role.ARCHIVIST),
        block=said.get("block") or _words("block-of", agency=name),
        basis=said.get("basis") or _basis(session, agency, ids),
        condition=said.get("condition", ""),
    )


def _decider(first: Submission | None) -> list[str]:
    return [first.decided_by] if first is not None and first.decided_by else []


def _name(account: Account | None, otherwise: str) -> str:
    return account.person if account is not None else otherwise


def _position(account: Account | None, otherwise: Role) -> str:
    return messages.text(f"labels.roles.{account.role if account else otherwise}", "vi")


def _basis(session: Session, agency: Agency | None, ids: Sequence[UUID]) -> str:
    """The agency's approved file plans of the years in which these case files were opened."""
    if agency is None:
        return ""
    opened = _years_of(session, ids)
    approved = session.scalars(
        select(FilePlan.year)
        .where(FilePlan.agency_id == agency.id, FilePlan.state == FilePlanState.APPROVED)
        .order_by(FilePlan.year)
    )
    text = ", ".join(str(year) for year in approved if year in opened)
    return _words("basis-plan", years=text, agency=agency.name) if text else ""


def _years_of(session: Session, ids: Sequence[UUID]) -> set[int]:
    """Years of the case files that these submissions became or were added to."""
    found: set[int] = set()
    case_file_id = func.coalesce(Submission.case_file_id, Submission.id)
    for start in range(0, len(ids), 500):
        query = select(CaseFile.year).join(Submission, CaseFile.id == case_file_id)
        some = query.where(Submission.id.in_(ids[start : start + 500])).distinct()
        found.update(session.scalars(some))
    return found


def sign(lease: Lease, services: Services) -> None:
    """Print and sign the minutes of a leased job; then the giver is asked to sign, too.

    Safe to repeat: the number was drawn before, and what is printed counts once it is committed.
    """
    if lease.subject_id is None:
        raise ValueError(f"{SIGN_HANDOVER_JOB} needs minutes")
    with services.read_only() as session:
        record = _whole(session, lease.subject_id)
        paper = None if record.sha256 else paper_said(session, services, record)
    at = clock.now().replace(microsecond=0)
    if paper is not None:
        with work_place(services.work_folder, "handover-") as place:
            made = place / "handover.pdf"
            press = press_bearing(services, _check(record.id))
            print_handover(paper, made, signer=services.signer(), at=at, press=press)
            with made.open("rb") as source:
                staged = services.staging.receive(source)
    with services.writing() as session:
        row = _whole(session, lease.subject_id, lock=True)
        services.jobs.finish(session, lease)
        if paper is not None and row.sha256 is None:
            row.sha256, row.issued_at = staged.sha256, at
            _ask_giver(session, row, staged.size_bytes)
            _keep(session, row, frozen(handover_form(paper, at=at)))
    write_out_evidence(services)


def _ask_giver(session: Session, row: HandoverRecord, size_bytes: int) -> None:
    """A signing request of the giver's account; none where it is nobody who could sign."""
    account = find_account(session, row.giver_account) if row.giver_account else None
    if account is None or not (account.active and access.may(account.as_actor(), "signing:sign")):
        return
    row.request_id = uuid4()
    session.add(
        SigningRequest(
            id=row.request_id,
            agency_id=row.agency_id,
            name=file_name(row, "pdf"),
            account=account.name,
            signer_name=row.giver,
            requested_by=row.made_by,
            requested_at=row.issued_at or clock.now(),
            sha256=row.sha256 or "",
            size_bytes=size_bytes,
            findings=[],
        )
    )
    record_event(
        session,
        "signing:requested",
        subject_id=str(row.request_id),
        actor=WORKER,
        agency_id=row.agency_id,
        data={"sha256": row.sha256, "account": account.name},
    )


def _check(handover_id: UUID) -> str:
    """The code by which anybody asks whether the minutes are ours."""
    return check_code(f"handover {handover_id}")


def _keep(session: Session, row: HandoverRecord, form: dict[str, Any]) -> None:
    session.add(
        Act(
            kind=HANDOVER_RECORD,
            subject_id=str(row.id),
            at=clock.now(),
            document=handover_document(row).as_json() | form,
            companion_sha256=row.sha256,
            companion_suffix="pdf",
        )
    )
    record_event(
        session,
        "handover:signed",
        of=row,
        actor=WORKER,
        data={"number": row.number, "sha256": row.sha256},
    )
    handed = {"kind": MINUTES, "sha256": row.sha256}
    if row.request_id is not None:
        handed["signing"] = str(row.request_id)
    note_handed_out(session, _check(row.id), handed, actor=WORKER, agency_id=row.agency_id)


def paper_said(session: Session, services: Services, record: HandoverRecord) -> Handover:
    agency = session.get_one(Agency, record.agency_id)
    archive = services.settings.archive
    case_files = list(listed_case_files(session, case_ids(session, record), record=record))
    return Handover(
        number=record.number,
        archive=archive.name,
        archive_above=archive.superior,
        place=archive.place,
        block=record.block,
        basis=[_words("basis-decree"), *([record.basis] if record.basis else [])],
        giver=Side(record.giver, record.giver_position, agency.name),
        receiver=Side(record.receiver, record.receiver_position, archive.name),
        condition=record.condition,
        case_files=case_files,
        boxes=boxes_of(session, [case_file.code for case_file in case_files]),
    )


def case_ids(session: Session, record: HandoverRecord) -> list[UUID]:
    """Case files by the codes of the items, in their order."""
    codes = [handover_item.case_code for handover_item in record.items]
    found: dict[str, UUID] = {}
    for start in range(0, len(codes), 500):
        some = codes[start : start + 500]
        rows = session.execute(select(CaseFile.code, CaseFile.id).where(CaseFile.code.in_(some)))
        found |= {code: case_file_id for code, case_file_id in rows}
    return [found[code] for code in dict.fromkeys(codes) if code in found]


def _whole(session: Session, handover_id: UUID, *, lock: bool = False) -> HandoverRecord:
    query = select(HandoverRecord).where(HandoverRecord.id == handover_id)
    query = query.options(selectinload(HandoverRecord.items))
    row = session.scalar(query.with_for_update(of=HandoverRecord) if lock else query)
    if row is None:
        raise HandoverNotFoundError(id=handover_id)
    return row


def make_due(lease: Lease, services: Services) -> None:
    """Each day: minutes for what each sender's submissions of the days before became.

    None while numbers that were used on paper wait for their minutes: these may list the same.
    """
    with services.read_only() as session:
        before = clock.now()
        on_paper = waiting_numbers(session, HANDOVER_RECORD)
        rows = [] if on_paper else session.execute(waiting_handover(actor=WORKER)).all()
        senders = [(row[0], row[1]) for row in rows if row[0] is not None and row[3] < before]
    for agency_id, sender in senders:
        make(services, actor=WORKER, agency_id=agency_id, sender=sender, giver=sender)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def state_of(row: HandoverRecord, request: SigningState | None) -> str:
    """``numbered``; ``signed`` for the archive; ``complete`` once the giver signed as well."""
    if row.sha256 is None:
        return "numbered"
    if row.on_paper:
        return "complete"
    return "complete" if request is SigningState.SIGNED else "signed"


def open_handover(services: Services, handover_id: UUID, *, actor: Actor) -> HandoverOpened:
    """One of them, with its case files as its paper lists them.

    Raises:
        HandoverNotFoundError
    """
    with services.read_only() as session:
        row = visible_handover(session, handover_id, actor)
        return handover_document(row).extended(
            HandoverOpened,
            state=state_of(row, request_state(session, row)),
            agency=session.get_one(Agency, row.agency_id).name,
            count=len({handover_item.case_code for handover_item in row.items}),
        )


def file_name(row: HandoverRecord, suffix: str) -> str:
    """``bien-ban-giao-nhan-01-2026.pdf``."""
    return f"bien-ban-giao-nhan-{row.number.partition('/')[0]}-{row.year}.{suffix}"


def visible_handover(session: Session, handover_id: UUID, actor: Actor) -> HandoverRecord:
    access.require(actor, "handover:list")
    row = _whole(session, handover_id)
    if not access.may(actor, "handover:list", row):
        raise HandoverNotFoundError(id=handover_id)
    return row


def request_state(session: Session, row: HandoverRecord) -> SigningState | None:
    if row.request_id is None:
        return None
    return session.scalar(select(SigningRequest.state).where(SigningRequest.id == row.request_id))


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.handover.{key}", "vi", **facts)


def agency_names(session: Session) -> dict[UUID, str]:
    """Of all agencies, by id."""
    rows = session.execute(select(Agency.id, Agency.name))
    return {agency_id: name for agency_id, name in rows}
