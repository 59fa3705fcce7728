"""Fonds (phông): several an agency over time, opened, described, closed, followed by another."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from archive_service import access, clock, law
from archive_service.audit import record_event
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.catalogue.agencies.custody_acts import record_agency_act
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.fonds.documents import FondsDocument
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.code_scheme import checked_scheme
from archive_service.domain.agencies.fonds import Fonds, FondsState, Series
from archive_service.domain.case_files.case_file import CaseFile, CaseState, not_emptied
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.text import nfc, telling

# What is described of a fonds, with the longest that is kept; 0: any length.
FIELDS = {
    "name": 500,
    "history": 0,
    "period": 100,
    "total_documents": 9,
    "classification": 0,
    "languages": 100,
    "risk_recovery": 1,
    "description": 0,
    "former_names": 0,
    "code_scheme": 100,
}
_LONGEST_CODE = 100


class FondsNotFoundError(NotFoundError):
    """No fonds bears this code, or it is not this account's to know."""


class FondsExistsError(ConflictError):
    """Another fonds bears the code."""


class FondsClosedError(ConflictError):
    """Nothing is added to a fonds that is closed."""


class FondsFieldError(InputError):
    """A field of a fonds is unknown, empty, too long or of another form."""


class FondsSuccessorError(InputError):
    """A fonds does not follow itself, in however many steps."""


@dataclass(frozen=True, slots=True)
class ListedFonds:
    """One fonds with its agency and how much is in it."""

    row: Fonds
    agency: str
    agency_name: str
    successor: str | None
    case_files: int
    documents: int
    first: str | None
    last: str | None
    series: int

    def document(self) -> FondsDocument:
        """As pages, commands and the API tell it."""
        facts = {each.name: getattr(self, each.name) for each in fields(self)}
        row: Fonds = facts.pop("row")
        del facts["agency_name"]
        return FondsDocument.of_row(row, former_names=row.former_names.splitlines(), **facts)


def list_fonds(session: Session, *, actor: Actor, text: str = "") -> list[ListedFonds]:
    """Fonds the account may know of, by code, in one statement."""
    access.require(actor, "fonds:list")
    seen = access.visible(actor, "fonds:list", Fonds.agency_id)
    query = _with_what_it_has(seen, has_words(text, Fonds.code, Fonds.name))
    return [ListedFonds(*row) for row in session.execute(query.order_by(Fonds.code))]


def named_fonds(session: Session, *, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of each that the account may know of, for a choice: nothing is counted."""
    access.require(actor, "fonds:list")
    seen = access.visible(actor, "fonds:list", Fonds.agency_id)
    rows = session.execute(select(Fonds.code, Fonds.name).where(seen).order_by(Fonds.code))
    return [(row.code, row.name) for row in rows]


def get_listed(session: Session, code: str, *, actor: Actor) -> ListedFonds:
    """One of them; ``FondsNotFoundError``."""
    row = get_fonds(session, code, actor=actor)
    return ListedFonds(*session.execute(_with_what_it_has(Fonds.id == row.id)).one())


def get_fonds(session: Session, code: str, *, actor: Actor) -> Fonds:
    """``FondsNotFoundError`` where it is absent, or not to be known."""
    found = session.scalar(
        select(Fonds).where(
            Fonds.code == code.strip(), access.visible(actor, "fonds:list", Fonds.agency_id)
        )
    )
    if found is None:
        raise FondsNotFoundError(code=code)
    return found


def add_fonds(
    session: Session, code: str, *, agency: str, fields: Mapping[str, str], actor: Actor
) -> Fonds:
    """One more fonds of an agency, open from today.

    Raises:
        ActNotAllowedError, AgencyNotFoundError
        FondsExistsError: another bears the code.
        FondsFieldError: no name, or a field that cannot be kept.
    """
    owner = get_agency(session, agency)
    code = nfc(code).strip()
    if not code or len(code) > _LONGEST_CODE or any(letter.isspace() for letter in code):
        raise FondsFieldError(field="code", value=code[:_LONGEST_CODE])
    if session.scalar(select(Fonds.id).where(Fonds.code == code)) is not None:
        raise FondsExistsError(code=code)
    row = Fonds(agency_id=owner.id, code=code, name="", opened_on=clock.today())
    row.state, row.risk_recovery, row.languages = FondsState.OPEN, False, "01"
    row.history = row.period = row.classification = row.description = row.former_names = (
        row.code_scheme
    ) = ""
    access.require(actor, "fonds:keep", row)
    _set(row, fields)
    if not row.name:
        raise FondsFieldError(field="name", value="")
    session.add(row)
    _tell(session, row, "fonds:added", actor, {"name": row.name})
    return row


def describe_fonds(
    session: Session, code: str, *, fields: Mapping[str, str], reason: str, actor: Actor
) -> Fonds:
    """Change what is said of it; a name that it bore before is kept among the former ones."""
    access.require(actor, "fonds:keep")
    reason = reason_of(reason)
    row = get_fonds(session, code, actor=actor)
    access.require(actor, "fonds:keep", row)
    before = {name: getattr(row, name) for name in fields if name in FIELDS}
    _set(row, fields)
    changed = [name for name, was in before.items() if getattr(row, name) != was]
    if "name" in changed and before["name"] not in row.former_names.splitlines():
        row.former_names = "\n".join([*row.former_names.splitlines(), before["name"]])
    if changed:
        _tell(session, row, "fonds:described", actor, {"reason": reason, "what": changed})
    return row


def close_fonds(
    session: Session, code: str, *, reason: str, actor: Actor, successor: str = "",
    on: dt.date | None = None,
) -> Fonds:  # fmt: skip
    """Nothing is added to it any more; its case files keep their codes.

    ``successor`` is a link to the fonds that goes on, which may be another agency's; closing one
    that is closed links it, and changes nothing else.

    Raises:
        FondsNotFoundError: it, or its successor.
        FondsSuccessorError: the successor is followed by this one.
        FondsClosedError: it is closed, and no successor is named.
    """
    access.require(actor, "fonds:keep")
    reason = reason_of(reason)
    row = get_fonds(session, code, actor=actor)
    access.require(actor, "fonds:keep", row)
    if row.state is FondsState.CLOSED and not successor:
        raise FondsClosedError(code=row.code)
    if successor:
        row.successor_id = _successor(session, row, successor, actor=actor).id
    if row.state is FondsState.OPEN:
        row.state, row.close_reason = FondsState.CLOSED, reason
        row.closed_on = on or clock.today()
    _tell(session, row, "fonds:closed", actor, {"reason": reason, "successor": successor})
    return row


def _successor(session: Session, row: Fonds, code: str, *, actor: Actor) -> Fonds:
    following = get_fonds(session, code, actor=actor)
    seen: set[UUID] = {row.id}
    fonds: Fonds | None = following
    while fonds is not None:
        if fonds.id in seen:
            raise FondsSuccessorError(code=row.code, successor=code)
        seen.add(fonds.id)
        fonds = session.get(Fonds, fonds.successor_id) if fonds.successor_id else None
    return following


def _set(row: Fonds, fields: Mapping[str, str]) -> None:
    for name, given in fields.items():
        longest = FIELDS.get(name)
        lines = (" ".join(line.split()) for line in nfc(given).splitlines())
        value = "\n".join(line for line in lines if line)
        unfit = longest is None or (longest and len(value) > longest)
        if unfit or (name == "name" and not telling(value)):
            raise FondsFieldError(field=name, value=value[:200])
        setattr(row, name, _typed(name, value))


def _typed(name: str, value: str) -> str | int | bool | None:
    if name == "total_documents":
        if value and not value.isdecimal():
            raise FondsFieldError(field=name, value=value)
        return int(value) if value else None
    if name == "risk_recovery":
        return value == "1"
    if name == "code_scheme":
        return checked_scheme(value)
    if name == "languages":
        try:
            return ";".join(law.code_list("language").parse_many(value)) or "01"
        except law.UnknownCodeError:
            raise FondsFieldError(field=name, value=value) from None
    return value


def _tell(session: Session, row: Fonds, tag: str, actor: Actor, data: dict[str, Any]) -> None:
    """The fonds as it is now with its agency's act, and the event beside it."""
    session.flush()
    record_agency_act(session, session.get_one(Agency, row.agency_id))
    record_event(session, tag, of=row, actor=actor, data={"fonds": row.code} | data)


def _with_what_it_has(*which: ColumnElement[bool]) -> Select[Any]:
    """Those fonds with what is counted in each: case files in custody, their documents where they
    stand, and their span of time, from the first day that one begins to the last that one ends.

    The case files of all of them are gone through once, and once more beside their documents.
    """
    following = aliased(Fonds)
    kept = (
        CaseFile.fonds_id.in_(select(Fonds.id).where(*which).correlate(None)),
        CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED)),
    )
    held = (
        select(
            CaseFile.fonds_id,
            func.count().label("case_files"),
            func.min(func.nullif(CaseFile.start_date, "")).label("first"),
            func.max(func.nullif(CaseFile.end_date, "")).label("last"),
        )
        .where(*kept, not_emptied())
        .group_by(CaseFile.fonds_id)
        .subquery()
    )
    documents = (
        select(CaseFile.fonds_id, func.count().label("number"))
        .join(Document, CaseFile.id == Document.case_file_id)
        .where(*kept, Document.moved_to.is_(None), Document.replaced_in.is_(None))
        .group_by(CaseFile.fonds_id)
        .subquery()
    )
    branches = (
        select(func.count())
        .where(Series.fonds_id == Fonds.id, Series.removed_on.is_(None))
        .scalar_subquery()
    )
    counted: list[Any] = [
        func.coalesce(held.c.case_files, 0),
        func.coalesce(documents.c.number, 0),
        held.c.first,
        held.c.last,
        branches,
    ]  # more than select() has types for
    return (
        select(Fonds, Agency.code, Agency.name, following.code, *counted)
        .join(Agency, Agency.id == Fonds.agency_id)
        .outerjoin(following, following.id == Fonds.successor_id)
        .outerjoin(held, held.c.fonds_id == Fonds.id)
        .outerjoin(documents, documents.c.fonds_id == Fonds.id)
        .where(*which)
    )
