"""The daily job renew-locks, over copies in MinIO."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.keeping.job import Job
from archive_service.keeping.locks.renewal import LOCK_REFUSED
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from archive_service.storage.locks import Locks, term_end
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one
from tests.services.s3 import MinioServer
from tests.worlds.crew import wait_until
from tests.worlds.holding import one_stored, opened
from tests.worlds.servers.backends import COPIES, Backends
from tests.worlds.servers.buckets import make_user

NEAR = dt.timedelta(days=30)


@pytest.fixture(scope="module")
def kept(minio: MinioServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An archive with one case file in two buckets."""
    with one_stored(tmp_path_factory.mktemp("locks"), Backends(minio=minio)) as services:
        yield services


def row(services: Services) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile)).one()


def change(services: Services, **values: object) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).values(**values))


def renew(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "renew-locks")
    assert run_one(services, names=("renew-locks",)) == "done"


def ends(services: Services, prefix: str) -> set[dt.datetime | None]:
    found: set[dt.datetime | None] = set()
    for copy in services.copies:
        assert isinstance(copy, Locks)
        found |= {copy.locked_until(key) for key in copy.iter_keys(prefix)}
    return found


def package(services: Services) -> str:
    return f"{object_root(row(services).ocfl_id)}/"


def longest(services: Services) -> dt.datetime:
    (copy, *_) = services.copies
    assert isinstance(copy, Locks)
    return copy.longest_lock()


def test_a_stored_package_is_locked_to_the_end_of_its_term_at_most_some_years(
    kept: Services,
) -> None:
    end = term_end(row(kept).ends_on)
    expected = longest(kept) if end is None else min(end, longest(kept))
    near = {abs((it - expected).total_seconds()) < 3600 for it in ends(kept, package(kept)) if it}
    assert near == {True}
    assert None not in ends(kept, package(kept))
    assert row(kept).locked_until == pytest.approx(expected, abs=dt.timedelta(hours=1))


def test_a_lock_that_ends_soon_is_renewed_in_every_copy(kept: Services) -> None:
    term = clock.today() + dt.timedelta(days=4000)
    change(kept, locked_until=clock.now() + NEAR, ends_on=term)
    revision = row(kept).revision
    renew(kept)
    assert row(kept).locked_until == pytest.approx(longest(kept), abs=dt.timedelta(hours=1))
    assert row(kept).revision == revision
    recorded = row(kept).locked_until
    assert recorded is not None
    assert all(it and it >= recorded.replace(microsecond=0) for it in ends(kept, package(kept)))


def test_one_that_reaches_far_enough_is_left_alone(kept: Services) -> None:
    far = clock.now().replace(microsecond=0) + dt.timedelta(days=600)
    change(kept, locked_until=far)
    renew(kept)
    assert row(kept).locked_until == far


def test_a_term_that_was_made_shorter_is_no_error_and_shortens_no_lock(kept: Services) -> None:
    before = ends(kept, package(kept))
    change(kept, locked_until=None, ends_on=clock.today() + NEAR)
    renew(kept)
    assert ends(kept, package(kept)) == before
    assert row(kept).locked_until == term_end(row(kept).ends_on)


def test_a_term_that_is_over_is_not_met_again(kept: Services) -> None:
    change(kept, locked_until=None, ends_on=clock.today() - NEAR)
    renew(kept)
    assert row(kept).locked_until is None


def test_files_outside_packages_are_renewed_when_the_oldest_want_it(kept: Services) -> None:
    before = max(it for it in ends(kept, "acts/") if it)
    with kept.writing() as session:
        session.execute(update(EnrolledCopy).values(loose_locked_until=clock.now() + NEAR))
    renew(kept)
    with kept.read_only() as session:
        rows = list(session.scalars(select(EnrolledCopy.loose_locked_until)))
    assert rows == [pytest.approx(longest(kept), abs=dt.timedelta(hours=1))] * 2
    for folder in ("acts/", "copy.json", "ocfl/ocfl_layout.json"):
        assert all(it and it >= before for it in ends(kept, folder))


def held_back(services: Services, minio: MinioServer, resource: str) -> list[str]:
    """The copies' URLs, as a user who may do all but renew the locks of these keys."""
    name, secret = f"weak-{uuid4().hex[:8]}", uuid4().hex
    whole = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}
    none = {"Effect": "Deny", "Action": ["s3:PutObjectRetention"]}
    none["Resource"] = [f"arn:aws:s3:::{resource}"]
    policy = {"Version": "2012-10-17", "Statement": [whole, none]}
    make_user(minio, name, secret, policy)
    buckets = [urlsplit(url).path.strip("/") for url in services.settings.storage.copies]
    named = zip(buckets, COPIES, strict=True)
    return [minio.bucket_url(bucket, name, secret, name=copy) for bucket, copy in named]


def refusals(services: Services) -> dict[str, Any]:
    with services.read_only() as session:
        return {
            row.subject: row.facts for row in open_incidents(session) if row.kind == LOCK_REFUSED
        }


def test_what_a_store_refuses_holds_up_no_other_lock_and_is_told(
    kept: Services, minio: MinioServer
) -> None:
    change(kept, locked_until=clock.now() + NEAR, ends_on=None)
    before = row(kept).locked_until
    locked = max(it for it in ends(kept, package(kept)) if it)
    wait_until(lambda: longest(kept) > locked)  # locks are kept to the second
    weak = held_back(kept, minio, "*/ocfl/*/v1/inventory.json*")
    with opened(kept.settings.home, *weak) as services:
        with services.writing() as session:
            services.jobs.add(session, "renew-locks")
        assert run_one(services, names=("renew-locks",)) == "failed"
    assert row(kept).locked_until == before
    told = refusals(kept)
    assert {name: facts["count"] for name, facts in told.items()} == dict.fromkeys(COPIES, 2)
    reached = longest(kept) - dt.timedelta(hours=1)
    for copy in kept.copies:
        assert isinstance(copy, Locks)
        ends_of = {key: copy.locked_until(key) for key in copy.iter_keys(package(kept))}
        later = {key for key, end in ends_of.items() if end and end > reached}
        assert {"/v1/inventory.json" in key for key in set(ends_of) - later} <= {True}
    renew(kept)
    assert row(kept).locked_until == pytest.approx(longest(kept), abs=dt.timedelta(hours=1))
    assert refusals(kept) == {}


def test_a_copy_that_is_away_keeps_no_other_from_its_locks(
    kept: Services, minio: MinioServer
) -> None:
    change(kept, locked_until=clock.now() + NEAR, ends_on=None)
    here, _ = kept.settings.storage.copies
    with opened(kept.settings.home, here, minio.new_bucket_url() + "&name=kho2") as services:
        renew(services)
    assert row(kept).locked_until == pytest.approx(clock.now() + NEAR, abs=dt.timedelta(hours=1))
    renew(kept)
    assert row(kept).locked_until == pytest.approx(longest(kept), abs=dt.timedelta(hours=1))


def test_without_locks_there_is_nothing_to_do(services: Services, tmp_path: Path) -> None:
    renew(services)
    with services.read_only() as session:
        assert session.scalar(select(Job.state).where(Job.name == "renew-locks")) == "done"
