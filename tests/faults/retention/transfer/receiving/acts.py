"""A transfer that comes in, act by act, by a process that may be killed in any of them."""

import json
from collections import Counter
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.evidence.verify import verify_trail
from archive_service.services import Services
from archive_service.worker import run_one, work
from retention.transfer.given import Decision
from retention.transfer.receiving import decide as receiving_decide
from retention.transfer.receiving import receive as receiving_receive
from retention.transfer.receiving.stored import CARRY_OUT_JOB, SETTLE_JOB
from tests.faults.archive_service.workflow.acts import keep
from tests.worlds.archive import open_home, person
from tests.worlds.damage.killing import Census, Killer, Moment, under

RETURNED = "H40.18.2025.07.QLCT"  # by the archivist; the other one is taken
OF_THE_DOOR = "door"  # the ordinary jobs: how they are killed is tried elsewhere
JOBS = (CARRY_OUT_JOB, SETTLE_JOB)
_ONCE = ("transfer:received", "transfer:decided", "transfer:stored")


def next_act(services: Services, folder: Path) -> str:
    """Receive, do a job, decide: what was done; empty where there was nothing left to do."""
    lan = person(services, "lan")
    with services.read_only() as session:
        row = session.scalars(select(Transfer)).one_or_none()
        states = set(session.scalars(select(TransferItem.state)))
    if row is None or TransferItemState.AWAITED in states:
        receiving_receive.receive(services, folder, actor=lan)
        return "receive"
    if run_one(services, names=JOBS) is not None:
        return "job"
    if run_one(services) is not None:
        return OF_THE_DOOR
    if row.state is TransferState.RECEIVED:
        returned = {RETURNED: "Không thuộc phông"}
        receiving_decide.decide(services, row.id, Decision(returned=returned), actor=lan)
        return "decide"
    return ""


def one_act_counted(home: Path, folder: Path, done: Path, counts: Path) -> None:
    """The next act, unkilled; what it was, and its moments of each kind, into ``counts``."""
    census = Census()
    with open_home(home) as services:
        act = next_act(under(services, census), folder)
        if not act:
            done.touch()
    counts.write_text(json.dumps({"act": act, **census.counts}), encoding="utf-8")


def one_act_under(home: Path, folder: Path, moment: Moment, at: int) -> None:
    """The next act, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        next_act(under(services, Killer(moment, at)), folder)


def restart(home: Path, folder: Path) -> None:
    """Go on until nothing is left, as after a restart; nothing is lost, doubled or half-done."""
    with open_home(home) as services:
        _require_no_false_claim(services)
        receiving_receive.receive(services, folder, actor=person(services, "lan"))
        work(services, until_empty=True)
        while next_act(services, folder):
            work(services, until_empty=True)
        keep(services)
        _require_whole(services)
        _require_no_false_claim(services)
        verdict = verify_trail(services.database, copies=services.copies)
        assert verdict.ok, verdict


def _require_no_false_claim(services: Services) -> None:
    """What is called stored is in every copy; what is accepted or came has its submission."""
    with services.read_only() as session:
        for item in session.scalars(select(TransferItem)):
            if item.state is TransferItemState.STORED:
                case_file = session.get_one(CaseFile, item.case_file_id)
                assert case_file.version_stored >= (item.receipt or {})["version"]
            if item.state in (TransferItemState.ARRIVED, TransferItemState.ACCEPTED):
                assert session.get(Submission, item.submission_id) is not None


def _require_whole(services: Services) -> None:
    with services.read_only() as session:
        (row,) = session.scalars(select(Transfer)).all()
        assert row.state is TransferState.DECIDED
        items = session.scalars(select(TransferItem).order_by(TransferItem.ordinal)).all()
        states = {item.code: item.state for item in items}
        assert states.pop(RETURNED) is TransferItemState.RETURNED
        assert set(states.values()) == {TransferItemState.STORED}
        sent: dict[UUID | None, SubmissionState] = {
            submission.id: submission.state for submission in session.scalars(select(Submission))
        }
        back = [sent[item.submission_id] for item in items if item.code == RETURNED]
        assert back == [SubmissionState.RETURNED]
        assert len(sent) == len(items)
        assert [case_file.code for case_file in session.scalars(select(CaseFile))] == list(states)
        assert not list(session.scalars(select(Act.id).where(~Act.written)))
        tags = Counter(session.scalars(select(AuditEvent.tag)))
        expected = dict.fromkeys(_ONCE, 1) | {"submission:received": 2, "submission:stored": 1}
        assert {tag: tags[tag] for tag in expected} == expected
    assert services.staging.sweep() == 0
