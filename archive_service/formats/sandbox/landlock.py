"""Landlock: the kernel lets a process write, and read, below the folders that are named alone."""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from archive_service.formats.sandbox.kernel import call, give_up_privileges

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_BELOW = 1  # LANDLOCK_RULE_PATH_BENEATH
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_CHANGING = sum(1 << bit for bit in range(4, 13))  # make and remove, of every kind
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_REFER = 1 << 13
_TCP = 0b11  # bind and connect
_SCOPES = 0b11  # abstract sockets and signals of others
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")


def version() -> int:
    """Which one the kernel has; 0: none, or it is switched off."""
    try:
        return call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError:
        return 0


def restrict(*, writable: Iterable[str], readable: Iterable[str], network: bool) -> bool:
    """Restrict this process and its children, for good; false: the kernel has no Landlock.

    Args:
        writable: folders in which everything may be done.
        readable: what may be read besides; ``/`` for everything.
        network: whether TCP stays open.
    """
    known = version()
    if not known:
        return False
    writing = _WRITE_FILE | _CHANGING
    writing |= _REFER if known >= 2 else 0
    writing |= _TRUNCATE if known >= 3 else 0
    net = _TCP if known >= 4 and not network else 0
    scopes = _SCOPES if known >= 6 else 0
    # A kernel refuses fields of a later version unless they are zero.
    wanted = struct.pack("=QQQ", writing | _READING, net, scopes)
    rules = call(_CREATE, wanted, ctypes.c_size_t(len(wanted)), ctypes.c_uint32(0))
    try:
        for path in readable:
            _allow(rules, path, _READING)
        for path in _DEVICES:
            _allow(rules, path, _READING | writing)
        for path in writable:
            _allow(rules, path, _READING | writing)
        give_up_privileges()
        call(_RESTRICT, rules, ctypes.c_uint32(0))
    finally:
        os.close(rules)
    return True


def readable_beside(hidden: Iterable[str]) -> list[str]:
    """What there is beside the hidden paths: rules of Landlock only ever allow.

    What comes into being later beside a folder above a hidden one is not in it.
    """
    held = {Path(os.path.realpath(path)) for path in hidden if os.path.lexists(path)}
    above = {parent for path in held for parent in path.parents}
    if not held:
        return ["/"]
    return sorted(str(path) for folder in above for path in _within(folder, held | above))


def _within(folder: Path, left: set[Path]) -> Iterator[Path]:
    try:
        # A link is followed at the end of it: its own name would let the hidden be read.
        yield from (path for path in folder.iterdir() if path not in left and not path.is_symlink())
    except OSError:  # what we cannot list our children cannot read either
        return


def _allow(rules: int, path: str, access: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # it is gone, or was never ours to see
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            access &= _OF_FILES if access & _WRITE_FILE else _READ_FILE | _EXECUTE
        rule = struct.pack("=Qi", access, opened)
        call(_ADD, rules, ctypes.c_int(_BELOW), rule, ctypes.c_uint32(0))
    except OSError:  # of a kind that takes no rule, such as a socket
        return
    finally:
        os.close(opened)
