"""Who writes a package and who destroys it: one always sees the other, on either database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from archive_service.db.package_writers import being_written, writing, writing_some
from archive_service.domain.retention.removal import CaseFileBeingDestroyedError
from archive_service.recovery.backup.acts import run_backup
from archive_service.recovery.backup.files import SetReader
from archive_service.recovery.backup.keys import BackupKeys
from archive_service.recovery.backup.objects import iter_listed_objects
from archive_service.recovery.backup.read_back import bring_object
from archive_service.recovery.backup.set import read_set
from archive_service.services import Services
from archive_service.storage.copies.identity import enrol
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.ocfl.root import object_root
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, Backends, new_home, open_home, person, small_pdf_case
from tests.worlds.clients import do_all
from tests.worlds.retention.removing import case_of, claimed, do, removal_document, resume

CODE = "H40.18.2025.31.QLCT"
_SOON_S = 60
_STANDS_STILL = """
import sys
from pathlib import Path
from archive_service.db.package_writers import writing
from tests.worlds.archive import open_home

with open_home(Path(sys.argv[1])) as services, writing(services.database, sys.argv[2]):
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """One case file, stored in two copies."""
    backends = Backends()
    if request.param == "postgresql":
        backends = Backends(postgresql=request.getfixturevalue("postgresql"))
    with open_home(new_home(tmp_path / "home", backends)) as opened:
        small_pdf_case(tmp_path / CODE, code=CODE)
        (identifier,) = submit(tmp_path / CODE, actor=person(opened, "bach"), services=opened)
        do_all(opened)
        accept(opened, identifier, actor=person(opened, "lan"))
        do_all(opened)
        yield opened


def held(services: Services) -> list[bool]:
    """Whether each copy holds something of it."""
    root = object_root(case_of(services, CODE).ocfl_id)
    return [next(copy.iter_keys(f"{root}/"), None) is not None for copy in services.copies]


def test_who_comes_after_the_claim_writes_nothing(services: Services) -> None:
    ocfl_id = case_of(services, CODE).ocfl_id
    with writing(services.database, ocfl_id), writing(services.database, ocfl_id):
        assert being_written(services.database, [ocfl_id, "another"]) == {ocfl_id}
    assert being_written(services.database, [ocfl_id]) == set()
    claimed(services, CODE)
    with pytest.raises(CaseFileBeingDestroyedError), writing(services.database, ocfl_id):
        raise AssertionError("claimed, and written all the same")
    assert being_written(services.database, [ocfl_id]) == set()
    with writing_some(services.database, ["another", ocfl_id]) as gone:
        assert set(gone) == {ocfl_id}
        assert being_written(services.database, ["another"]) == {"another"}


def test_the_gate_waits_for_who_began_before_the_claim_and_stands_still(services: Services) -> None:
    """No time is too long for it to wait, and the writer's end is seen at once."""
    ocfl_id = case_of(services, CODE).ocfl_id
    writer = subprocess.Popen(
        [sys.executable, "-c", _STANDS_STILL, str(services.settings.home), ocfl_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        os.kill(writer.pid, signal.SIGSTOP)
        removal_id = claimed(services, CODE)
        do(services)
        assert held(services) == [True, True]
        with services.read_only() as session:
            told = removal_document(session, removal_id)
        troubles = {place["place"]: place["trouble"] for place in told["places"]}
        assert troubles["copy:kho1"] == troubles["copy:kho2"] == "package-being-written"
    finally:
        writer.kill()
        writer.communicate()
    until = time.monotonic() + _SOON_S
    while being_written(services.database, [ocfl_id]) and time.monotonic() < until:
        time.sleep(0.05)  # a server sees the end of its client within a moment
    resume(services)
    assert held(services) == [False, False]


def test_a_restore_shows_itself_as_it_writes_and_brings_nothing_that_is_claimed(
    services: Services, tmp_path: Path
) -> None:
    database, ocfl_id = services.database, case_of(services, CODE).ocfl_id
    run_backup(services, tmp_path / "medium", actor=OPERATOR, with_objects=True)
    reader = SetReader(tmp_path / "medium", BackupKeys(services.settings.home / "backup-keys"))
    work = tmp_path / "work"
    work.mkdir()
    (listed,) = iter_listed_objects(read_set(tmp_path / "medium"), reader, work)
    shown = []

    class Watched(FilesystemStore):
        """A copy that notes who shows themselves as writers while something is put into it."""

        def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
            shown.append(being_written(database, [ocfl_id]))
            super().put(key, source, size=size, sha256=sha256)

    first, second = Watched(tmp_path / "first"), FilesystemStore(tmp_path / "second")
    for copy in (first, second):
        copy.prepare()
        enrol(copy)
    shown.clear()
    assert bring_object(database, [first], listed, reader, work)
    assert shown
    assert all(one == {ocfl_id} for one in shown)
    claimed(services, CODE)
    assert not bring_object(database, [second], listed, reader, work)
    assert next(second.iter_keys(f"{object_root(ocfl_id)}/"), None) is None
