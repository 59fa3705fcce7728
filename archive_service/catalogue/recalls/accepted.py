"""What was asked with a document is done once that document is in custody."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.catalogue.recalls.acts import grant
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.recall import RELATIONS, Recall, RecallState
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError


def confirm_accepted(
    session: Session, services: Services, case_file: CaseFile, *, actor: Actor
) -> list[Recall]:
    """What was asked with the document that has just been accepted is done; the caller commits.

    Whoever takes the newer document into custody has decided on the older one. One that is held
    meanwhile waits on.
    """
    version = case_file.receipt_due_in
    taken = [
        document
        for document in case_file.documents
        if version is None or document.added_in == version
    ]
    names = {
        name: document
        for document in taken
        for name in (document.doc_code, document.doc_id)
        if name
    }
    waiting = (
        select(Recall)
        .where(
            Recall.state == RecallState.ASKED,
            Recall.kind.in_(RELATIONS),
            Recall.agency_id == case_file.agency_id,
            Recall.case_file_id.is_not(None),
        )
        .with_for_update()
    )
    done = []
    for recall in session.scalars(waiting).all():
        newer = names.get(recall.successor)
        if newer is None:
            continue
        reason = messages.text("recalls.accepted", "vi", document=newer.doc_code)
        try:
            grant(session, services, recall, reason, actor=actor, newer=newer)
        except CaseFileHeldError:
            continue
        done.append(recall)
    return done
