"""What a file plan says of a case file, and rules of retention: told at the door, kept later."""

from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.agencies.file_plan import FilePlan
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission, UnresolvedFindingsError
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from retention.terms.rules import schedules
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    write_pdf,
    write_sheet,
)

CODE = "H40.18.2025.08.QLCT"
TEN = "06"


def sheet(folder: Path, **told: str) -> Path:
    write_pdf(folder / "01.pdf")
    write_sheet(folder / "ho-so.xlsx", [case_row(CODE, **told)], [document_row("01.pdf", CODE)])
    return folder


def rule_of(years: int) -> str:
    found = schedules().in_force(clock.today())
    return next(retention_rule.code for retention_rule in found if retention_rule.years == years)


def test_a_rule_that_no_schedule_has_is_an_error_at_its_field(door: Door, tmp_path: Path) -> None:
    told = finding(door.checked(sheet(tmp_path / "in", ruleCode="KHONG.CO")), "rule-unknown")
    assert (told.severity, told.place) == (Severity.ERROR, "Hồ sơ, dòng 2, ruleCode")
    assert told.facts == {"rule": "KHONG.CO"}


def test_an_entry_of_the_plan_that_only_names_a_rule_is_what_a_term_must_reach(
    door: Door, tmp_path: Path
) -> None:
    door.add_plan(2025, "08.QLCT")
    with door.database.writing() as session:
        (plan,) = session.scalars(select(FilePlan)).all()
        (entry,) = plan.entries
        entry.term, entry.rule_code = "theo quy định", rule_of(20)
    below = door.checked(sheet(tmp_path / "in", maintenance=TEN))
    told = finding(below, "term-below-rule")
    assert told.facts["rule"] == rule_of(20)
    assert "TT" in str(told.facts["source"])
    with door.database.writing() as session:
        (plan,) = session.scalars(select(FilePlan)).all()
        plan.entries[0].rule_code = "KHONG.CO"
    again = door.checked(sheet(tmp_path / "again", title="Hồ sơ sửa lại"))
    assert "rule-of-plan-unknown" in codes(again, Severity.ERROR)


def test_title_and_person_that_differ_from_the_plan_are_told_with_both_values(
    door: Door, tmp_path: Path
) -> None:
    door.add_plan(2025, "08.QLCT")
    with door.database.writing() as session:
        (plan,) = session.scalars(select(FilePlan)).all()
        (entry,) = plan.entries
        entry.title, entry.creator = "Hồ sơ sửa chữa Trạm bơm", "Phạm Thị Lan"
        entry.unit, entry.term, entry.years = "Phòng Hành chính", "20 năm", 20
    told = door.checked(sheet(tmp_path / "in", creator="Trần Văn Bách", maintenance=TEN))
    title, person = finding(told, "title-not-as-planned"), finding(told, "creator-not-as-planned")
    assert (title.severity, title.place) == (Severity.INFO, "Hồ sơ, dòng 2, title")
    assert title.facts["declared"] == "Hồ sơ bàn giao Trạm bơm Khe Lạnh"
    assert title.facts["planned"] == "Hồ sơ sửa chữa Trạm bơm"
    assert person.facts["declared"] == "Trần Văn Bách"
    assert person.facts["planned"] == "Phạm Thị Lan, Phòng Hành chính"
    term = finding(told, "term-below-plan")
    assert term.facts["planned"] == "20 năm"
    same = {"title": "HỒ SƠ sửa chữa  Trạm bơm.", "creator": "Phòng hành chính"}
    as_planned = codes(door.checked(sheet(tmp_path / "same", **same)))
    assert not {"title-not-as-planned", "creator-not-as-planned"} & set(as_planned)


def test_the_rule_that_is_named_is_kept_though_a_shorter_term_was_declared(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        (kept,) = handed_in(services, sheet(tmp_path / "in", ruleCode=rule_of(20), maintenance=TEN))
        assert "term-below-rule" in [row.code for row in kept.findings]
        accept(services, kept.id, actor=person(services, "lan"))
        with services.read_only() as session:
            case_file = session.scalars(select(CaseFile)).one()
            assert (case_file.rule_code, case_file.rule["years"]) == (rule_of(20), 20)
            (document,) = case_file.documents  # identifiers that the sender left out are made
            assert (document.doc_id, document.doc_code) == (f"{CODE}.1", f"{CODE}.0000001")


def test_a_term_longer_than_the_one_that_applies_is_told_before_it_is_lost(
    door: Door, tmp_path: Path
) -> None:
    years = {"maintenance": "07", "term": "25"}
    longer = door.checked(sheet(tmp_path / "in", ruleCode=rule_of(20), **years))
    told = finding(longer, "term-above-kept")
    assert (told.severity, told.place) == (Severity.WARNING, "Hồ sơ, dòng 2, maintenance")
    assert (told.facts["declared"], told.facts["kept"]) == ("25 năm", "20 năm")
    alone = door.checked(sheet(tmp_path / "alone", title="Hồ sơ không ghi quy tắc", **years))
    assert "term-above-kept" not in codes(alone)
    longest = tmp_path / "longest"  # of its documents counts in the end, and is as long
    write_pdf(longest / "01.pdf")
    case = case_row(CODE, title="Hồ sơ có văn bản giữ lâu hơn", ruleCode=rule_of(20), **years)
    write_sheet(longest / "ho-so.xlsx", [case], [document_row("01.pdf", CODE, maintenance="01")])
    found = codes(door.checked(longest))
    assert "term-above-kept" not in found
    assert "term-below-document" in found


def test_what_names_an_unknown_rule_never_reaches_acceptance(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        (kept,) = handed_in(services, sheet(tmp_path / "in", ruleCode="KHONG.CO"))
        with pytest.raises(UnresolvedFindingsError):
            accept(services, kept.id, actor=person(services, "lan"))


def handed_in(services: Services, folder: Path) -> list[Submission]:
    ids = submit(folder, actor=person(services, "bach"), services=services)
    do_all(services)
    with services.read_only() as session:
        found = [session.get_one(Submission, identifier) for identifier in ids]
        assert all(submission.findings for submission in found)
        return found
