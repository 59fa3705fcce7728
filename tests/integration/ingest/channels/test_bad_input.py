"""What must be met with a clear finding or error, and nothing half-done, at the real door."""

import io
import os
import subprocess
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from archive_service import messages
from archive_service.domain.intake.finding import Severity
from archive_service.errors import ArchiveError, InputError
from archive_service.formats.workbook import SheetUnreadableError
from archive_service.storage.port import StoreFullError
from archive_service.storage.staging import FolderStaging
from ingest.channels.folder import FileUnreadableError
from ingest.channels.opening import open_parcel
from ingest.channels.parcel import (
    FileTooLargeError,
    NameTooLongError,
    NothingSentError,
    ParcelNotFoundError,
    SubmissionTooLargeError,
    TooManyFilesError,
)
from ingest.channels.spreadsheet import (
    SheetEmptyError,
    SheetMissingError,
    SheetNotFoundError,
    SheetOtherFormatError,
)
from ingest.channels.zip_file import (
    ZipBombError,
    ZipDamagedError,
    ZipEncryptedError,
    ZipWithoutFilesError,
)
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    write_pdf,
    write_sheet,
)
from tests.worlds.papers import bad_input


def refused(door: Door, source: Path, kind: type[ArchiveError]) -> ArchiveError:
    """It is refused, and nothing of it is left anywhere."""
    with pytest.raises(kind) as caught:
        door.receive(source)
    assert door.submissions() == []
    assert door.events() == []
    assert door.staged() == set()
    return caught.value


def one_case(folder: Path, files: str = "a.pdf") -> Path:
    for name in files.split(";"):
        write_pdf(folder / name)
    write_sheet(folder / "x.xlsx", [case_row()], [document_row(files)])
    return folder


def packed(target: Path, folder: Path) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        archive.write(file, file.relative_to(folder).as_posix())
    return archive


def test_a_zip_bomb_is_refused_by_what_it_announces(door: Door, tmp_path: Path) -> None:
    bomb = bad_input.zip_bomb(tmp_path / "bomb.zip", unpacked_bytes=32 << 20)
    assert refused(door, bomb, ZipBombError).facts["name"] == "02 Phụ lục.pdf"


def test_a_zip_bomb_that_lies_about_its_size_is_stopped_while_reading(
    door: Door, tmp_path: Path
) -> None:
    folder = one_case(tmp_path / "case")
    (folder / "a.pdf").write_bytes(bytes(32 << 20))
    packed(tmp_path / "liar.zip", folder).close()
    content = (tmp_path / "liar.zip").read_bytes()
    honest, lie = (size.to_bytes(4, "little") for size in (32 << 20, 4096))
    (tmp_path / "liar.zip").write_bytes(content.replace(honest, lie))
    refused(door, tmp_path / "liar.zip", InputError)


def test_names_that_would_leave_the_folder_are_told_and_left_out(
    door: Door, tmp_path: Path
) -> None:
    submission = door.checked(bad_input.zip_with_escaping_names(tmp_path / "x.zip"))
    assert submission.worst == "error"
    assert [c for c in codes(submission, Severity.ERROR) if c.startswith(("name", "not-a"))] == [
        "name-outside",
        "name-outside",
        "name-absolute",
        "name-absolute",
        "not-a-plain-file",
    ]
    assert [file.path for file in submission.named_files()] == [bad_input.FILE]
    assert not {path.name for path in tmp_path.rglob("*")} & {"ngoai.txt", "o-dia.txt"}
    assert not Path("/tmp/tuyet-doi.txt").exists()


def test_a_truncated_pdf_is_an_error(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    content = write_pdf(folder / "a.pdf", pages=40).read_bytes()
    (folder / "a.pdf").write_bytes(content[: len(content) // 2])
    assert "pdf-truncated" in codes(door.checked(folder), Severity.ERROR)


def test_content_that_nothing_knows_and_a_name_without_ending_are_told_as_such(
    door: Door, tmp_path: Path
) -> None:
    folder = one_case(tmp_path / "case", files="a.pdf.;ảnh.tif")
    (folder / "ảnh.tif").write_bytes(b"no picture")
    submission = door.checked(folder)
    told = {row.code: row for row in submission.findings if row.code.startswith("format")}
    assert set(told) == {"format-no-ending", "format-content-unknown"}
    assert (told["format-no-ending"].place, told["format-content-unknown"].place) == (
        "a.pdf.",
        "ảnh.tif",
    )
    assert "PDF" in str(told["format-no-ending"].facts["found"])
    assert told["format-content-unknown"].facts == {"extension": "tif"}


def test_formulas_are_refused_by_cell(door: Door, tmp_path: Path) -> None:
    submission = door.checked(bad_input.sheet_with_formulas(tmp_path / "case"))
    formulas = [row for row in submission.findings if row.code == "formula-cell"]
    assert [(row.facts["sheet"], row.severity) for row in formulas] == [
        ("Hồ sơ", Severity.ERROR),
        ("Văn bản", Severity.ERROR),
    ]
    assert [row.facts["cell"][-1] for row in formulas] == ["2", "2"]
    missing = {row.place for row in submission.findings if row.code == "field-missing"}
    assert missing & {row.place for row in formulas} == set()  # one fault is told once
    assert submission.title == ""


def test_a_cell_that_holds_an_error_of_the_workbook_is_told_by_cell(
    door: Door, tmp_path: Path
) -> None:
    folder = one_case(tmp_path / "case")
    sheet = next(folder.glob("*.xlsx"))
    book = openpyxl.load_workbook(sheet)
    heads = [cell.value for cell in book["Văn bản"][1]]
    cell = book["Văn bản"].cell(2, heads.index("subject") + 1)
    cell.value, cell.data_type = "#REF!", "e"
    book.save(sheet)
    wrong = finding(door.checked(folder), "error-cell")
    assert (wrong.severity, wrong.facts["cell"]) == (Severity.ERROR, cell.coordinate)
    assert wrong.place == "Văn bản, dòng 2, subject"


def test_decomposed_names_are_kept_composed_and_told(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    name = "Biên bản bàn giao.pdf"
    write_pdf(folder / unicodedata.normalize("NFD", name))
    write_sheet(folder / "x.xlsx", [case_row()], [document_row(name)])
    submission = door.checked(folder)
    assert codes(submission, Severity.ERROR) == []
    assert finding(submission, "name-nfd").severity is Severity.INFO
    assert [file.path for file in submission.named_files()] == [name]


def test_a_name_of_255_bytes_comes_through_unharmed(door: Door, tmp_path: Path) -> None:
    name = "ế" * 83 + "xy.pdf"
    assert len(name.encode()) == 255
    submission = door.checked(one_case(tmp_path / "case", name))
    assert codes(submission, Severity.ERROR) == []
    assert [file.path for file in submission.named_files()] == [name]
    assert submission.case_file().documents[0].files[0].path == name


def test_a_longer_name_in_a_zip_is_refused(door: Door, tmp_path: Path) -> None:
    with packed(tmp_path / "x.zip", one_case(tmp_path / "case")) as archive:
        archive.writestr("ế" * 84 + "xyz.pdf", "x")
    assert refused(door, tmp_path / "x.zip", NameTooLongError).facts["size"] == 259


def test_an_empty_file_is_an_error(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    (folder / "a.pdf").write_bytes(b"")
    assert finding(door.checked(folder), "file-empty").place == "a.pdf"


def test_a_missing_file_is_an_error(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    (folder / "a.pdf").unlink()
    assert finding(door.checked(folder), "file-missing").place == "a.pdf"


def test_a_file_that_goes_away_while_it_is_submitted_is_named(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case", "a.pdf;b.pdf")
    with open_parcel(folder, door.limits) as parcel:
        (folder / "b.pdf").unlink()
        with pytest.raises(FileUnreadableError) as caught:
            door.receive(parcel)
    assert caught.value.facts["name"] == "b.pdf"
    assert door.staged() == set()


def test_links_are_not_followed(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    (folder / "a.pdf").unlink()
    (folder / "a.pdf").symlink_to("/etc/hostname")
    (folder / "ngoài").symlink_to("/etc")
    submission = door.checked(folder)
    assert codes(submission).count("not-a-plain-file") == 2
    assert submission.named_files() == []


def test_a_name_that_is_not_unicode_is_told(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    (folder / os.fsdecode(b"b\xe9.pdf")).write_bytes(b"x")
    assert finding(door.checked(folder), "name-not-utf8").severity is Severity.ERROR


def test_names_in_utf8_that_lack_their_flag_are_read_as_utf8(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case", "Biên bản.pdf")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in folder.iterdir():
            archive.writestr(file.name, file.read_bytes())
    unflagged = bytearray(buffer.getvalue())
    for signature, at in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):  # high byte of the flags
        start = unflagged.find(signature)
        while start >= 0:
            unflagged[start + at] &= ~0x08
            start = unflagged.find(signature, start + 4)
    (tmp_path / "x.zip").write_bytes(unflagged)
    submission = door.checked(tmp_path / "x.zip")
    assert codes(submission, Severity.ERROR) == []
    assert [file.path for file in submission.named_files()] == ["Biên bản.pdf"]


def test_locked_entries_of_a_zip_are_told(door: Door, tmp_path: Path) -> None:
    packed(tmp_path / "x.zip", one_case(tmp_path / "case")).close()
    content = bytearray((tmp_path / "x.zip").read_bytes())
    content[6] |= 1  # the local header of a.pdf, then its entry in the list
    content[content.find(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(content)
    submission = door.checked(tmp_path / "x.zip")
    assert finding(submission, "zip-entry-encrypted").place == "a.pdf"
    assert "file-missing" in codes(submission)


def test_a_zip_that_is_locked_whole_is_called_locked(door: Door, tmp_path: Path) -> None:
    packed(tmp_path / "x.zip", one_case(tmp_path / "case")).close()
    content = bytearray((tmp_path / "x.zip").read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        while start >= 0:
            content[start + flags] |= 1
            start = content.find(signature, start + 4)
    (tmp_path / "x.zip").write_bytes(content)
    error = refused(door, tmp_path / "x.zip", ZipEncryptedError)
    assert "ZIP có mật khẩu" in messages.error(error.code, "vi", error.facts).message


def test_a_zip_of_which_nothing_can_be_taken_says_why(door: Door, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../x.xlsx", "")
        archive.writestr(".DS_Store", "")
    error = refused(door, tmp_path / "x.zip", ZipWithoutFilesError)
    assert error.facts["names"] == ["../x.xlsx", ".DS_Store"]


def test_a_damaged_zip_is_refused_whole(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case", "a.pdf;b.pdf")
    packed(tmp_path / "x.zip", folder).close()
    content = bytearray((tmp_path / "x.zip").read_bytes())
    start = content.find(b"b.pdf") + 40
    content[start : start + 20] = bytes(20)
    (tmp_path / "x.zip").write_bytes(content)
    refused(door, tmp_path / "x.zip", ZipDamagedError)
    (tmp_path / "y.zip").write_bytes(content[:100])
    refused(door, tmp_path / "y.zip", ZipDamagedError)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_bytes_of_any_way_of_packing_are_refused_in_words(
    door: Door, tmp_path: Path, method: int
) -> None:
    folder = one_case(tmp_path / "case")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(folder / "x.xlsx", "x.xlsx")
        archive.write(folder / "a.pdf", "a.pdf", compress_type=method)
        start = archive.getinfo("a.pdf").header_offset + 30 + len("a.pdf")
    content = bytearray((tmp_path / "x.zip").read_bytes())
    content[start + 9 : start + 200] = b"\xff" * 191
    (tmp_path / "x.zip").write_bytes(content)
    assert refused(door, tmp_path / "x.zip", ZipDamagedError).facts["name"] == "a.pdf"


def test_a_name_that_is_flagged_utf8_and_is_not_is_refused_in_words(
    door: Door, tmp_path: Path
) -> None:
    folder = one_case(tmp_path / "case", "Biên.pdf")
    packed(tmp_path / "x.zip", folder).close()
    content = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(content.replace("ê".encode(), b"\xff\xff"))
    refused(door, tmp_path / "x.zip", ZipDamagedError)


def test_each_limit_is_refused_and_nothing_stays(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case", "a.pdf;b.pdf")
    whole = door.limits
    for changed, kind in (
        ({"file_count": 1}, TooManyFilesError),
        ({"file_bytes": 100}, FileTooLargeError),
        ({"submission_bytes": 1000}, SubmissionTooLargeError),
        ({"name_bytes": 4}, NameTooLongError),
    ):
        door.limits = whole.model_copy(update=changed)
        refused(door, folder, kind)


def test_the_list_of_the_files_is_not_counted_as_one(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case", "a.pdf;b.pdf")
    packed(tmp_path / "x.zip", folder).close()
    door.limits = door.limits.model_copy(update={"file_count": 2})
    for source in (folder, tmp_path / "x.zip"):
        assert len(door.receive(source)) == 1
    more = one_case(tmp_path / "more", "a.pdf;b.pdf;c.pdf")
    packed(tmp_path / "y.zip", more).close()
    for source in (more, tmp_path / "y.zip"):
        with pytest.raises(TooManyFilesError) as caught:
            door.receive(source)
        assert caught.value.facts == {"count": 3, "limit": 2}


def test_a_parcel_without_a_usable_sheet_is_refused_with_what_it_lacks(
    door: Door, tmp_path: Path
) -> None:
    import xlsxwriter

    refused(door, tmp_path / "nothing", ParcelNotFoundError)
    folder = tmp_path / "case"
    folder.mkdir()
    refused(door, folder, NothingSentError)
    write_pdf(folder / "a.pdf")
    refused(door, folder, SheetNotFoundError)
    (folder / "Danh mục.xls").write_bytes(b"old")
    assert refused(door, folder, SheetOtherFormatError).facts == {"name": "Danh mục.xls"}
    (folder / "Hồ sơ.csv").write_bytes(b"fileCode;title")
    assert refused(door, folder, SheetOtherFormatError).facts == {"name": "Hồ sơ.csv"}
    (folder / "x.xlsx").write_bytes(b"no workbook")
    refused(door, folder, SheetUnreadableError)
    with xlsxwriter.Workbook(str(folder / "x.xlsx")) as book:
        book.add_worksheet("Hồ sơ")
    assert refused(door, folder, SheetMissingError).facts["sheet"] == "Văn bản"
    write_sheet(folder / "x.xlsx", [], [document_row("a.pdf")])
    refused(door, folder, SheetEmptyError)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Four MiB of disk of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        if os.environ.get("CI") == "true":
            pytest.fail(f"needed in CI: a small tmpfs: {done.stderr.strip()}")
        pytest.skip(f"no small tmpfs can be mounted: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_fills_up_leaves_nothing_of_the_parcel_and_all_of_the_others(
    door: Door, tmp_path: Path, small_disk: Path
) -> None:
    door.staging = FolderStaging(small_disk / "staging")
    kept = door.checked(one_case(tmp_path / "small"))
    large = one_case(tmp_path / "large", "a.pdf;b.pdf")
    (large / "b.pdf").write_bytes(os.urandom(8 << 20))
    with pytest.raises(StoreFullError):
        door.receive(large)
    assert [submission.id for submission in door.submissions()] == [kept.id]
    assert door.staged() == {file.sha256 for file in kept.files}
    with door.staging.open(kept.files[0].sha256) as staged:
        assert staged.read() == (tmp_path / "small" / "a.pdf").read_bytes()
