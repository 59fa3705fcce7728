"""Vendoring: what npm brought is put in place only if it is what was recorded."""

import shutil
from pathlib import Path

import pytest

from archive_service.static.vendor import (
    DIGESTS,
    MODULES,
    PIECES,
    VendoredFileChangedError,
    VendoredFileMissingError,
    renew,
    vendor,
)


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A copy of what the pieces need of ``node_modules``."""
    if not MODULES.is_dir():
        pytest.fail("node_modules is missing: run make install")
    for piece in PIECES:
        for file, _ in piece.files(MODULES):
            copied = tmp_path / "modules" / file.relative_to(MODULES)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
    return tmp_path / "modules"


def test_the_second_run_finds_everything_in_place(modules: Path, tmp_path: Path) -> None:
    assert vendor(modules, tmp_path / "vendor")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "vendor").rglob("*") if p.is_file()}
    assert not vendor(modules, tmp_path / "vendor")
    assert before == {
        p: p.stat().st_mtime_ns for p in (tmp_path / "vendor").rglob("*") if p.is_file()
    }
    assert b"data:" not in (tmp_path / "vendor/css/bootstrap.min.css").read_bytes()


def test_a_changed_file_stops_it(modules: Path, tmp_path: Path) -> None:
    (modules / "htmx.org/dist/htmx.min.js").write_text("alert(1)")
    with pytest.raises(VendoredFileChangedError):
        vendor(modules, tmp_path / "vendor")
    assert not (tmp_path / "vendor/js/htmx.min.js").exists()


def test_a_file_that_was_never_recorded_stops_it(modules: Path, tmp_path: Path) -> None:
    (modules / "pdfjs-dist/wasm/added.wasm").write_bytes(b"\0asm")
    with pytest.raises(VendoredFileChangedError):
        vendor(modules, tmp_path / "vendor")


def test_without_npm_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(VendoredFileMissingError, match=r"bootstrap\.min\.css"):
        vendor(tmp_path / "none", tmp_path / "vendor")


def test_recording_anew_gives_what_is_committed(modules: Path, tmp_path: Path) -> None:
    renew(modules, tmp_path / "digests")
    assert (tmp_path / "digests").read_text() == DIGESTS.read_text()
