"""What the database that is being made anew still knew, where no copy gives it whole.

Until the new tables take their place, the old ones are read beside them.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from archive_service import audit
from archive_service.catalogue.holdings.rows import submissions_of
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.keeping import act as rows
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.packaging.catalogue import catalogue_bytes, rows_of
from archive_service.recovery.rebuild.restored_case import RestoredCase
from archive_service.storage.acts import ACTS, Act, act_document, act_key
from archive_service.storage.ocfl.root import id_of
from ingest.transitions import TRANSITIONS

_AT_ONCE = 500  # case files asked for in one statement
_STANDING = (
    CaseFile.state == CaseState.STORED,
    CaseFile.version_stored > 0,
    CaseFile.removing_since.is_(None),
)

_OF_A_VERSION = (
    "number", "inventory_sha256", "message", "built_by", "built_at", "file_count", "size_bytes",
    "staged",
)  # fmt: skip


class OldDatabase:
    """Asked last, and only for what is damaged; without a database it knows nothing."""

    def __init__(self, database: Database | None) -> None:
        self._database = database

    def case(self, root: str) -> RestoredCase | None:
        """The case file whose package lies at this root, as its rows were."""
        if self._database is None:
            return None
        with self._database.read_only() as session:
            return _case(session, CaseFile.ocfl_id == id_of(root))

    def act(self, key: str) -> Act | None:
        """The act that lies under this key in every copy."""
        if self._database is None:
            return None
        kind, _, name = key.removeprefix(f"{ACTS}/").removesuffix(".json").partition("/")
        try:
            act_id = UUID(name[-36:])
        except ValueError:
            return None
        with self._database.read_only() as session:
            row = session.get(rows.Act, act_id)
            if row is None or act_key(row) != key:
                return None
            document: dict[str, Any] = {**act_document(row)}
        if row.companion_sha256:
            beside = {"name": f"{name}.{row.companion_suffix}", "sha256": row.companion_sha256}
            document["companions"] = [beside]
        return Act(key, kind, name, document)

    def segment(self, number: int) -> bytes | None:
        """The bytes of a segment of the trail."""
        if self._database is None:
            return None
        with self._database.read_only() as session:
            row = session.get(AuditSegment, number)
            if row is None:
                return None
            return audit.segment_bytes(row, audit.segment_events(session, row))

    def iter_stored(self) -> Iterator[dict[UUID, str]]:
        """Ids and OCFL ids of what it knew as stored, some hundreds at a time."""
        last: UUID | None = None
        while self._database is not None:
            later = () if last is None else (CaseFile.id > last,)
            query = select(CaseFile.id, CaseFile.ocfl_id).where(*_STANDING, *later)
            with self._database.read_only() as session:
                some = session.execute(query.order_by(CaseFile.id).limit(_AT_ONCE)).all()
            if not some:
                return
            yield {row.id: row.ocfl_id for row in some}
            last = some[-1].id


def _case(session: Session, which: ColumnElement[bool]) -> RestoredCase | None:
    row = session.scalar(select(CaseFile).where(which, *_STANDING))
    if row is None:
        return None
    case_file, submissions = rows_of(catalogue_bytes(row, submissions_of(session, row.id)))
    stored = row.version_stored
    case_file.state = CaseState.STORED
    case_file.version_wanted = case_file.version_built = case_file.version_stored = stored
    case_file.version_indexed = 0
    case_file.digitization = row.digitization
    case_file.receipt_due_in = row.receipt_due_in
    case_file.versions = [
        PackageVersion(**{name: getattr(version, name) for name in _OF_A_VERSION})
        for version in row.versions
        if version.number <= stored  # the next one is built anew
    ]
    for submission in submissions:
        state = SubmissionState.STORED if submission.delivery_receipt else SubmissionState.ACCEPTED
        submission.state = TRANSITIONS["rebuild"].leads_to(state)
    return RestoredCase(case_file, submissions)
