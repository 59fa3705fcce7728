"""What the query part of an address may hold, resource by resource."""

import datetime as dt
from typing import Literal
from uuid import UUID

from flask import request
from pydantic import Field, ValidationInfo

from archive_service.db.paging import ListCursorError
from archive_service.domain.case_files.case_file import CaseState, Digitization
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.keeping.job import JobState
from archive_service.domain.retention.disposition import DispositionKind, DispositionState
from archive_service.domain.transfer.transfer import (
    TransferDirection,
    TransferItemState,
    TransferState,
)
from archive_service.given import Given

MAX_LIMIT = 200


def repeated(value: object, info: ValidationInfo) -> object:
    """Every value of a name that stands several times in an address; of them one comes here."""
    return request.args.getlist(info.field_name or "") if isinstance(value, str) else value


class PartQuery(Given):
    """At most ``limit`` of a list, after where ``cursor`` ended."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = None


class CaseFileQuery(PartQuery):
    """``text`` is a part of code or title; ``complete=false``: their paper half is to come."""

    text: str = ""
    complete: bool | None = None
    state: CaseState | None = None
    digitization: Digitization | None = None
    year: int | None = None


class SubmissionQuery(PartQuery):
    """Submissions in one state."""

    state: SubmissionState | None = None


class JobQuery(PartQuery):
    """Jobs in one state."""

    state: JobState | None = None


class EventQuery(PartQuery):
    """Events of one kind, subject, account or address; ``since`` and ``until`` are local days.

    ``address`` may be the name of a session or token as well. ``field``, ``was`` and ``becomes``
    find what was changed; without ``since`` within a year before the last day.
    """

    tag: str | None = None
    subject: str | None = None
    account: str | None = None
    kind: str | None = None
    text: str | None = None
    address: str | None = None
    field: str | None = None
    was: str | None = None
    becomes: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None


class AgencyQuery(Given):
    """``all``: also agencies known from the official list only."""

    all: bool = False


class HoldQuery(PartQuery):
    """``text`` is a part of code, title, reason or authority."""

    text: str = ""
    code: str = ""
    state: Literal["in-force", "lifted"] | None = None
    order: UUID | None = None
    overdue: bool = False


class DispositionQuery(PartQuery):
    """``text`` is a part of a code or title on the list, or of its reason."""

    text: str = ""
    state: DispositionState | None = None
    kind: DispositionKind | None = None


class TransferQuery(PartQuery):
    """Transfers in one state, of one direction, or not answered or decided on in time."""

    state: TransferState | None = None
    direction: TransferDirection | None = None
    late: bool = False


class TransferItemQuery(PartQuery):
    """Case files of a transfer in one state, or with these words in code or title."""

    state: TransferItemState | None = None
    text: str = Field("", max_length=200)


class ExportQuery(Given):
    """In which form a case file is written out."""

    form: Literal["aip", "sip", "sip-documents", "dip", "bag", "pdf", "xml"] = "aip"
    request: UUID | None = Field(
        default=None, description="Of a DIP: the request to use that it answers."
    )


def offset_of(cursor: str | None) -> int:
    """How many rows a cursor of ``next_cursor`` leaves out; ``ListCursorError`` for another."""
    if cursor is None:
        return 0
    if not cursor.isdecimal() or len(cursor) > 9:
        raise ListCursorError(cursor=cursor[:80])
    return int(cursor)


def next_cursor(end: int, total: int) -> str | None:
    """The cursor of what follows the first ``end`` of ``total`` rows, for lists by place."""
    return str(end) if end < total else None


class UploadQuery(Given):
    """Uploads that are meant for one thing: a draft, by its id."""

    into: str = Field(min_length=1, max_length=100)


class StretchQuery(Given):
    """A stretch of an upload, at most 64 MiB of it."""

    offset: int = Field(ge=0)
    length: int = Field(ge=1, le=64 << 20)
