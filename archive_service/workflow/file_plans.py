"""File plans as documents of the contract."""

from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service import clock, messages
from archive_service.accounts.accounts import display_names
from archive_service.bootstrap import Services
from archive_service.catalogue.agencies import list_agencies
from archive_service.catalogue.holdings import agency_codes
from archive_service.domain.account import Actor
from archive_service.domain.file_plan import FilePlan
from archive_service.domain.finding import Finding
from archive_service.workflow.custody import write_out_evidence
from ingest.file_plan.due import answered_entries, code_of
from ingest.file_plan.plans import (
    approve_file_plan,
    get_file_plan,
    import_file_plan,
    list_file_plans,
    list_plan_heads,
)
from retention.rules import schedules


def import_plan(
    services: Services, file: Path, *, agency: str, year: int, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """``{id, state, entries, findings}`` of a draft read from a spreadsheet."""
    with services.unit_of_work() as uow:
        plan, findings = import_file_plan(
            file,
            agency_code=agency,
            year=year,
            actor=actor,
            uow=uow,
            limits=services.settings.limits,
        )
        uow.commit()
        return _document(plan, agency, [_finding(one, lang) for one in findings])


def approve_plan(services: Services, plan_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Put a draft in force; its act lies in every copy before this returns."""
    with services.unit_of_work() as uow:
        plan = approve_file_plan(plan_id, actor=actor, uow=uow)
        codes = agency_codes(uow.session)
        document = _document(plan, codes[plan.agency_id], [])
        uow.commit()
    write_out_evidence(services)
    return document


def list_plans(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """The plans the account may see, newest year first."""
    with services.read_only() as session:
        codes = agency_codes(session)
        plans = list_file_plans(session, actor=actor)
        return [_document(plan, codes[plan.agency_id], []) for plan in plans]


def _document(plan: FilePlan, agency: str, findings: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": str(plan.id),
        "agency": agency,
        "year": plan.year,
        "state": plan.state.value,
        "entries": len(plan.entries),
        "findings": findings,
    }


def plan_heads(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """The plans as a list shows them, newest year first; entries are counted, not read."""
    with services.read_only() as session:
        rows = list_plan_heads(session, actor=actor)
        names = display_names(session, {plan.approved_by or "" for plan, _, _ in rows})
        return [
            {
                "id": str(plan.id),
                "agency": agency,
                "year": plan.year,
                "state": plan.state.value,
                "entries": entries,
                "approved_at": plan.approved_at,
                "approved_by": names.get(plan.approved_by or "", plan.approved_by or ""),
            }
            for plan, agency, entries in rows
        ]


def open_plan(services: Services, plan_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """A plan with its entries, and which of them were handed in; ``FilePlanNotFoundError``."""
    with services.read_only() as session:
        plan, agency = get_file_plan(session, plan_id, actor=actor)
        answered = answered_entries(session, {(plan.agency_id, plan.year)})
        entries = []
        for entry in plan.entries:
            state = answered.get((plan.agency_id, plan.year, entry.notation))
            entries.append(
                {
                    "code": code_of(entry, plan, agency),
                    "heading": entry.heading,
                    "title": entry.title,
                    "term": entry.term,
                    "citation": _citation(entry.rule_code),
                    "creator": entry.creator,
                    "submitted": state.value if state else None,
                }
            )
        return {
            "id": str(plan.id),
            "agency": agency.name,
            "year": plan.year,
            "state": plan.state.value,
            "entries": entries,
        }


def agencies_for(services: Services, *, actor: Actor) -> list[tuple[str, str]]:
    """Identifier and name of each agency whose plan the account may import."""
    with services.read_only() as session:
        return [
            (agency.code, agency.name)
            for agency in list_agencies(session)
            if actor.agency_id in (None, agency.id)
        ]


def _citation(rule_code: str | None) -> str:
    """The article of the entry's rule; its bare code where no schedule in force has it."""
    rule = schedules().find(rule_code, clock.today()) if rule_code else None
    return rule.citation if rule else rule_code or ""


def _finding(finding: Finding, lang: str) -> dict[str, str]:
    said = messages.finding(finding.code, lang, finding.facts | {"place": finding.place})
    return {
        "check": finding.check,
        "code": finding.code,
        "severity": finding.severity.value,
        "place": finding.place,
        "message": said.message,
        "remedy": said.remedy,
    }
