"""When a delivery is over: nothing of it waits any more, and one paper tells of all of it.

The lines of the paper are written to a file as they are read, in a fixed number of statements:
however many there are, memory stays flat and no transaction is open while they are printed.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import clock, messages
from archive_service.domain.case_files.case_file import (
    CaseFile,
    CopyState,
    PackageVersion,
    complete_case_file,
)
from archive_service.domain.case_files.document import DigitalObject, Document, is_received_file
from archive_service.domain.intake.delivery import (
    Delivery,
    DeliveryRefusal,
)
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.storage.copies.enrolment import active_names
from ingest.deliveries.receipt_paper import (
    Amounts,
    CopyHolds,
    KeptLine,
    Lines,
    RefusedLine,
    ReturnedLine,
)

_AT_ONCE = 200
_GIVEN_BACK = (SubmissionState.RETURNED, SubmissionState.WITHDRAWN)


def outcome_of(session: Session, delivery_id: UUID) -> dict[str, int]:
    """Submission state → how many of the delivery are in it."""
    rows = session.execute(
        select(Submission.state, func.count())
        .where(Submission.delivery_id == delivery_id)
        .group_by(Submission.state)
    )
    return {state.value: count for state, count in rows}


def kept_of(outcome: Mapping[str, int]) -> int:
    """How many of a settled delivery were accepted; what has a receipt of its own may lie on."""
    return outcome.get(SubmissionState.STORED, 0) + outcome.get(SubmissionState.ACCEPTED, 0)


def has_kept(session: Session, delivery_id: UUID) -> bool:
    """Whether something of it is in custody for which there is no receipt but the delivery's."""
    kept = select(Submission.id).where(
        Submission.delivery_id == delivery_id,
        Submission.state == SubmissionState.STORED,
        Submission.delivery_receipt,
    )
    return session.scalar(kept.limit(1)) is not None


@dataclass(slots=True)
class SettledFile:
    """What lies in the file, and its sums."""

    file: Path
    kept: int = 0
    documents: int = 0
    files: int = 0
    size_bytes: int = 0
    returned: int = 0
    refused: int = 0
    decided_by: str = ""
    copies: list[CopyHolds] = field(default_factory=list)
    _last: dt.datetime | None = None

    def lines(self) -> Lines:
        """The three lists of the paper."""
        return Lines(
            (KeptLine(**entry) for entry in self._of("kept")),
            (ReturnedLine(**entry) for entry in self._of("returned")),
            (
                RefusedLine(entry["row"], entry["code"], len(entry["findings"]))
                for entry in self._of("refused")
            ),
        )

    def not_kept(self) -> dict[str, list[dict[str, Any]]]:
        """What the act tells beside the packages: of these no copy knows otherwise."""
        return {kind: list(self._of(kind)) for kind in ("returned", "refused")}

    def amounts(self, delivery: Delivery) -> Amounts:
        """The sums of the paper."""
        return Amounts(
            declared=delivery.rows,
            kept=self.kept,
            documents=self.documents,
            files=self.files,
            size_bytes=self.size_bytes,
            returned=self.returned,
            refused=self.refused,
            again=delivery.again,
        )

    def counted(self, row: Any) -> KeptLine:
        """A line of what is kept, added to the sums."""
        self.kept += 1
        self.documents += row.document_count
        self.files += row.file_count
        self.size_bytes += int(row.size_bytes)
        if row.decided_at is not None and (self._last is None or row.decided_at > self._last):
            self._last, self.decided_by = row.decided_at, row.decided_by or ""
        return KeptLine(
            row.code,
            row.title,
            row.document_count,
            row.inventory_sha256,
            row.warnings or 0,
            not row.is_complete,
        )

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        with self.file.open(encoding="utf-8") as lines:
            for line in lines:
                content = json.loads(line)
                if content.pop("kind") == kind:
                    yield content


def tell_lines(session: Session, delivery_id: UUID, file: Path) -> SettledFile:
    """Write the lines of a delivery to ``file``: four statements, however many lines there are."""
    told = SettledFile(file)
    with file.open("w", encoding="utf-8") as target:

        def put(kind: str, lines: Iterable[dict[str, Any]]) -> int:
            count = 0
            for line in lines:
                target.write(json.dumps({"kind": kind} | line, ensure_ascii=False) + "\n")
                count += 1
            return count

        kept = session.execute(_kept(delivery_id).execution_options(yield_per=_AT_ONCE))
        put("kept", (asdict(told.counted(row)) for row in kept))
        told.returned = put("returned", _returned(session, delivery_id))
        told.refused = put("refused", _refused(session, delivery_id))
    counting = active_names(session)
    held = session.execute(_copies(delivery_id)).all()
    told.copies = [
        CopyHolds(name, count, clock.of_database(last))
        for name, count, last in held
        if name in counting
    ]
    return told


def _count_of(severity: Severity) -> Any:
    """How many findings of this severity a submission has."""
    return (
        select(func.count())
        .where(FindingRow.submission_id == Submission.id, FindingRow.severity == severity)
        .scalar_subquery()
    )


def _case_file_of() -> Any:
    return func.coalesce(Submission.case_file_id, Submission.id)


def _kept(delivery_id: UUID) -> Select[Any]:
    return (
        select(
            CaseFile.code,
            CaseFile.title,
            Submission.document_count,
            Submission.decided_by,
            Submission.decided_at,
            PackageVersion.inventory_sha256,
            _handed_in(func.count()).label("file_count"),
            _handed_in(func.coalesce(func.sum(DigitalObject.size_bytes), 0)).label("size_bytes"),
            _count_of(Severity.WARNING).label("warnings"),
            complete_case_file().label("is_complete"),
        )
        .join(CaseFile, CaseFile.id == _case_file_of())
        .join(PackageVersion, _took_in())
        .where(
            Submission.delivery_id == delivery_id,
            Submission.delivery_receipt,
            Submission.state == SubmissionState.STORED,
        )
        .order_by(Submission.received_at, CaseFile.code, Submission.id)
    )


def _handed_in(what: Any) -> Any:
    """Of the files that came with a submission, as minutes count them; no file of the package."""
    return (
        select(what)
        .select_from(DigitalObject)
        .join(Document, Document.id == DigitalObject.document_id)
        .where(
            Document.case_file_id == CaseFile.id,
            Document.added_in == func.coalesce(Submission.version, 1),
            is_received_file(),
        )
        .correlate(CaseFile, Submission)
        .scalar_subquery()
    )


def _took_in() -> ColumnElement[bool]:
    """The version of the package that took the submission in."""
    return and_(
        PackageVersion.case_file_id == CaseFile.id,
        PackageVersion.number == func.coalesce(Submission.version, 1),
    )


def _returned(session: Session, delivery_id: UUID) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        select(
            Submission.code,
            Submission.title,
            Submission.state,
            Submission.decision_reason,
            _count_of(Severity.ERROR),
        )
        .where(Submission.delivery_id == delivery_id, Submission.state.in_(_GIVEN_BACK))
        .order_by(Submission.received_at, Submission.code, Submission.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for code, title, state, reason, found in rows:
        line = ReturnedLine(
            code, title, messages.label("submission-states", state.value, "vi"), found, reason
        )
        yield asdict(line)


def _refused(session: Session, delivery_id: UUID) -> Iterator[dict[str, Any]]:
    columns: tuple[InstrumentedAttribute[Any], ...] = (
        DeliveryRefusal.ordinal,
        DeliveryRefusal.row,
        DeliveryRefusal.code,
        DeliveryRefusal.findings,
    )
    rows = session.execute(
        select(*columns)
        .where(DeliveryRefusal.delivery_id == delivery_id)
        .order_by(DeliveryRefusal.ordinal)
        .execution_options(yield_per=_AT_ONCE)
    )
    for ordinal, row, code, findings in rows:
        yield {"ordinal": ordinal, "row": row, "code": code, "findings": findings}


def _copies(delivery_id: UUID) -> Select[str, int, dt.datetime]:
    """Of each copy: how many of the case files it holds, and when the last was read back."""
    return (
        select(CopyState.copy, func.count(), func.max(CopyState.verified_at))
        .join(Submission, CopyState.case_file_id == _case_file_of())
        .where(
            Submission.delivery_id == delivery_id,
            Submission.delivery_receipt,
            Submission.state == SubmissionState.STORED,
            CopyState.state == "verified",
            CopyState.version >= func.coalesce(Submission.version, 1),
        )
        .group_by(CopyState.copy)
        .order_by(CopyState.copy)
    )
