"""Recalls, replacements and corrections from their acts, and the marks on documents."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.acts import newest_bodies
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import RECALL_ACT, Recall, RecallKind, RecallState
from archive_service.packaging.catalogue import row_from


def restore_recalls(session: Session) -> None:
    """Rows of the newest acts; what was recalled after the newest package was built is closed.

    Called once case files and the audit trail are back.
    """
    for body in newest_bodies(session, RECALL_ACT):
        recall = session.merge(row_from(Recall, body))
        if recall.kind is RecallKind.RECALL and recall.state is RecallState.GRANTED:
            _close(session, recall)
    session.flush()


def _close(session: Session, recall: Recall) -> None:
    if recall.case_file_id is None:
        return
    document = session.scalar(
        select(Document).where(
            Document.case_file_id == recall.case_file_id, Document.ordinal == recall.ordinal
        )
    )
    if document is not None:
        document.recalled_at = document.recalled_at or recall.decided_at
        document.quarantined = True
