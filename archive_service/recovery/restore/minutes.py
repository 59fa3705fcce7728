"""The signed minutes of a restore in earnest, such as a drill has: they wait for the key."""

from pathlib import Path
from typing import Any

from sqlalchemy import exists, select

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.backup_run import BackupRun
from archive_service.domain.people.account import WORKER
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.signed_paper import issuer_of, print_paper
from archive_service.jobs.port import Lease
from archive_service.recovery.backup.acts import RESTORE
from archive_service.recovery.backup.calendar import DRILL, calendar
from archive_service.recovery.backup.documents import BackupRunDocument
from archive_service.recovery.backup.paper_forms import restore_minutes
from archive_service.services import Services
from archive_service.storage.work_folder import work_place

REPORT = "bien-ban-phuc-hoi-{at}.pdf"  # in the home, beside what lies in every copy


def make_restore_minutes(lease: Lease, services: Services) -> None:
    """Print, sign and keep the minutes of one restore; a second time changes nothing.

    Raises as ``Services.signer`` while the key is not there: keys come back after the rows.
    """
    with services.read_only() as session:
        run = session.get_one(BackupRun, lease.subject_id)
        made = session.scalar(select(exists().where(*_of(run))))
    if made:
        with services.writing() as session:
            services.jobs.finish(session, lease)
        return
    signer = services.signer()
    facts: dict[str, Any] = dict(run.facts)
    number = str(facts["number"])
    paper = restore_minutes(
        run,
        issuer_of(services.settings.archive),
        number=number,
        citation=calendar().citation_of(DRILL),
    )
    report = _report(services, run)
    now = clock.now()
    with work_place(services.work_folder, "minutes-") as folder:
        printed = folder / report.name
        print_paper(paper, printed, signer=signer, at=now, press=services.press)
        with printed.open("rb") as source:
            staged = services.staging.receive(source)
        report.write_bytes(printed.read_bytes())
    with services.writing() as session:
        services.jobs.finish(session, lease)
        if not session.scalar(select(exists().where(*_of(run)))):
            session.add(
                Act(
                    kind=RESTORE,
                    subject_id=str(run.id),
                    at=now,
                    document=BackupRunDocument.of_row(run).as_json(),
                    companion_sha256=staged.sha256,
                    companion_suffix="pdf",
                )
            )
            event_facts = {"number": number, "sha256": staged.sha256}
            record_event(
                session, "restore:minuted", subject_id=run.id, actor=WORKER, data=event_facts
            )
    write_out_evidence(services)


def newest_minutes(services: Services) -> Path | None:
    """Where the minutes of the newest restore lie in the home; ``None``: they are not made yet."""
    newest = select(BackupRun).where(BackupRun.kind == RESTORE)
    with services.read_only() as session:
        run = session.scalar(newest.order_by(BackupRun.started_at.desc()).limit(1))
        if run is None or not session.scalar(select(exists().where(*_of(run)))):
            return None
    return _report(services, run)


def _report(services: Services, run: BackupRun) -> Path:
    return services.settings.home / REPORT.format(at=f"{run.started_at:%Y%m%dT%H%M%SZ}")


def _of(run: BackupRun) -> tuple[Any, ...]:
    return Act.kind == RESTORE, Act.subject_id == str(run.id)
