"""Drafts begun, filled in and sent."""

import io
from uuid import UUID

from archive_service.errors import InputError
from ingest.drafts import drafts
from ingest.drafts.files import Sent, add_files
from ingest.drafts.hand_in import hand_in
from tests.worlds.door import Door

CODE = "H40.18.2025.08.QLCT"
GIVEN = {
    "fileCode": CODE,
    "title": "Hồ sơ bàn giao Trạm bơm Khe Lạnh",
    "maintenance": "05",
    "startDate": "2025-03-01",
    "endDate": "2025-06-30",
}


def begun(door: Door, **given: str) -> UUID:
    with door.database.writing() as session:
        opened = drafts.open_draft(session, actor=door.officer, given=GIVEN | given)
        return opened.id


def add(door: Door, draft_id: UUID, name: str, data: bytes, row: int | None = None) -> str:
    sent = Sent(name, len(data), lambda: io.BytesIO(data))
    (taken,) = add_files(
        draft_id,
        [sent],
        actor=door.officer,
        database=door.database,
        staging=door.staging,
        jobs=door.jobs,
        limits=door.limits,
        row=row,
    )
    if isinstance(taken, InputError):
        raise taken
    return taken


def put(door: Door, draft_id: UUID, row: int, field: str, value: str, was: str = "") -> None:
    with door.database.writing() as session:
        drafts.put_field(session, draft_id, row, field, value, was=was, actor=door.officer)


def send(door: Door, draft_id: UUID) -> None:
    with door.database.writing() as session:
        hand_in(session, draft_id, actor=door.officer, jobs=door.jobs, limits=door.limits)


def fill(door: Door, draft_id: UUID, row: int, date: str) -> None:
    for field, value in (("typeName", "02"), ("issuedDate", date), ("organName", "Sở Công trình")):
        shown = door.submission(draft_id).case_file().documents
        was = next(declared for declared in shown if declared.row == row).fields.get(field, "")
        put(door, draft_id, row, field, value, was)
