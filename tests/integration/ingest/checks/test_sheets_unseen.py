"""What a reader of a workbook does not see, and what nobody can read of it, is told at the desk."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from archive_service.services import Services
from tests.integration.ingest.checks.findings_told import told
from tests.worlds.archive import new_home, open_home
from tests.worlds.papers import office_files


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("sheets") / "home")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("state", "codes"),
    [("hidden", ["office-sheet-hidden"]), ("veryHidden", ["office-sheet-very-hidden"])],
)
def test_hidden_sheets_are_told(
    services: Services, tmp_path: Path, state: str, codes: list[str]
) -> None:
    path = office_files.xlsx(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Số liệu thật").sheet_state = state
    book.save(path)
    assert told(services, path) == codes


@pytest.mark.parametrize(
    ("formula", "codes"),
    [
        ('=IF(Z9="y","MẬT","")', ["office-formula-may-mark"]),
        ('=IF(Z9="y","có","không")', ["office-formula-unkept"]),
        ("=SUM(A1:A9)", []),
    ],
)
def test_words_of_formulas_that_are_not_in_the_file_are_told(
    services: Services, tmp_path: Path, formula: str, codes: list[str]
) -> None:
    path = office_files.xlsx(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["Y1"] = formula
    book.save(path)
    assert told(services, path) == codes
