"""Rows that a test set, as a version of the package: what is destroyed or sent fits its copies."""

from sqlalchemy import select

from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import WORKER
from archive_service.jobs.due import INDEX_JOB, note_edited
from archive_service.services import Services
from archive_service.worker import run_one

_STEPS = ("build-version", "publish-version", INDEX_JOB)


def package_anew(services: Services, *codes: str) -> None:
    """One version more of each of these that has one."""
    with services.writing() as session:
        for row in session.scalars(select(CaseFile).where(CaseFile.code.in_(codes))):
            if row.version_built:
                note_edited(session, row, services)
                record_event(session, "case-file:described", of=row, actor=WORKER, data={})
    while run_one(services, names=_STEPS):
        pass
