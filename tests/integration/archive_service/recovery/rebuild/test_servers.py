"""Rebuild, backup and restore where rows, packages and words lie on servers."""

import io
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.services.servers import Elasticsearch, MinioServer, PostgreSql
from tests.worlds.archive import COPIES
from tests.worlds.backed_up import STORED_CODE, medium_and_keys
from tests.worlds.command import Command


@pytest.fixture
def there(
    tmp_path: Path, postgresql: PostgreSql, minio: MinioServer, elasticsearch: Elasticsearch
) -> Command:
    """A backup brought back onto the servers; the first copy is a bucket, the second a folder."""
    medium, keys = medium_and_keys(tmp_path)
    bucket = minio.new_bucket_url()
    named = f"{bucket}{'&' if '?' in bucket else '?'}name={COPIES[0]}"
    settings = {
        "ARCHIVE_DATABASE__URL": postgresql.new_database(),
        "ARCHIVE_STORAGE__COPIES": f'["{named}", "file:{COPIES[1]}"]',
        "ARCHIVE_SEARCH__URL": elasticsearch.new_prefix_url(),
    }
    archive = Command(tmp_path / "there", settings)
    archive.ask("restore", "--from", medium, "--keys", keys)
    archive.ask("work", "--until-empty")
    return archive


def told(archive: Command) -> dict[str, Any]:
    found = archive.ask("search", "tram bom", account="binh")
    return {
        "case": archive.ask("case", "show", STORED_CODE),
        "found": [hit["code"] for hit in found["hits"]],
        "agencies": archive.ask("agency", "list"),
        "accounts": archive.ask("account", "list"),
    }


def test_on_servers_all_comes_back_from_a_backup_and_from_one_copy(
    there: Command, minio: MinioServer, tmp_path: Path
) -> None:
    assert there.run("fixity", "check", "--json").code == 0
    before = told(there)
    assert STORED_CODE in before["found"]
    for copy in COPIES:
        assert there.ask("rebuild", "--copy", copy)["cases"] == 1
        assert told(there) == before
    assert there.ask("audit", "verify")["ok"]
    shutil.copytree(_keys(tmp_path), there.home / "keys", dirs_exist_ok=True)
    made = there.ask("backup", "--to", tmp_path / "second", "--objects")
    assert made["objects"] == 1
    drilled = there.ask("drill", "--to", tmp_path / "drills")
    assert drilled["differences"] == []
    assert drilled["source"].endswith(made["name"])
    _spoil(there, minio)
    spoilt = there.run("rebuild", "--json")
    assert spoilt.code == 1, "all came back, and something of the first copy is spoilt"
    again = json.loads(spoilt.stdout)
    assert told(there) == before
    assert again["passed_over"] == []
    assert {entry["copy"] for entry in again["read_elsewhere"]} == {COPIES[0]}


def _spoil(archive: Command, minio: MinioServer) -> None:
    """The newest version of each inventory, of an act and of a segment of the bucket is no JSON."""
    copies = json.loads(archive.settings["ARCHIVE_STORAGE__COPIES"])
    bucket = urlsplit(copies[0]).path.strip("/")
    client = minio.client()
    keys = [str(one.object_name) for one in client.list_objects(bucket, recursive=True)]
    wanted = [key for key in keys if key.endswith("/inventory.json")]
    wanted += [next(key for key in keys if key.startswith(kind)) for kind in ("acts/", "audit/")]
    for key in wanted:
        client.put_object(bucket, key, io.BytesIO(b"{"), 1)


def _keys(tmp_path: Path) -> Path:
    from tests.worlds.backed_up import stocked_home

    return stocked_home(tmp_path / "keeper") / "keys"
