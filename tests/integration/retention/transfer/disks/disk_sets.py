"""Sets of disks, split and verified."""

import hashlib
import subprocess
from pathlib import Path
from uuid import UUID

from archive_service.services import Services
from retention.transfer.documents import TransferDocument
from retention.transfer.packages import build as packages_build
from tests.worlds.archive import person

LISTS_BYTES = 540_000  # what a medium has for lists and papers of two packages, at least


def verified(folder: Path) -> int:
    """How many files ``sha256sum`` finds as they should be; all of them."""
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=True, capture_output=True
    )
    return done.stdout.count(b": OK")


def split(services: Services, row: UUID, folder: Path) -> TransferDocument:
    """Built for media of which each holds one of the packages."""
    lan = person(services, "lan")
    told = packages_build.build(services, row, folder=folder / "whole", actor=lan)
    largest = max(transfer_item.size_bytes for transfer_item in told.items)
    return packages_build.build(
        services, row, folder=folder / "media", actor=lan, medium_bytes=largest + LISTS_BYTES
    )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(place.relative_to(folder)): hashlib.sha256(place.read_bytes()).hexdigest()
        for place in folder.rglob("*")
        if place.is_file()
    }
