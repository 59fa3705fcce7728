"""Backup and restore by the real command: consistent in use, whole or not at all, judged first."""

import json
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pyrage
import pytest

from archive_service import clock
from archive_service.domain.keeping.backup_run import BackupRun
from archive_service.recovery.backup.set import read_set
from ingest.submissions.acts import submit
from tests.services.servers import PostgreSql
from tests.worlds.archive import open_home, person, small_pdf_case
from tests.worlds.backed_up import OPEN_CODE, STORED_CODE, medium_and_keys, stocked_home
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings

QUESTIONS = (
    ("case", "list"),
    ("case", "show", STORED_CODE),
    ("account", "list"),
    ("agency", "list"),
    ("submission", "list"),
    ("audit", "verify"),
)


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    return Command(stocked_home(tmp_path / "home"))


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """A full backup with packages; its keys lie in ``keys`` beside it."""
    return medium_and_keys(tmp_path)[0]


def told(archive: Command) -> dict[str, Any]:
    answers = {" ".join(question): archive.ask(*question) for question in QUESTIONS}
    events = answers["audit verify"].pop("events")
    answers["audit verify"].pop("segments")
    for step in answers["audit verify"]["steps"]:
        del step["until"]  # the number of an event
    assert events > 5
    return answers


def settled(archive: Command) -> Command:
    archive.ask("work", "--until-empty")
    return archive


def refused(archive: Command, *arguments: object) -> tuple[int, str]:
    answer = archive.run(*arguments, "--json")
    return answer.code, answer.error["code"]


def restored(medium: Path, home: Path, *options: object) -> tuple[Command, dict[str, Any]]:
    archive = Command(home)
    return archive, archive.ask("restore", "--from", medium, *options)


def test_all_comes_back_on_a_bare_home(archive: Command, tmp_path: Path) -> None:
    before = told(archive)
    made = archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    keys = Path(made["keys"]).rename(tmp_path / "keys")
    again, document = restored(tmp_path / "medium", tmp_path / "new", "--keys", keys)
    assert told(settled(again)) == before
    assert document["objects"] == made["objects"] == 1
    assert document["unexpected"] == []
    assert again.run("fixity", "check", "--json").code == 0
    assert [row["media"] for row in events_of(again, "archive:restored")] == [
        str(tmp_path / "medium")
    ]


def test_own_rules_and_roots_of_the_home_come_back(archive: Command, tmp_path: Path) -> None:
    own = ("rule_sets/completeness/land.toml", "trust/root.crt", "trust/second.crt")
    for name in own:
        (archive.home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(archive.home / "keys" / "authority" / "root.crt", archive.home / name)
    (archive.home / own[0]).write_text("# ours\n")
    made = archive.ask("backup", "--to", tmp_path / "medium")
    new = tmp_path / "new"
    (new / "trust").mkdir(parents=True)
    (new / own[1]).write_bytes(laid := (archive.home / own[1]).read_bytes() + b"\n")
    restored(tmp_path / "medium", new, "--keys", made["keys"])
    assert (new / own[1]).read_bytes() == laid, "what lies in a home is not replaced"
    for name in (own[0], own[2]):
        assert (new / name).read_bytes() == (archive.home / name).read_bytes()


def events_of(archive: Command, tag: str) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from archive_service.domain.keeping.audit_event import AuditEvent

    with open_home(archive.home) as services, services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == tag).order_by(AuditEvent.number)
        return [row.data for row in session.scalars(query)]


def test_what_waits_at_the_desk_is_decided_after_a_restore(medium: Path, tmp_path: Path) -> None:
    again, _ = restored(medium, tmp_path / "new", "--keys", tmp_path / "keys")
    (waiting,) = [
        submission
        for submission in again.ask("submission", "list")["submissions"]
        if submission["code"] == OPEN_CODE
    ]
    again.ask("submission", "accept", waiting["id"], account="lan")
    shutil.copytree(stocked_home(tmp_path / "other") / "keys", again.home / "keys")
    settled(again)
    assert again.ask("case", "show", OPEN_CODE)["state"] == "stored"


def test_a_restore_says_what_a_person_must_bring(medium: Path, tmp_path: Path) -> None:
    _, document = restored(medium, tmp_path / "new", "--keys", tmp_path / "keys")
    assert document["bring"] == ["key pkcs12:keys/archive.p12", "backup keys file:backup-keys"]
    assert document["trusted"] is False
    assert document["signed_by"] == "Lưu trữ tỉnh Sơn Lam"
    there = Command(tmp_path / "words")
    said = there.run("restore", "--from", medium, "--keys", tmp_path / "keys").stderr
    assert "khóa ký số pkcs12:keys/archive.p12" in said
    assert "khóa của bản sao lưu, vào file:backup-keys" in said


def test_a_restore_without_its_keys_asks_for_them(medium: Path, tmp_path: Path) -> None:
    there = Command(tmp_path / "new")
    answer = there.run("restore", "--from", medium, "--json", account=None)
    assert (answer.code, answer.error["code"]) == (3, "backup-keys-not-given")
    assert "--keys" in answer.error["remedy"]
    assert "—" not in answer.error["message"]


def test_without_packages_the_copies_that_live_on_stay_as_they_are(
    archive: Command, tmp_path: Path
) -> None:
    before = told(archive)
    archive.ask("backup", "--to", tmp_path / "medium")
    for file in (*archive.home.glob("archive.db*"), *archive.home.glob("search.db*")):
        file.unlink()
    shutil.rmtree(archive.home / "staging")
    document = archive.ask("restore", "--from", tmp_path / "medium")
    assert document["objects"] == 0
    assert told(settled(archive)) == before


def test_a_home_that_is_not_bare_is_refused(archive: Command, medium: Path) -> None:
    before = told(archive)
    given = "restore", "--from", medium, "--keys", medium.parent / "keys"
    assert refused(archive, *given) == (4, "home-not-bare")
    assert told(archive) == before


def test_an_incremental_one_writes_only_what_changed(archive: Command, tmp_path: Path) -> None:
    first = archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    second = archive.ask("backup", "--to", tmp_path / "medium", "--objects", "--incremental")
    assert second["kind"] == "incremental"
    assert second["files"] < first["files"] / 2
    third = archive.ask("backup", "--to", tmp_path / "medium", "--objects", "--incremental")
    sets = archive.ask("backup", "list", "--medium", tmp_path / "medium")["sets"]
    assert [(one["goes_on_from"], one["may_go"]) for one in sets] == [
        (None, False),
        (first["name"], False),
        (second["name"], False),
    ]
    shown = archive.run("backup", "list", "--medium", tmp_path / "medium").stdout
    assert third["name"][:12] in shown
    assert shown.count("giữ lại") == 3
    names = [path.name for path in (tmp_path / "medium" / third["name"]).rglob("*.age")]
    assert not [name for name in names if name.endswith(".tar.age") and "evidence" not in name]
    _, document = restored(
        tmp_path / "medium", tmp_path / "new", "--keys", archive.home / "backup-keys"
    )
    assert document["objects"] == 1


def test_an_incremental_one_with_nothing_before_it_is_full(
    archive: Command, tmp_path: Path
) -> None:
    made = archive.ask("backup", "--to", tmp_path / "medium", "--incremental")
    assert made["kind"] == "full"


def test_the_age_tool_opens_an_object_and_tar_reads_it(medium: Path, tmp_path: Path) -> None:
    (sealed,) = medium.glob("*/objects/*.tar.age")
    (key,) = (tmp_path / "keys" / "objects").glob("*/*.key")
    identity = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[-1])
    plain = pyrage.decrypt(sealed.read_bytes(), [identity])
    (tmp_path / "one.tar").write_bytes(plain)
    listed = subprocess.check_output(["tar", "-tf", tmp_path / "one.tar"], text=True)
    names = {Path(line).name for line in listed.splitlines()}
    assert {"METS.xml", "inventory.json", "0=ocfl_object_1.1"} <= names


def test_no_secret_stands_in_a_backup(archive: Command, tmp_path: Path) -> None:
    secret = {
        "ARCHIVE_MALWARE__URL": "none:",
        "ARCHIVE_STORAGE__ERASE_CREDENTIALS": '{"a": "HUSH"}',
    }
    Command(archive.home, secret).ask("backup", "--to", tmp_path / "medium")
    held = b"".join(path.read_bytes() for path in (tmp_path / "medium").rglob("*.json"))
    passphrases = [file.read_bytes().strip() for file in archive.home.rglob("*.pass")]
    assert b"HUSH" not in held
    assert passphrases
    assert not [passphrase for passphrase in passphrases if passphrase in held]


def test_no_secret_of_the_home_s_own_file_stands_in_a_backup(
    archive: Command, tmp_path: Path
) -> None:
    own = archive.home / "archive.toml"
    secrets = 'erase_credentials = {kho1 = "eraser:HUSH"}\n'
    own.write_text(own.read_text().replace("[storage]\n", f"[storage]\n{secrets}"))
    archive.ask("backup", "--to", tmp_path / "medium")
    (kept,) = (tmp_path / "medium").glob("2*/papers/archive.toml")
    assert "HUSH" not in kept.read_text()
    assert kept.read_text() == own.read_text().replace("eraser:HUSH", "***")
    (told,) = (tmp_path / "medium").glob("2*/papers/settings.json")
    assert "storage.erase_credentials.kho1" in json.loads(told.read_text())["hidden"]


def test_a_copy_that_the_settings_lack_is_asked_for_or_retired(
    medium: Path, tmp_path: Path
) -> None:
    home = stocked_home(tmp_path / "keeper")
    settings = read_settings(home)
    settings["storage"]["copies"] = ["file:kho1"]
    (tmp_path / "new").mkdir()
    write_settings(tmp_path / "new", settings)
    again, document = restored(medium, tmp_path / "new", "--keys", tmp_path / "keys")
    assert "copy kho2" in document["bring"]
    shutil.copytree(home / "keys", again.home / "keys")
    again.ask("copy", "retire", "kho2", "--reason", "cháy")
    (waiting,) = [
        submission
        for submission in again.ask("submission", "list")["submissions"]
        if submission["code"] == OPEN_CODE
    ]
    again.ask("submission", "accept", waiting["id"], account="lan")
    settled(again)
    assert again.ask("case", "show", OPEN_CODE)["state"] == "stored"


def test_a_copy_that_was_joining_is_asked_for_and_joins_anew(
    archive: Command, tmp_path: Path
) -> None:
    settings = read_settings(archive.home)
    settings["storage"]["copies"].append("file:kho3")
    write_settings(archive.home, settings)
    archive.ask("copy", "add", "kho3")
    made = archive.ask("backup", "--to", tmp_path / "medium", "--objects")
    again, document = restored(tmp_path / "medium", tmp_path / "new", "--keys", made["keys"])
    assert "copy kho3" in document["bring"]
    shutil.copytree(archive.home / "keys", again.home / "keys")
    again.ask("copy", "renew", "kho3", "--reason", "trống sau khi phục hồi")
    settled(again)
    states = {copy["name"]: copy["state"] for copy in again.ask("copy", "list")["copies"]}
    assert states == dict.fromkeys(("kho1", "kho2", "kho3"), "active")
    assert again.run("fixity", "check", "--json").code == 0


def test_a_backup_while_others_write_is_one_moment(archive: Command, tmp_path: Path) -> None:
    """Each submission comes with its files and its event in one transaction, or not at all."""
    (tmp_path / "case").mkdir()
    case = small_pdf_case(tmp_path / "case", code="H40.18.2025.30.QLCT")
    over = threading.Event()
    sent = 0

    def write() -> None:
        nonlocal sent
        with open_home(archive.home) as services:
            officer = person(services, "bach")
            while not over.is_set() and sent < 40:
                submit(case, actor=officer, services=services)
                sent += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not sent and writer.is_alive():
            time.sleep(0.01)
        archive.ask("backup", "--to", tmp_path / "medium")
    finally:
        over.set()
        writer.join()
    archive.ask("backup", "--to", tmp_path / "medium")
    first, *_ = sorted(path.name for path in (tmp_path / "medium").glob("2*"))
    shutil.rmtree(archive.home / "staging")
    for file in archive.home.glob("archive.db*"):
        file.unlink()
    archive.ask("restore", "--from", tmp_path / "medium", "--set", first)
    verdict = archive.ask("audit", "verify")
    assert verdict["ok"]
    received = len(events_of(archive, "submission:received"))
    assert received == len(archive.ask("submission", "list")["submissions"])
    settled(archive)
    assert archive.ask("job", "list", "--state", "dead")["jobs"] == []


def test_a_second_backup_onto_the_same_medium_waits_its_turn(
    archive: Command, tmp_path: Path
) -> None:
    import fcntl

    (tmp_path / "medium").mkdir()
    with open_home(archive.home) as services, services.writing() as session:
        running = {"kind": "full", "media": str(tmp_path / "medium"), "run_by": "os:other"}
        session.add(BackupRun(**running, started_at=clock.now()))
    with (tmp_path / "medium" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refused(archive, "backup", "--to", tmp_path / "medium") == (4, "backup-busy")
    (failed,) = events_of(archive, "backup:failed")
    assert failed["facts"]["error"] == "backup-busy"
    assert events_of(archive, "backup:interrupted") == []


@pytest.mark.parametrize("place", ["kho1/inside", "staging/inside", "duphong/inside"])
def test_a_medium_inside_what_is_backed_up_is_refused(archive: Command, place: str) -> None:
    reserve = f"file://{archive.home}/duphong?name=duphong"
    asked = Command(archive.home, {"ARCHIVE_STORAGE__RESERVE": json.dumps([reserve])})
    assert refused(asked, "backup", "--to", archive.home / place) == (2, "backup-place")


def test_keys_on_the_medium_are_refused(archive: Command, tmp_path: Path) -> None:
    settings = {"ARCHIVE_BACKUP__KEYS": f"file://{tmp_path}/medium/keys"}
    asked = Command(archive.home, settings)
    assert refused(asked, "backup", "--to", tmp_path / "medium", "--objects") == (
        2,
        "backup-keys-place",
    )


def test_a_backup_of_sqlite_comes_back_in_postgresql(
    archive: Command, medium: Path, tmp_path: Path, postgresql: PostgreSql
) -> None:
    before = told(archive)
    server = {"ARCHIVE_DATABASE__URL": postgresql.new_database()}
    there = Command(tmp_path / "there", server)
    there.ask("restore", "--from", medium, "--keys", tmp_path / "keys")
    assert told(settled(there)) == before
    (there.home / "keys").mkdir()
    shutil.copytree(archive.home / "keys", there.home / "keys", dirs_exist_ok=True)
    made = there.ask("backup", "--to", tmp_path / "second", "--objects")
    back, _ = restored(tmp_path / "second", tmp_path / "back", "--keys", Path(made["keys"]))
    assert told(settled(back)) == before


def test_the_set_is_named_whole_only_when_it_is(medium: Path) -> None:
    found = read_set(medium)
    assert found.manifest.counts["objects"] == 1
    assert found.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in found.folder.rglob("*") if path.is_file()} == {
        0o600
    }


def test_a_mistyped_folder_is_refused_and_nothing_is_made(archive: Command, tmp_path: Path) -> None:
    typo = tmp_path / "mnt-typo" / "medium"
    assert refused(archive, "backup", "--to", typo) == (2, "backup-parent-missing")
    assert not typo.parent.exists()


def test_a_backup_says_what_it_lacks_and_where_it_would_be_lost_too(
    archive: Command, tmp_path: Path
) -> None:
    medium = tmp_path / "medium"
    first = archive.ask("backup", "--to", medium)["warnings"]
    assert [entry["code"] for entry in first] == ["folder-made", "same-device", "no-objects"]
    chosen = Command(archive.home, {"ARCHIVE_BACKUP__TARGETS": json.dumps([str(medium)])})
    assert chosen.ask("backup", "--to", medium, "--objects")["warnings"] == []
    assert "cùng ổ" in archive.run("backup", "--to", medium).stderr


def test_the_media_of_backups_by_hand_are_listed_without_being_named(
    archive: Command, tmp_path: Path
) -> None:
    nothing = archive.run("backup", "list")
    assert "--medium" in nothing.stderr
    made = archive.ask("backup", "--to", tmp_path / "medium")
    (only,) = archive.ask("backup", "list")["sets"]
    assert (only["name"], only["media"]) == (made["name"], str(tmp_path / "medium"))
