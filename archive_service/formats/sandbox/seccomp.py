"""A filter of system calls: no socket is opened, and nothing is done to other processes."""

import ctypes
import errno
import struct

from archive_service.formats.sandbox.kernel import (
    Machine,
    control,
    give_up_privileges,
    machine,
)

_SET_SECCOMP, _FILTER = 22, 2  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of the packet filter's words
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in seccomp_data
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_X32 = 0x40000000  # a second set of numbers for the calls of x86-64


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def filter_calls() -> bool:
    """Filter those of this process and its children, for good; false: the system has no filter."""
    this = machine()
    if this is None:
        return False
    lines = _lines(this)
    program = _Program(len(lines), b"".join(lines))
    try:
        give_up_privileges()
        control(_SET_SECCOMP, _FILTER, ctypes.byref(program))
    except OSError:
        return False
    return True


def _lines(this: Machine) -> list[bytes]:
    refuse = _line(_RETURN, _ERRNO | errno.EACCES)
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_EQUAL, this.audit, yes=1),
        refuse,  # calls of another architecture have other numbers
        _line(_LOAD, _NUMBER),
        _line(_AT_LEAST, _X32, no=1),
        refuse,
    ]
    for number in this.refused:
        lines += [_line(_EQUAL, number, no=1), refuse]
    for number in this.passed_over:
        lines += [_line(_EQUAL, number, no=1), _line(_RETURN, _ERRNO)]
    return [*lines, _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One ``sock_filter``; ``yes`` and ``no`` are lines that are skipped."""
    return struct.pack("=HBBI", code, yes, no, value)
