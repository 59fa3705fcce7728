"""The first page tells which document of the list it is, if it is one and no other."""

import dataclasses
from collections.abc import Mapping

import pytest

from digitize.batches.reading.places import find_place
from digitize.batches.release.targets import ListedDocument
from digitize.page_one.proposals import Proposal

FIELDS = {
    "number": "1822",
    "symbol": "TTr-PTCKH",
    "date": "2025-03-03",
    "abstract": "Về việc phê duyệt chủ trương tu bổ đê sông Đà Ngân",
}


def listed(ordinal: int, **other: str) -> ListedDocument:
    return ListedDocument(ordinal, "Tờ trình", 2, True, fields=FIELDS | other)


def read(fields: Mapping[str, str], confidence: float = 91.0) -> dict[str, Proposal]:
    return {
        name: Proposal(value, value, confidence, 0, (0.0, 0.0, 0.1, 0.1))
        for name, value in fields.items()
    }


LIST = (
    listed(1),
    listed(2, number="1823", abstract="Về việc giao chỉ tiêu kế hoạch năm sau"),
    listed(3, symbol="QĐ-SCT", abstract="Về việc thành lập Hội đồng nghiệm thu"),
)


@pytest.mark.parametrize("name", ["number", "symbol", "date", "abstract"])
def test_a_page_is_placed_though_one_field_is_not_read(name: str) -> None:
    fields = {one: value for one, value in FIELDS.items() if one != name}
    place = find_place(read(fields), LIST)
    assert place is not None
    assert place[0].ordinal == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"number": "1822"},
        {"number": "1824", "symbol": "TTr-PTCKH"},
        FIELDS | {"number": "1824"},  # all the rest fits: it is another of the series
        FIELDS | {"date": "2024-03-03"},  # numbers begin anew each year
        {"date": "2025-03-03", "abstract": "Về việc trồng cây xanh dọc tuyến đê"},
    ],
)
def test_what_fits_none_surely_is_not_placed(fields: dict[str, str]) -> None:
    assert find_place(read(fields), LIST) is None


def test_what_was_read_badly_or_fits_two_is_not_placed() -> None:
    assert find_place(read(FIELDS, 40.0), LIST) is None
    assert find_place(read(FIELDS), [*LIST, listed(4)]) is None


def test_a_list_without_numbers_is_met_by_abstract_and_date() -> None:
    bare = [
        dataclasses.replace(row, fields={**row.fields, "number": "", "symbol": ""}) for row in LIST
    ]
    place = find_place(read(FIELDS), bare)
    assert place is not None
    assert (place[0].ordinal, place[1]) == (1, ("abstract", "date"))
