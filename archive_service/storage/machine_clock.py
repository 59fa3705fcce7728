"""What sets this machine's clock, and how far it is from that: by chrony's word or the kernel's."""

import ctypes
import datetime as dt
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from archive_service import clock

APART_MS = 1000  # what people are told beyond
_CHRONY = ("chronyc", "-c", "tracking")
_ASK_S = 5
_SERVER, _STRATUM, _BEHIND_S, _FIELDS = 1, 2, 4, 14  # of chrony's line
_TIME_ERROR, _NANOSECONDS = 5, 0x2000  # adjtimex(2)


@dataclass(frozen=True, slots=True)
class MachineClock:
    """``source``: ``chrony``, ``system`` (the kernel, whoever feeds it), ``machine``: nobody says.

    ``offset_ms`` is by how much this clock is ahead of its source; ``None`` where nobody knows.
    """

    source: str
    server: str = ""
    synchronised: bool = False
    offset_ms: int | None = None

    @property
    def is_apart(self) -> bool:
        """Whether it is further from its source than people should not be told of."""
        return self.offset_ms is not None and abs(self.offset_ms) > APART_MS

    def source_time(self) -> dt.datetime | None:
        """What the source shows now; ``None`` where nobody knows."""
        if self.offset_ms is None:
            return None
        return clock.now() - dt.timedelta(milliseconds=self.offset_ms)

    def as_document(self) -> dict[str, Any]:
        """Plain JSON, as seals keep it."""
        return asdict(self)


class _Timex(ctypes.Structure):
    """``struct timex`` as far as it is read; the rest is room for the kernel to write into."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def read_machine_clock(ask_chrony: Sequence[str] = _CHRONY) -> MachineClock:
    """Ask chrony; where none runs, the kernel. Takes milliseconds; never raises."""
    return _chrony(ask_chrony) or _kernel()


def _chrony(command: Sequence[str]) -> MachineClock | None:
    try:
        output = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=_ASK_S
        ).stdout
        row = output.strip().split(",")
        if len(row) != _FIELDS:
            return None
        if row[-1] == "Not synchronised":
            return MachineClock("chrony", row[_SERVER])
        server = f"{row[_SERVER]} (stratum {row[_STRATUM]})"
        offset_ms = -round(float(row[_BEHIND_S]) * 1000)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return MachineClock("chrony", server, synchronised=True, offset_ms=offset_ms)


def _kernel() -> MachineClock:
    """What is still to be added to the clock is by how much it is behind."""
    timex = _Timex()
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return MachineClock("machine")
    if state < 0:  # a container may forbid to ask
        return MachineClock("machine")
    if state == _TIME_ERROR:
        return MachineClock("system")
    in_ms = 1_000_000 if timex.status & _NANOSECONDS else 1000
    return MachineClock("system", synchronised=True, offset_ms=-round(timex.offset / in_ms))
