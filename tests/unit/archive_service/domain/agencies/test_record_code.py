"""Record codes are read from the year outward and given back exactly."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.agencies.record_code import (
    InventoryReference,
    MalformedInventoryReferenceError,
    MalformedRecordCodeError,
    RecordCodeAgencyError,
    RecordCodeCharacterError,
    RecordCodeLetterError,
    RecordCodeNumberError,
    RecordCodeSpaceError,
    RecordCodeTooLongError,
    RecordCodeYearError,
    parse_code_or_reference,
    parse_inventory_reference,
    parse_notation,
    parse_record_code,
)

OLD = st.from_regex(r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-K][0-9]{2}", fullmatch=True)
NEW = st.from_regex(r"[A-K][0-9]{2}(\.[0-9]{2,3}){0,4}", fullmatch=True)
YEARLIKE = st.from_regex(r"[A-K][0-9]{2}\.(19|20)[0-9]{2}(\.[0-9]{2})?", fullmatch=True)
YEAR = st.integers(1800, 2099)
NUMBER = st.from_regex(r"[0-9]{1,4}[a-z]?", fullmatch=True)
SYMBOL = st.none() | st.from_regex(r"[A-ZĐ]{1,8}([.-][A-ZĐ0-9]{1,6}){0,2}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "agency", "year", "number", "symbol", "form"),
    [
        ("000.00.18.H40.2011.01.TH", "000.00.18.H40", 2011, "01", "TH", "old"),
        ("H40.18.2025.07.QLCT", "H40.18", 2025, "07", "QLCT", "new"),
        ("H49.64.33.2001.160", "H49.64.33", 2001, "160", None, "new"),
        ("000.00.18.H40.2019.44.ĐB", "000.00.18.H40", 2019, "44", "ĐB", "old"),
        ("H40.2025.2024.TH", "H40", 2025, "2024", "TH", "new"),
        ("H40.18.2025.07.TC.KT-01", "H40.18", 2025, "07", "TC.KT-01", "new"),
        ("  H40.18.2025.07\t", "H40.18", 2025, "07", None, "new"),
    ],
)
def test_a_code_is_taken_apart(
    text: str, agency: str, year: int, number: str, symbol: str | None, form: str
) -> None:
    code = parse_record_code(text)
    assert (code.agency, code.year, code.number, code.symbol) == (agency, year, number, symbol)
    assert code.form == form
    assert str(code) == text.strip()
    assert code.notation == number + (f".{symbol}" if symbol else "")


def test_a_known_agency_settles_which_part_is_the_year() -> None:
    text = "H40.2010.2011.01.TH"
    assert parse_record_code(text, {"H40"}).year == 2010
    assert parse_record_code(text, {"H40.2010"}).year == 2011
    assert parse_record_code(text, {"H40", "H40.2010"}).agency == "H40.2010"
    assert parse_record_code(text).agency == "H40.2010"


@given(st.one_of(OLD, NEW), YEAR, NUMBER, SYMBOL)
def test_a_code_of_a_known_agency_is_read_and_given_back_exactly(
    agency: str, year: int, number: str, symbol: str | None
) -> None:
    text = f"{agency}.{year}.{number}" + (f".{symbol}" if symbol else "")
    code = parse_record_code(text, {agency})
    assert (code.agency, code.year, code.number, code.symbol) == (agency, year, number, symbol)
    assert code.text == text
    assert code.as_document()["text"] == text


@given(YEARLIKE, YEAR, NUMBER, SYMBOL)
def test_a_level_that_looks_like_a_year_is_no_trap_where_the_agency_is_known(
    agency: str, year: int, number: str, symbol: str | None
) -> None:
    text = f"{agency}.{year}.{number}" + (f".{symbol}" if symbol else "")
    assert parse_record_code(text, {agency}).text == text
    assert parse_record_code(text, {agency}).agency == agency


@given(st.text(max_size=40) | st.from_regex(r"[A-K0-9.]{1,40}", fullmatch=True))
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        code = parse_record_code(text)
    except MalformedRecordCodeError:
        return
    assert code.text == unicodedata.normalize("NFC", text).strip()


def test_a_decomposed_code_is_composed() -> None:
    apart = unicodedata.normalize("NFD", "000.00.18.H40.2019.44.ĐỒ")
    assert parse_record_code(apart).symbol == "ĐỒ"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", RecordCodeCharacterError),
        ("000.00.18.H40.2011.01 .TH", RecordCodeSpaceError),
        ("000.00.18.H40.2011.01\u00a0.TH", RecordCodeSpaceError),
        ("000.00.18.H40.2011..TH", RecordCodeCharacterError),
        ("000.00.18.H40.2011.01/TH", RecordCodeCharacterError),
        ("000.00.18.H40.2011.01.", RecordCodeCharacterError),
        ("000.00.18.H40.2011.01.TH'--", RecordCodeCharacterError),
        ("000.00.18.\u041d40.2011.01.TH", RecordCodeLetterError),
        ("000.00.18.H40.2011.01.\u03a4H", RecordCodeLetterError),
        ("000.00.18.H40.11.01.TH", RecordCodeYearError),
        ("2011.01.TH", RecordCodeYearError),
        ("H40.3011.01.TH", RecordCodeYearError),
        ("000.18.H40.2011.01.TH", RecordCodeAgencyError),
        ("h40.18.2011.01.TH", RecordCodeAgencyError),
        ("000.00.18.H40.2011", RecordCodeNumberError),
        ("000.00.18.H40.2011.TH", RecordCodeNumberError),
        ("H40.18.2011.01." + "A" * 86, RecordCodeTooLongError),
    ],
)
def test_a_malformed_code_is_refused_by_what_is_wrong(
    text: str, error: type[MalformedRecordCodeError]
) -> None:
    with pytest.raises(error):
        parse_record_code(text)


def test_a_code_of_a_hundred_characters_is_long_enough() -> None:
    text = "H40.18.2011.01." + "A" * 85
    assert parse_record_code(text).text == text


def test_a_notation_is_number_and_symbol() -> None:
    assert parse_notation(" 01.TH ") == ("01", "TH")
    assert parse_notation("160") == ("160", None)
    for text in ("TH.01", "01 TH", ""):
        with pytest.raises(MalformedRecordCodeError):
            parse_notation(text)


@pytest.mark.parametrize(
    "text",
    [
        "Phông Sở Công trình, mục lục số 02, hồ sơ số 123, tờ số 5",
        "PHÔNG Sở Công trình; MLS 02; HS 123; tờ 5",
        "phong Sở Công trình, muc luc 02, ho so 123, to so 5",
        unicodedata.normalize("NFD", "Phông Sở Công trình,  mục lục số: 02, hồ sơ số: 123, tờ: 5"),
    ],
)
def test_an_old_inventory_is_read_however_it_is_quoted(text: str) -> None:
    reference = InventoryReference("Sở Công trình", "02", "123", "5")
    assert parse_inventory_reference(text) == reference


def test_a_fonds_may_have_a_comma_in_its_name() -> None:
    text = "Phông Ty Thủy lợi, Giao thông, mục lục số 1a, hồ sơ số 7"
    assert parse_inventory_reference(text).fonds == "Ty Thủy lợi, Giao thông"


NAME = st.from_regex(r"[A-ZĐ][a-zđêô]{1,8}( [a-zđêô]{3,8}){0,3}", fullmatch=True)
MARK = st.from_regex(r"[0-9]{1,4}[a-z]?", fullmatch=True)


@given(NAME, MARK, MARK, st.none() | MARK)
def test_a_reference_is_read_back_as_it_is_printed(
    fonds: str, inventory: str, file: str, sheet: str | None
) -> None:
    reference = InventoryReference(fonds, inventory, file, sheet)
    assert parse_inventory_reference(str(reference)) == reference


@pytest.mark.parametrize("text", ["", "mục lục số 2, hồ sơ số 3", "Phông A, hồ sơ số 3", "Phông A"])
def test_a_reference_with_a_part_missing_is_refused(text: str) -> None:
    with pytest.raises(MalformedInventoryReferenceError):
        parse_inventory_reference(text)


def test_a_code_and_an_old_reference_are_told_apart() -> None:
    assert str(parse_code_or_reference("H40.18.2025.08.QLCT")) == "H40.18.2025.08.QLCT"
    reference = parse_code_or_reference("phong Sở Công trình, muc luc 02, ho so 123")
    assert reference.as_document() == {
        "text": "Phông Sở Công trình, mục lục số 02, hồ sơ số 123",
        "fonds": "Sở Công trình",
        "inventory": "02",
        "file": "123",
        "sheet": None,
    }
    with pytest.raises(MalformedRecordCodeError):
        parse_code_or_reference("mục lục số 2")
