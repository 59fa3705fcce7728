"""Case files whose destruction was approved, and where bytes of them are looked for."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.domain.case_file import CaseFile
from archive_service.domain.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    ItemState,
    Outcome,
)

ENDED_ON = dt.date(2020, 12, 31)


def approved(services: Services, *codes: str) -> list[UUID]:
    """A list with these case files on it, their terms long over, decided on; ids of the items."""
    with services.unit_of_work() as uow:
        session = uow.session
        rows = [
            session.scalars(select(CaseFile).where(CaseFile.code == code)).one() for code in codes
        ]
        for row in rows:
            row.permanent, row.starts_on, row.ends_on = False, dt.date(2015, 1, 1), ENDED_ON
        now = clock.now()
        decided = Disposition(
            agency_id=rows[0].agency_id,
            number=1,
            year=now.year,
            kind=DispositionKind.DESTROY,
            state=DispositionState.EXECUTING,
            reason="Hết thời hạn lưu trữ",
            proposed_by="lan",
            proposed_at=now,
            reviewed_by="mai",
            reviewed_at=now,
            decided_by="hung",
            decided_at=now,
        )
        decided.items = [
            DispositionItem(
                case_file_id=row.id,
                ordinal=ordinal,
                code=row.code,
                title=row.title,
                state=ItemState.APPROVED,
                outcome=Outcome.DESTROY,
                edition=row.version_stored,
                ends_on=row.ends_on,
            )
            for ordinal, row in enumerate(rows, 1)
        ]
        session.add(decided)
        session.flush()
        decided.list_sha256 = decided.digest_of_list()
        ids = [item.id for item in decided.items]
        uow.commit()
    return ids


def iter_marked(folder: Path, *marks: bytes) -> Iterator[Path]:
    """Files below ``folder`` with one of these bytes in them, whatever else they are."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            data = file.read_bytes()
            if any(mark in data for mark in marks):
                yield file.relative_to(folder)
