"""Agencies and their fonds: adding, the official list, who followed whom."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.account import Actor
from archive_service.domain.act import Act
from archive_service.domain.agency import Agency, AgencyIdentifier, AgencySuccession
from archive_service.domain.agency_identifier import parse_agency_identifier
from archive_service.domain.fonds import Fonds, FondsState
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.text import nfc

_CODE_HEADINGS = ("code", "code_h", "ma dinh danh", "mã định danh", "mã")
_NAME_HEADINGS = ("name", "name_before_2025_merger", "ten", "tên cơ quan", "tên")


class AgencyNotFoundError(NotFoundError):
    """No agency bears this identifier."""

    code = "agency-not-found"


class AgencyExistsError(ConflictError):
    """The identifier is borne by an agency of another name."""

    code = "agency-exists"


class AgencyListError(InputError):
    """The official list has no column of codes or of names."""

    code = "agency-list"


def add_agency(
    code: str,
    name: str,
    *,
    actor: Actor,
    uow: UnitOfWork,
    valid_from: dt.date | None = None,
    successor_of: str | None = None,
    same_as: str | None = None,
    superior: str | None = None,
) -> tuple[Agency, bool]:
    """An agency that this archive serves, with its fonds, and whether it is new.

    ``same_as`` names another identifier of the same agency: then ``code`` is added to it and
    becomes the one in use. ``successor_of`` links, and edits nothing of the predecessor.

    Raises:
        MalformedAgencyIdentifierError: ``code`` has neither the old nor the new form.
        AgencyExistsError: ``code`` is borne by an agency of another name.
        AgencyNotFoundError: ``same_as``, ``superior`` or ``successor_of`` is not known.
    """
    access.require(actor, "agency:add")
    session = uow.session
    parsed = parse_agency_identifier(code)
    name = nfc(name).strip()
    found = find_agency(session, parsed.text)
    if found is not None and found.served:
        if found.name != name:
            raise AgencyExistsError(code=parsed.text, name=found.name)
        return found, False
    if same_as is not None:
        agency = get_agency(session, same_as)
        agency.code = parsed.text
    elif found is not None:  # known from the official list; from now on served
        agency, found.name, found.served = found, name, True
    else:
        agency = Agency(code=parsed.text, name=name, served=True)
        session.add(agency)
    if found is None:
        agency.identifiers.append(
            AgencyIdentifier(
                code=parsed.text, form=parsed.form, level=parsed.level, valid_from=valid_from
            )
        )
    if superior is not None:
        agency.superior_id = get_agency(session, superior).id
    session.flush()
    if successor_of is not None:
        _follow(session, agency, get_agency(session, successor_of), valid_from)
    _own_fonds(session, agency)
    record_agency_act(session, agency)
    data = {"code": parsed.text, "name": name}
    record_event(
        session, "agency:added", subject_id=agency.id, actor=actor, agency_id=agency.id, data=data
    )
    return agency, True


def _follow(session: Session, agency: Agency, before: Agency, on: dt.date | None) -> None:
    """A link to the predecessor, which is itself not edited."""
    session.add(AgencySuccession(predecessor_id=before.id, successor_id=agency.id, on=on))
    session.flush()


def import_official_list(path: Path, *, actor: Actor, uow: UnitOfWork) -> tuple[int, int]:
    """Read the official list (CSV or XLSX): identifiers become known, their agencies not served.

    Returns how many rows were added and how many were known. Rows whose code names a range or a
    group, such as A01-A99, are passed over.

    Raises:
        AgencyListError: no column of codes or names, or the file cannot be read.
    """
    access.require(actor, "agency:add")
    session = uow.session
    known = set(session.scalars(select(AgencyIdentifier.code)))
    added: list[Agency] = []
    passed = 0
    for code, name, source in _rows_of(path):
        try:
            parsed = parse_agency_identifier(code)
        except InputError:
            continue
        if parsed.text in known:
            passed += 1
            continue
        known.add(parsed.text)
        agency = Agency(code=parsed.text, name=nfc(name), served=False, source=source[:500])
        agency.identifiers.append(
            AgencyIdentifier(code=parsed.text, form=parsed.form, level=parsed.level)
        )
        session.add(agency)
        added.append(agency)
    session.flush()
    for agency in added:
        record_agency_act(session, agency)
    record_event(
        session,
        "agency:imported",
        subject_id=None,
        actor=actor,
        data={"file": path.name, "added": len(added), "known": passed},
    )
    return len(added), passed


def get_agency(session: Session, code: str) -> Agency:
    """The agency that bears, or bore, this identifier; ``AgencyNotFoundError``."""
    agency = find_agency(session, code)
    if agency is None:
        raise AgencyNotFoundError(code=code)
    return agency


def find_agency(session: Session, code: str) -> Agency | None:
    """The agency that bears, or bore, this identifier."""
    return session.scalar(
        select(Agency).join(AgencyIdentifier).where(AgencyIdentifier.code == code.strip())
    )


def list_agencies(session: Session, *, served_only: bool = True) -> list[Agency]:
    """Agencies by code."""
    query = select(Agency).order_by(Agency.code)
    return list(session.scalars(query.where(Agency.served) if served_only else query))


def known_identifiers(session: Session) -> set[str]:
    """Every identifier on record: the authority by which record codes are parsed."""
    return set(session.scalars(select(AgencyIdentifier.code)))


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
                },
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
                    }
                    for item in fonds
                ],
            },
        )
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
        )
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


def _own_fonds(session: Session, agency: Agency) -> None:
    """Each served agency has a fonds of its own code, made once."""
    if session.scalar(select(Fonds.id).where(Fonds.agency_id == agency.id)) is None:
        session.add(Fonds(agency_id=agency.id, code=agency.code, name=f"Phông {agency.name}"))
        session.flush()


def _rows_of(path: Path) -> list[tuple[str, str, str]]:
    """Code, name and source of each row, whatever the order of the columns."""
    table = _table(path)
    heads = [str(cell or "").strip().lower() for cell in table[0]] if table else []
    code = next((heads.index(name) for name in _CODE_HEADINGS if name in heads), None)
    label = next((heads.index(name) for name in _NAME_HEADINGS if name in heads), None)
    if code is None or label is None:
        raise AgencyListError(file=path.name, columns=heads)
    source = heads.index("source") if "source" in heads else None
    return [
        (str(row[code]), str(row[label]), str(row[source]) if source is not None else path.name)
        for row in table[1:]
        if len(row) > max(code, label) and row[code]
    ]


def _table(path: Path) -> list[list[object]]:
    try:
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as lines:
                return [list(row) for row in csv.reader(lines)]
        from openpyxl import load_workbook

        book = load_workbook(path, read_only=True, data_only=True)
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    except (OSError, ValueError, KeyError) as wrong:
        raise AgencyListError(file=path.name, columns=[str(wrong)]) from None
