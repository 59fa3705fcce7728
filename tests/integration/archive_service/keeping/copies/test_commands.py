"""The command archive copy, as people type it."""

import shutil
from pathlib import Path

from archive_service import messages
from archive_service.keeping.fixity.check import expected_files
from tests.worlds.archive import open_home
from tests.worlds.command import Command
from tests.worlds.main_job import Held


def with_copies(home: Path, *urls: str, reserve: str = "") -> None:
    """Other copies in the home's own settings."""
    file = home / "archive.toml"
    text = file.read_text("utf-8")
    listed = ", ".join(f'"{url}"' for url in urls)
    file.write_text(
        text.replace(
            'copies = ["file:kho1", "file:kho2"]', f"copies = [{listed}]\nreserve = [{reserve}]"
        ),
        "utf-8",
    )


def test_a_copy_comes_and_another_leaves_by_the_command(spoilt: Held) -> None:
    archive = spoilt.archive
    with_copies(spoilt.home, "file:kho1", "file:kho2", "file:kho3")
    assert standings(archive) == {"kho1": "active", "kho2": "active", "kho3": "unknown"}
    added = archive.ask("copy", "add", "kho3")
    assert (added["state"], added["role"]) == ("joining", "copy")
    again = archive.run("copy", "add", "kho3", "--json")
    assert (again.code, again.error["code"]) == (4, "copy-standing")
    archive.run("work", "--until-empty", "--json")
    assert standings(archive)["kho3"] == "active"
    retired = archive.ask("copy", "retire", "kho1", "--reason", "ổ đĩa cũ")
    assert retired["state"] == "retired"
    assert standings(archive) == {"kho1": "retired", "kho2": "active", "kho3": "active"}
    checked = archive.ask("fixity", "check")
    assert not checked["damaged"]
    assert not checked["missing"]


def test_only_those_who_set_up_change_the_copies(spoilt: Held) -> None:
    with_copies(spoilt.home, "file:kho1", "file:kho2", "file:kho3")
    for words in (
        ("add", "kho3"),
        ("renew", "kho2", "--reason", "mất"),
        ("retire", "kho2", "--reason", "cũ"),
    ):
        refused = spoilt.archive.run("copy", *words, "--json", account="luutru")
        assert (refused.code, refused.error["code"]) == (4, "act-not-allowed")


def test_a_copy_neither_leaves_nor_begins_anew_without_a_reason(spoilt: Held) -> None:
    for verb in ("retire", "renew"):
        refused = spoilt.archive.run("copy", verb, "kho2", "--reason", "  ", "--json")
        assert (refused.code, refused.error["code"]) == (2, "command-usage")
    assert set(standings(spoilt.archive).values()) == {"active"}


def test_the_list_tells_what_a_copy_lacks_and_hides_its_secret(spoilt: Held) -> None:
    with_copies(spoilt.home, "file:kho1", "file:kho2", "file:kho3")
    spoilt.archive.ask("copy", "add", "kho3")
    (joining,) = [
        copy for copy in spoilt.archive.ask("copy", "list")["copies"] if copy["name"] == "kho3"
    ]
    assert joining["lag"]["versions"] >= 2
    assert joining["lag"]["bytes"] > 0
    assert joining["lag"]["acts"] > 0
    assert joining["lag"]["since"]
    shown = spoilt.archive.run("copy", "list")
    assert "kho3" in shown.stdout
    assert "đang bù" in shown.stdout
    assert messages.shown(joining["lag"]["since"]).split()[1] in shown.stdout
    assert "Z" not in shown.stdout


def test_copies_of_one_name_are_told_apart_first(spoilt: Held) -> None:
    with_copies(spoilt.home, "file:kho1", "file:khac/kho1")
    told = spoilt.archive.run("status", "--json")
    assert (told.code, told.error["code"]) == (2, "copy-named-twice")


def standings(archive: Command) -> dict[str, str]:
    """Name → state, as the list tells."""
    return {copy["name"]: copy["state"] for copy in archive.ask("copy", "list")["copies"]}


def test_a_retired_copy_says_how_its_place_comes_back(spoilt: Held) -> None:
    with_copies(spoilt.home, "file:kho1", "file:kho2", "file:kho3")
    archive = spoilt.archive
    archive.ask("copy", "add", "kho3")
    archive.ask("copy", "retire", "kho3", "--reason", "nhầm")
    refused = archive.run("copy", "add", "kho3", "--json")
    assert (refused.code, refused.error["code"]) == (4, "copy-retired")
    assert "?name=" in refused.error["remedy"]
    assert "retired" not in refused.error["message"]
    shutil.rmtree(spoilt.home / "kho3")
    file = spoilt.home / "archive.toml"
    file.write_text(file.read_text("utf-8").replace("file:kho3", "file:kho3?name=kho4"), "utf-8")
    assert archive.ask("copy", "add", "kho4")["state"] == "joining"


def test_a_whole_check_says_of_each_copy_when_it_was_proved(spoilt: Held) -> None:
    archive = spoilt.archive
    archive.ask("fixity", "check", "--copy", "kho1", "--limit", "3")
    assert proved(archive) == set()
    file = next((spoilt.home / "kho2").rglob("v1/content/**/*.pdf"))
    data = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(data[:-1])
    assert archive.run("fixity", "check", "--json").code == 5
    assert proved(archive) == {"kho1"}
    file.write_bytes(data)
    archive.ask("fixity", "check")
    assert proved(archive) == {"kho1", "kho2"}


def proved(archive: Command) -> set[str]:
    """Names of the copies that say when they were last found whole."""
    return {copy["name"] for copy in archive.ask("copy", "list")["copies"] if copy["verified_at"]}


def test_a_pass_reads_about_as_many_files_as_it_announced(spoilt: Held) -> None:
    checked = spoilt.archive.ask("fixity", "check")["checked"]
    with open_home(spoilt.home) as services:
        assert checked <= expected_files(services) <= checked + 10
