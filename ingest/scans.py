"""Verdicts of the malware scanner by digest: the same signatures look at no content twice."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.finding import Severity
from archive_service.domain.incident import IncidentSeverity
from archive_service.domain.malware_scan import MalwareScan
from archive_service.domain.submission import Submission
from archive_service.formats.malware import MalwareState, NotScanned, Verdict
from archive_service.notices.incidents import open_incident

MALWARE_FOUND = "malware-found"  # the finding and the incident
_AT_ONCE = 500  # values of one IN


def known_verdicts(
    session: Session, digests: Collection[str], signatures: str
) -> dict[str, Verdict]:
    """By digest what these signatures said before; nothing where there is no scanner."""
    if not signatures:
        return {}
    return {
        row.sha256: verdict_of(row)
        for row in _rows(session, digests)
        if row.signatures == signatures and row.reason != NotScanned.UNREADABLE
    }


def keep_verdicts(session: Session, verdicts: Mapping[str, Verdict]) -> None:
    """Remember them by digest; what no scanner looked at is not remembered."""
    real = {digest: verdict for digest, verdict in verdicts.items() if verdict.signatures}
    rows = {row.sha256: row for row in _rows(session, real)}
    now = clock.now()
    for digest, verdict in sorted(real.items()):
        row = rows.get(digest)
        if row is None:
            row = MalwareScan(sha256=digest)
            session.add(row)
        row.state = verdict.state.value
        row.scanner, row.signatures = verdict.scanner[:200], verdict.signatures[:200]
        row.signature, row.reason = verdict.signature, verdict.reason
        row.scanned_at = now
    session.flush()


def forget_verdicts(session: Session, digests: Collection[str]) -> None:
    """Have them looked at anew, whatever the version of the signatures says."""
    for some in _parts(digests):
        session.execute(delete(MalwareScan).where(MalwareScan.sha256.in_(some)))


def infected(session: Session, digests: Collection[str]) -> dict[str, Verdict]:
    """Those in which malware was found when they were last looked at."""
    return {
        row.sha256: verdict_of(row)
        for row in _rows(session, digests)
        if row.state == MalwareState.INFECTED
    }


def verdict_of(row: MalwareScan) -> Verdict:
    """What a row says."""
    state = MalwareState(row.state)
    return Verdict(state, row.scanner, row.signature, row.signatures, row.reason)


def is_infected(submission: Submission) -> bool:
    """Whether malware was found in it: then none of its bytes goes out to anybody."""
    return any(
        row.code == MALWARE_FOUND and row.severity is Severity.ERROR for row in submission.findings
    )


def tell_of_infected(
    session: Session, submission: Submission, found: Mapping[str, Verdict]
) -> None:
    """The incident of a quarantined submission; ``found`` by path."""
    path, verdict = next(iter(found.items()))
    facts = {"code": submission.code, "file": path, "signature": verdict.signature}
    alarm = IncidentSeverity.ALARM
    open_incident(
        session, MALWARE_FOUND, incident_subject(submission.id), severity=alarm, facts=facts
    )


def incident_subject(submission_id: UUID) -> str:
    """Under what a submission's incident is known."""
    return f"submission {submission_id}"


def _rows(session: Session, digests: Collection[str]) -> Iterable[MalwareScan]:
    for some in _parts(digests):
        yield from session.scalars(select(MalwareScan).where(MalwareScan.sha256.in_(some)))


def _parts(digests: Collection[str]) -> Iterable[list[str]]:
    every = sorted(set(digests))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
