"""A lock that nobody may pass is waited for: who reads of it is told the day, then it goes on."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from minio.commonconfig import COMPLIANCE
from minio.retention import Retention

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.retention.removal import DESTROY_JOB
from archive_service.services import Services
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.s3.store import open_s3_store
from archive_service.worker import run_one
from retention.disposition import execution
from retention.disposition.execution import CARRY_OUT_JOB
from retention.disposition.given import ListShown
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.retention.destroyed import approved, certificate_words, watch
from tests.worlds.retention.dispositions import add_agency_head, make_due
from tests.worlds.retention.removing import case_of, resume, states
from tests.worlds.servers.backends import copy_keys, read_settings, write_settings
from tests.worlds.servers.buckets import BucketUsers, everything_below, plain_client

# Claimed and tried before it ends; a lock cannot be made shorter, and the server's clock not set.
LOCKED = dt.timedelta(seconds=20)


@pytest.fixture
def bucket(bucket_users: BucketUsers, held_home: Path) -> str:
    """What the home's second copy holds, in a bucket, without locks."""
    url = bucket_users.new_url(name="kho2")
    copy_keys(FilesystemStore(held_home / "kho2"), open_s3_store(url, lock_years=0))
    return url


@pytest.fixture
def services(
    bucket: str,
    bucket_users: BucketUsers,
    held_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Services]:
    home = copy_home(held_home, tmp_path / "home")
    settings = read_settings(home)
    settings["storage"] |= {"copies": ["file:kho1", bucket], "staging_grace_s": 0}
    write_settings(home, settings)
    erasing = json.dumps({"kho2": bucket_users.erase_credentials})
    monkeypatch.setenv("ARCHIVE_STORAGE__ERASE_CREDENTIALS", erasing)
    with open_home(home) as opened:
        yield opened


def test_its_day_is_told_in_words_and_when_it_is_over_the_rest_goes(
    services: Services, bucket: str
) -> None:
    make_due(services, OPEN_CODE)
    row = approved(services, add_agency_head(services), OPEN_CODE)
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    root = f"{object_root(case_of(services, OPEN_CODE).ocfl_id)}/"
    client, name = plain_client(bucket)
    kept = everything_below(bucket, root)
    until = clock.now().replace(microsecond=0) + LOCKED
    client.set_object_retention(name, kept[-1][0], Retention(COMPLIANCE, until))
    while run_one(services, names=(CARRY_OUT_JOB, DESTROY_JOB)):
        pass
    assert everything_below(bucket, root) == kept, "one locked file keeps the whole"
    watch(services)
    day = f"đến ngày {clock.local(until):%d/%m/%Y}"
    lan = program_of(create_app(services), services, "lan")
    told = lan.get(f"/dispositions/{row}/certificate").get_json()["certificate"]
    assert told["provisional"]
    removal = UUID(told["case_files"][0]["removal"])
    places = {place["place"]: place for place in told["case_files"][0]["places"]}
    assert places["copy:kho1"]["state"] == "gone"
    assert (places["copy:kho2"]["state"], places["copy:kho2"]["trouble"]) == (
        "open",
        "object-locked",
    )
    assert clock.parse_iso(places["copy:kho2"]["until"]) == until
    said = certificate_words(services, row)
    assert said.count(day) == 2, "among the open items, and at its place"
    page = browser_of(lan.client.application, services, "lan")
    assert day in page.get(f"/dispositions/{row}/certificate").text
    threading.Event().wait(max((until - clock.now()).total_seconds() + 1, 0))
    resume(services)
    watch(services)
    assert states(services, removal)["copy:kho2"] == "gone"
    assert everything_below(bucket, root) == []
    assert case_of(services, OPEN_CODE).state is CaseState.DESTROYED
    told = lan.get(f"/dispositions/{row}/certificate").get_json()["certificate"]
    assert (told["provisional"], told["open"]) == (False, 0)
    assert "khóa chống xóa" not in certificate_words(services, row)
