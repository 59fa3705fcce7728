"""Signed documents of archives as they lie in a folder or on a disk: ``reply-001.xml``."""

from pathlib import Path

from archive_service.domain.transfer.transfer import TransferMessageKind


def laid_in(path: Path, kind: TransferMessageKind) -> list[Path]:
    """Files of this kind in a folder, or in the media that lie in it; the newest first."""
    pattern = f"{kind}-*.xml"
    found = [*path.glob(pattern), *path.glob(f"*/{pattern}")] if path.is_dir() else []
    numbered = [one for one in found if one.stem.rpartition("-")[2].isdecimal()]
    return sorted(numbered, key=lambda one: -int(one.stem.rpartition("-")[2]))
