"""Reads a part from the middle of a stored file, in a process of its own, as a viewer does."""

import sys
from pathlib import Path

from sqlalchemy import select

from archive_service.bootstrap import open_services
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.settings import load_settings
from archive_service.storage.content import HeldContent


def read_range(home: Path, code: str, length: int) -> int:
    """How many bytes came, from the middle of the largest file of the case file."""
    services = open_services(load_settings(home))
    try:
        with services.read_only() as session:
            row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
            files = [file for document in row.documents for file in document.files]
            largest = max(files, key=lambda file: file.size_bytes)
            content = HeldContent(services.copies, row.ocfl_id)
        with content.open(largest.sha256, offset=largest.size_bytes // 2, length=length) as source:
            came = 0
            while chunk := source.read(64 << 10):
                came += len(chunk)
        return came
    finally:
        services.close()


if __name__ == "__main__":
    sys.exit(0 if read_range(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])) > 0 else 1)
