"""Scanning stations: added with an account and a token of their own, listed, taken out of use."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select

from archive_service import access, clock
from archive_service.accounts.acts import add_account, kept_account
from archive_service.accounts.disabling import disable_account
from archive_service.accounts.sessions import add_token
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.digitization.station import Station
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import ConflictError
from archive_service.formats.measure.limits import load_limits
from digitize.batches.reach import USUAL_STANDARD, get_station, record_added

# What a station's own token may do: everything that its account may with batches.
SCOPES = [
    "batch:create",
    "batch:list",
    "batch:read",
    "batch:edit",
    "batch:release",
    "batch:reject",
    "station:list",
]


class StationExistsError(ConflictError):
    """The name is taken by a station of another agency, device or standard."""


@dataclass(frozen=True, slots=True)
class NewStation:
    """A station as it is added; ``name`` is its account's too."""

    name: str
    title: str = ""
    device: str = ""
    standard: str = USUAL_STANDARD
    agency_id: UUID | None = None
    password: str | None = None


def add_station(new: NewStation, *, actor: Actor, uow: UnitOfWork) -> tuple[Station, str | None]:
    """The station and its token, which is nowhere else; one that is there stays, without a token.

    Raises:
        NotAllowedError: ``actor`` may not add stations.
        UnknownStandardError: no limits bear this name.
        StationExistsError: the name is taken by a station that is not the same.
        AccountExistsError: or by an account of another role or agency.
    """
    access.require(actor, "station:add")
    session = uow.session
    known = session.scalar(select(Station).where(Station.name == new.name))
    if known is not None:
        values = (known.title, known.device, known.standard, known.agency_id)
        if values != (new.title, new.device, new.standard, new.agency_id):
            raise StationExistsError(station=new.name)
        return known, None
    load_limits(new.standard)
    kept = kept_account(session, new.name, role=Role.STATION, agency_id=new.agency_id)
    account = kept or add_account(
        new.name,
        role=Role.STATION,
        actor=actor,
        uow=uow,
        agency_id=new.agency_id,
        display_name=new.title,
        password=new.password,
    )
    station = Station(
        id=uuid4(),
        name=new.name,
        title=new.title,
        device=new.device,
        standard=new.standard,
        agency_id=new.agency_id,
        account_id=account.id,
        active=True,
        created_at=clock.now(),
    )
    session.add(station)
    session.flush()
    record_added(session, station, actor)
    return station, add_token(account, scopes=SCOPES, actor=actor, uow=uow)


def disable_station(name: str, *, actor: Actor, uow: UnitOfWork) -> Station:
    """It sends nothing any more; its account's sessions and tokens end at once."""
    access.require(actor, "station:add")
    station = get_station(uow.session, name, actor=actor)
    if station.active:
        station.active = False
        record_event(
            uow.session, "station:disabled", of=station, actor=actor, data={"station": station.name}
        )
    disable_account(station.name, actor=actor, uow=uow)
    return station
