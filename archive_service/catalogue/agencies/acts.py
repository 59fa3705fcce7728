"""Agencies and their fonds: adding, finding, who followed whom."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.catalogue.agencies.custody_acts import record_agency_act
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.agency import (
    Agency,
    AgencyChange,
    AgencyChangeKind,
    AgencyIdentifier,
    AgencySuccession,
)
from archive_service.domain.agencies.agency_identifier import parse_agency_identifier
from archive_service.domain.agencies.code_scheme import FondsScheme
from archive_service.domain.agencies.fonds import Fonds, FondsState
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.signing.port import SignerKind, Subject
from archive_service.text import nfc, telling_line

LONGEST_NAME = 500


class AgencyNotFoundError(NotFoundError):
    """No agency bears this identifier."""


class AgencyCircleError(ConflictError):
    """It would stand above itself, or take over from itself."""


class AgencyNameError(InputError):
    """No name, or one that is too long."""


class AgencyChangeDayError(InputError):
    """The day of a change has not come yet, or lies before another change of its kind."""


class AgencyExistsError(ConflictError):
    """The identifier is borne by an agency of another name."""


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
    becomes the one in use: from ``valid_from`` on, if given, which ends the period of the former.
    ``successor_of`` links; with a day it ends the predecessor and its identifier on the day before.

    Raises:
        MalformedAgencyIdentifierError: ``code`` has neither the old nor the new form.
        AgencyExistsError: ``code`` is borne by an agency of another name.
        AgencyNotFoundError: ``same_as``, ``superior`` or ``successor_of`` is not known.
        AgencyNameError, AgencyCircleError, AgencyChangeDayError
    """
    access.require(actor, "agency:add")
    _require_come(valid_from)
    session = uow.session
    parsed = parse_agency_identifier(code)
    name = named(name)
    found = find_agency(session, parsed.text)
    if found is not None and found.served:
        if found.name != name:
            raise AgencyExistsError(code=parsed.text, name=found.name)
        return found, False
    if same_as is not None:
        agency = get_agency(session, same_as)
        if valid_from is not None:
            close_identifier_in_use(agency, valid_from - dt.timedelta(days=1))
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
    session.flush()
    _set_above(session, agency, superior)
    if successor_of is not None:
        _take_over(session, agency, get_agency(session, successor_of), valid_from, actor)
    _own_fonds(session, agency)
    record_agency_act(session, agency)
    data = {"code": parsed.text, "name": name}
    record_event(
        session, "agency:added", subject_id=agency.id, actor=actor, agency_id=agency.id, data=data
    )
    return agency, True


def _require_come(day: dt.date | None) -> None:
    """What is added counts at once, so that its first day is no day to come."""
    if day is not None and day > clock.today():
        raise AgencyChangeDayError(on=day, since="", today=clock.today())


def named(name: str) -> str:
    """A name as it is kept; ``AgencyNameError`` where it says nothing or too much."""
    name_line = telling_line(nfc(name))
    if not 0 < len(name_line) <= LONGEST_NAME:
        raise AgencyNameError(longest=LONGEST_NAME)
    return name_line


def _set_above(session: Session, agency: Agency, superior: str | None) -> None:
    if superior is not None:
        above = get_agency(session, superior)
        require_no_circle(session, agency, above)
        agency.superior_id = above.id


def require_no_circle(session: Session, agency: Agency, above: Agency | None) -> None:
    """``AgencyCircleError`` where the agency stands above what is to stand above it."""
    seen = above
    while seen is not None:
        if seen.id == agency.id:
            raise AgencyCircleError(code=agency.code, other=above.code if above else "")
        seen = session.get(Agency, seen.superior_id) if seen.superior_id else None


def enlist_agency(
    services: Services, code: str, name: str, *, actor: Actor, **more: Any
) -> tuple[Agency, bool]:
    """Add an agency with its fonds and, in a demo's home, the toy seal that settings name not.

    ``more`` is passed to ``agencies.acts.add_agency``.
    """
    with services.unit_of_work() as uow:
        agency, new = add_agency(code, name, actor=actor, uow=uow, **more)
        uow.commit()
    make_agency_key(services, agency.code, agency.name)
    write_out_evidence(services)
    return agency, new


def make_agency_key(services: Services, code: str, name: str) -> bool:
    """In a demo's home a seal ``keys/CODE.p12``, unless there is one or the settings name one."""
    from archive_service.signing.key_stores.secret import key_agency

    if not services.settings.is_demo:
        return False
    if any(key_agency(url) == code for url in services.settings.signing.keys):
        return False
    subject = Subject(name=name, organization=name, kind=SignerKind.AGENCY, identifier=code)
    return services.authority.issue_key(subject, services.settings.home / "keys" / f"{code}.p12")


def agency_id_of(services: Services, code: str | None) -> UUID | None:
    """The id of an agency by identifier; ``None`` for none."""
    if code is None:
        return None
    with services.read_only() as session:
        return get_agency(session, code).id


def close_identifier_in_use(agency: Agency, last: dt.date) -> None:
    """The one in use was borne to this day, unless its period tells otherwise."""
    in_use = next(item for item in agency.identifiers if item.code == agency.code)
    if in_use.valid_to is None and in_use.is_valid_on(last):
        in_use.valid_to = last


def follow(
    session: Session,
    agency: Agency,
    before: Agency,
    on: dt.date | None,
    *,
    instrument: str = "",
) -> None:
    """A link to the predecessor; one that is there already stays as it is."""
    link = AgencySuccession
    known = select(link.id).where(link.predecessor_id == before.id, link.successor_id == agency.id)
    if session.scalar(known) is None:
        session.add(
            AgencySuccession(
                predecessor_id=before.id, successor_id=agency.id, on=on, instrument=instrument[:300]
            )
        )
        session.flush()


def _take_over(
    session: Session, successor: Agency, before: Agency, since: dt.date | None, actor: Actor
) -> None:
    """Who was followed bears its identifier no longer, from the day of the successor on."""
    if before is successor:
        raise AgencyCircleError(code=successor.code, other=before.code)
    follow(session, successor, before, since)
    if since is None or before.ended_on is not None:
        return
    last = since - dt.timedelta(days=1)
    close_identifier_in_use(before, last)
    before.ended_on = last
    change = AgencyChange(
        kind=AgencyChangeKind.ENDED,
        on=last,
        reason=messages.text("labels.agency-changes.followed", name=successor.name),
        before=before.name,
        after=successor.code,
    )
    note_change(session, before, change, actor)


def note_change(session: Session, agency: Agency, change: AgencyChange, actor: Actor) -> None:
    """What became of the agency, as a row, an act of custody and an event."""
    change.by, change.at = actor.account, clock.now()
    agency.changes.append(change)
    session.flush()
    record_agency_act(session, agency)
    words = {name: getattr(change, name) for name in ("reason", "before", "after")}
    record_event(
        session,
        f"agency:{change.kind}",
        subject_id=agency.id,
        actor=actor,
        agency_id=agency.id,
        data={"code": agency.code, "on": change.on.isoformat(), **words},
    )


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


def known_schemes(session: Session) -> list[FondsScheme]:
    """How codes without a year are made, by every identifier of the agencies that declare it."""
    query = (
        select(AgencyIdentifier.code, Fonds.code, Fonds.code_scheme)
        .join(Fonds, Fonds.agency_id == AgencyIdentifier.agency_id)
        .where(Fonds.code_scheme != "", Fonds.state == FondsState.OPEN)
    )
    return [FondsScheme(*row) for row in session.execute(query)]


def _own_fonds(session: Session, agency: Agency) -> None:
    """Each served agency has a fonds of its own code, made once."""
    if session.scalar(select(Fonds.id).where(Fonds.agency_id == agency.id)) is None:
        session.add(
            Fonds(
                agency_id=agency.id,
                code=agency.code,
                name=messages.text("labels.fonds.of-agency", agency=agency.name),
            )
        )
        session.flush()
