"""Which process of which machine a worker is."""

import hashlib
import os
import socket
from pathlib import Path


def machine_name() -> str:
    """This machine, or container, until it is started anew: within it, process ids are told apart.

    Containers may share a host name or a kernel: its boot and its space of process ids count too.
    """
    space = Path("/proc/self/ns/pid")
    facts = (
        Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
        str(space.stat().st_ino) if space.exists() else "",
        socket.gethostname(),
    )
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
    return f"{socket.gethostname()[:60]}-{digest}"


def worker_name() -> str:
    """This process among all workers of all machines."""
    return f"{machine_name()}:{os.getpid()}"


def is_alive(worker: str) -> bool:
    """Whether a worker of this machine still runs; a pid used anew only delays by a lease."""
    return Path(f"/proc/{worker.rpartition(':')[2]}").exists()
