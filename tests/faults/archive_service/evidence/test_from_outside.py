"""The attacks of somebody with every key of the home, as one sees them from a shell outside.

Each is named wherever one checkpoint is outside; where none is, the trail is told "not proved".
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Role
from archive_service.evidence.checkpoint import parse_checkpoint
from archive_service.evidence.rollback import configured_witnesses
from archive_service.evidence.vouching import TrailProof, prove_trail
from archive_service.services import Services
from tests.worlds.archive import copy_home, on_another_disk, open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.command import Answer, Command
from tests.worlds.papers.printed_text import read
from tests.worlds.rewriting import (
    Rewrite,
    forge_trail,
    loss_known,
    naming,
    replace_original,
)
from tests.worlds.servers.backends import read_settings, write_settings


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    return Command(stocked_home(tmp_path / "home"))


@pytest.fixture
def medium(archive: Command, tmp_path: Path) -> Path:
    """What an auditor took away before the attack."""
    folder = tmp_path / "medium"
    folder.mkdir()
    archive.ask("evidence", "seal", "--to", folder)
    return folder


@pytest.fixture
def elsewhere(archive: Command) -> Iterator[Path]:
    with on_another_disk(archive.home) as folder:
        yield folder


def look_into(archive: Command, folder: Path) -> None:
    """The settings name it as a witness."""
    told = {"evidence": {"witnesses": [str(folder)]}}
    write_settings(archive.home, read_settings(archive.home) | told)


def attack(archive: Command, act: Callable[[Services], object]) -> None:
    with open_home(archive.home) as services:
        act(services)


def changed(events: list[AuditEvent]) -> list[AuditEvent]:
    (accepted,) = (event for event in events if event.tag == "submission:accepted")
    accepted.account = "hung"
    return events


def taken_out(events: list[AuditEvent]) -> list[AuditEvent]:
    """Of an event that nothing else tells of: a case file that nobody accepted is named."""
    return [event for event in events if event.tag != "submission:checked"]


def cut_off(events: list[AuditEvent]) -> list[AuditEvent]:
    return events[:-5]


def set_back(events: list[AuditEvent]) -> list[AuditEvent]:
    for event in events:
        event.at -= dt.timedelta(days=365)
    return events


def seen_by(archive: Command, medium: Path) -> Answer:
    return archive.run("audit", "verify", "--json", "--witness", medium)


def not_proved(archive: Command) -> None:
    """Nobody outside is asked: everything agrees, and no word says that it is whole."""
    for lang, told in (("vi", "chưa chứng minh được"), ("en", "NOT PROVED")):
        answer = archive.run("--lang", lang, "audit", "verify")
        assert answer.code == 0, answer
        assert told in answer.stdout + answer.stderr
        for word in ("nguyên vẹn", "whole", "intact"):
            assert word not in answer.stdout + answer.stderr
    assert archive.ask("audit", "verify")["verdict"] == "not-proved"


@pytest.mark.parametrize("rewrite", [changed, taken_out, cut_off, set_back])
def test_a_rewritten_trail_is_named_by_the_medium_and_else_not_proved(
    archive: Command, medium: Path, rewrite: Rewrite
) -> None:
    assert seen_by(archive, medium).document["verdict"] in ("proved", "proved-in-part")
    attack(archive, lambda services: forge_trail(services, rewrite))
    not_proved(archive)
    seen = seen_by(archive, medium)
    assert (seen.code, seen.document["verdict"]) == (5, "broken")
    assert seen.document["first_bad"].startswith(("forked: witness", "rolled-back: witness"))


@pytest.mark.parametrize("planted", [False, True], ids=["untold", "told as a known loss"])
def test_the_sealed_report_of_a_case_file_says_that_the_trail_does_not_fit(
    archive: Command, medium: Path, elsewhere: Path, tmp_path: Path, *, planted: bool
) -> None:
    (note,) = medium.iterdir()
    look_into(archive, Path(shutil.copytree(medium, elsewhere / "medium")))

    def rewrite(events: list[AuditEvent]) -> list[AuditEvent]:
        more = loss_known(events, parse_checkpoint(note.read_text())) if planted else []
        return [*changed(events), *more]

    def printed(folder: str) -> str:
        told = archive.ask("evidence", "report", STORED_CODE, "--to", tmp_path / folder)
        return " ".join(read(Path(told["pdf"])).split())

    assert "bên ngoài chứng minh" in printed("before")
    attack(archive, lambda services: forge_trail(services, rewrite))
    after = printed("after")
    assert ("hai người" if planted else "Không khớp: bên làm chứng medium/") in after
    assert "bên ngoài chứng minh" not in after


def test_a_folder_on_the_disk_of_the_home_contradicts_and_proves_nothing(
    archive: Command, medium: Path, elsewhere: Path
) -> None:
    def proved() -> TrailProof:
        with open_home(archive.home) as services:
            return prove_trail(services, witnesses=configured_witnesses(services))

    look_into(archive, medium)
    assert (proved().verdict, proved().outside) == ("not-proved", 0)
    there = Path(shutil.copytree(medium, elsewhere / "medium"))
    look_into(archive, there)
    assert proved().outside > 0
    look_into(archive, medium)
    attack(archive, lambda services: forge_trail(services, changed))
    assert str(proved().first_bad).startswith("forked: witness medium/")


def test_a_home_put_back_is_named_by_the_medium(archive: Command, tmp_path: Path) -> None:
    yesterday = Command(copy_home(archive.home, tmp_path / "yesterday"))
    (tmp_path / "medium").mkdir()
    archive.ask("evidence", "seal", "--to", tmp_path / "medium")
    not_proved(yesterday)
    seen = seen_by(yesterday, tmp_path / "medium")
    assert (seen.code, seen.document["first_bad"].partition(":")[0]) == (5, "rolled-back")


def test_an_original_replaced_everywhere_contradicts_the_log(
    archive: Command, medium: Path
) -> None:
    attack(archive, replace_original)
    shutil.rmtree(medium)  # nobody outside is wanted: the log itself tells the inventory
    seen = archive.run("audit", "verify", "--json")
    assert (seen.code, seen.document["first_bad"]) == (5, f"{STORED_CODE} v1")
    rows = archive.run("fixity", "check", "--catalogue", "--json")
    assert rows.code == 5
    assert f"{STORED_CODE} v1" in rows.document["log"]


def test_an_original_replaced_with_the_log_itself_is_named_by_the_medium(
    archive: Command, medium: Path
) -> None:
    def everywhere(services: Services) -> None:
        forge_trail(services, naming(replace_original(services)))

    attack(archive, everywhere)
    checked = archive.run("--lang", "en", "fixity", "check")
    assert checked.code == 0, checked
    assert "by the archive's own inventories" in checked.stdout + checked.stderr
    not_proved(archive)
    seen = seen_by(archive, medium)
    assert (seen.code, seen.document["verdict"]) == (5, "broken")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (update(CaseFile).values(title="Tên khác"), "title"),
        (update(CaseFile).values(mode="Công khai"), "mode"),
        (update(CaseFile).values(maintenance="Vĩnh viễn"), "maintenance"),
        (update(Account).where(Account.name == "lan").values(role=Role.ADMIN), "account lan"),
        (update(Account).where(Account.name == "bach").values(password_hash="x"), "account bach"),
    ],
    ids=["title", "mode", "term", "role", "password"],
)
def test_rows_changed_alone_are_named(
    archive: Command, medium: Path, statement: object, named: str
) -> None:
    assert medium.exists()

    def change(services: Services) -> None:
        with services.writing() as session:
            session.execute(statement)  # type: ignore[call-overload]  # an update

    attack(archive, change)
    seen = archive.run("fixity", "check", "--catalogue", "--json")
    assert seen.code == 5
    assert named in seen.stdout


@pytest.mark.parametrize(
    "statement",
    [
        update(Account).where(Account.name == "lan").values(role=Role.ADMIN),
        update(Account).where(Account.name == "bach").values(password_hash="x"),
    ],
    ids=["role", "password"],
)
def test_rights_changed_with_the_log_itself_are_named_by_the_medium(
    archive: Command, medium: Path, statement: object
) -> None:
    """What was noted of accounts is taken out, and what they are now noted as the first state."""

    def everywhere(services: Services) -> None:
        with services.writing() as session:
            session.execute(statement)  # type: ignore[call-overload]  # an update
        forge_trail(services, naming({}))

    attack(archive, everywhere)
    rows = archive.run("fixity", "check", "--catalogue", "--json")
    assert (rows.code, rows.document["log"]) == (0, [])
    not_proved(archive)
    seen = seen_by(archive, medium)
    assert (seen.code, seen.document["verdict"]) == (5, "broken")
    assert seen.document["first_bad"].startswith(("forked: witness", "rolled-back: witness"))


def test_an_old_receipt_names_what_was_made_anew(archive: Command, tmp_path: Path) -> None:
    (receipt,) = (archive.home / "kho1" / "acts" / "receipt").glob("*.pdf")
    kept = Path(shutil.copy(receipt, tmp_path / "giay.pdf"))
    archive.ask("evidence", "seal")
    told = archive.ask("evidence", "compare", "--paper", kept)
    assert (told["verdict"], len(told["packages"]), told["unknown"]) == ("fits", 1, [])

    def everywhere(services: Services) -> None:
        forge_trail(services, naming(replace_original(services)))

    attack(archive, everywhere)
    seen = archive.run("evidence", "compare", "--paper", kept, "--json")
    assert (seen.code, seen.document["verdict"]) == (5, "forked")
    assert seen.document["unknown"] == told["packages"]
    words = archive.run("evidence", "compare", "--paper", kept)
    assert "KHÔNG ghi nhận gói" in words.stdout + words.stderr


@pytest.mark.parametrize("scanned", [False, True], ids=["as given", "scanned"])
def test_a_paper_bears_the_checkpoint_and_is_a_witness(
    archive: Command, tmp_path: Path, *, scanned: bool
) -> None:
    size = archive.ask("evidence", "seal")["checkpoint"]["size"]
    report = tmp_path / "bao-cao.pdf"
    archive.ask("fixity", "report", "--to", report, account="hung")
    if scanned:
        report = scan_of(report)
    told = archive.ask("evidence", "compare", "--paper", report)
    assert (told["verdict"], told["size"]) == ("fits", size)
    attack(archive, lambda services: forge_trail(services, changed))
    seen = archive.run("evidence", "compare", "--paper", report, "--json")
    assert (seen.code, seen.document["verdict"]) == (5, "forked")


def test_a_paper_of_nobody_is_no_witness(archive: Command) -> None:
    (original,) = (archive.home / "kho1" / "ocfl").rglob("original/*.pdf")
    seen = archive.run("evidence", "compare", "--paper", original, "--json")
    assert (seen.code, seen.error["code"]) == (2, "paper-unreadable")


def scan_of(paper: Path) -> Path:
    """Page 1 as a scanner of 200 dpi leaves it: a picture without words."""
    target = paper.with_name("quet.pdf")
    with pypdfium2.PdfDocument(paper) as pdf:
        pdf[0].render(scale=200 / 72).to_pil().convert("L").save(target, "PDF", resolution=200)
    return target
