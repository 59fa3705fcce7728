"""Agencies as acts of custody: written into every copy, and read back from one."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.agencies.agency import (
    Agency,
    AgencyChange,
    AgencyIdentifier,
    AgencySuccession,
)
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.keeping.act import Act
from archive_service.packaging.catalogue import plain_row, row_from

_AGENCY = ("id", "code", "name", "superior_id", "served", "source", "ended_on")
_CHANGE = ("kind", "on", "at", "reason", "before", "after", "by")
_IDENTIFIER = ("code", "form", "level", "valid_from", "valid_to")
_SUCCESSION = ("on", "instrument")
_FONDS = (
    *("id", "code", "name", "state", "history", "period", "total_documents", "classification"),
    *("languages", "risk_recovery", "description", "former_names", "close_reason", "code_scheme"),
    *("opened_on", "closed_on", "successor_id"),
)


def record_agency_act(session: Session, agency: Agency) -> None:
    """The state of an agency and its fonds, on its way into ``acts/`` of every copy."""
    fonds = session.scalars(select(Fonds).where(Fonds.agency_id == agency.id).order_by(Fonds.code))
    succession = session.scalars(
        select(AgencySuccession).where(AgencySuccession.successor_id == agency.id)
    )
    session.add(
        Act(
            kind="agency",
            subject_id=str(agency.id),
            at=clock.now(),
            document={
                "agency": plain_row(agency, _AGENCY),
                "changes": [plain_row(change, _CHANGE) for change in agency.changes],
                "identifiers": [plain_row(code, _IDENTIFIER) for code in agency.identifiers],
                "predecessors": [
                    {"id": str(link.predecessor_id)} | plain_row(link, _SUCCESSION)
                    for link in succession
                ],
                "fonds": [plain_row(each, _FONDS) for each in fonds],
            },
        )
    )


def restore_agencies(session: Session, bodies: list[dict[str, Any]]) -> None:
    """The rows that ``record_agency_act`` wrote, all at once: they refer to each other."""
    for body in bodies:
        agency = row_from(Agency, body["agency"] | {"superior_id": None})
        # acts of older releases tell of no end and no change, and less of a fonds
        agency.changes = [row_from(AgencyChange, change) for change in body.get("changes", ())]
        agency.identifiers = [row_from(AgencyIdentifier, code) for code in body["identifiers"]]
        session.add(agency)
        of_it = {"agency_id": body["agency"]["id"]}
        session.add_all(row_from(Fonds, each | of_it) for each in body["fonds"])
    session.flush()
    for body in bodies:
        agency_id = UUID(body["agency"]["id"])
        if body["agency"]["superior_id"]:
            session.get_one(Agency, agency_id).superior_id = UUID(body["agency"]["superior_id"])
        for predecessor in body["predecessors"]:
            ends = {"predecessor_id": predecessor["id"], "successor_id": body["agency"]["id"]}
            of_it = {name: predecessor[name] for name in _SUCCESSION}
            session.add(row_from(AgencySuccession, of_it | ends))
