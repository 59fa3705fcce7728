"""Each requirement has a row in docs/compliance.md; tests named there and in security.md exist."""

import re

from tests.guide.sources import ROOT, assert_none

PAGE = ROOT / "docs" / "compliance.md"
ROW = re.compile(r"^\| (R\d+) \| (.+?) \| (.+?) \| (\w+) \| (.*?) \| (.*?) \|$", re.MULTILINE)
REQUIREMENTS = 160


def test_no_requirement_is_without_a_row() -> None:
    found = [row[0] for row in ROW.findall(PAGE.read_text("utf-8"))]
    assert found == [f"R{number}" for number in range(1, REQUIREMENTS + 1)]


def test_what_is_met_names_its_tests_and_what_is_not_says_what_is_missing() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert {standing for *_, standing, _, _ in rows} <= {"met", "part", "open", "upstream"}
    assert_none(
        f"{number} is {standing}"
        for number, _, _, standing, where, tests in rows
        if (standing in {"met", "part"} and not tests) or (standing != "upstream" and not where)
    )
    assert_none(
        f"{number}: {name}"
        for number, *_, tests in rows
        for name in re.findall(r"`([^`]+)`", tests)
        if not (ROOT / "tests" / name).is_file()
    )


def test_the_tests_that_stand_against_threats_are_there() -> None:
    words = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = re.findall(r"`((?:unit|contracts|integration|e2e|faults)/[^`]+)`", words)
    assert named
    assert_none(name for name in named if not (ROOT / "tests" / name).is_file())
