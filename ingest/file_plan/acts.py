"""File plans as documents of the contract."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from archive_service import access
from archive_service.accounts.acts import display_names
from archive_service.catalogue.agencies.acts import list_agencies
from archive_service.catalogue.holdings.rows import agency_codes
from archive_service.domain.agencies.file_plan import FilePlan
from archive_service.domain.intake.finding import Finding
from archive_service.domain.people.account import Actor
from archive_service.evidence.write_out import write_out_evidence
from archive_service.finding_document import FindingDocument
from archive_service.services import Services
from ingest.file_plan.checks import require_sound
from ingest.file_plan.documents import (
    FilePlanDocument,
    FilePlanHeadDocument,
    ImportedFilePlanDocument,
)
from ingest.file_plan.papers import signing_states
from ingest.file_plan.plans import (
    approve_file_plan,
    import_file_plan,
    kept_findings,
    list_file_plans,
    list_plan_heads,
)
from ingest.file_plan.transitions import find_draft
from ingest.receiving.recheck import recheck_planned


def import_plan(
    services: Services, file: Path, *, agency: str, year: int, actor: Actor, lang: str = "vi"
) -> ImportedFilePlanDocument:
    """Read a plan as the draft of its agency and year, in place of an earlier draft."""
    with services.unit_of_work() as uow:
        done = import_file_plan(
            file,
            agency_code=agency,
            year=year,
            actor=actor,
            uow=uow,
            limits=services.settings.limits,
        )
        uow.commit()
        document = _document(done.plan, agency, done.findings, lang)
        return document.extended(ImportedFilePlanDocument, replaced=done.replaced)


def approve_plan(
    services: Services, plan_id: UUID, *, actor: Actor, lang: str = "vi"
) -> FilePlanDocument:
    """Put a draft in force; its act lies in every copy before this answers.

    What was seen while the plan was read stays with it: rows that could not be read are missing.
    """
    with services.unit_of_work() as uow:
        plan = approve_file_plan(plan_id, actor=actor, uow=uow)
        require_sound(plan.entries, home=services.settings.home)
        codes = agency_codes(uow.session)
        document = _document(plan, codes[plan.agency_id], kept_findings(plan), lang)
        recheck_planned(uow.session, plan.agency_id, services.jobs)
        uow.commit()
    write_out_evidence(services)
    return document


def list_plans(services: Services, *, actor: Actor, lang: str = "vi") -> list[FilePlanDocument]:
    """List plans by agency and year."""
    access.require(actor, "file-plan:list")
    with services.read_only() as session:
        codes = agency_codes(session)
        plans = list_file_plans(session, actor=actor)
        return [_document(plan, codes[plan.agency_id], kept_findings(plan), lang) for plan in plans]


def _document(
    plan: FilePlan, agency: str, findings: Iterable[Finding], lang: str
) -> FilePlanDocument:
    return FilePlanDocument(
        id=plan.id,
        agency=agency,
        year=plan.year,
        state=plan.state.value,
        version=plan.version,
        entries=len(plan.entries),
        findings=[FindingDocument.of(finding, lang) for finding in findings],
        amendment=len(prepared.changes) if (prepared := find_draft(plan)) else 0,
    )


def plan_heads(
    services: Services, *, actor: Actor, offset: int = 0, limit: int | None = None
) -> tuple[list[FilePlanHeadDocument], int]:
    """The plans as a list shows them, newest year first, and how many there are.

    Entries are counted, not read; what became of each plan's paper is told beside it.
    """
    with services.read_only() as session:
        rows, total = list_plan_heads(session, actor=actor, offset=offset, limit=limit)
        names = display_names(session, {plan.approved_by or "" for plan, _, _ in rows})
        signing = signing_states(session, [plan for plan, _, _ in rows])
        heads = [
            FilePlanHeadDocument(
                id=plan.id,
                agency=agency,
                year=plan.year,
                state=plan.state.value,
                version=plan.version,
                signing=signing[plan.id],
                entries=entries,
                approved_at=plan.approved_at,
                approved_by=names.get(plan.approved_by or "", plan.approved_by or ""),
            )
            for plan, agency, entries in rows
        ]
        return heads, total


def agencies_for(services: Services, *, actor: Actor) -> list[tuple[str, str]]:
    """Identifier and name of each agency whose plan the account may import."""
    with services.read_only() as session:
        return [
            (agency.code, agency.name)
            for agency in list_agencies(session)
            if actor.agency_id in (None, agency.id)
        ]
