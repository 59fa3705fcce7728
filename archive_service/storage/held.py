"""Attempts against a hold: an event each, that stays whatever becomes of the act it stopped."""

from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.db.unit_of_work import afterwards
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile


def note_stopped(session: Session, case_file: CaseFile, *, act: str, actor: Actor) -> None:
    """Who wanted what of a held case file, once this unit of work is over.

    ``act``: as ``access.py`` names it.
    """
    subject_id, agency_id, facts = case_file.id, case_file.agency_id, {"code": case_file.code}

    def note(own: Session) -> None:
        record_event(
            own,
            "hold:stopped",
            subject_id=subject_id,
            actor=actor,
            agency_id=agency_id,
            data=facts | {"act": act},
        )

    afterwards(session, note)
