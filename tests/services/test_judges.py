"""The judges judge: each says no to what is wrong, and a missing one is told."""

import socket
import zipfile
from pathlib import Path

import pytest
import typst

from tests.conftest import ForeignNetworkError
from tests.services import tools
from tests.services.install import Part, ToolMissingError, ensure, installed


@pytest.fixture
def page(tmp_path: Path) -> Path:
    source = tmp_path / "page.typ"
    source.write_text('#set document(title: "Trang")\nHồ sơ', "utf-8")
    return source


def test_verapdf_answers_for_every_file_in_its_order(page: Path, tmp_path: Path) -> None:
    good, plain, broken = (tmp_path / f"{name} ú.pdf" for name in ("good", "plain", "broken"))
    typst.compile(str(page), output=str(good), pdf_standards="a-2b")
    typst.compile(str(page), output=str(plain))
    broken.write_bytes(good.read_bytes()[:300])

    verdicts = tools.verapdf([plain, good, broken, tmp_path / "absent.pdf"])

    assert [verdict.passed for verdict in verdicts] == [False, True, False, False]
    assert verdicts[1].flavour == "2b"
    assert "6." in verdicts[0].details


def test_commons_ip_reports_an_empty_package_as_invalid(tmp_path: Path) -> None:
    package = tmp_path / "package.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("package/note.txt", "not a package")
    report = tools.commons_ip(package)
    assert report["summary"]["result"] == "INVALID"


def test_ocfl_py_refuses_a_folder_that_is_no_object(tmp_path: Path) -> None:
    valid, words = tools.ocfl_validate(tmp_path)
    assert not valid
    assert "no 0= declaration" in words


def test_bagit_refuses_a_folder_that_is_no_bag(tmp_path: Path) -> None:
    valid, words = tools.bag_validate(tmp_path)
    assert not valid
    assert "bagit.txt" in words


def test_a_half_done_installation_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_TOOLS", str(tmp_path))

    def fails(folder: Path, version: str) -> None:
        (folder / "half.jar").write_bytes(b"half")
        raise ToolMissingError("the line broke")

    part = Part("judge", "1", fails)
    with pytest.raises(ToolMissingError):
        ensure(part)
    assert installed(part) is None
    assert [entry.name for entry in tmp_path.iterdir()] == [".lock"]


def test_a_new_version_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_TOOLS", str(tmp_path))

    def fill(folder: Path, version: str) -> None:
        (folder / f"judge-{version}.jar").touch()

    ensure(Part("judge", "1", fill))
    folder = ensure(Part("judge", "2", fill))
    assert sorted(path.name for path in folder.glob("*.jar")) == ["judge-2.jar"]
    assert installed(Part("judge", "1", fill)) is None


def test_no_test_reaches_another_machine() -> None:
    with pytest.raises(ForeignNetworkError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 9))
    with pytest.raises(ForeignNetworkError):
        socket.getaddrinfo("example.org", 80)
