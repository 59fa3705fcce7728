"""A restore in earnest makes the signed minutes that a drill makes, once there is a key."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job
from archive_service.recovery.restore.acts import MINUTES_JOB
from archive_service.settings import DEMO_MARK
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from archive_service.worker import run_one
from tests.worlds.archive import COPIES, open_home
from tests.worlds.backed_up import medium_and_keys, stocked_home
from tests.worlds.command import Command


@pytest.fixture
def archive(tmp_path: Path) -> Command:
    return Command(stocked_home(tmp_path / "home"))


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """A full backup with packages; its keys lie in ``keys`` beside it."""
    return medium_and_keys(tmp_path)[0]


def printed(file: Path) -> str:
    """All words of a paper in one line."""
    with pypdfium2.PdfDocument(file) as document:
        text = " ".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(text.replace("\ufffe", "-").split())


def minuted(archive: Command) -> list[dict[str, Any]]:
    with open_home(archive.home) as services, services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == "restore:minuted")
        return [row.data for row in session.scalars(query)]


def bring_keys(old: Path, new: Path) -> None:
    """No backup holds them; these are of a trial."""
    shutil.copytree(old / "keys", new / "keys", dirs_exist_ok=True)
    shutil.copy(old / DEMO_MARK, new / DEMO_MARK)


def test_a_restore_makes_signed_minutes_as_a_drill_does(
    archive: Command, medium: Path, tmp_path: Path
) -> None:
    bring_keys(archive.home, tmp_path / "new")
    again = Command(tmp_path / "new")
    document = again.ask("restore", "--from", medium, "--keys", tmp_path / "keys")
    report = Path(document["minutes"])
    (signature,) = inspect_signatures(report, Trust.read(again.home / "keys" / "authority"))
    assert signature.trusted
    said = printed(report)
    assert "BIÊN BẢN" in said.upper()
    assert str(medium) in said.replace(" ", "")
    (told,) = minuted(again)
    again.ask("work", "--until-empty")
    for copy in COPIES:
        (laid,) = (again.home / copy / "acts" / "restore").glob("*.pdf")
        assert hashlib.sha256(laid.read_bytes()).hexdigest() == told["sha256"]
    assert len(minuted(again)) == 1


def test_minutes_of_a_restore_wait_for_the_key(
    archive: Command, medium: Path, tmp_path: Path
) -> None:
    new = Command(tmp_path / "new")
    options = "restore", "--from", medium, "--keys", tmp_path / "keys"
    answer = new.run(*options)
    assert answer.code == 0
    assert "chờ khóa ký" in answer.stderr + answer.stdout
    assert minuted(new) == []
    bring_keys(archive.home, new.home)
    with open_home(new.home) as services:
        with services.writing() as session:
            for job in session.scalars(select(Job).where(Job.name == MINUTES_JOB)):
                job.run_at = clock.now()
        assert run_one(services, names=(MINUTES_JOB,)) == "done"
    assert len(minuted(new)) == 1
    assert len(list(new.home.glob("bien-ban-phuc-hoi-*.pdf"))) == 1
