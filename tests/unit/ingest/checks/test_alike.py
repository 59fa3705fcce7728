"""Many findings of one kind are told as a few and a number."""

from archive_service import messages
from archive_service.domain.intake.finding import Finding, Severity
from ingest.checks.alike import KEPT_OF_A_KIND, MORE, bounded


def missing(row: int, code: str = "field-missing") -> Finding:
    return Finding("fields", code, Severity.ERROR, f"dòng {row}", {"field": "Trích yếu"})


def test_the_first_of_a_kind_are_kept_and_the_rest_is_told_with_number_and_ends() -> None:
    many = [missing(row) for row in range(1, 30_001)]
    few = [missing(row, "date-malformed") for row in (7, 9)]
    found = bounded([*many, *few])
    assert found[:KEPT_OF_A_KIND] == many[:KEPT_OF_A_KIND]
    assert found[KEPT_OF_A_KIND:-1] == few
    rest = found[-1]
    assert (rest.code, rest.check, rest.severity) == (MORE, "fields", Severity.ERROR)
    assert rest.place == f"dòng {KEPT_OF_A_KIND + 1}"
    said = messages.finding(rest.code, "vi", rest.facts).message
    assert str(30_000 - KEPT_OF_A_KIND) in said.replace(".", "")
    assert "dòng 30000" in said
    assert "{" not in said


def test_as_many_as_are_kept_stay_as_they_are() -> None:
    found = [missing(row) for row in range(KEPT_OF_A_KIND)]
    assert bounded(found) == found
