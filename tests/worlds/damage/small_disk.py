"""A file system of its own, of a few MiB."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(mount_point: Path, size_bytes: int) -> Iterator[Path]:
    """Mounted at ``mount_point``, made for it; skips where nothing can be mounted, fails in CI."""
    mount_point.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(mount_point)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        told = "a small file system cannot be mounted here: needs root and the right to mount"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    try:
        yield mount_point
    finally:
        subprocess.run(["umount", str(mount_point)], check=True)
