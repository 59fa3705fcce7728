"""Disks of a transfer by commands and REST: sizes, locks, and where each one is."""

import re
import subprocess
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from archive_service.app import create_app
from archive_service.cli.errors import Exit
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.transfer.replies import agreed, packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def row(two: TwoArchives, tmp_path: Path) -> UUID:
    """A register that the other archive takes."""
    return agreed(two, tmp_path, *BOTH)


@pytest.fixture
def home(two: TwoArchives, row: UUID) -> Path:
    """Of the giver, who has gone that way."""
    return two.giver.settings.home


def test_commands_split_write_and_tell_where_disks_are(
    home: Path, row: UUID, tmp_path: Path
) -> None:
    archive, out, disk = Command(home), tmp_path / "out", tmp_path / "disk"
    told = archive.ask(
        "transfer", "build", row, "--to", out, "--medium-size", "1,5 MB", "--bag", account="lan"
    )
    assert (told["state"], told["media"]) == ("built", 1)
    assert all(entry["file"].endswith(".bag.zip") for entry in told["items"])
    label = ("--label", "NL-01", "--place", "Xe công văn")
    media = archive.ask("transfer", "send", row, "--to", disk, *label, account="lan")
    assert (media["state"], media["media"][0]["state"]) == ("sent", "written")
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=disk, check=True)
    media = archive.ask("transfer", "media", row, "--place", "1=Kho bên nhận", account="lan")
    (medium,) = media["media"]
    assert (medium["label"], medium["place"]) == ("NL-01", "Kho bên nhận")
    wide = Command(home, settings={"COLUMNS": "240"})
    shown = wide.run("transfer", "media", row, account="lan")
    assert "Đã ghi ra đĩa" in shown.stdout
    assert "Kho bên nhận" in shown.stdout
    phrase = tmp_path / "phrase"
    phrase.write_text("một mật khẩu đủ dài\n", "utf-8")
    sealed = tmp_path / "sealed"
    archive.ask("transfer", "send", row, "--to", sealed, "--passphrase-file", phrase, account="lan")
    assert (sealed / "key.age").is_file()
    assert not (sealed / "manifest.xml").exists()


def test_what_cannot_be_is_told_by_exit_code_and_error(
    home: Path, row: UUID, tmp_path: Path
) -> None:
    archive, out = Command(home), tmp_path / "out"

    def refused(*command: object) -> tuple[int, str]:
        run = archive.run("transfer", *command, "--json", account="lan")
        return run.code, run.error["code"]

    build, send = ("build", row, "--to", out), ("send", row, "--to", tmp_path / "disk")
    assert refused(*build, "--medium-size", "to") == (Exit.INPUT, "command-usage")
    assert refused(*build, "--medium-size", "1K") == (Exit.INPUT, "transfer-medium-small")
    small = archive.run("transfer", *build, "--medium-size", "1K", account="lan")
    assert "chỉ còn 0 byte" in small.stderr
    assert re.search(r"còn thiếu [1-9][\d.]{5,6} byte", small.stderr), (
        "lists and papers have half a MiB"
    )
    assert refused(*send) == (Exit.CONFLICT, "transfer-state")
    archive.ask("transfer", "build", row, "--to", tmp_path / "built", account="lan")
    key = tmp_path / "key"
    key.write_text("x")
    both = ("--encrypt-to", key, "--passphrase-file", key)
    assert refused(*send, *both) == (Exit.INPUT, "command-usage")
    assert refused(*send, "--encrypt-to", key) == (Exit.INPUT, "transfer-lock")
    assert refused(*send, "--medium", 2) == (Exit.NOT_FOUND, "transfer-medium-unknown")
    assert refused("send", row, "--to", tmp_path / "a" / "b") == (
        Exit.BACKEND,
        "transfer-disk-away",
    )
    assert refused("media", row, "--place", "một=Két") == (Exit.INPUT, "command-usage")
    (tmp_path / "disk").mkdir(exist_ok=True)
    (tmp_path / "disk" / "x").touch()
    assert refused(*send) == (Exit.INPUT, "transfer-disk-other")
    (package, *_) = (tmp_path / "built" / "packages").iterdir()
    package.write_bytes(b"x")
    (tmp_path / "disk" / "x").unlink()
    assert refused(*send) == (Exit.INTEGRITY, "transfer-built-damaged")


def test_programs_read_media_and_note_a_place(two: TwoArchives, tmp_path: Path) -> None:
    row, services = packed(two, tmp_path, *BOTH), two.giver
    lan = program_of(create_app(services), services, "lan")
    (medium,) = lan.get(f"/transfers/{row}/media").get_json()["media"]
    assert (medium["state"], medium["packages"], medium["written_at"]) == ("built", 2, None)
    noted = lan.post(f"/transfers/{row}/media/1/place", json={"place": "Két số 3"})
    assert noted.get_json()["media"][0]["place"] == "Két số 3"
    for path, body, status, code in (
        ("media/2/place", {"place": "Két"}, 404, "transfer-medium-unknown"),
        ("media/1/place", {"place": " "}, 422, "transfer-words"),
    ):
        answer = lan.post(f"/transfers/{row}/{path}", json=body)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert lan.get(f"/transfers/{uuid4()}/media").status_code == 404
    bach = program_of(create_app(services), services, "bach")
    assert bach.post(f"/transfers/{row}/media/1/place", json={"place": "Két"}).status_code in (
        403,
        404,
    )
