"""Agencies as acts of custody: written into every copy, and read back from one."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.agencies.agency import (
    Agency,
    AgencyChange,
    AgencyChangeKind,
    AgencyIdentifier,
    AgencySuccession,
)
from archive_service.domain.agencies.fonds import Fonds, FondsState
from archive_service.domain.keeping.act import Act

_FONDS_WORDS = (
    "history", "period", "total_documents", "classification", "languages", "risk_recovery",
    "description", "former_names", "close_reason", "code_scheme",
)  # fmt: skip
_CHANGE_WORDS = ("reason", "before", "after", "by")


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
                "agency": {
                    "id": str(agency.id),
                    "code": agency.code,
                    "name": agency.name,
                    "superior_id": agency.superior_id and str(agency.superior_id),
                    "served": agency.served,
                    "source": agency.source,
                    "ended_on": agency.ended_on and agency.ended_on.isoformat(),
                },
                "changes": [_change(item) for item in agency.changes],
                "identifiers": [
                    {
                        "code": item.code,
                        "form": item.form,
                        "level": item.level,
                        "valid_from": item.valid_from and item.valid_from.isoformat(),
                        "valid_to": item.valid_to and item.valid_to.isoformat(),
                    }
                    for item in agency.identifiers
                ],
                "predecessors": [
                    {
                        "id": str(item.predecessor_id),
                        "on": item.on and item.on.isoformat(),
                        "instrument": item.instrument,
                    }
                    for item in succession
                ],
                "fonds": [
                    {
                        "id": str(item.id),
                        "code": item.code,
                        "name": item.name,
                        "state": item.state.value,
                        **{name: getattr(item, name) for name in _FONDS_WORDS},
                        "opened_on": item.opened_on and item.opened_on.isoformat(),
                        "closed_on": item.closed_on and item.closed_on.isoformat(),
                        "successor_id": item.successor_id and str(item.successor_id),
                    }
                    for item in fonds
                ],
            },
        )
    )


def _change(row: AgencyChange) -> dict[str, str]:
    words = {name: getattr(row, name) for name in _CHANGE_WORDS}
    return {"kind": row.kind.value, "on": row.on.isoformat(), "at": clock.iso(row.at), **words}


def _change_row(told: dict[str, str]) -> AgencyChange:
    return AgencyChange(
        kind=AgencyChangeKind(told["kind"]),
        on=dt.date.fromisoformat(told["on"]),
        at=clock.parse_iso(told["at"]),
        **{name: told[name] for name in _CHANGE_WORDS},
    )


def restore_agencies(session: Session, bodies: list[dict[str, Any]]) -> None:
    """The rows that ``record_agency_act`` wrote, all at once: they refer to each other."""
    for body in bodies:
        told = body["agency"]
        agency = Agency(
            id=UUID(told["id"]),
            code=told["code"],
            name=told["name"],
            served=told["served"],
            source=told["source"],
            # acts of older releases tell of no end and no change
            ended_on=_day(told.get("ended_on")),
        )
        agency.changes = [_change_row(item) for item in body.get("changes", ())]
        agency.identifiers = [
            AgencyIdentifier(
                code=item["code"],
                form=item["form"],
                level=item["level"],
                valid_from=_day(item["valid_from"]),
                valid_to=_day(item["valid_to"]),
            )
            for item in body["identifiers"]
        ]
        session.add(agency)
        session.add_all(
            Fonds(
                id=UUID(item["id"]),
                agency_id=agency.id,
                code=item["code"],
                name=item["name"],
                state=FondsState(item["state"]),
                opened_on=_day(item.get("opened_on")),
                closed_on=_day(item.get("closed_on")),
                successor_id=UUID(item["successor_id"]) if item.get("successor_id") else None,
                # acts of older releases tell less of a fonds
                **{name: item[name] for name in _FONDS_WORDS if name in item},
            )
            for item in body["fonds"]
        )
    session.flush()
    for body in bodies:
        agency_id = UUID(body["agency"]["id"])
        if body["agency"]["superior_id"]:
            session.get_one(Agency, agency_id).superior_id = UUID(body["agency"]["superior_id"])
        session.add_all(
            AgencySuccession(
                predecessor_id=UUID(item["id"]),
                successor_id=agency_id,
                on=_day(item["on"]),
                instrument=item["instrument"],
            )
            for item in body["predecessors"]
        )


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
