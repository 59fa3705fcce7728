"""What a sender writes, in the one form in which it is kept."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service import law
from archive_service.clock import date_as_iso
from archive_service.law import FieldRule
from ingest.channels.values import as_kept, is_date, is_moment, is_secret


def rule(kind: str, name: str) -> FieldRule:
    return next(field for field in law.fields(kind) if field.name == name)


@given(st.dates(dt.date(1800, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_written_the_vietnamese_way_becomes_the_same_iso_day(day: dt.date) -> None:
    for written in (
        f"{day:%d/%m/%Y}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day:%d-%m-%Y}",
        day.isoformat(),
    ):
        assert date_as_iso(written) == day.isoformat()
    assert is_date(day.isoformat(), partial=False)


@pytest.mark.parametrize(
    ("written", "kept"), [("5/2011", "2011-05"), ("2011", "2011"), ("2011-05", "2011-05")]
)
def test_a_month_or_a_year_alone_is_a_partial_date(written: str, kept: str) -> None:
    assert date_as_iso(written) == kept
    assert is_date(kept)
    assert not is_date(kept, partial=False)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ngày 24 tháng 11 năm 2014", "2014-11-24"),
        ("Hà Nội, ngày 04 tháng 11 năm 2014", "2014-11-04"),
        ("NGAY 24 THANG 11 NAM 2014", "2014-11-24"),
        ("ngày 24/11/2014", "2014-11-24"),
        ("24 tháng 11 năm 2014.", "2014-11-24"),
        ("tháng 11 năm 2014", "2014-11"),
        ("tháng 11/2014", "2014-11"),
    ],
)
def test_a_day_in_words_is_read_as_papers_have_it(written: str, kept: str) -> None:
    assert as_kept(written, rule("document", "issuedDate")) == kept


@pytest.mark.parametrize(
    "written",
    [
        "ngày 31 tháng 2 năm 2014",
        "ngày 24 năm 2014",
        "24 tháng 11",
        "sau ngày 24 tháng 11 năm 2014",
        "31 tháng 2 năm 2014",
        "ngày 24/11/14",
        "sau ngày 2014",
    ],
)
def test_words_that_are_no_day_stay_as_written(written: str) -> None:
    assert as_kept(written, rule("document", "issuedDate")) == written
    assert not is_date(written)


@pytest.mark.parametrize("written", ["31/02/2025", "32/1/2025", "hôm qua", "1/13/2025", "20250101"])
def test_what_is_no_date_stays_as_written_and_is_none(written: str) -> None:
    assert date_as_iso(written) == written
    assert not is_date(written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1/7/2025 8:30", "2025-07-01T08:30:00+07:00"),
        ("2025-07-01T08:30:15", "2025-07-01T08:30:15+07:00"),
        ("2025-07-01T01:30:15Z", "2025-07-01T01:30:15Z"),
        ("01/07/2025", "2025-07-01"),
    ],
)
def test_a_moment_without_a_zone_is_vietnamese_time(written: str, kept: str) -> None:
    assert as_kept(written, rule("document", "sentAt")) == kept
    assert is_moment(kept)


@pytest.mark.parametrize(
    ("field", "written", "kept"),
    [
        ("maintenance", "20 năm", "05"),
        ("maintenance", "5", "05"),
        ("maintenance", "Vĩnh viễn", "01"),
        ("language", "Tiếng Việt; Tiếng Anh", "01;02"),
        ("mode", "công khai", "01"),
        ("maintenance", "15 năm", "15 năm"),
        ("title", "  Hồ sơ ", "Hồ sơ"),
        ("title", "\u200b\u00a0Hồ sơ\ufeff ", "Hồ sơ"),
        ("startDate", "2025-04-12 00:00:00", "2025-04-12"),
        ("startDate", "2025-04-12T17:00:00Z", "2025-04-12T17:00:00Z"),
        ("startDate", "12/04/2025 0:00", "2025-04-12"),
        ("startDate", "2025-04-12 08:30:00", "2025-04-12"),
        ("title", "Hồ\x0b sơ\x00\ud800", "Hồ sơ"),
    ],
)
def test_labels_become_codes_and_the_rest_stays(field: str, written: str, kept: str) -> None:
    assert as_kept(written, rule("case-file", field)) == kept


@pytest.mark.parametrize("written", ["03", "3", "Mật", "MẬT", " tối  mật ", "Tuyệt mật"])
def test_every_degree_of_secrecy_is_seen(written: str) -> None:
    assert is_secret(written)


@pytest.mark.parametrize("written", ["", "01", "Công khai", "Sử dụng có điều kiện", "có mặt"])
def test_what_is_not_secret_is_not_taken_for_it(written: str) -> None:
    assert not is_secret(written)
