"""An addition to a case file in custody, act by act, by a process that may be killed in any."""

import json
from pathlib import Path

from sqlalchemy import select

from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import FormNumber
from archive_service.evidence.verify import verify_trail
from archive_service.services import Services
from archive_service.storage.ocfl.root import resolve
from archive_service.worker import run_one, work
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import open_home, person
from tests.worlds.damage.killing import Census, Killer, Moment, under
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE


def next_act(services: Services) -> bool:
    """A job that is due, else the archivist's word; whether there was anything to do."""
    if run_one(services) is not None:
        return True
    with services.read_only() as session:
        waiting = session.scalar(
            select(Submission.id).where(Submission.state == SubmissionState.CHECKED)
        )
    if waiting is None:
        return False
    submissions_acts.accept(services, waiting, actor=person(services, "lan"))
    return True


def one_act_counted(home: Path, done: Path, counts: Path) -> None:
    """The next act, unkilled; how many moments of each kind it had stands in ``counts``."""
    census = Census()
    with open_home(home) as services:
        if not next_act(under(services, census)):
            done.touch()
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def one_act_under(home: Path, moment: Moment, at: int) -> None:
    """The next act, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        next_act(under(services, Killer(moment, at)))


def restart(home: Path) -> None:
    """Work until nothing is left, as after a restart; nothing is half-done, lost or doubled."""
    with open_home(home) as services:
        _require_no_false_claim(services)
        work(services, until_empty=True)
        while next_act(services):
            work(services, until_empty=True)
        row = case_of(services, CODE)
        assert (row.version_wanted, row.version_built, row.version_stored) == (2, 2, 2)
        assert [document.ordinal for document in row.documents] == [1, 2, 3]
        assert row.receipt_due_in is None
        with services.read_only() as session:
            added = session.scalars(select(Submission).where(Submission.version == 2)).one()
            receipts = session.scalars(select(Act).where(Act.kind == RECEIPT)).all()
            last = session.scalars(select(FormNumber.last).where(FormNumber.form == "receipt"))
            assert added.state is SubmissionState.STORED
            assert len(receipts) == last.one() == 2
            tags = session.scalars(select(AuditEvent.tag)).all()
            assert tags.count("submission:accepted") == tags.count("submission:stored") == 2
            assert tags.count("case-file:stored") == 2
        _require_no_false_claim(services)
        verdict = verify_trail(services.database, copies=services.copies)
        assert verdict.ok, verdict


def _require_no_false_claim(services: Services) -> None:
    """What the rows call stored lies in every copy; a receipt that is promised is signed."""
    row = case_of(services, CODE)
    for copy in services.copies:
        for version in row.versions[: row.version_stored]:
            assert resolve(copy, row.ocfl_id, version.number).sha256 == version.inventory_sha256
    with services.read_only() as session:
        for added in session.scalars(select(Submission).where(Submission.case_file_id == row.id)):
            stored = added.state is SubmissionState.STORED
            assert stored == (added.receipt_issued_at is not None)
            assert not stored or row.version_stored >= (added.version or 0)
