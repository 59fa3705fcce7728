"""An old backup brought back onto servers resurrects nothing: no row, package, word or file."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from archive_service.domain.case_files.case_file import CaseState
from archive_service.recovery.backup.acts import run_backup
from archive_service.storage.ocfl.root import object_root
from tests.faults.retention.destruction.home import CODES, MARKS, stored_home
from tests.services.servers import MinioServer, PostgreSql
from tests.worlds.archive import COPIES, OPERATOR, Backends
from tests.worlds.command import Command
from tests.worlds.retention.removing import (
    back_up_anew,
    case_of,
    claimed,
    do,
    iter_marked,
    open_with_erasers,
)
from tests.worlds.servers.backends import read_settings, write_settings

GONE, KEPT = CODES[:2]
MARK, KEPT_MARK = (mark.encode() for mark in MARKS[:2])


@pytest.mark.parametrize("bare", [False, True], ids=["copies live on", "copies lost"])
def test_what_was_destroyed_since_is_destroyed_again(
    postgresql: PostgreSql, minio: MinioServer, tmp_path: Path, *, bare: bool
) -> None:
    servers = Backends(postgresql=postgresql, minio=minio)
    home, medium = stored_home(tmp_path, servers), tmp_path / "medium"
    with open_with_erasers(home) as services:
        run_backup(services, medium, actor=OPERATOR, with_objects=True)
        old_key = (home / "backup-keys" / "database.key").read_bytes()
        claimed(services, GONE)
        do(services)
        back_up_anew(services)
        assert case_of(services, GONE).state is CaseState.DESTROYED
    new = moved(home, tmp_path / "later" / "home", servers, bare=bare)
    (new / "backup-keys" / "database.key").write_bytes(old_key)  # somebody had kept it
    told = Command(new, erasing(new)).ask(
        "restore", "--from", medium, "--keys", new / "backup-keys"
    )
    assert told["destroyed"] == [GONE]
    with open_with_erasers(new) as services:
        back_up_anew(services)
        row = case_of(services, GONE)
        assert row.state is CaseState.DESTROYED
        assert case_of(services, KEPT).state is CaseState.STORED
        assert not services.index.holds([row.id])
        for store in services.stores:
            assert list(store.iter_keys(f"{object_root(row.ocfl_id)}/")) == []
            assert any(store.iter_keys(f"{object_root(case_of(services, KEPT).ocfl_id)}/"))
        with services.database.engine.connect() as connection:
            number = connection.scalar(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            )
        tables = Path(postgresql.process.log).parent / "data" / "base" / str(number)
        assert list(iter_marked(tables, MARK)) == []
        assert list(iter_marked(tables, KEPT_MARK)), "the scan can find it"
        assert list(iter_marked(new, MARK)) == []


def moved(home: Path, new: Path, servers: Backends, *, bare: bool) -> Path:
    """What a person brings after the loss of the machine: settings and keys, an empty database."""
    for name in ("keys", "backup-keys"):
        shutil.copytree(home / name, new / name)
    places = servers.new_places()
    settings = read_settings(home) | {"database": places["database"]}
    if bare:
        settings["storage"] = settings["storage"] | places["storage"]
    write_settings(new, settings)
    return new


def erasing(home: Path) -> dict[str, str]:
    """Who may erase in the buckets of a home: as ``open_with_erasers`` has it."""
    urls = read_settings(home)["storage"]["copies"]
    users = {
        name: url.removeprefix("s3://").partition("@")[0]
        for name, url in zip(COPIES, urls, strict=True)
    }
    return {"ARCHIVE_STORAGE__ERASE_CREDENTIALS": json.dumps(users)}
