"""Attempts against a hold: an event each, that stays whatever becomes of the act it stopped."""

from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.db.unit_of_work import afterwards
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor


def note_stopped(session: Session, of: CaseFile | Fonds, *, act: str, actor: Actor) -> None:
    """Who wanted what of a held case file or fonds, once this unit of work is over.

    ``act``: as ``access.py`` names it.
    """
    subject_id, agency_id, facts = of.id, of.agency_id, {"code": of.code}

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
