"""Appointments of one giver that wait for what comes, which is told by the order of its moments."""

import datetime as dt
import heapq
from collections.abc import Container, Iterable
from typing import Any
from uuid import UUID

from archive_service import clock
from archive_service.domain.transfer.appointment import TransferAppointment

EARLY_DAYS = 14  # before its first day what comes is of an appointment; both are our own decision
LATE_DAYS = 365  # and after its last day
_EARLY, _LATE = dt.timedelta(days=EARLY_DAYS), dt.timedelta(days=LATE_DAYS)

# A heap: by what it runs, the number of the appointment, the appointment.
_Heap = list[tuple[Any, int, TransferAppointment]]  # Any: days, moments, or numbers of days


class Waiting:
    """Of one giver; added by their days, then asked for one moment after the other."""

    def __init__(self) -> None:
        self._by_partner: dict[str, _OfPartner] = {}
        self._added = 0

    def add(self, row: TransferAppointment) -> None:
        """One more, whose days are not before those of the last one."""
        self._by_partner.setdefault(row.partner_code, _OfPartner()).add(row, self._added)
        self._added += 1

    def appointment_of(
        self, at: dt.datetime, partner: str, came: Container[UUID]
    ) -> TransferAppointment | None:
        """The one on whose days it is; else the last one missed before; else the next one.

        What came before the next one was made is not of that.

        Args:
            at: not before the moment that was asked for last.
            partner: code of the archive that delivered; one that an appointment names is the same.
            came: appointments of which something came already.
        """
        on = clock.local(at).date()
        asked = [
            rows for code, rows in self._by_partner.items() if not partner or code in ("", partner)
        ]
        for rows in asked:
            rows.go_on(at, on, came)
        return (
            _first(rows.within() for rows in asked)
            or _first(rows.missed(on) for rows in asked)
            or _first(rows.coming(on) for rows in asked)
        )


class _OfPartner:
    """Those that name the same delivering archive, or none, by how they stand at a moment."""

    def __init__(self) -> None:
        self._unbegun: _Heap = []  # by first day
        self._unmade: _Heap = []  # by when they were made
        self._made: _Heap = []  # by first day
        self._empty: _Heap = []  # begun, and nothing came: by last day
        self._served: _Heap = []  # begun, and something came: by last day
        self._missed: _Heap = []  # the latest last day first

    def add(self, row: TransferAppointment, number: int) -> None:
        heapq.heappush(self._unbegun, (row.from_on, number, row))
        heapq.heappush(self._unmade, (row.made_at, number, row))

    def go_on(self, at: dt.datetime, on: dt.date, came: Container[UUID]) -> None:
        """Each appointment is moved a few times at most, whatever comes."""
        while self._unmade and self._unmade[0][0] <= at:
            _, number, row = heapq.heappop(self._unmade)
            heapq.heappush(self._made, (row.from_on, number, row))
        while self._made and self._made[0][0] <= on:
            heapq.heappop(self._made)
        while self._unbegun and self._unbegun[0][0] <= on:
            _, number, row = heapq.heappop(self._unbegun)
            heapq.heappush(self._empty, (row.to_on, number, row))
        while self._empty and (self._empty[0][0] < on or self._empty[0][2].id in came):
            last, number, row = heapq.heappop(self._empty)
            if row.id in came:
                heapq.heappush(self._served, (last, number, row))
            else:
                heapq.heappush(self._missed, (-last.toordinal(), number, row))
        while self._served and self._served[0][0] < on:
            heapq.heappop(self._served)
        while self._missed and self._missed[0][2].id in came:
            heapq.heappop(self._missed)

    def within(self) -> tuple[Any, int, TransferAppointment] | None:
        """Of what has begun and not ended: without anything that came before all others."""
        for has_come, heap in enumerate((self._empty, self._served)):
            if heap:
                last, number, row = heap[0]
                return (has_come, last), number, row
        return None

    def missed(self, on: dt.date) -> tuple[Any, int, TransferAppointment] | None:
        if self._missed and on <= self._missed[0][2].to_on + _LATE:
            return self._missed[0]
        return None

    def coming(self, on: dt.date) -> tuple[Any, int, TransferAppointment] | None:
        if self._made and self._made[0][0] - _EARLY <= on:
            return self._made[0]
        return None


def _first(
    found: Iterable[tuple[Any, int, TransferAppointment] | None],
) -> TransferAppointment | None:
    best = min((entry for entry in found if entry is not None), default=None)
    return None if best is None else best[2]
