"""A delivery of many case files, act by act, by a process that may be killed in any of them."""

import hashlib
import json
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.delivery import DELIVERY, SETTLE_JOB, Delivery, DeliveryState
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionState
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import FormNumber, Job
from archive_service.evidence.verify import verify_trail
from archive_service.services import Services
from archive_service.storage.acts import act_name
from archive_service.storage.reader import sha256_of
from archive_service.worker import JOBS, run_one, work
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries import take_in
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from tests.worlds.archive import open_home, person
from tests.worlds.damage.killing import Census, Killer, Moment, under
from tests.worlds.ingest.bulk import code_of
from tests.worlds.ingest.delivered import REASON

COUNT = 3
PIECE = 1
CODES = [code_of(number) for number in range(1, COUNT + 1)]
RETURNED = CODES[-1]


def next_act(services: Services, folder: Path) -> bool:
    """Take in, do a job, decide: whatever is next; whether there was anything to do."""
    if _take(services, folder):
        return True
    if run_one(services) is not None:
        return True
    return _decide_one(services)


def one_act_counted(home: Path, folder: Path, done: Path, counts: Path) -> None:
    """The next act, unkilled; how many moments of each kind it had stands in ``counts``."""
    census = Census()
    with open_home(home) as services:
        if not next_act(under(services, census), folder):
            done.touch()
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def one_act_under(home: Path, folder: Path, moment: Moment, at: int) -> None:
    """The next act, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        next_act(under(services, Killer(moment, at)), folder)


def bring_to_its_end(home: Path, folder: Path) -> None:
    """All is done but the last: to settle it."""
    with open_home(home) as services:
        _take(services, folder)
        others = JOBS.keys() - {SETTLE_JOB}
        while run_one(services, names=others) or _decide_one(services):
            pass


def restart(home: Path, folder: Path) -> None:
    """Go on until nothing is left, as after a restart; nothing is lost, doubled or half-done."""
    with open_home(home) as services:
        _require_no_false_claim(services)
        services.staging.sweep()  # what a torn stream left, as the hourly job does
        work(services, until_empty=True)
        while next_act(services, folder):
            work(services, until_empty=True)
        _require_whole(services)
        _require_no_false_claim(services)
        verdict = verify_trail(services.database, copies=services.copies)
        assert verdict.ok, verdict


def take_again(home: Path, folder: Path) -> None:
    """Go on with what was killed while it was taken in; each case file is there once."""
    with open_home(home) as services:
        _take(services, folder)
        with services.read_only() as session:
            delivery = session.scalars(select(Delivery)).one()
            assert (delivery.state, delivery.done) == (DeliveryState.DONE, COUNT)
            assert (delivery.again, delivery.refused) == (0, 0)
            assert sorted(session.scalars(select(Submission.code))) == CODES
            tags = Counter(session.scalars(select(AuditEvent.tag)))
            assert (tags["delivery:begun"], tags["submission:received"]) == (1, COUNT)
            wanted = select(func.count()).select_from(Job).where(Job.name == CHECK_JOB)
            assert session.scalar(wanted) == COUNT
        assert services.staging.sweep() == 0


def _take(services: Services, folder: Path) -> bool:
    """Take in what was not taken yet, in small pieces."""
    with services.read_only() as session:
        states = session.scalars(select(Delivery.state)).all()
    if DeliveryState.DONE in states:
        return False
    take_in.PIECE_CASE_FILES = PIECE
    deliveries_acts.deliver(folder, actor=person(services, "bach"), services=services)
    return True


def _decide_one(services: Services) -> bool:
    """Accept one, or return the last of them."""
    with services.read_only() as session:
        query = select(Submission.id, Submission.code)
        waiting = session.execute(
            query.where(Submission.state == SubmissionState.CHECKED).order_by(Submission.code)
        ).first()
    if waiting is None:
        return False
    lan = person(services, "lan")
    if waiting.code == RETURNED:
        submissions_acts.give_back(services, waiting.id, Return(reason=REASON), actor=lan)
    else:
        submissions_acts.accept(services, waiting.id, actor=lan)
    return True


def _require_whole(services: Services) -> None:
    with services.read_only() as session:
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.rows, delivery.done, delivery.again) == (COUNT, COUNT, 0)
        assert delivery.outcome == {"stored": COUNT - 1, "returned": 1}
        assert delivery.receipt_number == "01/GTN-LT"
        assert delivery.receipt_issued_at is not None
        assert sorted(session.scalars(select(Submission.code))) == CODES
        numbers = session.scalars(select(FormNumber.last).where(FormNumber.form == "receipt"))
        assert list(numbers) == [1]
        held = session.scalars(select(CaseFile)).all()
        assert {case_file.receipt_sha256 for case_file in held} == {delivery.receipt_sha256}
        assert len(held) == COUNT - 1
        kinds = Counter(session.scalars(select(Act.kind).where(Act.kind.in_((RECEIPT, DELIVERY)))))
        assert kinds == {DELIVERY: 2}
        assert not list(session.scalars(select(Act.id).where(~Act.written)))
        tags = Counter(session.scalars(select(AuditEvent.tag)))
        expected = {"delivery:begun": 1, "delivery:done": 1, "delivery:settled": 1}
        expected |= {"submission:received": COUNT, "submission:stored": COUNT - 1}
        assert {tag: tags[tag] for tag in expected} == expected
    assert services.staging.sweep() == 0


def _require_no_false_claim(services: Services) -> None:
    """A receipt that is promised lies in every copy, and so does all that it names."""
    with services.read_only() as session:
        delivery = session.scalars(select(Delivery)).one_or_none()
        if delivery is None or delivery.receipt_issued_at is None:
            return
        act = session.scalars(
            select(Act).where(Act.companion_sha256 == delivery.receipt_sha256)
        ).one()
        open_ones = (SubmissionState.ACCEPTED, SubmissionState.CHECKED, SubmissionState.RECEIVED)
        left = select(Submission.id).where(Submission.state.in_(open_ones))
        assert session.scalars(left).all() == []
    for copy in services.copies:
        with copy.open(f"acts/{DELIVERY}/{act_name(act)}.pdf") as paper:
            assert sha256_of(paper) == delivery.receipt_sha256
        with copy.open(f"acts/{DELIVERY}/{act_name(act)}.json") as told:
            companion = json.loads(told.read())["companions"][0]["sha256"]
    assert companion == delivery.receipt_sha256
    assert len(companion) == 2 * hashlib.sha256().digest_size
