"""How often a password or a code may be tried: kept in the database, for all processes.

A browser in which the account has signed in before counts for itself, and so do the networks of
``web.inside``: whoever tries names and passwords from the same office, or the name of somebody else
from anywhere, keeps nobody out who works there every day.
"""

import datetime as dt
import hashlib
import ipaddress
import math
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import find_account
from archive_service.db.unit_of_work import Database, UnitOfWork
from archive_service.domain.people.account import Account
from archive_service.domain.people.sign_in import KnownBrowser, SignInTry
from archive_service.errors import NotAllowedError

_OF_A_NAME = 5  # wrong ones in a known browser, or from all other places inside, or outside
_OF_AN_ADDRESS = 10  # of all names, outside; known browsers left out
_OF_AN_OFFICE = 200  # the same inside, where many people share an address
_PAUSE = dt.timedelta(minutes=5)  # after the last of them; each further one doubles it
_LONGEST = dt.timedelta(hours=4)
_KEPT = dt.timedelta(days=1)  # what is older counts for nothing
_KNOWN = dt.timedelta(days=365)
_NAME_LENGTH, _ADDRESS_LENGTH = 120, 64
_OF_NOBODY = 4  # hexadecimal digits
OWN = "own:"  # before the name, of tries at the forms of one's own account


class TriesExceededError(NotAllowedError):
    """Too many tries in too short a time: HTTP 429; how long until the next one counts."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def headers(self) -> dict[str, str]:
        """See ``ArchiveError.headers``."""
        return {"Retry-After": str(self.facts["seconds"])}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a try comes from; ``browser`` is what its cookie says; ``inside``: of the office.

    ``apart``: what is tried there, where it is no sign-in; wrong ones then keep nobody from that.
    """

    address: str
    browser: str = ""
    inside: bool = True
    apart: str = ""

    def counted_as(self) -> str:
        """What tries from this address are counted by."""
        return f"{self.apart}{network_of(self.address)}"[:_ADDRESS_LENGTH]


@dataclass(slots=True)
class Try:
    """A try under way: it counts as refused unless it is said to have gone well."""

    id: UUID
    name: str
    place: str
    went_well: bool = False


@contextmanager
def counted(name: str, place: Place, *, database: Database) -> Iterator[Try]:
    """Count the try of the block; what went well is forgotten, with those before it.

    Raises:
        TriesExceededError: before the block begins.
    """
    with database.unit_of_work() as uow:
        session, now = uow.session, clock.now()
        kept_name = _kept_as(session, name)
        known = _is_known(session, name, place.browser)
        address = "" if known else place.counted_as()
        side = "address" if place.inside else "outside"
        where = f"browser:{_digest(place.browser)}"[:80] if known else f"{side}:{address}"
        session.execute(delete(SignInTry).where(SignInTry.at < now - _KEPT))
        row = SignInTry(id=uuid4(), name=kept_name, place=where, address=address, at=now)
        session.add(row)
        begun = Try(row.id, kept_name, where)
        uow.commit()  # before counting: of those that come at once each sees all
    with database.read_only() as session:
        wait = max(_waits(session, begun, address, place))
    if wait > dt.timedelta(0):
        _forget(database, SignInTry.id == begun.id)
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise TriesExceededError(seconds=seconds, minutes=math.ceil(seconds / 60))
    yield begun
    if begun.went_well:
        _forget(database, (SignInTry.name == kept_name) & (SignInTry.place == where))


def paused_for(name: str, place: Place, *, database: Database) -> dt.timedelta:
    """How long nothing that comes from there for this name is looked at: 0 where it is."""
    with database.read_only() as session:
        known = _is_known(session, name, place.browser)
        address = "" if known else place.counted_as()
        where = f"browser:{_digest(place.browser)}"[:80] if known else ""
        return max(_waits(session, Try(uuid4(), _kept_as(session, name), where), address, place))


def kept_as(name: str) -> str:
    """What tries of an account's name are counted by."""
    return _digest(_cut(name))


def _kept_as(session: Session, typed: str) -> str:
    """The same of any name: of one that nobody bears only a little of the digest, for it may be a
    password, and by so little no guess of it is proved.
    """
    is_borne = find_account(session, _cut(typed).removeprefix(OWN)) is not None
    return kept_as(typed)[: None if is_borne else _OF_NOBODY]


def _cut(name: str) -> str:
    return name[:_NAME_LENGTH].replace("\0", "")


def paused_names(session: Session, names: Iterable[str]) -> set[str]:
    """Those of these names that are not looked at now, from somewhere."""
    by_kept = {kept_as(name): name for name in names}
    tried = (
        select(SignInTry.name, func.count(), func.max(SignInTry.at))
        .where(SignInTry.name.in_(list(by_kept)), SignInTry.at > clock.now() - _KEPT)
        .group_by(SignInTry.name)
    )
    counted = session.execute(tried).all()
    return {by_kept[kept] for kept, count, last in counted if _left(count, last, _OF_A_NAME)}


def note_browser(account: Account, browser: str, *, uow: UnitOfWork) -> str:
    """The account signs in from this browser; what its cookie is to say from now on."""
    session = uow.session
    given = select(KnownBrowser.token_sha256).where(KnownBrowser.token_sha256 == _digest(browser))
    token = browser if session.scalar(given.limit(1)) else secrets.token_urlsafe(32)
    row = session.get(KnownBrowser, (account.id, _digest(token)))
    if row is None:
        row = KnownBrowser(account_id=account.id, token_sha256=_digest(token))
        session.add(row)
    row.seen_at = clock.now()
    return token


def _waits(session: Session, begun: Try, address: str, place: Place) -> Iterator[dt.timedelta]:
    if not address:
        at_place = (SignInTry.name == begun.name) & (SignInTry.place == begun.place)
        yield _wait(session, begun, at_place, _OF_A_NAME)
        return
    side = "address:%" if place.inside else "outside:%"
    of_name = (SignInTry.name == begun.name) & SignInTry.place.like(side)
    yield _wait(session, begun, of_name, _OF_A_NAME)
    most = _OF_AN_OFFICE if place.inside else _OF_AN_ADDRESS
    yield _wait(session, begun, SignInTry.address == address, most)


def _wait(session: Session, begun: Try, among: ColumnElement[bool], most: int) -> dt.timedelta:
    """How long since the last of ``most`` or more others is too short: longer with each."""
    now = clock.now()
    others = select(func.count(), func.max(SignInTry.at)).where(
        among, SignInTry.id != begun.id, SignInTry.at > now - _KEPT
    )
    count, last = session.execute(others).one()
    return _left(count, last, most)


def _left(count: int, last: dt.datetime, most: int) -> dt.timedelta:
    """How long is left of the pause after so many wrong tries."""
    if count < most:
        return dt.timedelta(0)
    doubled = min(count - most, 10)
    left: dt.timedelta = last + min(_PAUSE * 2**doubled, _LONGEST) - clock.now()
    return max(dt.timedelta(0), left)


def _is_known(session: Session, name: str, browser: str) -> bool:
    account = find_account(session, _cut(name)) if browser else None
    if account is None:
        return False
    row = session.get(KnownBrowser, (account.id, _digest(browser)))
    return row is not None and row.seen_at > clock.now() - _KNOWN


def network_of(address: str) -> str:
    """Of IPv6 a whole network of one subscriber counts as one address."""
    with suppress(ValueError):
        found = ipaddress.ip_address(address.partition("%")[0])
        if found.version == 6:
            return str(ipaddress.ip_network((found, 64), strict=False))
    return address[:_ADDRESS_LENGTH] or "-"


def _forget(database: Database, which: ColumnElement[bool]) -> None:
    with database.writing() as session:
        session.execute(delete(SignInTry).where(which))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
