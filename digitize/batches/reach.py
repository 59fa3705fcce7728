"""Which stations and batches an account reaches: a station its own, archive staff all of them."""

from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.domain.digitization.station import Station
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.errors import ConflictError, InputError, NotFoundError

USUAL_STANDARD = "administrative"


class StationUnknownError(NotFoundError):
    """No station bears this name, or it is not this account's."""


class StationNotNamedError(InputError):
    """The account is no station's own: it has to say for which one it acts."""


class StationDisabledError(ConflictError):
    """The station was taken out of use."""


class BatchUnknownError(NotFoundError):
    """No batch bears this number or id, or it is not this account's to see."""


def get_station(
    session: Session, name: str | None, *, actor: Actor, working: bool = False
) -> Station:
    """The station of this name; a station's account may leave the name out.

    With ``working`` an account of role station that has no station yet becomes one, by the usual
    standard; the caller commits.

    Raises:
        StationUnknownError, StationNotNamedError: see there.
        StationDisabledError: with ``working``, it is out of use.
    """
    query = select(Station)
    if actor.role is Role.STATION:
        query = query.where(Station.account_id == actor.account_id)
        query = query if name is None else query.where(Station.name == name)
    elif name is None:
        raise StationNotNamedError(account=actor.account)
    else:
        query = query.where(Station.name == name)
    found = session.scalar(query)
    if found is None and working:
        found = _from_account(session, name, actor)
    if found is None or not _same_agency(actor, found.agency_id):
        raise StationUnknownError(station=name or actor.account)
    if working and not found.active:
        raise StationDisabledError(station=found.name)
    return found


def _from_account(session: Session, name: str | None, actor: Actor) -> Station | None:
    """``account add NAME --role station`` is enough for a station to send."""
    query = select(Account).where(Account.role == Role.STATION, Account.active)
    if actor.role is Role.STATION:
        query = query.where(Account.id == actor.account_id)
    account = session.scalar(query if name is None else query.where(Account.name == name))
    if account is None or not _same_agency(actor, account.agency_id):
        return None
    station = Station(
        id=uuid4(),
        name=account.name,
        title=account.display_name,
        agency_id=account.agency_id,
        account_id=account.id,
        standard=USUAL_STANDARD,
        active=True,
        created_at=clock.now(),
    )
    session.add(station)
    session.flush()
    record_added(session, station, actor)
    return station


def record_added(session: Session, station: Station, actor: Actor) -> None:
    """The event of a new station."""
    record_event(
        session,
        "station:added",
        of=station,
        actor=actor,
        data={"station": station.name, "device": station.device, "standard": station.standard},
    )


def get_batch(
    session: Session, batch: UUID | str, *, actor: Actor, act: str, locked: bool = False
) -> ScanBatch:
    """The batch of this id or number, if ``actor`` may do ``act`` and reaches it.

    Raises:
        NotAllowedError: the role may not.
        BatchUnknownError: there is none, or it is another's.
    """
    access.require(actor, act)
    wanted = ScanBatch.id == batch if isinstance(batch, UUID) else _told_as(batch)
    query = select(ScanBatch).where(wanted, reached(actor))
    found = session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise BatchUnknownError(batch=batch)
    return found


def _told_as(batch: str) -> ColumnElement[bool]:
    try:
        return ScanBatch.id == UUID(batch)
    except ValueError:
        return ScanBatch.number == batch.replace("\0", "")


def reached(actor: Actor) -> ColumnElement[bool]:
    """The batches that an account reaches, as a condition on ``ScanBatch``.

    Without an agency staff act for all; a batch whose case file is not known yet belongs to none.
    """
    if actor.role is Role.STATION:
        own = select(Station.id).where(Station.account_id == actor.account_id)
        return ScanBatch.station_id.in_(own)
    if actor.agency_id is None:
        return ScanBatch.id.is_not(None)
    return ScanBatch.agency_id == actor.agency_id


def _same_agency(actor: Actor, agency_id: UUID | None) -> bool:
    return actor.agency_id is None or agency_id in (None, actor.agency_id)


def list_stations(session: Session, *, actor: Actor) -> list[Station]:
    """The stations that an account reaches, by name."""
    query = select(Station).where(access.visible(actor, "station:list", Station.agency_id))
    if actor.role is Role.STATION:
        query = query.where(Station.account_id == actor.account_id)
    return list(session.scalars(query.order_by(Station.name)))


def accounts_without_station(session: Session, *, actor: Actor) -> list[Account]:
    """Accounts of stations that never sent anything, by name: they become stations then."""
    query = select(Account).where(
        access.visible(actor, "station:list", Account.agency_id),
        Account.role == Role.STATION,
        Account.active,
        Account.id.not_in(select(Station.account_id)),
    )
    if actor.role is Role.STATION:
        query = query.where(Account.id == actor.account_id)
    return list(session.scalars(query.order_by(Account.name)))


def names_to_send_from(session: Session, *, actor: Actor) -> dict[str, str]:
    """Name → title of the stations in use that an account may send for, by name.

    Accounts that become stations by their first sending are among them.
    """
    found = {
        station.name: station.title or station.name
        for station in list_stations(session, actor=actor)
        if station.active
    }
    new = accounts_without_station(session, actor=actor)
    return dict(sorted((found | {account.name: account.person for account in new}).items()))
