"""The benches run, compare like with like, and show that memory does not grow with a file."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archive_service import messages
from archive_service.bench import destroy, fixity, ingest, memory, retention, station
from archive_service.bench.home import BenchFolderEmptyError
from archive_service.bench.material import make_case_files, write_pdf
from archive_service.formats.pdf.facts import PdfCondition, read_pdf

CONTRACT = {"name", "machine", "ours", "reference", "ratio", "runs"}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder of a case file with two PDFs."""
    make_case_files(tmp_path / "from", count=1, files=2, file_bytes=1 << 20)
    return tmp_path / "from"


def test_a_made_pdf_is_sound_and_as_large_as_asked(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", 3 << 20, seed=1)
    facts = read_pdf(tmp_path / "a.pdf")
    assert (facts.condition, facts.pages) == (PdfCondition.GOOD, 3)
    assert 0 <= (tmp_path / "a.pdf").stat().st_size - (3 << 20) < 10_000


def test_fixity_is_compared_with_reading_the_same_files(small: Path) -> None:
    document = fixity.run(small, runs=1)
    assert document.keys() >= CONTRACT
    assert document["files"] > 2
    assert document["size_bytes"] > 2 << 20


@pytest.mark.long
def test_a_destroyed_list_is_compared_with_a_bare_removal() -> None:
    document = destroy.run(cases=10)
    assert document.keys() >= CONTRACT
    assert document["case_files"] == 10
    assert document["files_each"] > 20


def test_what_is_due_and_a_trial_are_compared_with_one_bare_pass() -> None:
    document = retention.run(400, apart=False)
    assert document.keys() >= CONTRACT
    found = {name: step["rows"] for name, step in document["runs"].items()}
    assert found == {"bare": 400, "calendar": 400, "sweep": 20, "sweep_again": 20, "what_if": 190}


@pytest.mark.long
def test_every_page_that_a_station_sends_arrives_once_while_pages_are_asked_for() -> None:
    document = station.run(4, per_minute=240, batch=2, rest_s=1.0)
    assert document.keys() >= CONTRACT
    assert (document["arrived"], document["lost"], document["doubled"]) == (8, 0, 0)
    assert document["refused"] == 0
    assert document["asked"]["ours"] >= 4


@pytest.mark.parametrize("name", ["empty", "absent"])
@pytest.mark.parametrize("bench", [ingest.run, fixity.run])
def test_a_folder_without_submissions_is_refused_in_words(
    tmp_path: Path, name: str, bench: Callable[[Path], object]
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BenchFolderEmptyError) as refused:
        bench(tmp_path / name)
    said = messages.error(refused.value.code, "en", refused.value.facts).message
    assert said == f"There is no folder {tmp_path / name}, or it holds no submission folder."


@pytest.mark.long
def test_ingest_is_compared_with_copying_the_same_files(small: Path, tmp_path: Path) -> None:
    told = subprocess.run(
        [
            *(sys.executable, "-m", "archive_service.main", "bench", "ingest"),
            *("--from", str(small), "--runs", "1", "--json"),
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"ARCHIVE_HOME": str(tmp_path / "unused")},
        check=True,
    )
    document = json.loads(told.stdout)
    assert document.keys() >= CONTRACT
    assert (document["case_files"], document["files"], document["copies"]) == (1, 3, 1)
    assert document["size_bytes"] > 2 << 20
    assert document["ratio"] > 0
    assert [path.name for path in small.parent.iterdir()] == ["from"]  # no home is left


@pytest.mark.long
def test_no_process_grows_with_a_large_file(tmp_path: Path) -> None:
    """200 MB go through; the figure for 2 GB is that of ``archive bench memory``."""
    document = memory.run(200 << 20, folder=tmp_path)
    steps = document["ours"]["steps"]
    assert steps.keys() == {"submit", "work", "fixity", "range"}
    for peaks in steps.values():
        assert 20 < peaks["own_mib"] < memory.OWN_LIMIT_MIB
        assert peaks["child_mib"] < memory.CHILD_LIMIT_MIB
