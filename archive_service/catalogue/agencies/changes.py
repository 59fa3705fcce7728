"""What becomes of agencies: another name, another superior body, an end; with day and reason."""

import datetime as dt
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.agencies.acts import (
    LONGEST_NAME,
    AgencyChangeDayError,
    AgencyCircleError,
    close_identifier_in_use,
    follow,
    get_agency,
    named,
    note_change,
    require_no_circle,
)
from archive_service.catalogue.agencies.custody_acts import record_agency_act
from archive_service.catalogue.agencies.documents import (
    AgencyBody,
    AgencyChangeDocument,
    AgencyPeriodDocument,
    AgencyRecord,
)
from archive_service.catalogue.agencies.given import Ending, Moving, Renaming
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import (
    Agency,
    AgencyChange,
    AgencyChangeKind,
    AgencySuccession,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.text import telling_line

LONGEST_REASON = 1000


class AgencyChangeReasonError(InputError):
    """A change says neither by which decision nor why it is; or in too many words."""


class AgencyUnchangedError(ConflictError):
    """It bears this name already, or stands below this body."""


class AgencyEndedError(ConflictError):
    """The agency ended: nothing of it changes any more."""


def rename_agency(services: Services, code: str, given: Renaming, *, actor: Actor) -> AgencyRecord:
    """Give an agency another name from a day on; identifiers, fonds and holdings stay."""
    with services.writing() as session:
        agency = _open(session, code, actor)
        wanted = named(given.name)
        if wanted == agency.name:
            raise AgencyUnchangedError(code=agency.code, now=agency.name)
        was, agency.name = agency.name, wanted
        _note(
            session, agency, _Kind.RENAMED, given.on, given.reason, actor, before=was, after=wanted
        )
        record = agency_record(session, agency)
    write_out_evidence(services)
    return record


def move_agency(services: Services, code: str, given: Moving, *, actor: Actor) -> AgencyRecord:
    """Put an agency below another superior body from a day on, or below none.

    Raises:
        AgencyNotFoundError, AgencyEndedError.
        AgencyUnchangedError, AgencyCircleError.
        AgencyChangeDayError, AgencyChangeReasonError.
    """
    with services.writing() as session:
        agency = _open(session, code, actor)
        above = get_agency(session, given.superior) if given.superior.strip() else None
        before = _code_of(session, agency)
        if (above.id if above else None) == agency.superior_id:
            raise AgencyUnchangedError(code=agency.code, now=before)
        require_no_circle(session, agency, above)
        agency.superior_id = above.id if above else None
        after = above.code if above else ""
        _note(
            session, agency, _Kind.MOVED, given.on, given.reason, actor, before=before, after=after
        )
        record = agency_record(session, agency)
    write_out_evidence(services)
    return record


def end_agency(services: Services, code: str, given: Ending, *, actor: Actor) -> AgencyRecord:
    """End an agency on its last day, with its identifier; what it handed in stays."""
    with services.writing() as session:
        agency = _open(session, code, actor)
        heirs = list(
            dict.fromkeys(get_agency(session, successor) for successor in given.successors)
        )
        if agency in heirs:
            raise AgencyCircleError(code=agency.code, other=agency.code)
        close_identifier_in_use(agency, given.on)
        agency.ended_on = given.on
        for heir in heirs:
            follow(session, heir, agency, given.on + dt.timedelta(days=1), instrument=given.reason)
        codes = ", ".join(one.code for one in heirs)
        _note(
            session,
            agency,
            _Kind.ENDED,
            given.on,
            given.reason,
            actor,
            before=agency.name,
            after=codes,
        )
        for heir in heirs:
            record_agency_act(session, heir)
        record = agency_record(session, agency)
    write_out_evidence(services)
    return record


_Kind = AgencyChangeKind


def _open(session: Session, code: str, actor: Actor) -> Agency:
    access.require(actor, "agency:change")
    agency = get_agency(session, code)
    if agency.ended_on is not None:
        raise AgencyEndedError(code=agency.code, on=agency.ended_on)
    return agency


def _note(
    session: Session,
    agency: Agency,
    kind: AgencyChangeKind,
    on: dt.date,
    reason: str,
    actor: Actor,
    **words: str,
) -> None:
    """See ``note_change``; its reason and its day are looked at first."""
    words_of_it = telling_line(reason)
    if not 0 < len(words_of_it) <= LONGEST_REASON:
        raise AgencyChangeReasonError(longest=LONGEST_REASON)
    earlier = [change.on for change in agency.changes if change.kind is kind]
    if kind is _Kind.ENDED:  # nothing becomes of it after its last day
        earlier = [change.on - dt.timedelta(days=1) for change in agency.changes]
    first = max(earlier, default=dt.date.min)
    if not first < on <= clock.today():
        since = first.isoformat() if earlier else ""
        raise AgencyChangeDayError(on=on, since=since, today=clock.today())
    short = {name: value[:LONGEST_NAME] for name, value in words.items()}
    note_change(session, agency, AgencyChange(kind=kind, on=on, reason=words_of_it, **short), actor)


def _code_of(session: Session, agency: Agency) -> str:
    """Of its superior body; "" where it has none."""
    return session.get_one(Agency, agency.superior_id).code if agency.superior_id else ""


def show_agency(services: Services, code: str, *, actor: Actor) -> AgencyRecord:
    """The agency that bears, or bore, this identifier, with all that became of it."""
    access.require(actor, "agency:list")
    with services.read_only() as session:
        return agency_record(session, get_agency(session, code))


def agency_record(session: Session, agency: Agency) -> AgencyRecord:
    """An agency with all that became of it: its identifiers with their periods, bodies, changes."""
    current = next(item for item in agency.identifiers if item.code == agency.code)
    superior = session.get(Agency, agency.superior_id) if agency.superior_id else None
    link, side = AgencySuccession, Agency.code
    before = select(side).join(link, link.predecessor_id == Agency.id)
    after = select(side).join(link, link.successor_id == Agency.id)
    return AgencyRecord.of_row(
        agency,
        form=current.form,
        level=current.level,
        superior=superior and AgencyBody.of_row(superior),
        identifiers=[item.code for item in agency.identifiers],
        periods=[
            AgencyPeriodDocument.of_row(item, since=item.valid_from, to=item.valid_to)
            for item in agency.identifiers
        ],
        predecessors=list(
            session.scalars(before.where(link.successor_id == agency.id).order_by(side))
        ),
        successors=list(
            session.scalars(after.where(link.predecessor_id == agency.id).order_by(side))
        ),
        changes=[AgencyChangeDocument.of_row(change) for change in agency.changes],
    )


def renamed_from(text: str) -> Any:
    """The condition that an agency once bore a name like this; for a list of agencies."""
    return exists().where(
        AgencyChange.agency_id == Agency.id,
        AgencyChange.kind == AgencyChangeKind.RENAMED,
        has_words(text, AgencyChange.before),
    )
