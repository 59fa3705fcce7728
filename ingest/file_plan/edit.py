"""Changes to a draft: headings and entries added, changed, moved, removed, numbered anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.agencies.file_plan import (
    MOST_LEVELS,
    FilePlan,
    FilePlanEntry,
    FilePlanHeading,
    Numbering,
)
from archive_service.domain.agencies.record_code import MalformedRecordCodeError, parse_notation
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.text import nfc, telling
from ingest.file_plan.number import new_notations
from ingest.file_plan.read import LENGTHS, LONGEST_NOTATION, in_words, is_unclear, term_years

ENTRY_FIELDS = ("notation", *LENGTHS)
_PASSING = "~"  # no notation begins so: what an entry bears while others change


class FilePlanEntryNotFoundError(NotFoundError):
    """No entry of this plan bears this id."""


class FilePlanHeadingNotFoundError(NotFoundError):
    """No heading of this plan bears this id."""


class FilePlanHeadingInUseError(ConflictError):
    """Entries stand below it."""


class FilePlanNotationError(InputError):
    """Number and symbol could not stand in a record code."""


class FilePlanNotationTakenError(ConflictError):
    """Another entry of the plan bears this number and symbol, or bore it before it was dropped."""


class FilePlanTermUnclearError(InputError):
    """The term that was written is neither years nor permanent, and no rule is named."""


class FilePlanTextError(InputError):
    """A text that is needed is missing, or one is too long."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry goes: below a heading, in front of another entry, or last."""

    heading_id: UUID | None = None
    before: UUID | None = None


def entry_values(given: Mapping[str, str]) -> dict[str, Any]:
    """The columns of an entry from texts as they were typed.

    Raises:
        FilePlanNotationError, FilePlanTextError, FilePlanTermUnclearError
    """
    texts = {name: " ".join(nfc(given.get(name, "")).split()) for name in ENTRY_FIELDS}
    notation = texts["notation"]
    try:
        parse_notation(notation)
    except MalformedRecordCodeError:
        raise FilePlanNotationError(notation=notation[:100]) from None
    if len(notation) > LONGEST_NOTATION:
        raise FilePlanNotationError(notation=notation[:100])
    if not telling(texts["title"]):
        raise FilePlanTextError(field="title", limit=LENGTHS["title"], given=0)
    for name, most in LENGTHS.items():
        if len(texts[name]) > most:
            raise FilePlanTextError(field=name, limit=most, given=len(texts[name]))
    if is_unclear(texts["term"], texts["rule_code"]):
        raise FilePlanTermUnclearError(notation=notation, term=texts["term"])
    texts["term"] = in_words(texts["term"])
    years, permanent = term_years(texts["term"])
    rule = {"rule_code": texts["rule_code"] or None}
    return {**texts, **rule, "years": years, "permanent": permanent}


def put_entry(
    plan: FilePlan,
    given: Mapping[str, str],
    *,
    entry_id: UUID | None = None,
    place: Place | None = None,
) -> FilePlanEntry:
    """Add an entry, or change the one of this id; ``place`` is where it goes then.

    Raises:
        FilePlanNotationError, FilePlanTextError, FilePlanTermUnclearError
        FilePlanNotationTakenError, FilePlanEntryNotFoundError, FilePlanHeadingNotFoundError
    """
    values = entry_values(given)
    entry = get_entry(plan, entry_id) if entry_id else None
    for other in plan.entries:
        if other is not entry and other.notation == values["notation"]:
            raise FilePlanNotationTakenError(notation=values["notation"])
    if entry is None:
        entry = FilePlanEntry(id=uuid4(), ordinal=len(plan.entries) + 1)
        plan.entries.append(entry)
        place = place or Place()
    for name, value in values.items():
        setattr(entry, name, value)
    if place is not None:
        _move(plan, entry, place)
    return entry


def move_entry(plan: FilePlan, entry_id: UUID, place: Place) -> None:
    """Put an entry somewhere else; numbers stay until the plan is numbered anew."""
    _move(plan, get_entry(plan, entry_id), place)


def step_entry(plan: FilePlan, entry_id: UUID, by: int) -> None:
    """One step up (-1) or down (+1), from the edge of a heading over into the one beside it."""
    entry = get_entry(plan, entry_id)
    groups = plan.in_order()
    if groups and groups[0][0] is not None:
        groups.insert(0, (None, []))
    at = next(number for number, (_, entries) in enumerate(groups) if entry in entries)
    heading, entries = groups[at]
    index = entries.index(entry)
    if 0 <= index + by < len(entries):
        entries.insert(index + by, entries.pop(index))
    elif 0 <= at + by < len(groups):
        entries.remove(entry)
        heading, others = groups[at + by]
        others.insert(0 if by > 0 else len(others), entry)
    _set_heading(entry, heading)
    _set_order(groups)


def remove_entry(plan: FilePlan, entry_id: UUID) -> FilePlanEntry:
    """Take an entry out of the draft."""
    entry = get_entry(plan, entry_id)
    plan.entries.remove(entry)
    _set_order(plan.in_order())
    return entry


def put_heading(
    plan: FilePlan,
    *,
    title: str,
    number: str = "",
    symbol: str = "",
    level: int = 1,
    heading_id: UUID | None = None,
    after: UUID | None = None,
) -> FilePlanHeading:
    """Add a heading, last or ``after`` another, or change the one of this id.

    Raises:
        FilePlanTextError, FilePlanNotationError, FilePlanHeadingNotFoundError
    """
    title, number, symbol = (" ".join(nfc(text).split()) for text in (title, number, symbol))
    if not title or len(title) > 500:
        raise FilePlanTextError(field="heading", limit=500, given=len(title))
    if symbol:
        entry_values({"notation": f"01.{symbol}"[: LONGEST_NOTATION + 1], "title": title})
    heading = get_heading(plan, heading_id) if heading_id else None
    if heading is None:
        heading = FilePlanHeading(id=uuid4(), ordinal=0)
        at = len(plan.headings)
        if after is not None:
            at = plan.headings.index(get_heading(plan, after)) + 1
        plan.headings.insert(at, heading)
    heading.title, heading.number, heading.symbol = title, number[:20], symbol[:30]
    heading.level = min(max(level, 1), MOST_LEVELS)
    if heading is plan.headings[0]:
        heading.level = 1
    for entry in plan.entries:
        if entry.heading_id == heading.id:
            entry.heading = heading.label
    _set_order(plan.in_order())
    return heading


def remove_heading(plan: FilePlan, heading_id: UUID) -> None:
    """Take out a heading that nothing stands below; ``FilePlanHeadingInUseError`` else."""
    heading = get_heading(plan, heading_id)
    at = plan.headings.index(heading)
    below = plan.headings[at + 1 :][:1]
    minor_below = heading.level == 1 and bool(below) and below[0].level > 1
    if minor_below or any(entry.heading_id == heading.id for entry in plan.entries):
        raise FilePlanHeadingInUseError(heading=heading.label)
    plan.headings.remove(heading)
    _set_order(plan.in_order())


def renumber(session: Session, plan: FilePlan, numbering: Numbering) -> int:
    """Number a draft anew from 01 on; returns how many entries bear another number now.

    Raises what ``new_notations`` raises.
    """
    wanted = new_notations(plan, numbering)
    changed = [entry for entry in plan.entries if entry.notation != wanted[entry.id]]
    for entry in changed:  # two steps: an entry may take the number that another gives up
        entry.notation = f"{_PASSING}{entry.ordinal}"
    session.flush()
    for entry in changed:
        entry.notation = wanted[entry.id]
    plan.numbering = numbering
    session.flush()
    return len(changed)


def note_edit(session: Session, plan: FilePlan, actor: Actor, what: str, **data: Any) -> None:
    """The change in the audit trail; the caller has made it, and commits."""
    session.flush()
    record_event(
        session,
        "file-plan:edited",
        of=plan,
        actor=actor,
        data={"year": plan.year, "what": what, **data},
    )


def get_entry(plan: FilePlan, entry_id: UUID) -> FilePlanEntry:
    """The entry of this id; ``FilePlanEntryNotFoundError``."""
    for entry in plan.entries:
        if entry.id == entry_id:
            return entry
    raise FilePlanEntryNotFoundError(id=entry_id)


def get_heading(plan: FilePlan, heading_id: UUID) -> FilePlanHeading:
    """The heading of this id; ``FilePlanHeadingNotFoundError``."""
    for heading in plan.headings:
        if heading.id == heading_id:
            return heading
    raise FilePlanHeadingNotFoundError(id=heading_id)


def heading_of(plan: FilePlan, notation: str) -> FilePlanHeading | None:
    """The one major heading whose symbol the notation ends with; ``None`` where it is not clear.

    Where no heading tells its symbol, the one below which all entries stand that end with it.
    """
    symbol = parse_notation(notation)[1]
    found = [heading for heading in plan.headings if heading.symbol and heading.symbol == symbol]
    if found:
        return found[0] if len(found) == 1 else None
    alike = {
        entry.heading_id for entry in plan.entries if parse_notation(entry.notation)[1] == symbol
    }
    only = alike.pop() if len(alike) == 1 else None
    return get_heading(plan, only) if only else None


def _move(plan: FilePlan, entry: FilePlanEntry, place: Place) -> None:
    before = get_entry(plan, place.before) if place.before else None
    heading_id = before.heading_id if before else place.heading_id
    heading = get_heading(plan, heading_id) if heading_id else None
    if before is entry:
        return
    _set_heading(entry, heading)
    groups = plan.in_order()
    for found, entries in groups:
        if found is heading:
            entries.remove(entry)
            entries.insert(entries.index(before) if before in entries else len(entries), entry)
    _set_order(groups)


def _set_heading(entry: FilePlanEntry, heading: FilePlanHeading | None) -> None:
    entry.heading_id = heading.id if heading else None
    entry.heading = heading.label if heading else ""


def _set_order(groups: list[tuple[FilePlanHeading | None, list[FilePlanEntry]]]) -> None:
    """Ordinals as the groups stand; only what changed is written."""
    ordinal = place = 0
    for heading, entries in groups:
        if heading is not None:
            place += 1
            if heading.ordinal != place:
                heading.ordinal = place
        for entry in entries:
            ordinal += 1
            if entry.ordinal != ordinal:
                entry.ordinal = ordinal
