"""THE STORY of a case file in our custody: what is due next, and how it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import WITH_FILES, case_file_versions, whole_case_file
from archive_service.db.package_writers import writing
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.removal import CaseFileBeingDestroyedError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import DUE, INDEX_JOB, RESERVE_JOB, queue_due
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.workflow import steps
from archive_service.workflow.steps import Effect

# Others may write rows that name it, as who admits a copy does while we wait for that copy.
_NOT_ITS_KEY = {"key_share": True}


@dataclass(frozen=True, slots=True)
class Step:
    """One act: its slow work, and the audit tag of its outcome."""

    work: Callable[[CaseFile, Services, Lease], Effect]
    tag: str
    of_custody: bool = False  # reported done only when its event lies in every copy
    reads: Callable[[Session, UUID], CaseFile] = whole_case_file  # what the work needs of the rows


# One for each name of ``DUE``, which says when it is due.
STEPS: dict[str, Step] = {
    "build-version": Step(steps.build, "version:built"),
    "publish-version": Step(
        steps.publish, "case-file:stored", of_custody=True, reads=case_file_versions
    ),
    "issue-receipt": Step(steps.receipt, "submission:stored", of_custody=True),
    RESERVE_JOB: Step(steps.reserve, "case-file:reserved"),
    INDEX_JOB: Step(steps.index, "case-file:indexed"),
    "digitize-case-file": Step(steps.digitize, "case-file:digitized"),
}


def advance(lease: Lease, services: Services) -> None:
    """Do the leased act, close it, queue what is due next. Safe to repeat and to kill.

    Raises ``LeaseLostError``, changing nothing, if another worker has taken over.
    """
    step = STEPS[lease.job]
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a case file")
    with services.read_only() as session:
        case_file = step.reads(session, lease.subject_id)
    due = DUE[lease.job](case_file) and case_file.removing_since is None
    effect: Effect = steps.nothing
    if due:
        try:  # minutes of copying or hours of reading: no transaction is open
            with writing(services.database, case_file.ocfl_id):
                effect = step.work(case_file, services, lease)
        except CaseFileBeingDestroyedError:
            due = False  # claimed since it was read above

    with services.unit_of_work() as uow:
        row = uow.session.get_one(
            CaseFile, lease.subject_id, with_for_update=_NOT_ITS_KEY, options=WITH_FILES
        )
        services.jobs.finish(uow.session, lease)  # names the fencing token
        if due:
            data = effect(uow.session, row)
            record_event(
                uow.session, step.tag, of=row, actor=WORKER, data={"code": row.code} | data
            )
        queue_due(uow.session, row, services)
        uow.commit()  # and only now is the broker told, if there is one
    if step.of_custody:
        write_out_evidence(services)
