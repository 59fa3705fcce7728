"""An error that has gone away goes away: what findings rest on is looked for anew."""

from pathlib import Path
from uuid import UUID

import pytest

from archive_service import messages
from archive_service.access import ActNotAllowedError
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import OPEN, Submission, SubmissionStateError
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from tests.worlds.archive import person
from tests.worlds.clients import do_all
from tests.worlds.papers.bad_input import small_case

CODE = "H40.18.2025.51.QLCT"


def sent(services: Services, folder: Path, *, by: str = "bach", more: bytes = b"") -> UUID:
    small_case(folder, code=CODE)
    with (folder / "01 Biên bản bàn giao.pdf").open("ab") as pdf:
        pdf.write(more)
    (submission,) = submissions_acts.submit(folder, actor=person(services, by), services=services)
    do_all(services)
    return submission


def found(services: Services, submission_id: UUID) -> set[str]:
    with services.read_only() as session:
        row = session.get_one(Submission, submission_id)
        assert row.state in OPEN
        return {finding.code for finding in row.findings}


def test_the_later_one_is_free_once_the_earlier_is_withdrawn(
    services: Services, tmp_path: Path
) -> None:
    first = sent(services, tmp_path / "1")
    second = sent(services, tmp_path / "2", more=b"%x")
    assert "code-in-open-submission" in found(services, second)
    submissions_acts.withdraw(services, first, actor=person(services, "bach"))
    do_all(services)
    assert "code-in-open-submission" not in found(services, second)


def test_the_later_one_learns_that_the_code_is_taken_or_free(
    services: Services, tmp_path: Path
) -> None:
    first = sent(services, tmp_path / "1")
    second = sent(services, tmp_path / "2", more=b"%x")
    third = sent(services, tmp_path / "3", more=b"%y")
    submissions_acts.give_back(
        services, first, Return(reason="Thiếu trang"), actor=person(services, "lan")
    )
    do_all(services)
    assert "code-in-open-submission" not in found(services, second)
    assert "code-in-open-submission" in found(services, third)
    submissions_acts.accept(services, second, actor=person(services, "lan"))
    do_all(services)
    assert "code-taken" in found(services, third)


def test_submissions_of_one_code_name_each_other_by_their_time(
    services: Services, tmp_path: Path
) -> None:
    pair = [sent(services, tmp_path / "1"), sent(services, tmp_path / "2", more=b"%x")]
    do_all(services)
    with services.read_only() as session:
        first, second = (session.get_one(Submission, identifier) for identifier in pair)
        for submission, other, code in (
            (second, first, "code-in-open-submission"),
            (first, second, "newer-changed-waits"),
        ):
            (told,) = (row for row in submission.findings if row.code == code)
            words = messages.finding(code, "vi", told.facts).message
            assert messages.shown(other.received_at) in words
            assert str(other.id) not in words
            assert told.facts["id"] == str(other.id)


def test_a_stranger_keeps_nobody_from_their_own_code(services: Services, tmp_path: Path) -> None:
    theirs = sent(services, tmp_path / "1", by="stranger", more=b"%x")
    assert "agency-not-own" in found(services, theirs)
    own = sent(services, tmp_path / "2")
    assert not {"code-in-open-submission", "code-in-foreign-submission"} & found(services, own)
    submissions_acts.accept(services, own, actor=person(services, "lan"))


def test_a_person_may_ask_for_it_as_long_as_it_waits(services: Services, tmp_path: Path) -> None:
    submission = sent(services, tmp_path / "1")
    with services.writing() as session:
        told = FindingRow(
            submission_id=submission,
            ordinal=99,
            check="codes",
            code="agency-not-served",
            severity="error",
            place="",
            facts={},
        )
        session.add(told)
    with pytest.raises(ActNotAllowedError):
        submissions_acts.recheck(services, submission, actor=person(services, "stranger"))
    submissions_acts.recheck(services, submission, actor=person(services, "bach"))
    do_all(services)
    assert "agency-not-served" not in found(services, submission)
    submissions_acts.accept(services, submission, actor=person(services, "lan"))
    with pytest.raises(SubmissionStateError):
        submissions_acts.recheck(services, submission, actor=person(services, "lan"))
