"""Days of the calendar of transfers: whether each giver has one that is not taken by others."""

import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from archive_service.domain.transfer.appointment import TransferAppointment

CROWDED, DAY_OFF = "crowded", "day-off"
IsWorked = Callable[[dt.date], bool]
_DAY = dt.timedelta(days=1)


def warnings_of(
    rows: Iterable[TransferAppointment], *, per_day: int, is_worked: IsWorked, today: dt.date
) -> dict[UUID, list[str]]:
    """Appointment → ``crowded``: all its days are taken; ``day-off``: nobody works on them.

    Each giver takes one of its working days, whoever has to be done first the earliest; who finds
    none, though ``per_day`` may come on one, is crowded. Of those on the same days it is the one
    that was put there last.

    Args:
        rows: appointments that are still to come.
    """
    found: dict[UUID, list[str]] = {}
    days: dict[UUID, list[dt.date]] = {}
    ordered = sorted(rows, key=lambda row: (row.from_on, row.to_on, row.made_at))
    for row in ordered:
        whole = _days(max(row.from_on, today), row.to_on)
        worked = [day for day in whole if is_worked(day)]
        if not worked:
            found.setdefault(row.id, []).append(DAY_OFF)
        days[row.id] = worked or whole
    for row in _left_over(ordered, days, per_day):
        found.setdefault(row.id, []).append(CROWDED)
    return found


def _left_over(
    rows: Sequence[TransferAppointment], days: dict[UUID, list[dt.date]], per_day: int
) -> list[TransferAppointment]:
    """Who finds no day: earliest deadline first, which finds a day for all if there is one."""
    begins: dict[dt.date, list[TransferAppointment]] = {}
    for row in rows:
        begins.setdefault(days[row.id][0], []).append(row)
    left: list[TransferAppointment] = []
    waiting: list[tuple[dt.date, dt.datetime, int, TransferAppointment]] = []
    all_days = sorted({day for some in days.values() for day in some})
    order = 0
    for day in all_days:
        for row in begins.get(day, ()):
            order += 1
            heapq.heappush(waiting, (days[row.id][-1], row.made_at, order, row))
        free, held = per_day, []
        while waiting and free:
            entry = heapq.heappop(waiting)
            if entry[0] < day:
                left.append(entry[3])
            elif day in days[entry[3].id]:
                free -= 1
            else:  # a day that others work on alone
                held.append(entry)
        for entry in held:
            heapq.heappush(waiting, entry)
    return [*left, *(entry[3] for entry in waiting)]


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + _DAY * number for number in range(max((last - first).days, 0) + 1)]
