"""How long a process may work: by its processor time; by the clock only where it uses none.

On a busy machine everything takes many times as long by the clock, and no file is to blame for it.
"""

import os
from pathlib import Path

STRETCH = 5  # limits by the clock, after which a process that did next to no work is given up
_LEAST_WORK = 0.05  # of its limit, in a whole stretch: a hundred others may work beside it
MOST = 20  # limits by the clock, however busy the machine: who asked waits for an answer
_SESSION, _TIMES = 3, slice(11, 15)  # fields of ``/proc/PID/stat`` behind the name


class Patience:
    """Whether a process may go on; asked each time that ``limit_s`` went by on the clock.

    All processes of its session count. What they used before the first question counts for
    nothing: until then they had ``limit_s`` at most.
    """

    def __init__(self, session: int, limit_s: float) -> None:
        self._session, self._limit_s = session, limit_s
        self._asked = 0
        self._first_s = self._stretch_s = 0.0

    def goes_on(self) -> bool:
        """``False``: its processor time is used up, it stands still, or it is there too long."""
        spent_s = _spent_s(self._session)
        if not self._asked:
            self._first_s = self._stretch_s = spent_s
        self._asked += 1
        is_used_up = self._asked > 1 and spent_s - self._first_s >= self._limit_s
        if is_used_up or self._asked >= MOST:
            return False
        if self._asked % STRETCH:
            return True
        worked_s, self._stretch_s = spent_s - self._stretch_s, spent_s
        return worked_s >= _LEAST_WORK * self._limit_s


def _spent_s(session: int) -> float:
    """Processor time of the processes of a session, and of those that they waited for."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        try:
            text = (entry / "stat").read_text("utf-8", "replace") if entry.name.isdigit() else ""
        except OSError:  # it has ended meanwhile
            continue
        fields = text.rpartition(")")[2].split()
        if fields and int(fields[_SESSION]) == session:
            ticks += sum(map(int, fields[_TIMES]))
    return ticks / os.sysconf("SC_CLK_TCK")
