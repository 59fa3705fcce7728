"""Which appointment a transfer is of, where one giver has very many of both."""

import datetime as dt
from uuid import UUID, uuid4

from archive_service import clock
from archive_service.domain.transfer.appointment import TransferAppointment
from archive_service.domain.transfer.transfer import TransferDirection
from retention.transfer.calendar.waiting import Waiting

FIRST = dt.date(2026, 1, 5)
DAY = dt.timedelta(days=1)


class CountedDay(dt.date):
    """A day that counts how often any of them is compared."""

    compared = 0

    def __lt__(self, other: dt.date) -> bool:
        CountedDay.compared += 1
        return super().__lt__(other)

    def __le__(self, other: dt.date) -> bool:
        CountedDay.compared += 1
        return super().__le__(other)


def appointment(first: dt.date, days: int = 0, *, partner: str = "") -> TransferAppointment:
    last = CountedDay.fromordinal(first.toordinal() + days)
    return TransferAppointment(
        id=uuid4(),
        direction=TransferDirection.IN,
        partner_code=partner,
        from_on=CountedDay.fromordinal(first.toordinal()),
        to_on=last,
        made_at=noon(first - 30 * DAY),
    )


def noon(on: dt.date) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(12), clock.LOCAL_ZONE)


def compared_for(count: int) -> int:
    """Comparisons of days for so many appointments and as many transfers of one giver."""
    CountedDay.compared = 0
    waiting, came = Waiting(), set[UUID]()
    for number in range(count):
        waiting.add(appointment(FIRST + number * 300 * DAY // count, number % 5))
    for number in range(count):
        found = waiting.appointment_of(noon(FIRST + number * 330 * DAY // count), "", came)
        assert found is not None
        came.add(found.id)
    return CountedDay.compared


def test_many_of_both_are_not_each_compared_with_each() -> None:
    few, many = compared_for(200), compared_for(1600)
    assert few < many < 16 * few  # eight times as many; each with each would be 64 times


def test_what_came_late_is_of_the_one_missed_last_and_then_of_the_one_before() -> None:
    early, late = appointment(FIRST), appointment(FIRST + 7 * DAY)
    waiting, came = Waiting(), set[UUID]()
    for row in (early, late):
        waiting.add(row)
    for row in (late, early):
        assert waiting.appointment_of(noon(FIRST + 20 * DAY), "", came) is row
        came.add(row.id)
    assert waiting.appointment_of(noon(FIRST + 20 * DAY), "", came) is None


def test_an_appointment_with_another_archive_is_not_met() -> None:
    waiting, theirs = Waiting(), appointment(FIRST, partner="G.1")
    waiting.add(theirs)
    assert waiting.appointment_of(noon(FIRST), "G.2", ()) is None
    assert waiting.appointment_of(noon(FIRST), "", ()) is theirs
