"""Queries with the name of a place that was merged, under its other name."""

import csv
import tomllib

import pytest

from archive_service.law import CONFIG
from search.written.merged_places import renamed


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("cầu Hà Nam năm:2019", ['cầu "Ninh Bình" năm:2019']),
        ("UBND tỉnh Hà Nam", ['UBND "tỉnh Ninh Bình"']),
        ("UBND tinh ha nam", ['UBND "tỉnh Ninh Bình"']),
        ("tỉnh Ninh Bình", ['"tỉnh Hà Nam"', '"tỉnh Nam Định"']),
        ("TP.HCM", ['"Bà Rịa - Vũng Tàu"', '"Bình Dương"']),
        ('"thành phố Hải Phòng" OR cầu', ['"tỉnh Hải Dương" OR cầu']),
        ("UBND thành phố Nam Định", []),  # a city of the province
        ("TP Thái Nguyên", []),
        ("xã Hòa Bình", []),
        ("đường Thái Bình", []),
        ("Nguyễn Hòa Bình", []),
        ("nguyễn thị hà giang", []),
        ("công viên Bình Dương", ["công viên Thành phố Hồ Chí Minh"]),
        ("châu Á - Thái Bình Dương", []),
        ("tỉnh Hà Nam Ninh", []),
        ("bảo vệ hòa bình", []),
        ("bảo vệ Hòa Bình", ['bảo vệ "Phú Thọ"']),
        ("tỉnh hòa bình", ['"tỉnh Phú Thọ"']),
        ("hạ năm", []),
        ("cầu tỉnh Bình Dương", ["cầu Thành phố Hồ Chí Minh"]),
        ("Hà, Nẵng", []),
        ("", []),
    ],
)
def test_the_other_names_stand_in_its_place(typed: str, others: list[str]) -> None:
    assert [it.text for it in renamed(typed)] == others


def test_the_list_agrees_with_the_codes_of_the_provinces() -> None:
    groups = tomllib.loads((CONFIG / "search" / "merged_places.toml").read_text(encoding="utf-8"))
    listed = {(old, group["into"]) for group in groups["merged"] for old in group["from"]}
    with (CONFIG / "agencies" / "provinces_2025.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["code"].startswith("H")]
    names = {row["code"]: row["name"].removeprefix("UBND tỉnh ") for row in rows}
    merged = {(names[row["code"]], names[row["successor"]]) for row in rows if row["successor"]}
    cities = {"Cần Thơ", "Hải Phòng", "Đà Nẵng"}
    assert merged == {
        (old, f"UBND thành phố {new}" if new in cities else _city(new)) for old, new in listed
    }


def _city(name: str) -> str:
    return name.replace("Thành phố", "UBND thành phố")
