"""File plans: imported as drafts, approved once, then the authority for codes of their year."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError
from archive_service.settings import LimitSettings
from archive_service.text import nfc
from ingest.file_plan.custody_acts import record_plan
from ingest.file_plan.read import CHECK, ReadPlan, read_file_plan
from ingest.file_plan.transitions import TRANSITIONS, FilePlanNotFoundError, find_plan

_FINDINGS_KEPT = 1_000
_EARLIEST = 1945
_NAMED = 5  # rows that could not be read


class FilePlanApprovedError(ConflictError):
    """The plan of this year is in force; importing another does not change it."""


class FilePlanEmptyError(InputError):
    """A plan without entries would forbid every code of its year."""


class FilePlanWithoutEntriesError(InputError):
    """No case file could be read in the file; a draft that is there stays as it is."""


class FilePlanAgencyUnknownError(InputError):
    """No agency bears the identifier that the plan is imported for."""


class FilePlanYearError(InputError):
    """No year of a file plan."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A draft that was read; ``replaced`` is how many entries an earlier one had."""

    plan: FilePlan
    findings: list[Finding]
    replaced: int


def require_year(year: int) -> None:
    """``FilePlanYearError`` for one before 1945, or after the next."""
    if not _EARLIEST <= year <= clock.today().year + 1:
        raise FilePlanYearError(year=str(year))


def import_file_plan(
    path: Path,
    *,
    agency_code: str,
    year: int,
    actor: Actor,
    uow: UnitOfWork,
    limits: LimitSettings,
) -> Imported:
    """Read the .xlsx or .docx into a draft of the agency and year; the caller commits.

    An earlier draft of the same year is replaced. Rows that cannot be read are findings.

    Raises:
        ActNotAllowedError: ``actor`` may not import for this agency.
        FilePlanYearError, FilePlanAgencyUnknownError: no plan is made of it, or for it.
        FilePlanApprovedError: the year's plan is approved already.
        FilePlanWithoutEntriesError: no case file can be read in it.
        InputError: the file is no file plan.
    """
    access.require(actor, TRANSITIONS["import"].right)  # before a file is opened
    require_year(year)
    read = read_file_plan(path, limits)  # before anything is locked
    session = uow.session
    agency = _agency(session, agency_code)
    access.require(actor, TRANSITIONS["import"].right, access.AtAgency(agency.id))
    if not read.entries:
        wrong = ", ".join(finding.place for finding in read.findings[:_NAMED] if finding.place)
        raise FilePlanWithoutEntriesError(name=path.name, rows=wrong or "–")
    plan = session.scalar(
        select(FilePlan).where(FilePlan.agency_id == agency.id, FilePlan.year == year)
    )
    replaced = 0
    if plan is None:
        plan = FilePlan(agency_id=agency.id, year=year, state=FilePlanState.DRAFT)
        session.add(plan)
    elif not TRANSITIONS.is_open(plan, "import"):
        raise FilePlanApprovedError(agency=agency.code, year=year)
    else:
        replaced = len(plan.entries)
        plan.entries.clear()
        plan.headings.clear()
        session.flush()  # the old rows go before new ones of the same notation come
    if read.years and year not in read.years:
        facts: dict[str, object] = {"year": year, "told": ", ".join(map(str, sorted(read.years)))}
        read.findings.insert(0, Finding(CHECK, "plan-year-differs", Severity.WARNING, "", facts))
    _take(plan, read)
    session.flush()
    counted = {"entries": len(plan.entries), "findings": len(read.findings), "replaced": replaced}
    record_event(
        session,
        "file-plan:imported",
        subject_id=plan.id,
        actor=actor,
        agency_id=agency.id,
        data={"year": year} | counted,
    )
    return Imported(plan, read.findings, replaced)


def approve_file_plan(plan_id: UUID, *, actor: Actor, uow: UnitOfWork) -> FilePlan:
    """Put a draft in force; the caller commits. A second call changes nothing.

    Raises:
        FilePlanNotFoundError: no such plan.
        ActNotAllowedError: ``actor`` may not approve for this agency.
        FilePlanEmptyError: it has no entry.
    """
    session = uow.session
    plan = find_plan(session, plan_id, "approve", actor=actor)
    if not TRANSITIONS.is_open(plan, "approve"):
        return plan
    if not plan.entries:
        raise FilePlanEmptyError(id=plan_id)
    TRANSITIONS.move(plan, "approve")
    plan.approved_by, plan.approved_at = actor.account, clock.now()
    session.flush()
    record_plan(session, plan, at=plan.approved_at)
    record_event(
        session,
        "file-plan:approved",
        of=plan,
        actor=actor,
        data={"year": plan.year, "entries": len(plan.entries)},
    )
    return plan


def list_file_plans(session: Session, *, actor: Actor) -> list[FilePlan]:
    """The plans that ``actor`` may see with entries and amendments, newest year first."""
    found = select(FilePlan).where(access.visible(actor, "file-plan:list", FilePlan.agency_id))
    ordered = found.order_by(FilePlan.year.desc(), FilePlan.id)
    parts = selectinload(FilePlan.entries), selectinload(FilePlan.amendments)
    return list(session.scalars(ordered.options(*parts)))


def list_plan_heads(
    session: Session, *, actor: Actor, offset: int = 0, limit: int | None = None
) -> tuple[list[tuple[FilePlan, str, int]], int]:
    """Plan, name of its agency and number of its entries, newest year first, and how many plans.

    Two statements.
    """
    visible = access.visible(actor, "file-plan:list", FilePlan.agency_id)
    counted = (
        select(FilePlanEntry.plan_id, func.count().label("entries"))
        .group_by(FilePlanEntry.plan_id)
        .subquery()
    )
    rows = session.execute(
        select(FilePlan, Agency.name, func.coalesce(counted.c.entries, 0))
        .join(Agency, Agency.id == FilePlan.agency_id)
        .outerjoin(counted, counted.c.plan_id == FilePlan.id)
        .where(visible)
        .order_by(FilePlan.year.desc(), Agency.name, FilePlan.id)
        .offset(offset)
        .limit(limit)
    )
    found = [(plan, name, entries) for plan, name, entries in rows]
    return found, session.scalar(select(func.count()).select_from(FilePlan).where(visible)) or 0


def get_file_plan(session: Session, plan_id: UUID, *, actor: Actor) -> tuple[FilePlan, Agency]:
    """A plan with its entries, and its agency.

    Raises:
        FilePlanNotFoundError: no such plan, or not this account's to know.
    """
    row = session.execute(
        select(FilePlan, Agency)
        .join(Agency, Agency.id == FilePlan.agency_id)
        .where(FilePlan.id == plan_id, access.visible(actor, "file-plan:list", FilePlan.agency_id))
        .options(selectinload(FilePlan.entries))
    ).one_or_none()
    if row is None:
        raise FilePlanNotFoundError(id=plan_id)
    return row[0], row[1]


def _take(plan: FilePlan, read: ReadPlan) -> None:
    """Fill the draft with the plan that was read, and with its first findings."""
    for heading in read.headings:
        heading.id = uuid4()
    plan.headings.extend(read.headings)
    for entry in read.entries:
        below = read.of.get(entry.notation)
        entry.heading_id = below.id if below else None
    plan.entries.extend(read.entries)
    plan.findings = [finding_document(finding) for finding in read.findings[:_FINDINGS_KEPT]]


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding as it is kept with a plan."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "place": finding.place,
        "facts": finding.facts,
    }


def kept_findings(plan: FilePlan) -> list[Finding]:
    """The findings that ``finding_document`` wrote."""
    found = []
    for finding in plan.findings:
        code, severity = finding["code"], Severity(finding["severity"])
        found.append(Finding(CHECK, code, severity, finding["place"], finding["facts"]))
    return found


def _agency(session: Session, code: str) -> Agency:
    agency = session.scalar(
        select(Agency).join(AgencyIdentifier).where(AgencyIdentifier.code == nfc(code).strip())
    )
    if agency is None:
        raise FilePlanAgencyUnknownError(agency=code)
    return agency
