"""The end of a transfer, act by act, by a process that may be killed in any of them."""

import json
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.removal import Removal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.evidence.verify import verify_trail
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one, work
from retention.destruction.acts import RESUME_JOB
from retention.transfer.closing.close import close
from retention.transfer.closing.remove import remove
from retention.transfer.given import RemovalApproval
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import reply
from tests.faults.archive_service.workflow.acts import keep
from tests.worlds.archive import open_home, person
from tests.worlds.damage.killing import Census, Killer, Moment, under
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.transfer.replies import is_over

_ONCE = ("transfer:reply-read", "transfer:closed", "transfer:let-go")
_GONE = (TransferItemState.TRANSFERRED, TransferItemState.REMOVED)


def next_act(plain: Services, services: Services, disk: Path) -> str:
    """Reply, read it, close, let go, do a job: what was done; empty where nothing is left.

    Args:
        plain: without a killer, for what only makes ready.
    """
    with plain.read_only() as session:
        row = session.scalars(select(Transfer)).one()
    lan = person(plain, "lan")
    if row.state is TransferState.DECIDED:
        reply(services, row.id, folder=disk, actor=lan)
        return "reply"
    if row.state is TransferState.SENT:
        read_replies(services, disk, actor=lan)
        return "read-reply"
    if row.state is TransferState.REPLIED and row.direction == "out":
        close(services, row.id, actor=lan)
        return "close"
    if row.state is TransferState.CLOSED and row.removal_by is None:
        is_over(plain, row.id)
        otp = new_otp(plain, HEAD)
        remove(services, row.id, RemovalApproval(otp=otp), actor=person(plain, HEAD))
        return "remove"
    return "" if run_one(services) is None else "job"


def one_act_counted(home: Path, disk: Path, done: Path, counts: Path) -> None:
    """The next act, unkilled; what it was, and its moments of each kind, into ``counts``."""
    census = Census()
    with open_home(home) as services:
        act = next_act(services, under(services, census), disk)
        if not act:
            done.touch()
    counts.write_text(json.dumps({"act": act, **census.counts}), encoding="utf-8")


def one_act_under(home: Path, disk: Path, moment: Moment, at: int) -> None:
    """The next act, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        next_act(services, under(services, Killer(moment, at)), disk)


def restart(home: Path, disk: Path) -> None:
    """Go on until nothing is left, as after a restart; nothing is lost, doubled or half-done."""
    with open_home(home) as services:
        _require_no_false_claim(services)
        work(services, until_empty=True)
        while next_act(services, services, disk):
            work(services, until_empty=True)
        with services.writing() as session:
            services.jobs.add(session, RESUME_JOB)
        keep(services)
        _require_no_false_claim(services)
        _require_whole(services, disk)
        verdict = verify_trail(services.database, copies=services.copies)
        assert verdict.ok, verdict


def _require_no_false_claim(services: Services) -> None:
    """Bytes are gone only of what has its receipt, was closed, and was let go."""
    with services.read_only() as session:
        for item in session.scalars(select(TransferItem)):
            case_file = session.get_one(CaseFile, item.case_file_id)
            row = session.get_one(Transfer, item.transfer_id)
            root = f"{object_root(case_file.ocfl_id)}/"
            held = [next(copy.iter_keys(root), None) is not None for copy in services.stores]
            let_go = row.removal_by is not None and item.is_receipted
            assert all(held) or let_go
            if item.state in _GONE:
                assert item.is_receipted
                assert case_file.state is CaseState.TRANSFERRED
            if item.state is TransferItemState.REMOVED:
                assert not any(held)


def _require_whole(services: Services, disk: Path) -> None:
    with services.read_only() as session:
        row = session.scalars(select(Transfer)).one()
        states = set(session.scalars(select(TransferItem.state)))
        tags = Counter(session.scalars(select(AuditEvent.tag)))
        assert not list(session.scalars(select(Act.id).where(~Act.written)))
        assert row.reply_sequence == 1
        if row.direction == "in":
            assert (row.state, states) == (TransferState.REPLIED, {TransferItemState.STORED})
            assert tags["transfer:replied"] == 1
            assert [path.name for path in disk.glob("reply-*.xml")] == ["reply-001.xml"]
            return
        assert (row.state, states) == (TransferState.CLOSED, {TransferItemState.REMOVED})
        count = len(session.scalars(select(TransferItem.id)).all())
        assert session.scalar(select(func.count()).select_from(Removal)) == count
        assert {tag: tags[tag] for tag in _ONCE} == dict.fromkeys(_ONCE, 1)
        assert tags["transfer:handed-over"] == tags["case-file:handed-over"] == count
