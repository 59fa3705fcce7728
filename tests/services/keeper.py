"""Keeps one server and everything it starts, and ends all of it when its owner is gone.

Run as a program of its own, with the standard library alone. Servers leave children behind (a
launcher's Java, the port mapper of Erlang); those come to the keeper, as it is their subreaper.
"""

import contextlib
import ctypes
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PR_SET_CHILD_SUBREAPER = 36
LOOK_S = 0.5
GRACE_S = 20.0


def descendants(root: int) -> list[int]:
    """Every living process below ``root``, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    todo = [root]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def send(number: int) -> int:
    """Send a signal to all that this process keeps; how many there were."""
    below = descendants(os.getpid())
    for process in below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
    return len(below)


def reap() -> None:
    """Take the end of every dead child, our own and those that came to us."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def kill_all() -> None:
    """Until nothing is left."""
    while send(signal.SIGKILL):
        time.sleep(0.02)
        reap()


def end(server: int, stop_signal: int) -> None:
    """Ask the server to end, give it time, then end whatever is left."""
    send(signal.SIGCONT)
    with contextlib.suppress(ProcessLookupError):
        os.kill(server, stop_signal)
    until = time.monotonic() + GRACE_S
    while time.monotonic() < until and server in descendants(os.getpid()):
        time.sleep(0.02)
        reap()
    kill_all()


def keep(order: dict[str, Any]) -> int:
    """Start the server and obey the owner's lines until it or the owner ends."""
    owner = os.getppid()
    ids: dict[str, Any] = {}
    if order["account"] is not None:
        who = pwd.getpwnam(order["account"])
        ids = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    with Path(order["log"]).open("ab") as log:
        server = subprocess.Popen(
            order["command"],
            env=order["env"],
            cwd=order["folder"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **ids,
        )
    stop_signal = order["stop_signal"]
    while True:
        told, _, _ = select.select([0], [], [], LOOK_S)
        word = os.read(0, 100).decode().strip() if told else ""
        gone = server.poll()
        if gone is not None:
            kill_all()
            return 3
        if word == "kill":
            kill_all()
            return 0
        if word in {"pause", "resume"}:
            send(signal.SIGSTOP if word == "pause" else signal.SIGCONT)
            os.write(1, b"done\n")
        if word == "stop":
            end(server.pid, stop_signal)
            return 0
        if (told and not word) or os.getppid() != owner:
            end(server.pid, stop_signal)
            shutil.rmtree(order["folder"], ignore_errors=True)  # nobody else is left to do it
            return 0


def main() -> int:
    """One line of JSON tells what to start; see ``process.Process``."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for passed_over in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only the owner's word or end counts. Not SIG_IGN: the server would inherit that.
        signal.signal(passed_over, lambda *_: None)
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return 0
        line += byte
    return keep(json.loads(line))


if __name__ == "__main__":
    sys.exit(main())
