"""What the list of case files is narrowed by, as its address and the forms it leads to say it."""

from collections.abc import Mapping

from archive_service.catalogue.holdings.listing import Narrowing
from archive_service.db.words import Nearly
from archive_service.domain.case_files.case_standing import HELD, STANDINGS
from archive_service.domain.digitization.paper import PaperState

FILTERS = ("q", "nearly", "state", "agency", "paper", "record", "ends", "own", "own_value")
ENDS = ("over", "permanent", "waiting")
RECORDS = {"electronic": True, "not-yet": False}


def filters_of(given: Mapping[str, str]) -> dict[str, str]:
    """Those that are there, by name."""
    return {name: given[name] for name in FILTERS if given.get(name)}


def narrowing_of(given: Mapping[str, str]) -> Narrowing:
    """All that a filter finds; what makes no sense in it is passed over."""
    state, own = given.get("state", ""), given.get("own", "")
    text = given.get("q", "").strip()
    return Narrowing(
        text=Nearly(text) if given.get("nearly") else text,
        state=state if state in (HELD, *STANDINGS) else None,
        complete=False if given.get("paper") == PaperState.EXPECTED else None,
        electronic=RECORDS.get(given.get("record", "")),
        agency=given.get("agency", ""),
        ends=ends_of(given.get("ends", "")),
        own=own,
        own_value=given.get("own_value", "").strip() if own else "",
    )


def ends_of(wanted: str) -> str:
    """A year, or one of the words of the calendar; empty for what is neither."""
    year = wanted.removesuffix("+")
    is_year = year.isascii() and year.isdigit() and len(year) == 4 and year > "0000"
    return wanted if is_year or wanted in ENDS else ""
