"""Bags as the Library of Congress's program makes them."""

import shutil
import subprocess
from pathlib import Path

from tests.services.install import ToolMissingError, installed
from tests.services.tools import BAGIT


def bagged(folder: Path, *algorithms: str) -> Path:
    """The folder, turned into a bag in its place; SHA-256 unless digests are named."""
    place = installed(BAGIT)
    if place is None:
        raise ToolMissingError("bagit is missing: run `make judges`.")
    named = [f"--{algorithm}" for algorithm in algorithms or ("sha256",)]
    words = ["--source-organization", "Chi cục Thủy lợi"]
    program = [str(place / "bin" / name) for name in ("python", "bagit.py")]
    command = [*program, *words, *named, str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def zipped(bag: Path) -> Path:
    """The bag as one folder in a ZIP beside it."""
    return Path(shutil.make_archive(str(bag), "zip", bag.parent, bag.name))
