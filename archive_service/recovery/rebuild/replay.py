"""What the audit trail says of where the work stands, written into rows again."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState, CopyState
from archive_service.domain.case_files.case_standing import is_elsewhere
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.keeping import reserve
from archive_service.keeping.fixity import check as fixity_check
from archive_service.keeping.malware import quarantine
from archive_service.oversight.reviewing.restored import REVIEW_TAGS, replay_review
from archive_service.recovery.backup.acts import RUN_TAGS, replay_run
from archive_service.storage.destroy.copies import note_holdings
from ingest.transitions import TRANSITIONS

_AT_ONCE = 500  # rows asked for in one statement


def look_up(session: Session, events: Sequence[AuditEvent]) -> list[object]:
    """What these events speak of, read at once; to be held while they are replayed."""
    spoken = (event.subject_id for event in events if event.tag in _OF_CASE_FILES)
    ids = [UUID(subject) for subject in spoken if subject]
    found: list[object] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        whole = (selectinload(CaseFile.versions), selectinload(CaseFile.copies))
        found += session.scalars(select(CaseFile).where(CaseFile.id.in_(some)).options(*whole))
        found += session.scalars(select(Submission).where(Submission.id.in_(some)))
    return found


def replay(session: Session, event: AuditEvent) -> None:
    """What an event says of where the work stands; everything else is in the packages."""
    replayed = _REPLAYS.get(event.tag)
    if replayed is not None:
        replayed(session, event)


def _subject(event: AuditEvent) -> UUID:
    return UUID(event.subject_id or "")


def _is_gone(case_file: CaseFile) -> bool:
    return case_file.state is CaseState.DESTROYED or is_elsewhere(
        case_file.state, case_file.removing_since
    )


def _replay_built(session: Session, event: AuditEvent) -> None:
    case_file = session.get(CaseFile, _subject(event))
    for version in case_file.versions if case_file else ():
        if version.number == event.data["version"]:
            version.size_bytes = event.data["size_bytes"]
            if case_file is not None and version.number == case_file.version_built:
                case_file.size_bytes = version.size_bytes
            version.built_by = event.data["built_by"]


def _replay_stored(session: Session, event: AuditEvent) -> None:
    case_file = session.get(CaseFile, _subject(event))
    if case_file is None or _is_gone(case_file):
        return
    known = {state.copy: state for state in case_file.copies}
    for name, verified_at in event.data["copies"].items():
        state = known.get(name)
        if state is None:
            state = CopyState(copy=name)
            case_file.copies.append(state)
        state.version, state.state = event.data["version"], "verified"
        state.verified_at = clock.parse_iso(verified_at)


def _replay_reserved(session: Session, event: AuditEvent) -> None:
    case_file = session.get(CaseFile, _subject(event))
    if case_file is not None and not _is_gone(case_file):
        values = (event.data[name] for name in ("version", "inventory_sha256", "copies"))
        reserve.note_reserved(session, case_file, reserve.ReserveFilled(*values))


def _replay_joined(session: Session, event: AuditEvent) -> None:
    """The copy was proved to hold what the others held by then."""
    session.flush()
    name, at = event.data["name"], clock.parse_iso(event.data["verified_at"])
    held = select(CopyState.case_file_id, func.max(CopyState.version)).group_by(
        CopyState.case_file_id
    )
    _forget(session, name)
    for case_file_id, version in session.execute(held).all():
        session.add(
            CopyState(
                case_file_id=case_file_id,
                copy=name,
                version=version,
                state="verified",
                verified_at=at,
            )
        )
    session.flush()
    session.expire_all()


def _replay_retired(session: Session, event: AuditEvent) -> None:
    """What it held may lie there still."""
    session.flush()
    row = session.get(EnrolledCopy, event.data["name"])
    if row is not None and row.retired_at is not None:
        note_holdings(session, row)
    _replay_lost(session, event)


def _replay_lost(session: Session, event: AuditEvent) -> None:
    """Renewed or retired: what it held before says nothing any more."""
    session.flush()
    _forget(session, event.data["name"])
    reserve.settle_proofs(session, tell=False)
    session.expire_all()


def _forget(session: Session, copy: str) -> None:
    session.execute(
        delete(CopyState).where(CopyState.copy == copy).execution_options(synchronize_session=False)
    )


def _replay_receipt(session: Session, event: AuditEvent) -> None:
    case_file = session.get(CaseFile, _subject(event))
    sent = event.data.get("submission", event.subject_id)  # older events tell of the first alone
    submission = session.get(Submission, UUID(sent))
    if case_file is None or submission is None or "delivery" in event.data:
        return  # the receipt of a delivery comes with its act
    bearer = submission if submission.is_addition else case_file
    bearer.receipt_number = event.data["number"]
    bearer.receipt_year = event.data.get("year")
    bearer.receipt_sha256 = event.data["sha256"]
    if submission.version == case_file.receipt_due_in:
        case_file.receipt_due_in = None
    waiting = select(Act.id).where(Act.subject_id == sent, Act.kind == RECEIPT, ~Act.written)
    with session.no_autoflush:  # no replay changes an act
        unwritten = session.scalar(waiting.limit(1))
    if unwritten is None:  # else promised when every copy holds the act
        issued_at = clock.parse_iso(event.data["issued_at"])
        submission.receipt_issued_at = issued_at
        bearer.receipt_issued_at = issued_at
        if TRANSITIONS.is_open(submission, "store"):
            TRANSITIONS.move(submission, "store")


def _replay_checked(session: Session, event: AuditEvent) -> None:
    session.flush()
    fixity_check.mark_verified(
        session, event.data["proved"], at=clock.parse_iso(event.data["started_at"])
    )
    fixity_check.mark_damaged(session, event.data["damaged_objects"])
    clean = event.data.get("clean", [])  # older events do not tell
    fixity_check.mark_clean(session, clean, at=clock.parse_iso(event.data["started_at"]))
    session.expire_all()


def _replay_damaged(session: Session, event: AuditEvent) -> None:
    session.flush()
    fixity_check.mark_damaged(session, event.data["damaged_objects"])
    session.expire_all()


def _replay_repaired(session: Session, event: AuditEvent) -> None:
    session.flush()
    at = clock.parse_iso(event.data["at"])
    fixity_check.mark_healed(session, event.data["repaired_objects"], at=at)
    session.expire_all()


def _replay_verified(session: Session, event: AuditEvent) -> None:
    session.flush()
    facts = event.data
    at = clock.parse_iso(facts["at"])
    fixity_check.record_verdict(session, facts["ocfl_id"], facts["proved"], facts["damaged"], at=at)
    session.expire_all()


_OF_CASE_FILES = ("version:built", "case-file:stored", "submission:stored")
_REPLAYS: dict[str, Callable[[Session, AuditEvent], None]] = {
    "version:built": _replay_built,
    "case-file:stored": _replay_stored,
    "submission:stored": _replay_receipt,
    "case-file:reserved": _replay_reserved,
    "copy:joined": _replay_joined,
    "copy:renewed": _replay_lost,
    "copy:retired": _replay_retired,
    "fixity:checked": _replay_checked,
    "fixity:damaged": _replay_damaged,
    "fixity:repaired": _replay_repaired,
    fixity_check.CHECKED_TAG: _replay_verified,
    **dict.fromkeys(RUN_TAGS, replay_run),
    **dict.fromkeys(REVIEW_TAGS, replay_review),
    **dict.fromkeys((quarantine.QUARANTINED, quarantine.RELEASED), quarantine.replay_quarantine),
}
