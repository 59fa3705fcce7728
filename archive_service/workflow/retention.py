"""Why a case file is kept until a day, and what falls due."""

import datetime as dt
from typing import Any

from sqlalchemy import select

from archive_service import access, clock
from archive_service.bootstrap import Services
from archive_service.catalogue import holdings
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile, CaseState
from retention.explain import RetentionFacts, explain
from retention.holds import held_case_files, in_force
from retention.rules import RetentionRule


def explain_case_file(
    services: Services, code: str, *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """``{code, steps: [{text, citation}], ends_on, permanent}``."""
    access.require(actor, "retention:explain")
    with services.read_only() as session:
        row = holdings.get_case_file(session, code, actor=actor, whole=False)
        held = in_force(session, row.id) if access.may(actor, "hold:list", row) else []
        facts = RetentionFacts(
            rule=RetentionRule.from_document(row.rule),
            end_date=row.end_date,
            on=clock.today(),
            holds=[hold.reason for hold in held],
        )
        return {
            "code": row.code,
            "steps": [
                {"text": step.text, "citation": step.citation} for step in explain(facts, lang)
            ],
            "ends_on": row.ends_on and row.ends_on.isoformat(),
            "permanent": row.permanent,
        }


def list_due(services: Services, *, actor: Actor, on: dt.date | None = None) -> dict[str, Any]:
    """Case files whose last day lies before ``on`` (default today), soonest first."""
    day = on or clock.today()
    with services.read_only() as session:
        query = (
            select(CaseFile)
            .where(
                access.visible(actor, "case-file:list", CaseFile.agency_id),
                CaseFile.ends_on < day,
                CaseFile.state == CaseState.STORED,
            )
            .order_by(CaseFile.ends_on, CaseFile.code)
        )
        rows = session.scalars(query).all()
        held = held_case_files(session)
        return {
            "due": [
                {
                    "code": row.code,
                    "ends_on": row.ends_on and row.ends_on.isoformat(),
                    "rule": row.rule_code,
                    "citation": row.rule.get("citation"),
                    "held": row.id in held,
                }
                for row in rows
            ]
        }
