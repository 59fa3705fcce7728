"""Calls of the Linux kernel that have no name in Python's own library."""

import ctypes
import os
import platform
import struct
from contextlib import suppress
from dataclasses import dataclass

_CAPABILITIES = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_READ_ALL = 1 << 2  # CAP_DAC_READ_SEARCH: files that our parent lets it read
_SET_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Machine:
    """Numbers of one architecture; those after 400 are the same on all."""

    audit: int  # AUDIT_ARCH of linux/audit.h
    set_capabilities: int
    refused: tuple[int, ...]
    passed_over: tuple[int, ...]  # they succeed and do nothing


# socket; truncate, which Landlock knows since its third version only; ptrace, process_vm_*.
_X86_REFUSED = (41, 76, 101, 310, 311)
_ARM_REFUSED = (198, 45, 117, 270, 271)
# chmod, chown, utime and xattr in all their forms: they touch files that may not be written.
_X86_PASSED = (90, 91, 92, 93, 94, 132, 188, 189, 190, 197, 198, 199, 235, 260, 261, 268, 280)
_ARM_PASSED = (5, 6, 7, 14, 15, 16, 52, 53, 54, 55, 88)
_EVERYWHERE = (425, 438)  # io_uring_setup, which opens sockets of its own, and pidfd_getfd
_EVERYWHERE_PASSED = (452, 463, 466)  # fchmodat2, setxattrat, removexattrat

MACHINES = {
    "x86_64": Machine(
        0xC000003E, 126, _X86_REFUSED + _EVERYWHERE, _X86_PASSED + _EVERYWHERE_PASSED
    ),
    "aarch64": Machine(
        0xC00000B7, 91, _ARM_REFUSED + _EVERYWHERE, _ARM_PASSED + _EVERYWHERE_PASSED
    ),
}


def machine() -> Machine | None:
    """The one that this process runs on; ``None``: its numbers are not known here."""
    return MACHINES.get(platform.machine())


def give_up_privileges() -> None:
    """No program started from here on gains any, as both ways of confining ask.

    Where ``root`` starts us, all that remains is to read what others may not.
    """
    control(_SET_NO_NEW_PRIVILEGES, 1, 0)
    this = machine()
    if os.geteuid() == 0 and this is not None:
        header = struct.pack("=Ii", _CAPABILITIES, 0)
        rest = struct.pack("=6I", _READ_ALL, _READ_ALL, 0, 0, 0, 0)
        with suppress(PermissionError):  # a container that has taken that one as well
            call(this.set_capabilities, header, rest)


def control(option: int, second: int, third: object) -> None:
    """``prctl``; raises ``OSError``."""
    if _libc.prctl(option, ctypes.c_ulong(second), third, 0, 0) != 0:
        _fail()


def call(number: int, *arguments: object) -> int:
    """A system call by its number; raises ``OSError``."""
    answer = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if answer < 0:
        _fail()
    return answer


def _fail() -> None:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
