"""What the file plans ask for, until when, and what answers it."""

import datetime as dt
from pathlib import Path

import pytest

from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from ingest.answers.deadlines import answer_by, is_to_be_submitted, submit_by
from ingest.file_plan.due import due_entries
from tests.worlds.door import Door, case_row, document_row, write_pdf, write_sheet


def add_plan(door: Door, year: int, *terms: int | None, approved: bool = True) -> None:
    """Entries ``01.QLCT`` and so on, each with its term in years; ``None`` is permanent."""
    entries = [
        FilePlanEntry(
            ordinal=at,
            notation=f"{at:02}.QLCT",
            title="Hồ sơ",
            term="",
            years=years,
            permanent=years is None,
        )
        for at, years in enumerate(terms, start=1)
    ]
    state = FilePlanState.APPROVED if approved else FilePlanState.DRAFT
    with door.database.writing() as session:
        session.add(FilePlan(agency_id=door.agency_id, year=year, state=state, entries=entries))


def due(door: Door, until: dt.date | None = None) -> list[str]:
    with door.database.read_only() as session:
        return [
            due_entry.code for due_entry in due_entries(session, actor=door.officer, until=until)
        ]


def test_a_year_after_the_year_in_which_the_job_ended_is_the_last() -> None:
    assert submit_by(2025) == dt.date(2026, 12, 31)


def test_the_answer_is_due_sixty_local_days_after_the_arrival() -> None:
    late_evening = dt.datetime(2026, 11, 14, 20, 0, tzinfo=dt.UTC)  # the 15th in Việt Nam
    assert answer_by(late_evening) == dt.date(2027, 1, 14)


@pytest.mark.parametrize(("years", "wanted"), [(None, True), (5, True), (4, False)])
def test_short_terms_need_not_be_handed_in(years: int | None, *, wanted: bool) -> None:
    assert is_to_be_submitted(years) is wanted


def test_entries_of_approved_plans_are_due_until_they_are_handed_in(
    door: Door, tmp_path: Path
) -> None:
    add_plan(door, 2025, 20, None, 3)
    add_plan(door, 2024, 10, approved=False)
    assert due(door) == ["H40.18.2025.01.QLCT", "H40.18.2025.02.QLCT"]
    assert due(door, until=dt.date(2025, 12, 31)) == []
    write_pdf(tmp_path / "a" / "01.pdf")
    code = "H40.18.2025.01.QLCT"
    write_sheet(tmp_path / "a" / "a.xlsx", [case_row(code)], [document_row("01.pdf", code)])
    door.receive(tmp_path / "a")
    assert due(door) == ["H40.18.2025.02.QLCT"]


def test_who_hands_in_nothing_has_nothing_due(door: Door) -> None:
    add_plan(door, 2025, 20)
    with door.database.read_only() as session:
        other = door.add_agency(["H40.20"])
        stranger = type(door.officer)("la", door.officer.role, other)
        assert due_entries(session, actor=stranger) == []
