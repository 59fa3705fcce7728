"""An outage of a home, and minutes that were signed on paper meanwhile."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from archive_service import clock
from archive_service.domain.intake.submission import Submission
from archive_service.reports import register_acts
from archive_service.services import Services
from ingest.handover.documents import HandoverRecordDocument
from ingest.late_entries.acts import PaperMinutes, enter_minutes, record_outage
from ingest.late_entries.late_entry import OnPaper
from tests.worlds.archive import person

HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)


def received(services: Services) -> tuple[list[UUID], dt.datetime]:
    """What is stored, and when the last of it was received."""
    with services.read_only() as session:
        rows = session.scalars(select(Submission).order_by(Submission.code)).all()
        return [row.id for row in rows], max(row.received_at for row in rows)


def down(services: Services, **more: Any) -> tuple[UUID, dt.datetime]:
    """An outage that ends now, and begins long before all that is stored was received."""
    _, last = received(services)
    began_at, ended_at = last - HOUR, clock.now()
    lan = person(services, "lan")
    made = record_outage(services, began_at, ended_at, "Mất điện", actor=lan, **more)
    return UUID(made["id"]), ended_at


def on_paper(outage: UUID, at: dt.datetime) -> OnPaper:
    return OnPaper(outage, at, "Trần Thị Lan", "số 01 ngày 02/11/2026", "Mất điện")


def minutes(
    services: Services, outage: UUID, at: dt.datetime, scan: Path, number: int
) -> HandoverRecordDocument:
    listed = PaperMinutes(
        number=number,
        submission_ids=received(services)[0],
        said={"giver_name": "Nguyễn Văn Bách", "receiver_name": "Trần Thị Lan"},
    )
    told, lan = on_paper(outage, at), person(services, "lan")
    return enter_minutes(services, told, listed, scan, actor=lan)


def register(services: Services, name: str) -> list[tuple[str, ...]]:
    year = clock.today().year
    lan = person(services, "lan")
    found = register_acts.register_rows(services, name, year, actor=lan, limit=50, offset=0)
    assert found["total"] == len(found["rows"])
    return list(found["rows"])
