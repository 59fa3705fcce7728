"""The list of case files to be submitted (Danh mục hồ sơ nộp lưu): seen beforehand, published once.

Source: NĐ 30/2020/NĐ-CP Điều 31 k3; the term runs from the year the job ended (Luật 33/2024/QH15
Điều 17), see config/rule_sets/intake_deadlines.toml.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.numbers import draw_number
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.intake.collection import COLLECTION, LONGEST_REASON, CollectionList
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.job import FormNumber
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.notices.inbox import people, tell
from archive_service.text import nfc
from ingest.answers.deadlines import is_to_be_submitted, submit_by, submit_settled_by
from ingest.file_plan.due import code_of

FORM = "collection"


class CollectionNotFoundError(NotFoundError):
    """No list bears this id, or it is not this account's to know."""


class CollectionPlanError(ConflictError):
    """The agency has no approved file plan of that year: nothing says what is to be submitted."""


class CollectionPublishedError(ConflictError):
    """The list of that agency and year was published before; it is published once."""


class CollectionYearError(InputError):
    """A year that has not begun: no work of it has ended."""


class CollectionEmptyError(ConflictError):
    """No case file of that year is to be submitted."""


class CollectionEntryError(InputError):
    """What is said of an entry does not fit: no such entry, a day to come, no reason."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the plan does not say: by notation the day works were settled, and why one is left out.

    An entry is left out when its work goes on: it is called in with the year in which it ends.
    """

    settled: Mapping[str, dt.date] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a list would hold if it were published now."""

    agency: Agency
    year: int
    due_on: dt.date
    entries: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    too_short: int  # entries whose term is too short to be submitted


def preview_collection(
    session: Session, agency: Agency, year: int, wanted: Wanted, *, actor: Actor
) -> Preview:
    """What would be published; changes nothing.

    Raises:
        ActNotAllowedError, CollectionYearError, CollectionPlanError, CollectionPublishedError,
        CollectionEntryError
    """
    access.require(actor, "collection:publish")
    if year > clock.today().year:
        raise CollectionYearError(year=year)
    plan = session.scalar(
        select(FilePlan)
        .where(
            FilePlan.agency_id == agency.id,
            FilePlan.year == year,
            FilePlan.state == FilePlanState.APPROVED,
        )
        .options(selectinload(FilePlan.entries))
    )
    if plan is None:
        raise CollectionPlanError(agency=agency.code, year=year)
    before = session.scalar(
        select(CollectionList.number).where(
            CollectionList.agency_id == agency.id, CollectionList.year == year
        )
    )
    if before is not None:
        raise CollectionPublishedError(agency=agency.code, year=year, number=before)
    return _preview(agency, plan, wanted)


def _preview(agency: Agency, plan: FilePlan, wanted: Wanted) -> Preview:
    by_notation = {entry.notation: entry for entry in plan.entries}
    _require_known(by_notation, wanted)
    found, left, short = [], [], 0
    for entry in plan.entries:
        if not is_to_be_submitted(None if entry.permanent else entry.years):
            short += 1
        elif entry.notation in wanted.left_out:
            reason = _words(entry.notation, wanted.left_out[entry.notation])
            left.append({"notation": entry.notation, "title": entry.title, "reason": reason})
        else:
            found.append(_row(entry, plan, agency, wanted.settled.get(entry.notation)))
    return Preview(agency, plan.year, submit_by(plan.year), found, left, short)


def _require_known(by_notation: Mapping[str, FilePlanEntry], wanted: Wanted) -> None:
    for notation in (*wanted.settled, *wanted.left_out):
        if notation not in by_notation:
            raise CollectionEntryError(notation=notation, reason="unknown")
    for notation, day in wanted.settled.items():
        if day > clock.today():
            raise CollectionEntryError(notation=notation, reason="future")


def _words(notation: str, text: str) -> str:
    words = " ".join(nfc(text).split())
    if not words or len(words) > LONGEST_REASON:
        raise CollectionEntryError(notation=notation, reason="words")
    return words


def _row(
    entry: FilePlanEntry, plan: FilePlan, agency: Agency, settled_on: dt.date | None
) -> dict[str, Any]:
    due_on = submit_by(plan.year) if settled_on is None else submit_settled_by(settled_on)
    return {
        "entry_id": str(entry.id),
        "notation": entry.notation,
        "code": code_of(entry, plan, agency),
        "title": entry.title,
        "term": entry.term,
        "unit": entry.unit,
        "person": entry.creator,
        "due_on": due_on.isoformat(),
        "settled_on": settled_on and settled_on.isoformat(),
    }


def publish_collection(
    agency: Agency, year: int, wanted: Wanted, *, actor: Actor, uow: UnitOfWork
) -> CollectionList:
    """Publish the list: an act in every copy, told to the agency's people; the caller commits.

    Raises as ``preview_collection`` does, and ``CollectionEmptyError``.
    """
    session = uow.session
    seen = preview_collection(session, agency, year, wanted, actor=actor)
    if not seen.entries:
        raise CollectionEmptyError(agency=agency.code, year=year)
    now = clock.now()
    number = draw_number(session, FORM, clock.local(now).year)
    row = CollectionList(
        id=uuid4(),
        agency_id=agency.id,
        year=year,
        number=f"{number:02}/DMNL-{clock.local(now).year}",
        due_on=seen.due_on,
        entries=seen.entries,
        left_out=seen.left_out,
        published_by=actor.account,
        published_at=now,
    )
    session.add(row)
    session.add(Act(kind=COLLECTION, subject_id=str(row.id), at=now, document=act_document(row)))
    record_event(
        session,
        "collection:published",
        subject_id=row.id,
        actor=actor,
        agency_id=agency.id,
        data={"number": row.number, "year": year, "entries": len(row.entries)},
    )
    tell(
        session,
        "collection-published",
        to=people(session, roles={Role.OFFICER, Role.AGENCY_HEAD}, agency_id=agency.id),
        subject_id=row.id,
        facts={
            "agency": agency.name,
            "number": row.number,
            "year": year,
            "count": len(row.entries),
            "due_on": row.due_on.isoformat(),
        },
        href=f"/collection/{row.id}",
    )
    return row


def list_collections(session: Session, *, actor: Actor) -> list[tuple[CollectionList, Agency]]:
    """Lists the account may see, the newest year first."""
    access.require(actor, "collection:list")
    rows = session.execute(
        select(CollectionList, Agency)
        .join(Agency, Agency.id == CollectionList.agency_id)
        .where(access.visible(actor, "collection:list", CollectionList.agency_id))
        .order_by(CollectionList.year.desc(), CollectionList.number)
    )
    return [(row[0], row[1]) for row in rows]


def get_collection(
    session: Session, list_id: UUID, *, actor: Actor
) -> tuple[CollectionList, Agency]:
    """One list; ``CollectionNotFoundError`` where it is not there for this account."""
    access.require(actor, "collection:list")
    row = session.execute(
        select(CollectionList, Agency)
        .join(Agency, Agency.id == CollectionList.agency_id)
        .where(
            CollectionList.id == list_id,
            access.visible(actor, "collection:list", CollectionList.agency_id),
        )
    ).one_or_none()
    if row is None:
        raise CollectionNotFoundError(id=list_id)
    return row[0], row[1]


def act_document(row: CollectionList) -> dict[str, Any]:
    """The list as it lies in every copy."""
    return {
        "id": str(row.id),
        "agency_id": str(row.agency_id),
        "year": row.year,
        "number": row.number,
        "due_on": row.due_on.isoformat(),
        "entries": row.entries,
        "left_out": row.left_out,
        "published_by": row.published_by,
        "published_at": clock.iso(row.published_at),
        "sha256": row.sha256,
        "signed_at": row.signed_at and clock.iso(row.signed_at),
    }


def restore_collections(session: Session, bodies: list[dict[str, Any]]) -> None:
    """Rows of the acts, and the counter of their numbers."""
    last: dict[int, int] = {}
    for body in bodies:
        published_at = clock.parse_iso(body["published_at"])
        session.add(
            CollectionList(
                id=UUID(body["id"]),
                agency_id=UUID(body["agency_id"]),
                year=body["year"],
                number=body["number"],
                due_on=dt.date.fromisoformat(body["due_on"]),
                entries=body["entries"],
                left_out=body["left_out"],
                published_by=body["published_by"],
                published_at=published_at,
                sha256=body.get("sha256"),
                signed_at=clock.parse_iso(body["signed_at"]) if body.get("signed_at") else None,
            )
        )
        year = clock.local(published_at).year
        last[year] = max(last.get(year, 0), int(body["number"].partition("/")[0]))
    for year, number in last.items():
        session.add(FormNumber(form=FORM, year=year, last=number))
