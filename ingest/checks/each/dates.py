"""Whether the days of case file and documents fit together, and lie behind us."""

import datetime as dt
import re
from collections.abc import Iterator

from archive_service import clock
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from ingest.channels.values import is_after, is_date
from ingest.checks.port import CheckContext

CHECK = "dates"
OUT_OF_TIME = "documents-out-of-time"
EARLIEST_YEAR = 1800  # as far back as a year by itself is read
YEARS_AHEAD = 100  # an end later than this is a slip of the pen


def check(context: CheckContext) -> Iterator[Finding]:
    """Order of the dates, as far as they are well-formed: the fields report the others."""
    fields, row = context.declared.fields, context.declared.row
    start, end = (_date(fields.get(name, "")) for name in ("startDate", "endDate"))
    if start and end and is_after(start, end):
        facts = {"start": start, "end": end}
        place = row_place("case-file", row, "endDate")
        yield Finding(CHECK, "end-before-start", Severity.ERROR, place, facts)
    for name, date in (("startDate", start), ("endDate", end)):
        place = row_place("case-file", row, name)
        if date and is_after(date, clock.today().isoformat()):
            yield Finding(CHECK, "date-in-future", Severity.WARNING, place, {"date": date})
        if date and len(date) < len("2025-01-01"):
            yield Finding(CHECK, "date-partial", Severity.WARNING, place, {"date": date})
        if date and int(date[:4]) < EARLIEST_YEAR:
            yield Finding(CHECK, "date-too-early", Severity.WARNING, place, {"date": date})
    yield from _of_term(context, end)
    yield from _out_of_time(context)
    for document in context.declared.documents:
        issued = _date(document.fields.get("issuedDate", ""))
        place = row_place(document.kind, document.row, "issuedDate")
        if not issued:
            continue
        if int(issued[:4]) < EARLIEST_YEAR:
            yield Finding(CHECK, "date-too-early", Severity.WARNING, place, {"date": issued})
        elif is_after(issued, clock.today().isoformat()):
            yield Finding(CHECK, "date-in-future", Severity.WARNING, place, {"date": issued})
        elif (start and is_after(start, issued)) or (end and is_after(issued, end)):
            facts = {"date": issued, "start": start, "end": end}
            yield Finding(CHECK, "document-outside-period", Severity.WARNING, place, facts)


def _of_term(context: CheckContext, end: str) -> Iterator[Finding]:
    """An end, or an end with its term, that no calendar reaches."""
    if not end:
        return
    row, year = context.declared.row, int(end[:4])
    term = context.declared.fields.get("term", "")
    if year > (latest := clock.today().year + YEARS_AHEAD):
        place = row_place("case-file", row, "endDate")
        facts = {"date": end, "latest": latest}
        yield Finding(CHECK, "end-too-far", Severity.ERROR, place, facts)
    elif re.fullmatch("[0-9]{1,10}", term) and year + int(term) > dt.MAXYEAR:
        place = row_place("case-file", row, "term")
        yield Finding(CHECK, "term-too-long", Severity.ERROR, place, {"term": term, "end": end})


def _out_of_time(context: CheckContext) -> Iterator[Finding]:
    """The first document that is older than one before it; annexes stand behind theirs.

    Another archive's package keeps its order. Who filed them may have followed the course of the
    matter instead: so it is told, and a person decides.
    """
    if context.declared.custody:
        return
    latest = ""
    for number, document in enumerate(context.declared.documents, start=1):
        issued = _date(document.fields.get("issuedDate", ""))
        if not issued or document.is_called_annex or document.replaced:
            continue
        if latest and is_after(latest, issued):
            place = row_place(document.kind, document.row, "issuedDate")
            facts = {"ordinal": number, "date": issued, "before": latest}
            yield Finding(CHECK, OUT_OF_TIME, Severity.INFO, place, facts)
            return
        latest = issued


def _date(text: str) -> str:
    return text if is_date(text) else ""
