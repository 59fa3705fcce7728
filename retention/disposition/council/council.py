"""Hội đồng xét hủy tài liệu lưu trữ: who sits on it, its meeting, its votes, and what it says.

Source:
    TT 06/2025/TT-BNV: decision that sets it up, minutes of its meeting.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive_service import clock
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    CouncilDuty,
    CouncilMember,
    Disposition,
    Outcome,
)
from archive_service.errors import InputError, NotAllowedError

LONGEST_NAME, LONGEST_OPINION, LONGEST_MINUTES = 200, 4000, 20_000


class CouncilMembersError(InputError):
    """A council has one chair and one secretary, and names each person once, with a position.

    ``fault`` is a key of ``labels.council-fault``; ``member`` whom it is about, if anybody.
    """


class CouncilAccountError(InputError):
    """A member's account is none of an active account: nobody could ever cast that vote."""


class CouncilDaysError(InputError):
    """It met before it was set up or the list proposed, or the opinion is older than that."""


class CouncilDayAheadError(InputError):
    """What is noted of the council or the opinion has not happened yet: its day is after today."""


class NotOfCouncilError(NotAllowedError):
    """Only who sits on the council votes; staff enters votes of members who have no account."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One member as they are named; ``account`` where they vote themselves."""

    name: str
    position: str
    duty: CouncilDuty = CouncilDuty.MEMBER
    account: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Seat":
        """Of ``NAME;POSITION;DUTY`` or ``NAME;POSITION;DUTY;ACCOUNT``.

        Raises:
            CouncilMembersError: not of that form, or no duty of a council.
        """
        parts = [" ".join(part.split()) for part in text.split(";")]
        try:
            name, position, duty, *account = parts
            return cls(name, position, CouncilDuty(duty), account[0] if account else None)
        except ValueError:
            raise CouncilMembersError(fault="form", member=text) from None


@dataclass(frozen=True, slots=True)
class Meeting:
    """Decision and meeting, as far as they are given; ``None`` leaves what stands."""

    number: str | None = None
    decided_on: dt.date | None = None
    met_on: dt.date | None = None
    met_at: str | None = None
    minutes: str | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """Ý kiến thẩm định of the archive that the agency submits to."""

    by: str
    number: str
    on: dt.date
    agrees: bool
    text: str = ""


def needs_council(row: Disposition) -> bool:
    """Whether something on the list is to be destroyed; the council looks at nothing else."""
    return any(item.outcome is Outcome.DESTROY for item in row.items)


def seat(row: Disposition, seats: Sequence[Seat]) -> None:
    """Set the council up; votes that were given are void.

    Raises:
        CouncilMembersError
    """
    for fault, member in _faults(seats):
        raise CouncilMembersError(fault=fault, member=member)
    row.members = [
        CouncilMember(
            ordinal=ordinal,
            name=seat.name,
            position=seat.position,
            duty=seat.duty,
            account=seat.account,
            opinion="",
        )
        for ordinal, seat in enumerate(seats, start=1)
    ]


def _faults(seats: Sequence[Seat]) -> Iterator[tuple[str, str]]:
    """What is wrong with these seats, first with a member, then with the whole."""
    names: set[str] = set()
    accounts: set[str] = set()
    for seat in seats:
        if not seat.name:
            yield "no-name", seat.account or seat.position
        elif not seat.position:
            yield "no-position", seat.name
        elif max(len(seat.name), len(seat.position)) > LONGEST_NAME:
            yield "too-long", seat.name[:40]
        elif seat.name.casefold() in names or seat.account in accounts:
            yield "twice", seat.name
        names.add(seat.name.casefold())
        accounts.update(filter(None, [seat.account]))
    for duty in (CouncilDuty.CHAIR, CouncilDuty.SECRETARY):
        sitting = [seat.name for seat in seats if seat.duty is duty]
        if len(sitting) != 1:
            yield f"{'many' if sitting else 'no'}-{duty.value}", "; ".join(sitting)


def meet(row: Disposition, meeting: Meeting) -> None:
    """Note the decision that set it up, and its meeting with minutes.

    Raises:
        CouncilDayAheadError: the decision or the meeting is after today.
        CouncilDaysError: it met before the decision or the proposal, or after the opinion on it.
    """
    _require_past("decided_on", meeting.decided_on)
    _require_past("met_on", meeting.met_on)
    if meeting.number is not None:
        row.council_number = meeting.number.strip()
    if meeting.decided_on is not None:
        row.council_on = meeting.decided_on
    if meeting.met_on is not None:
        row.met_on = meeting.met_on
    if meeting.met_at is not None:
        row.met_at = meeting.met_at.strip()
    if meeting.minutes is not None:
        row.minutes = meeting.minutes.strip()
    _require_in_order(row.council_on, row.met_on)
    _require_in_order(row.proposed_on, row.met_on)
    _require_in_order(row.met_on, row.opinion_on)


def _require_in_order(earlier: dt.date | None, later: dt.date | None) -> None:
    if earlier is not None and later is not None and later < earlier:
        raise CouncilDaysError(earlier=f"{earlier:%d/%m/%Y}", later=f"{later:%d/%m/%Y}")


def _require_past(field: str, day: dt.date | None) -> None:
    """``CouncilDayAheadError`` of a day after today; ``field``: where a form asks for it."""
    today = clock.today()
    if day is not None and day > today:
        raise CouncilDayAheadError(field=field, day=day, today=today)


def note_opinion(row: Disposition, opinion: Opinion) -> None:
    """What the archive above says of the list.

    Raises:
        CouncilDaysError: before the list was proposed, or the council that it speaks of met.
        CouncilDayAheadError: after today.
    """
    _require_past("opinion_on", opinion.on)
    _require_in_order(row.proposed_on, opinion.on)
    _require_in_order(row.met_on or row.council_on, opinion.on)
    row.opinion_due = True
    row.opinion_by, row.opinion_number = opinion.by.strip(), opinion.number.strip()
    row.opinion_on, row.opinion_agrees = opinion.on, opinion.agrees
    row.opinion_text = opinion.text.strip()


def vote(row: Disposition, *, agrees: bool, opinion: str, actor: Actor, name: str = "") -> bool:
    """A member's vote on the list as it was reviewed; a later one takes its place.

    ``False``: the member has voted so already.

    Args:
        name: of the member whose vote is entered from paper; else the member acts.

    Raises:
        NotOfCouncilError: nobody of that name, or a member who votes with an account of their own.
    """
    if name:
        wanted = " ".join(name.split()).casefold()
        found = [
            council_member
            for council_member in row.members
            if council_member.name.casefold() == wanted and not council_member.account
        ]
    else:
        found = [
            council_member
            for council_member in row.members
            if council_member.account == actor.account
        ]
    if not found:
        raise NotOfCouncilError(account=name or actor.account)
    (member,) = found
    given = agrees, opinion.strip(), row.list_sha256, actor.account if name else None
    if given == (member.agrees, member.opinion, member.list_sha256, member.entered_by):
        return False
    member.agrees, member.opinion, member.list_sha256, member.entered_by = given
    member.voted_at = clock.now()
    return True


def forget_votes(row: Disposition) -> None:
    """The list is another one now: what was said of the former counts no longer.

    The council meets again on it: the day is asked for anew, the minutes stay to be carried on.
    """
    row.met_on = None
    for member in row.members:
        member.agrees, member.opinion, member.list_sha256 = None, "", None
        member.voted_at = member.entered_by = None
    if row.opinion_agrees is not None:
        row.opinion_agrees, row.opinion_on = None, None
        row.opinion_number, row.opinion_text = "", ""


def agrees(row: Disposition) -> bool:
    """Whether more than half of all members voted for the list as it is."""
    for_it = [
        member for member in row.members if member.agrees and member.list_sha256 == row.list_sha256
    ]
    return 2 * len(for_it) > len(row.members)


def lacking(row: Disposition) -> list[str]:
    """What the file still lacks before it is submitted: keys of ``labels.disposition-need``."""
    if not needs_council(row):
        return []
    voted = all(member.voted_at and member.list_sha256 == row.list_sha256 for member in row.members)
    given = {
        "council": bool(row.members),
        "council-decision": bool(row.council_number and row.council_on),
        "meeting": bool(row.met_on and row.minutes),
        "votes": voted,
        "majority": not voted or agrees(row),
        "opinion": not row.opinion_due or row.opinion_agrees is not None,
        "opinion-agrees": row.opinion_agrees is not False,
    }
    return [need for need, there in given.items() if not there]
