"""The guide of the station tells of every fault that a page can be found to have."""

from archive_service import messages
from archive_service.domain.intake.finding import Severity
from archive_service.formats.measure.limits import STANDARDS, Limit, load_limits
from tests.guide.sources import ROOT, assert_none

GUIDE = ROOT / "docs" / "guides" / "station.md"
COLUMNS = {Severity.ERROR: 1, Severity.WARNING: 2}
# Their limits are told in words: a count of bits, a ratio that no reader could use.
IN_WORDS = frozenset(
    {"page-bilevel", "page-not-colour", "page-grey-as-colour", "page-sideways", "page-upside-down"}
)


def _rows() -> dict[str, list[str]]:
    cells = ([cell.strip() for cell in line.split("|")[1:-1]] for line in _tables())
    return {row[0]: row for row in cells if len(row) == 4}


def _tables() -> list[str]:
    return [line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("|")]


def _limits() -> list[Limit]:
    return [limit for standard in STANDARDS for limit in load_limits(standard).limits]


def _shown(limit: Limit, bound: float) -> str:
    return f"{100 * bound if limit.unit == 'share' else bound:g}".replace(".", ",")


def test_every_finding_of_the_standards_has_a_row_that_says_what_to_do() -> None:
    rows = _rows()
    labels = {
        limit.code: messages.text(f"labels.scan-flags.{limit.code}", "vi") for limit in _limits()
    }
    assert_none(code for code, label in labels.items() if not rows.get(label, [""])[-1])


def test_the_limits_of_the_guide_are_those_of_the_standards() -> None:
    rows = _rows()
    assert_none(
        f"{limit.code}: {severity.value} {_shown(limit, bound)}"
        for limit in _limits()
        if limit.code not in IN_WORDS
        for severity, _, bound in limit.bounds
        if severity in COLUMNS
        for row in [rows[messages.text(f"labels.scan-flags.{limit.code}", "vi")]]
        if _shown(limit, bound)
        not in row[COLUMNS[severity]].replace("\N{DEGREE SIGN}", " ").split()
    )


def test_every_finding_of_a_page_has_a_short_name_in_lists() -> None:
    for lang in messages.LANGUAGES:
        named = messages.labels("scan-flags", lang)
        found = (key.split(".") for key in messages.load(lang) if key.startswith("findings.page-"))
        codes = {code for _, code, *_ in found}
        assert_none(code for code in codes if code not in named)
