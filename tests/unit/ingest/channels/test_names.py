"""Names as they were sent."""

import pytest

from ingest.channels.names import safe_name, wrapping_folder


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["Hồ sơ/a.pdf", "Hồ sơ/b/c.pdf"], "Hồ sơ/"),
        (["Hồ sơ/a.pdf", "b.pdf"], ""),
        (["a/b.pdf", "c/d.pdf"], ""),
        (["a.pdf"], ""),
        ([], ""),
    ],
)
def test_only_a_folder_that_holds_everything_is_taken_off(paths: list[str], folder: str) -> None:
    assert wrapping_folder(paths) == folder


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("/a.pdf", "name-absolute"),
        ("C:\\a.pdf", "name-absolute"),
        ("c:/a.pdf", "name-absolute"),
        ("a:b.pdf", "name-like-drive"),
    ],
)
def test_a_name_that_leads_away_says_how(name: str, code: str) -> None:
    safe = safe_name(name)
    assert (safe.path, [found.code for found in safe.findings]) == (None, [code])


@pytest.mark.parametrize(
    "name",
    [
        "Hồ sơ/.~lock.Danh sách.xlsx#",
        "~$Danh sách.xlsx",
        "~WRL0001.tmp",
        "Icon\r",
        ".directory",
        "@eaDir/a.pdf@SynoEAStream",
        "System Volume Information/WPSettings.dat",
        "$RECYCLE.BIN/S-1-5-21/a.pdf",
        ".Trash-1000/files/a.pdf",
        ".Trashes/501/a.pdf",
        "Hồ sơ/.AppleDouble/a.pdf",
        "__MACOSX/a.pdf",
    ],
)
def test_what_programs_leave_beside_the_files_is_left_out(name: str) -> None:
    safe = safe_name(name)
    assert (safe.path, [found.code for found in safe.findings]) == (None, ["system-file-left-out"])


@pytest.mark.parametrize(
    "name", ["Icon.pdf", "Thumbs.db.pdf", "lock.a.xlsx#", "directory", "a@eaDir"]
)
def test_what_only_resembles_it_is_kept(name: str) -> None:
    assert safe_name(name).path == name


@pytest.mark.parametrize("mark", ["\u202e", "\u2067"])
def test_a_name_whose_letters_are_turned_around_is_told_as_it_is(mark: str) -> None:
    safe = safe_name(f"a{mark}fdp.exe")
    assert safe.path == f"a{mark}fdp.exe"
    (found,) = safe.findings
    assert (found.code, found.facts) == (
        "name-turned",
        {"name": f"a<U+{ord(mark):04X}>fdp.exe"},
    )
