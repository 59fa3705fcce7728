"""The paper of a file plan: printed, given out to be signed, and the signed one shown."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.signing.signing_request import (
    SIGNED_PAPER,
    SigningRequest,
    SigningState,
)
from archive_service.errors import ConflictError, NotFoundError
from archive_service.evidence.companions import read_companion
from archive_service.forms.docx import write_docx
from archive_service.forms.table_form import TableForm, for_press, print_table_form
from archive_service.forms.xlsx import write_xlsx
from archive_service.services import Services
from archive_service.signing.desk.acts import request_signature_of
from archive_service.signing.desk.documents import SigningRequestDocument
from archive_service.storage.work_folder import work_place
from ingest.file_plan.documents import FilePlanPaperDocument
from ingest.file_plan.form import PlanIssuer, file_plan_form
from ingest.file_plan.plans import get_file_plan
from ingest.file_plan.transitions import TRANSITIONS
from retention.terms.known_schedules import known_schedules

KIND = "file-plan"
FORMS = ("pdf", "docx", "xlsx")
UNSIGNED = "unsigned"


class FilePlanPaperAskedError(ConflictError):
    """The paper of this version waits for a signature already, or is signed."""


class FilePlanPaperMissingError(NotFoundError):
    """Nobody signed the paper of this version."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who may sign papers of an agency, by their own key or with its seal."""

    account: str
    name: str
    position: str
    with_seal: bool


def write_plan(services: Services, plan_id: UUID, target: Path, *, actor: Actor) -> None:
    """Write the plan as it is now to ``target``: PDF/A-2b, DOCX or XLSX by its suffix.

    Raises:
        FilePlanNotFoundError: no such plan, or not this account's to know.
    """
    with services.read_only() as session:
        plan, agency = _whole(session, plan_id, actor)
        form = _form(services, session, plan, agency, with_rules=target.suffix != ".pdf")
        made_at = _as_of(plan)
    if target.suffix == ".docx":
        write_docx(for_press(form, services.press), target)
    elif target.suffix == ".xlsx":
        write_xlsx(for_press(form, services.press), target)
    else:
        print_table_form(form, target, at=made_at, press=services.press)


def ask_for_signature(
    services: Services, plan_id: UUID, *, account: str, with_seal: bool, actor: Actor
) -> SigningRequestDocument:
    """Print an approved plan and give it out, to a person's own key or to the agency's seal.

    The answer comes through the signing requests; signed, the paper lies in every copy beside its
    act. The archive's own key signs no plan: it is the agency's.

    Raises:
        FilePlanNotFoundError, ActNotAllowedError
        FilePlanNotInForceError: it is a draft.
        FilePlanPaperAskedError: its paper waits or is signed.
        and what ``request_signature`` raises.
    """
    with services.read_only() as session:
        plan, _ = _whole(session, plan_id, actor)
        TRANSITIONS.require(plan, "sign", actor)
        asked = [paper for paper in papers_of(session, plan) if paper.version == plan.version]
        if any(paper.state != SigningState.WITHDRAWN.value for paper in asked):
            raise FilePlanPaperAskedError(year=plan.year, version=plan.version)
        name, subject = f"danh-muc-ho-so-{plan.year}.pdf", (KIND, _subject(plan, plan.version))
    with work_place(services.work_folder, "plan-") as place:
        write_plan(services, plan_id, place / name, actor=actor)
        data = (place / name).read_bytes()
    return request_signature_of(
        services,
        data,
        account=account,
        actor=actor,
        name=name,
        with_seal=with_seal,
        subject=subject,
    )


def papers_of(session: Session, plan: FilePlan) -> list[FilePlanPaperDocument]:
    """Papers given out to be signed, by version, the latest first; one statement."""
    subjects = [_subject(plan, version) for version in range(1, plan.version + 1)]
    rows = session.scalars(
        select(SigningRequest)
        .where(SigningRequest.subject_kind == KIND, SigningRequest.subject_id.in_(subjects))
        .order_by(SigningRequest.requested_at.desc())
    )
    return [_paper(row) for row in rows]


def read_paper(
    services: Services, plan_id: UUID, version: int, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the signed paper of a version, verified; for all who see the plan.

    Raises:
        FilePlanNotFoundError, FilePlanPaperMissingError
    """
    with services.read_only() as session:
        plan, _ = get_file_plan(session, plan_id, actor=actor)
        row = session.scalar(
            select(SigningRequest).where(
                SigningRequest.subject_kind == KIND,
                SigningRequest.subject_id == _subject(plan, version),
                SigningRequest.state == SigningState.SIGNED,
            )
        )
        if row is None:
            raise FilePlanPaperMissingError(year=plan.year, version=version)
        act = session.scalars(
            select(Act).where(Act.kind == SIGNED_PAPER, Act.subject_id == str(row.id))
        ).one()
    return row.name, read_companion(act, staging=services.staging, copies=services.copies)


def agency_signers(services: Services, plan_id: UUID, *, actor: Actor) -> list[Signer]:
    """Who may sign the paper of this plan; ``FilePlanNotFoundError``."""
    with services.read_only() as session:
        _, agency = get_file_plan(session, plan_id, actor=actor)
        return _signers_of(session, agency.id)


def _signers_of(session: Session, agency_id: UUID) -> list[Signer]:
    """Heads of the agency, who sign with their own key, and clerks, who put its seal."""
    rows = session.scalars(
        select(Account)
        .where(
            Account.agency_id == agency_id,
            Account.role.in_((Role.AGENCY_HEAD, Role.CLERK)),
            Account.active,
        )
        .order_by(Account.role, Account.name)
    )
    return [
        Signer(row.name, row.person, row.position, with_seal=row.role is Role.CLERK) for row in rows
    ]


def _whole(session: Session, plan_id: UUID, actor: Actor) -> tuple[FilePlan, Agency]:
    plan, agency = get_file_plan(session, plan_id, actor=actor)
    more = (selectinload(FilePlan.headings), selectinload(FilePlan.amendments))
    session.scalars(select(FilePlan).where(FilePlan.id == plan_id).options(*more)).one()
    return plan, agency


def _form(
    services: Services, session: Session, plan: FilePlan, agency: Agency, *, with_rules: bool
) -> TableForm:
    above = session.get(Agency, agency.superior_id) if agency.superior_id else None
    heads = [signer for signer in _signers_of(session, agency.id) if not signer.with_seal]
    on = clock.local(_as_of(plan)).date() if plan.approved_at else clock.today()
    codes = {entry.rule_code for entry in plan.entries if entry.rule_code}
    known = known_schedules(session)
    rules = {code: known.find(code, on) for code in codes}
    return file_plan_form(
        plan,
        PlanIssuer(
            name=agency.name,
            above=above.name if above else "",
            place=services.settings.archive.place,
            position=heads[0].position if len(heads) == 1 else "",
            signer=heads[0].name if len(heads) == 1 else "",
        ),
        on=on,
        rules={code: rule.years for code, rule in rules.items() if rule},
        with_rules=with_rules,
    )


def _as_of(plan: FilePlan) -> dt.datetime:
    """When the plan took its form of now: the same paper is the same bytes."""
    approved = [amendment.approved_at for amendment in plan.amendments if amendment.approved_at]
    return max([*approved, plan.approved_at or clock.now()]).replace(microsecond=0)


def _subject(plan: FilePlan, version: int) -> str:
    return f"{plan.id}.{version}"


def _paper(row: SigningRequest) -> FilePlanPaperDocument:
    return FilePlanPaperDocument.of_row(
        row,
        version=int(row.subject_id.rpartition(".")[2]),
        state=row.state.value,
        signer=row.signer_name,
    )


def signing_state(papers: Sequence[FilePlanPaperDocument], version: int) -> str:
    """``signed``, ``waiting`` or ``unsigned``: what the paper of this version is."""
    states = {paper.state for paper in papers if paper.version == version}
    for state in (SigningState.SIGNED.value, SigningState.WAITING.value):
        if state in states:
            return state
    return UNSIGNED


def signing_states(session: Session, plans: Sequence[FilePlan]) -> dict[UUID, str]:
    """The state of the paper of each plan's newest version; one statement."""
    subjects = {_subject(plan, plan.version): plan.id for plan in plans}
    found = dict.fromkeys(subjects.values(), UNSIGNED)
    rows = session.execute(
        select(SigningRequest.subject_id, SigningRequest.state).where(
            SigningRequest.subject_kind == KIND, SigningRequest.subject_id.in_(subjects)
        )
    )
    for subject, state in rows:
        plan_id = subjects[subject]
        if state is not SigningState.WITHDRAWN and found[plan_id] != SigningState.SIGNED.value:
            found[plan_id] = state.value
    return found
