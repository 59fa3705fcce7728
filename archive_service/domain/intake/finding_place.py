"""Where a finding points to: sheet, row and field, or file of a package, as the sender sees it."""

import functools
from collections.abc import Iterable
from dataclasses import replace

from archive_service import messages
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import DeclaredCaseFile

_ROW, _FIELD = "\x01", "\x02"


@functools.cache
def sheet_name(kind: str) -> str:
    """Name of the sheet that holds rows of this kind, such as Hồ sơ for ``case-file``."""
    return messages.label("sheets", kind)


def row_place(kind: str, row: int, field: str = "") -> str:
    """Such as ``Văn bản, dòng 3, issuedDate``."""
    place = _pattern(kind, with_field=bool(field)).replace(_ROW, messages.shown(row))
    return place.replace(_FIELD, field)


@functools.cache
def _pattern(kind: str, *, with_field: bool) -> str:
    """The words with places for row and field: there are 2,000 rows of forty fields to be named."""
    key = "labels.places.field" if with_field else "labels.places.row"
    return messages.text(key, sheet=sheet_name(kind), row=_ROW, field=_FIELD)


def packed_place(kind: str, number: int, origin: str) -> str:
    """Such as ``Văn bản, số 3, tệp metadata/descriptive/EAD_doc_3.xml``; 0 is the case file."""
    key = "labels.places.packed" if number else "labels.places.packed_case"
    return messages.text(key, sheet=sheet_name(kind), number=messages.shown(number), origin=origin)


@functools.cache
def numbered_place(number: int) -> str:
    """Such as ``Tài liệu 3``, as pages number what was filed on them; 0 is the case file."""
    if not number:
        return sheet_name("case-file")
    return messages.text("labels.places.numbered", number=messages.shown(number))


def in_own_terms(
    declared: DeclaredCaseFile, findings: Iterable[Finding], *, on_page: bool = False
) -> list[Finding]:
    """The findings with the places of what came without a sheet told in terms of its own.

    A package has no sheet and no rows: its documents have numbers, and files that describe them.
    What was filed on a page (``on_page``) has the numbers that the page shows.
    """
    packed = {
        row_place(document.kind, document.row): packed_place(document.kind, number, document.origin)
        if document.origin
        else numbered_place(number)
        for number, document in enumerate(declared.documents, start=1)
        if document.origin or on_page
    }
    case_file = row_place("case-file", declared.row)
    if declared.origin:
        packed[case_file] = packed_place("case-file", 0, declared.origin)
    elif on_page:
        packed[case_file] = numbered_place(0)
    if not packed:
        return list(findings)

    def told(value: str) -> str:
        row, comma, field = value.rpartition(", ")
        return packed.get(value) or (packed[row] + comma + field if row in packed else value)

    return [
        replace(
            finding,
            place=told(finding.place)[:900],
            facts={
                name: told(value) if isinstance(value, str) else value
                for name, value in finding.facts.items()
            },
        )
        for finding in findings
    ]
