"""The list of a whole holding as a spreadsheet program opens it."""

import csv
from pathlib import Path

import pytest

from archive_service.recovery.export.holding_list import CATALOGUE, HoldingLists, ListedCase


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_of_the_catalogue_is_a_formula(tmp_path: Path, start: str) -> None:
    (tmp_path / "made").mkdir()
    lists = HoldingLists(tmp_path, tmp_path / "made", "Toàn bộ", "vi")
    formula = f"{start}HYPERLINK(1)"
    day = "2025-01-01"
    lists.add(
        ListedCase(
            "H40.18.2025.08.QLCT", formula, "H40.18", 2025, day, day, "stored", 1, "urn:uuid:1",
            left_out=formula, said=formula,
        )
    )  # fmt: skip
    lists.finish({})
    lists.close()
    with (tmp_path / CATALOGUE).open(encoding="utf-8-sig", newline="") as out:
        (row,) = csv.DictReader(out)
    assert {row[name] for name in ("title", "left_out", "said")} == {f"'{formula}"}
    assert row["year"] == "2025"
