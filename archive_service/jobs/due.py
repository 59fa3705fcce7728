"""Which steps of a case file are due; the story (``workflow.case_file``) says how each is done."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.indexes import OUTDATED

if TYPE_CHECKING:
    from archive_service.services import Services

RESERVE_JOB = "reserve-case-file"
INDEX_JOB = "index-case-file"
FILL_JOB = "fill-index"  # one filled beside an index of an earlier form, then put in its place
TWINS_JOB = "make-twins"
TWINS_PRIORITY = 8  # after all that senders wait for

DUE: dict[str, Callable[[CaseFile], bool]] = {
    "build-version": CaseFile.awaits_build,
    "publish-version": CaseFile.awaits_copies,
    "issue-receipt": CaseFile.awaits_receipt,
    RESERVE_JOB: CaseFile.awaits_reserve,
    INDEX_JOB: CaseFile.awaits_index,
    "digitize-case-file": CaseFile.awaits_digitization,
}


def queue_due(session: Session, row: CaseFile, services: "Services", *, but: str = "") -> None:
    """Queue every step that the row is ready for, ``but`` one; not one that waits or runs.

    What the destroy gate has claimed is ready for nothing else.
    """
    if row.removing_since is not None:
        return
    for job, is_due in DUE.items():
        if job != but and is_due(row) and (job != RESERVE_JOB or services.settings.storage.reserve):
            services.jobs.add(session, job, subject_id=row.id)
    if but != TWINS_JOB and row.awaits_twins():
        services.jobs.add(session, TWINS_JOB, subject_id=row.id, priority=TWINS_PRIORITY)


def note_edited(
    session: Session, row: CaseFile, services: "Services", *, words_alone: bool = False
) -> None:
    """One more version is wanted; edits that come before it is built go into the same.

    Args:
        words_alone: nothing changed of who may read it or of where it and its documents stand.
            Its words then follow when they are indexed; else searches ask the rows at once.
    """
    row.edition += 1
    row.want_version()
    if words_alone:
        row.words_changed()
    else:
        row.version_indexed = OUTDATED
    session.flush()
    queue_due(session, row, services)
