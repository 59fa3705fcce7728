"""What became of the medium of a retired copy: stated by a person, undone if the copy is back."""

import datetime as dt

from sqlalchemy import exists, select

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy, MediumFate
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from archive_service.errors import ArchiveError, ConflictError, InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.given import Given
from archive_service.keeping.copies.acts import require_standing, tell_of_copy
from archive_service.keeping.fixity.check import CopyNameError
from archive_service.keeping.fixity.claimed_packages import go_on, reopen_in
from archive_service.notices.incidents import close_incident, open_incident, open_incidents
from archive_service.services import Services
from archive_service.storage.copies.identity import identify
from archive_service.storage.destroy.run import places_of_copy
from archive_service.storage.port import ObjectStore
from archive_service.text import telling_line
from retention.destruction.acts import RESUME_JOB

COPY_RETURNED = "copy-returned"  # a kind of incident; its subject is the copy
LONGEST = {"by": 200, "how": 300, "minutes": 100}


class CopyNotRetiredError(ConflictError):
    """A copy in use has no medium that was done away with: it is retired first."""


class MediumStillThereError(ConflictError):
    """The copy answers as itself: nobody can have destroyed or wiped its medium."""


class MediumDayError(InputError):
    """A day to come, or one before the copy was retired."""


class MediumWordsError(InputError):
    """Who did it, how, or the number of the minutes is missing or too long."""


class Statement(Given):
    """What was done with the medium, as its minutes tell: ``by`` whom, ``how``, on which day."""

    fate: MediumFate
    on: dt.date
    by: str
    how: str
    minutes: str


def tell_medium(
    services: Services, name: str, statement: Statement, *, actor: Actor
) -> EnrolledCopy:
    """Note that nothing lies on the medium of a retired copy any more; what waits for it goes on.

    It is a person's word, kept as an act in every copy, and nothing that was read. A later one
    takes its place.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        CopyNameError: never enrolled.
        CopyNotRetiredError, MediumStillThereError, MediumDayError, MediumWordsError
    """
    access.require(actor, "copy:tell-medium")
    plain = {field: _words(field, getattr(statement, field)) for field in LONGEST}
    with services.read_only() as session:
        row = session.get(EnrolledCopy, name)
        if row is None:
            known = session.scalars(select(EnrolledCopy.name).order_by(EnrolledCopy.name))
            raise CopyNameError(name=name, known=list(known))
        by_account = display_names(session, [actor.account])
    if row.state is not CopyStanding.RETIRED:
        raise CopyNotRetiredError(copy=name, state=row.state.value)
    _require_day(row, statement.on)
    if _returned(services, row) is not None:
        raise MediumStillThereError(copy=name)
    now = clock.now()
    with services.writing() as session:
        row = require_standing(session, name)
        row.medium = {
            "fate": statement.fate.value,
            "on": statement.on.isoformat(),
            **plain,
            "told_by": actor.account,
            "told_by_name": by_account.get(actor.account, actor.account),
            "told_at": clock.iso(now),
        }
        close_incident(session, COPY_RETURNED, name, actor=actor)
        tell_of_copy(session, row, "copy:medium-told", actor=actor)
        services.jobs.add(session, RESUME_JOB)
    write_out_evidence(services)
    return row


def watch_media(services: Services) -> None:
    """Copies whose medium was said to be gone, and that answer: the word is worth nothing."""
    with services.read_only() as session:
        retired = select(EnrolledCopy).where(EnrolledCopy.state == CopyStanding.RETIRED)
        rows = session.scalars(retired).all()
        states = {
            incident.subject
            for incident in open_incidents(session)
            if incident.kind == COPY_RETURNED
        }
    for row in rows:
        if not row.medium and row.name not in states:
            continue
        store = _returned(services, row)
        if store is None and row.name in states:
            _end(services, row.name)
        elif store is not None and row.medium:
            _take_back(services, store)


def _take_back(services: Services, store: ObjectStore) -> None:
    """Every place that was closed by the word is open again; so is what lies there besides."""
    with services.writing() as session:
        row = require_standing(session, store.name)
        facts = {name: row.medium.get(name, "") for name in ("on", "minutes", "told_by_name")}
        row.medium = {}
        tell_of_copy(session, row, "copy:medium-found", actor=WORKER)
        alarm = IncidentSeverity.ALARM
        open_incident(session, COPY_RETURNED, row.name, severity=alarm, facts=facts)
        places = places_of_copy(row.name)
        closed = RemovalPlace.place.in_(places), RemovalPlace.state == PlaceState.STATED
        of_it = select(Removal).where(
            exists().where(RemovalPlace.removal_id == Removal.id, *closed)
        )
        for removal in session.scalars(of_it).all():
            names = [place.place for place in removal.places if place.place in places]
            go_on(session, removal, names, jobs=services.jobs)
    reopen_in(services.database, store, jobs=services.jobs)
    write_out_evidence(services)


def _end(services: Services, name: str) -> None:
    """It was put away again, and nothing waits for it."""
    places = RemovalPlace.place.in_(places_of_copy(name))
    waits = places, RemovalPlace.state == PlaceState.OPEN
    with services.writing() as session:
        if not session.scalar(select(exists().where(*waits))):
            close_incident(session, COPY_RETURNED, name)


def _returned(services: Services, row: EnrolledCopy) -> ObjectStore | None:
    """The store of the settings that answers as this copy; ``None``: there is none."""
    for store in (*services.stores, *services.reserve_stores):
        if store.name == row.name:
            try:
                identify(store, row.identity)
            except ArchiveError:
                return None
            return store
    return None


def _require_day(row: EnrolledCopy, on: dt.date) -> None:
    first = None if row.retired_at is None else clock.local(row.retired_at).date()
    last = clock.today()
    if on > last or (first is not None and on < first):
        known = "…" if first is None else first.isoformat()
        raise MediumDayError(on=on.isoformat(), first=known, last=last.isoformat())


def _words(field: str, text: str) -> str:
    plain = telling_line(text)
    if not plain or len(plain) > LONGEST[field]:
        raise MediumWordsError(field=field, longest=LONGEST[field])
    return plain
