"""Kills, races and decisions around the door: nothing lost, nothing doubled, the first decides."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from archive_service.access import ActNotAllowedError
from archive_service.domain.intake.submission import (
    SubmissionNotFoundError,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.people.account import Actor, Role
from archive_service.formats.malware import MalwareState, Verdict
from archive_service.jobs.port import LeaseLostError
from archive_service.storage.port import StoreFullError
from archive_service.storage.staging import FolderStaging, StagedObject
from ingest.acceptance.decide import ReasonMissingError, return_submission, withdraw_submission
from ingest.checks.examine import Examiner
from ingest.submissions.check import check_submission
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    open_door,
    rule_of_today,
    sha256_of,
    write_pdf,
    write_sheet,
)

FILES = ("a.pdf", "b.pdf", "c.pdf")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    for name in FILES:
        write_pdf(folder / name)
    write_sheet(folder / "x.xlsx", [case_row()], [document_row(";".join(FILES))])
    return folder


@dataclass
class ActingScanner:
    """A scanner beside which something happens at the n-th file."""

    at: int
    act: Callable[[], None]
    seen: int = 0

    def scan(self, source: IO[bytes]) -> Verdict:  # noqa: ARG002 - the port's own form
        self.seen += 1
        if self.seen == self.at:
            self.act()
        return Verdict(MalwareState.CLEAN, "test")

    def signatures(self) -> str:
        return ""


class ActingStaging(FolderStaging):
    """Staging beside which something happens before the n-th file is received."""

    def __init__(self, home: Path, at: int, act: Callable[[], None]) -> None:
        super().__init__(home / "staging")
        self._at, self._act, self._seen = at, act, 0

    def receive_each(self, openers: Sequence[Callable[[], IO[bytes]]]) -> list[StagedObject]:
        return super().receive_each([partial(self._beside, opener) for opener in openers])

    def _beside(self, opener: Callable[[], IO[bytes]]) -> IO[bytes]:
        self._seen += 1
        if self._seen == self._at:
            self._act()
        return opener()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(home: Path, work: Callable[[Door], object]) -> int:
    """Run ``work`` in a process of its own on the same home; the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        try:
            with open_door(home) as door:
                work(door)
        finally:
            os._exit(1)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("file", [1, 3])
def test_a_check_that_was_killed_is_done_anew(tmp_path: Path, case: Path, file: int) -> None:
    home = tmp_path / "killed"
    with open_door(home) as door:
        (submission_id,) = door.receive(case)

    def work(door: Door) -> None:
        door.scanner = ActingScanner(file, die)
        door.check(submission_id)

    assert in_a_child(home, work) == signal.SIGKILL
    with open_door(home) as door:
        assert door.submission(submission_id).state is SubmissionState.CHECKING
        assert door.check(submission_id).state is SubmissionState.CHECKED
        assert door.events() == ["submission:received", "submission:checked"]


@pytest.mark.parametrize("file", [1, 2, 3, 4])
def test_a_receipt_that_was_killed_leaves_no_row_and_may_be_repeated(
    tmp_path: Path, case: Path, file: int
) -> None:
    home = tmp_path / "killed"
    with open_door(home):
        pass

    def work(door: Door) -> None:
        door.staging = ActingStaging(door.home, file, die)
        door.receive(case)

    assert in_a_child(home, work) == signal.SIGKILL
    with open_door(home) as door:
        assert door.submissions() == []
        assert door.events() == []
        door.receive(case)
        assert len(door.submissions()) == 1
        assert door.staged() == {sha256_of(case / name) for name in (*FILES, "x.xlsx")}


def test_bytes_that_another_submission_needs_survive_a_failing_parcel(
    door: Door, case: Path
) -> None:
    door.receive(case)
    write_pdf(case / "d.pdf")
    write_sheet(case / "x.xlsx", [case_row()], [document_row(";".join((*FILES, "d.pdf")))])

    def full() -> None:
        raise StoreFullError

    whole, door.staging = door.staging, ActingStaging(door.home, 4, full)
    before = set(whole.iter_digests())
    with pytest.raises(StoreFullError):
        door.receive(case)
    assert set(whole.iter_digests()) == before
    assert before >= {sha256_of(case / name) for name in FILES}


def test_bytes_discarded_by_another_parcel_at_the_last_moment_come_back(
    door: Door, case: Path
) -> None:
    first = sha256_of(case / "a.pdf")
    whole, door.staging = (
        door.staging,
        ActingStaging(door.home, 3, lambda: whole.discard(first)),
    )
    door.receive(case)
    assert first in set(whole.iter_digests())


def test_a_worker_that_lost_its_lease_changes_nothing(door: Door, case: Path) -> None:
    (submission_id,) = door.receive(case)

    def lost(session: Session) -> None:
        raise LeaseLostError

    examiner = Examiner(door.staging, scanner=door.scanner, trust=door.trust, limits=door.limits)
    with pytest.raises(LeaseLostError):
        check_submission(
            submission_id,
            database=door.database,
            examiner=examiner,
            find_rule=rule_of_today,
            closing=lost,
        )
    submission = door.submission(submission_id)
    assert submission.state is SubmissionState.CHECKING
    assert submission.findings == []
    assert submission.files[0].puid is None


def test_what_was_withdrawn_while_it_was_checked_stays_withdrawn(door: Door, case: Path) -> None:
    (submission_id,) = door.receive(case)
    door.scanner = ActingScanner(2, lambda: withdraw(door, submission_id))
    submission = door.check(submission_id)
    assert submission.state is SubmissionState.WITHDRAWN
    assert submission.findings == []
    assert door.events() == ["submission:received", "submission:withdrawn"]


def withdraw(door: Door, submission_id: UUID, actor: Actor | None = None) -> None:
    with door.database.writing() as session:
        withdraw_submission(submission_id, actor=actor or door.officer, session=session)


def give_back(door: Door, submission_id: UUID, reason: str = "Thiếu phụ lục") -> None:
    with door.database.writing() as session:
        return_submission(submission_id, reason, actor=door.archivist, session=session)


def test_a_return_keeps_its_reason_and_twice_is_once(door: Door, case: Path) -> None:
    submission = door.checked(case)
    give_back(door, submission.id)
    give_back(door, submission.id)
    returned = door.submission(submission.id)
    assert returned.state is SubmissionState.RETURNED
    assert (returned.decided_by, returned.decision_reason) == ("lan", "Thiếu phụ lục")
    assert door.events()[-2:] == ["submission:checked", "submission:returned"]


def test_what_was_returned_frees_its_code(door: Door, case: Path) -> None:
    give_back(door, door.checked(case).id)
    again = door.checked(case)
    assert "code-in-open-submission" not in codes(again)
    assert "changed-while-open" not in codes(again)


def test_a_return_needs_a_reason_and_a_checked_submission(door: Door, case: Path) -> None:
    (submission_id,) = door.receive(case)
    with pytest.raises(ReasonMissingError):
        give_back(door, submission_id, "  ")
    with pytest.raises(SubmissionStateError):
        give_back(door, submission_id)
    with pytest.raises(SubmissionNotFoundError):
        give_back(door, uuid4())


def test_what_was_returned_cannot_be_withdrawn(door: Door, case: Path) -> None:
    submission = door.checked(case)
    give_back(door, submission.id)
    with pytest.raises(SubmissionStateError):
        withdraw(door, submission.id)


def test_an_officer_of_another_agency_may_not_withdraw(door: Door, case: Path) -> None:
    submission = door.checked(case)
    other = Actor("khác", Role.OFFICER, door.add_agency(["H40.19"]))
    with pytest.raises(ActNotAllowedError):
        withdraw(door, submission.id, other)
