"""Which sendings are the same: by their content, whatever way they came and whatever it is named.

Whoever asks holds the write lock from the question to the commit, so that of two who send the same
at once the second finds the first.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import canonical
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding, FindingRow, Severity
from archive_service.domain.intake.finding_place import in_own_terms, row_place
from archive_service.domain.intake.submission import (
    GIVEN_BACK,
    OPEN,
    TAKEN,
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.text import nfc
from ingest.register.differences import Content, compare
from ingest.register.register import LATER
from ingest.register.waiting_documents import marks_of

CHECK = "duplicates"
_STANDS = (*OPEN, SubmissionState.QUARANTINED, *TAKEN)
_AT_ONCE = 500  # values of one IN
_NOT_HERE = "not here"


def content_sha256(
    declared: DeclaredCaseFile, digests: Mapping[str, str], *, faults: Iterable[str] = ()
) -> str:
    """Digest of what was sent: fields, documents in order, bytes and standing of their files.

    Rows, paths and the way in do not count.

    Args:
        declared: the case file.
        digests: by path the SHA-256 of what came.
        faults: codes of errors of the declaration itself: what mends them is another sending.
    """
    facts = {
        "fields": _fields(declared.fields),
        "documents": [_document(document, digests) for document in declared.documents],
        "faults": sorted(set(faults)),
    }
    return hashlib.sha256(canonical(facts)).hexdigest()


def _fields(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: nfc(value).strip() for name, value in fields.items() if value.strip()}


def _document(document: DeclaredDocument, digests: Mapping[str, str]) -> dict[str, Any]:
    fields = _fields(document.fields)
    fields.pop("fileCode", None)  # the case file says it
    files = [_file(file, digests.get(file.path)) for file in document.files]
    return {"kind": document.kind, "fields": fields, "files": files}


def _file(file: DeclaredFile, digest: str | None) -> list[Any]:
    parts: list[Any] = [
        digest or _NOT_HERE,
        file.standing,
        file.page_image,
        file.turn_deg,
        file.dpi,
    ]
    if file.sha256 is not None and file.sha256 != digest:
        parts.append(file.sha256)
    return parts


@dataclass(frozen=True, slots=True)
class _Earlier:
    id: UUID
    agency_id: UUID | None
    submitted_by: str
    content_sha256: str
    state: SubmissionState
    record_status: str
    received_at: dt.datetime
    decided_at: dt.datetime | None

    def is_of(self, submission: Submission) -> bool:
        """What another agency sent is not this sender's to know."""
        if self.id == submission.id or self.record_status != submission.record_status:
            return False
        if submission.agency_id is None:
            return self.agency_id is None and self.submitted_by == submission.submitted_by
        return self.agency_id == submission.agency_id


class Earlier:
    """What came before under some codes, read once for all of them."""

    def __init__(self, session: Session, codes: Collection[str]) -> None:
        """Takes the write lock: the caller commits soon."""
        take_write_lock(session)
        self._session = session
        self._of_code: dict[str, list[_Earlier]] = {}
        wanted = sorted({code[:200] for code in codes})
        for start in range(0, len(wanted), _AT_ONCE):
            self._read(wanted[start : start + _AT_ONCE])

    def _read(self, codes: Sequence[str]) -> None:
        rows = self._session.execute(
            select(
                Submission.code,
                Submission.id,
                Submission.agency_id,
                Submission.submitted_by,
                Submission.content_sha256,
                Submission.state,
                Submission.record_status,
                Submission.received_at,
                Submission.decided_at,
            )
            .where(Submission.code.in_(codes), Submission.state.in_((*_STANDS, *GIVEN_BACK)))
            .order_by(Submission.received_at, Submission.id)
        )
        for row in rows:
            self._of_code.setdefault(row.code, []).append(_Earlier(*row[1:]))

    def same(self, submission: Submission) -> UUID | None:
        """The one of the same content that is open, else accepted or stored."""
        found = [
            known
            for known in self._before(submission)
            if known.state in _STANDS and known.content_sha256 == submission.content_sha256
        ]
        found.sort(key=lambda known: known.state not in OPEN)
        return next((known.id for known in found), None)

    def follow(self, submission: Submission, digests: Mapping[str, str]) -> list[Finding]:
        """Set what it follows, where an earlier one of its code was given back.

        Args:
            submission: what came now.
            digests: of its files, by path.

        Returns:
            What is told of it: that an open one says otherwise, and in what, or that it is the
            same as, or what differs from, the one that was given back.
        """
        before = self._before(submission)
        if submission.is_addition:  # many may go into one case file, each with its own documents
            before = self._of_like_documents(submission, before)
        if open_ones := [known for known in before if known.state in OPEN]:
            self._warn_checked(submission, open_ones)
            content = Content(submission.case_file(), digests)
            return [self._finding("changed-while-open", Severity.WARNING, content, open_ones[0])]
        given_back = [known for known in before if known.state in GIVEN_BACK]
        if not given_back:
            return []
        last = max(given_back, key=lambda known: (known.decided_at or known.received_at, known.id))
        submission.follows_id = last.id
        if last.content_sha256 and last.content_sha256 == submission.content_sha256:
            received_at = clock.iso(last.received_at)
            facts = {"id": str(last.id), "state": last.state.value, "received_at": received_at}
            return [Finding(CHECK, "unchanged-since-returned", Severity.INFO, "", facts)]
        if last.state is SubmissionState.REJECTED:  # nothing of a secret is kept to compare with
            return []
        content = Content(submission.case_file(), digests)
        return [self._finding("changed-since-returned", Severity.INFO, content, last)]

    def _warn_checked(self, submission: Submission, open_ones: Sequence[_Earlier]) -> None:
        """Tell those of it that were checked before; others are told by their check."""
        checked = [earlier.id for earlier in open_ones if earlier.state is SubmissionState.CHECKED]
        if submission.agency_id is None or not checked:
            return
        for identifier in checked:
            row = self._session.get(Submission, identifier, with_for_update=True)
            if row is None or row.state is not SubmissionState.CHECKED:
                continue
            if any(finding.code == LATER for finding in row.findings):
                continue
            place = row_place("case-file", row.case_file().row, "fileCode")
            facts: dict[str, object] = {
                "code": row.code,
                "id": str(submission.id),
                "received_at": clock.iso(clock.now()),  # a draft's row is not received yet
            }
            found = Finding("codes", LATER, Severity.WARNING, place, facts)
            on_page = self._session.get(Draft, identifier) is not None
            (found,) = in_own_terms(row.case_file(), [found], on_page=on_page)
            add_findings(row, [found])

    def _before(self, submission: Submission) -> list[_Earlier]:
        known = self._of_code.get(submission.code, ()) if submission.code else ()
        return [earlier for earlier in known if earlier.is_of(submission)]

    def _of_like_documents(
        self, submission: Submission, before: Sequence[_Earlier]
    ) -> list[_Earlier]:
        """Those that share a document by number or identifier, or where one tells neither."""
        of_them = Submission.id.in_([known.id for known in before])
        rows = self._session.execute(select(Submission.id, Submission.declared).where(of_them))
        there = {row.id: marks_of(DeclaredCaseFile.model_validate(row.declared)) for row in rows}
        here = marks_of(submission.case_file())
        return [
            known for known in before if not here or not there[known.id] or here & there[known.id]
        ]

    def _finding(
        self, code: str, severity: Severity, content: Content, earlier: _Earlier
    ) -> Finding:
        found = compare(content_of(self._session, earlier.id), content)
        facts: dict[str, object] = {
            "id": str(earlier.id),
            "received_at": clock.iso(earlier.received_at),
        }
        return Finding(CHECK, code, severity, "", facts | found.as_facts())


def content_of(session: Session, submission_id: UUID) -> Content:
    """What a submission said and brought, to be compared."""
    declared = session.scalar(select(Submission.declared).where(Submission.id == submission_id))
    files = session.execute(
        select(SubmissionFile.path, SubmissionFile.sha256).where(
            SubmissionFile.submission_id == submission_id
        )
    )
    digests = {row.path: row.sha256 for row in files}
    return Content(DeclaredCaseFile.model_validate(declared), digests)


def identify(
    submission: Submission, digests: Mapping[str, str], findings: Iterable[Finding]
) -> None:
    """Set the digest of its content; ``findings`` are those of the door."""
    faults = (found.code for found in findings if found.severity is Severity.ERROR)
    submission.content_sha256 = content_sha256(submission.case_file(), digests, faults=faults)


def add_findings(row: Submission, findings: list[Finding]) -> None:
    """Behind those that it has: warnings or notes that came up after its check."""
    ordinal = max((finding.ordinal for finding in row.findings), default=0)
    for found in findings:
        ordinal += 1
        row.findings.append(FindingRow.of(found, submission_id=row.id, ordinal=ordinal))
        if not row.worst or (row.worst, found.severity) == (Severity.INFO, Severity.WARNING):
            row.worst = found.severity.value
