"""The answer to who asked for the uses of records: when, for what and in which role, no names."""

from uuid import UUID

from sqlalchemy import Select, func, select

from archive_service import access, clock
from archive_service.catalogue.use_requests import rules
from archive_service.catalogue.use_requests.reading import note_first
from archive_service.document import Document
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.domain.people.account import Actor
from archive_service.services import Services


class UseDocument(Document):
    """A document was opened on this local day, by one of ``role``.

    ``purpose`` is a code of ``processing_purposes.toml``, empty where it was not kept.
    """

    on: str
    document: int
    role: str
    purpose: str


class UseList(Document):
    """Uses of what a request names, the newest first; ``total`` counts all, ``cursor`` goes on.

    ``document`` 0 are all of the case file. Uses are forgotten after ``months``.
    """

    code: str
    document: int
    months: int
    uses: list[UseDocument]
    total: int
    cursor: str | None


def list_past_uses(
    services: Services,
    request_id: UUID,
    *,
    actor: Actor,
    limit: int | None = 50,
    offset: int = 0,
) -> UseList:
    """The uses that one's own request was granted to know; the first look leaves an event.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError
        AccessRequestStateError: it is not granted, is over, or asks to read.
    """
    access.require(actor, rules.MAKE)
    with services.read_only() as session:
        row = rules.own(session, request_id, "uses", actor)
        if row.is_over:
            raise rules.AccessRequestStateError(state="ended")
        found = _uses_of(row)
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        newest = found.order_by(OpeningRecord.at.desc(), OpeningRecord.id.desc())
        uses = [
            UseDocument(
                on=clock.local(opening.at).date().isoformat(),
                document=opening.place,
                role=opening.role,
                purpose=opening.purpose,
            )
            for opening in session.scalars(newest.limit(limit).offset(offset))
        ]
    note_first(services, row, actor)
    end = offset + len(uses)
    return UseList(
        code=row.code,
        document=row.ordinal,
        months=services.settings.archive.opening_months,
        uses=uses,
        total=total,
        cursor=str(end) if end < total else None,
    )


def _uses_of(row: AccessRequest) -> Select[OpeningRecord]:
    found = select(OpeningRecord).where(OpeningRecord.case_file_id == row.case_file_id)
    return found.where(OpeningRecord.place == row.ordinal) if row.ordinal else found
