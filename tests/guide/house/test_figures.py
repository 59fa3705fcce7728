"""The figures of `make house` are those of a tree that is small enough to count by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.guide.house.changes import CHECK, COLUMN, FIELD, FIELDS, check_files, naming
from tests.guide.house.rooms import circles, room_of
from tests.guide.sources import ROOT

FOLDERS = {
    *("archive_service", "archive_service.keeping", "archive_service.keeping.copies"),
    *("retention", "retention.transfer", "retention.transfer.pages"),
}
TREE = {
    "pyproject.toml": """
        [[tool.importlinter.contracts]]
        id = "order"
        ignore_imports = ["retention.transfer.acts -> ingest.checks.recordings"]
    """,
    "archive_service/clock.py": "def now(): ...",
    "ingest/checks/recordings.py": """
        CODE = "too-long"
        def check(): return CODE
    """,
    "ingest/check.py": """
        from ingest.checks import recordings
        def check():
            return recordings
    """,
    "retention/transfer/acts.py": """
        from typing import TYPE_CHECKING
        from archive_service import clock
        from ingest.checks import recordings
        from retention.transfer import rules
        if TYPE_CHECKING:
            from retention.terms import terms
    """,
    "retention/transfer/rules.py": '''
        """Says nothing of wanted_on."""
        wanted_on = None
    ''',
    "retention/terms/terms.py": "from retention.transfer import acts",
    "retention/transfer/pages.py": "from retention.terms import terms",
    "retention/transfer/templates/transfer.html": "{# wanted_on #} {{ impossible }}",
    "archive_service/db/migrations/versions/0001_first.py": "COLUMNS = 'transfer.wanted_on'",
    "config/messages/vi/checks.toml": """
        [findings.too-long]
        [pages.transfer]
        wanted_on = "x"
    """,
    "tests/test_all.py": "def test_a(): ...\ndef test_b():\n    assert True\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = text.strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip())
        file.write_text("".join(f"{line[indent:]}\n" for line in lines).rstrip() + "\n", "utf-8")
        if file.suffix == ".py":
            for folder in file.relative_to(tmp_path).parents:
                (tmp_path / folder / "__init__.py").touch()
    return tmp_path


def test_a_small_tree_is_counted(checkout: Path) -> None:
    (checkout / "var").mkdir()
    (checkout / "var" / "house-times.json").write_text('{"make test": 7}', "utf-8")
    command = [sys.executable, "-m", "tests.guide.house", "--root", str(checkout)]
    counted = subprocess.run([*command, "--json"], cwd=ROOT, check=True, capture_output=True)
    found: dict[str, dict[str, Any]] = json.loads(counted.stdout)
    product = {name: row["product"] for name, row in found.items()}
    assert product["modules"] == 7
    assert product["most modules in a folder"] == "3 in retention/transfer"
    assert product["functions"] == 3
    assert product["lines of a function, longest"] == "2 in check"
    assert product["lines of templates"] == 1
    assert found["lines of Python"]["tests"] == 3
    assert product["imports that stay in their room"] == 1
    assert product["imports from a room to a floor"] == 1
    assert product["imports from a room to another room"] == 4
    assert product["imports against the order"] == 1
    assert product["circles of modules"] == "0"
    assert product["circles of rooms"] == "1, of 2"
    assert product["circles of rooms behind their doors"] == "0"
    assert product["seconds of make test"] == 7
    table = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert [line for line in table.splitlines() if line.split() == ["modules", "7", "1"]]


def test_a_change_is_counted_where_its_name_stands(checkout: Path) -> None:
    assert naming(checkout, FIELD) == {
        "retention/transfer/rules.py",
        "archive_service/db/migrations/versions/0001_first.py",
        "config/messages/vi/checks.toml",
    }
    assert naming(checkout, COLUMN) == {"retention/transfer/templates/transfer.html"}
    assert check_files(checkout, CHECK) == {
        *("ingest/checks/recordings.py", "ingest/check.py", "retention/transfer/acts.py"),
        "config/messages/vi/checks.toml",
    }


def test_the_samples_are_there() -> None:
    assert all(len(naming(ROOT, field)) > 2 for field in FIELDS.values())
    assert len(naming(ROOT, COLUMN)) > 2
    assert len(check_files(ROOT, CHECK)) > 2


def test_what_lies_deeper_belongs_to_the_room_above() -> None:
    assert room_of("retention.transfer.pages.transfer", FOLDERS) == "retention.transfer"
    assert (
        room_of("archive_service.keeping.copies.acts", FOLDERS) == "archive_service.keeping.copies"
    )
    assert room_of("archive_service.keeping.publishing", FOLDERS) == "archive_service.keeping"
    assert room_of("archive_service.clock", FOLDERS) == "archive_service.clock"


def test_a_circle_is_found_with_its_detours() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set(), "e": {"a"}, "f": {"f"}}
    assert circles(graph) == [["a", "b", "c"]]
