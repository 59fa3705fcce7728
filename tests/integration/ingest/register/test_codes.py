"""The real door: codes that are in the plan, taken, or another agency's."""

import shutil
from pathlib import Path

import pytest

from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Actor, Role
from ingest.acceptance.acts import accept_submission
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    one_case,
    write_sheet,
)


@pytest.mark.parametrize(
    ("code", "expected", "severity"),
    [
        ("H40.18.2025.99.XX", "not-in-file-plan", Severity.ERROR),
        ("H40.18.2024.01.TH", "no-file-plan", Severity.WARNING),
        ("H40.77.2025.01.TH", "agency-unknown", Severity.ERROR),
        ("A01.2025.01.TH", "agency-not-served", Severity.ERROR),
        ("H40.18.2099.01.TH", "code-year-in-future", Severity.ERROR),
    ],
)
def test_a_code_is_checked_against_agencies_and_file_plan(
    door: Door, tmp_path: Path, code: str, expected: str, severity: Severity
) -> None:
    door.add_plan(2025, "08.QLCT")
    door.add_agency(["A01"], served=False)
    submission = door.checked(one_case(tmp_path / "case", code=code), actor=door.archivist)
    assert finding(submission, expected).severity is severity


def test_a_code_in_the_plan_has_no_finding(door: Door, tmp_path: Path) -> None:
    door.add_plan(2025, "08.QLCT")
    submission = door.checked(one_case(tmp_path / "case"))
    assert [row.code for row in submission.findings if row.check == "codes"] == []


def accepted(door: Door, submission: Submission) -> None:
    with door.database.writing() as session:
        session.add(Fonds(agency_id=door.agency_id, code="H40.18", name="Phông Sở Công trình"))
        session.flush()
        accept_submission(
            submission.id, actor=door.archivist, session=session, archive_code="LT.H40"
        )


def test_an_officer_is_not_told_codes_and_submissions_of_another_agency(
    door: Door, tmp_path: Path
) -> None:
    other = Actor("khac", Role.OFFICER, door.add_agency(["H40.19"]))
    theirs = one_case(tmp_path / "theirs")
    first = door.checked(theirs)
    again = door.checked(theirs, actor=other)
    assert "code-in-foreign-submission" in codes(again, Severity.ERROR)
    accepted(door, first)
    own = tmp_path / "own"
    shutil.copytree(theirs, own)
    (own / "danh-sach.xlsx").unlink()
    code = "H40.19.2025.01.TH"
    write_sheet(own / "x.xlsx", [case_row(code)], [document_row("van-ban/01.pdf", code)])
    same = door.checked(own, actor=other)
    assert finding(same, "already-held-elsewhere").place == "van-ban/01.pdf"
    for submission in (again, same):
        assert not {"already-held", "changed-while-open"} & set(codes(submission))
        told = str([row.facts for row in submission.findings])
        assert str(first.id) not in told
    others = [row for row in same.findings if row.code != "waits-elsewhere"]  # that is ``again``
    assert first.code not in str([row.facts for row in others])


def test_bytes_that_a_case_file_holds_are_told(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    first = door.checked(folder)
    accepted(door, first)
    again = door.checked(one_case(folder, title="Hồ sơ khác"))
    assert finding(again, "already-held").facts["code"] == first.code
    assert "code-taken" in codes(again, Severity.ERROR)
