"""The promises of a copy, whatever it is made of: who it is, how it is filled, proved and left."""

import datetime as dt
import io
import json
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.keeping.enrolled_copy import CopyStanding
from archive_service.keeping.copies.acts import add_copy
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.check import check_all
from archive_service.storage.copies.catch_up import NoSourceError, copy_file, copy_object
from archive_service.storage.copies.identity import (
    CopyNotEmptyError,
    CopyUnknownError,
    enrol,
    identify,
    put_bytes,
)
from archive_service.storage.copies.lag import copy_lag
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.fixity.check import iter_fixity
from archive_service.storage.fixity.comparing import Bandwidth
from archive_service.storage.fixity.prove import prove_file, prove_object
from archive_service.storage.fixity.verdict import Fixity
from archive_service.storage.ocfl.root import OBJECT_DECLARATION, resolve
from archive_service.storage.port import ObjectStore, StoreUnreachableError, TreeFile
from archive_service.storage.publish import (
    EarlierVersionMissingError,
    VersionForkedError,
    spread_version,
)
from archive_service.storage.s3.store import open_s3_store
from archive_service.storage.staging import FolderStaging
from archive_service.worker import work
from tests.services.servers import PostgreSql
from tests.worlds.archive import OPERATOR, Backends, new_home
from tests.worlds.holding import bytes_of, case_files, opened, take_in
from tests.worlds.servers.buckets import BucketUsers
from tests.worlds.stored_objects import (
    OCFL_ID,
    ROOT,
    LyingStore,
    new_copy,
    publish_version,
    stage_version,
    stage_versions,
)

KINDS = ("filesystem", "minio")


class Place:
    """Somewhere that a copy may lie: its URL, the store behind it, and what else is used there."""

    def __init__(self, url: str, store: ObjectStore, backends: Backends) -> None:
        self.url = url
        self.store = store
        self.backends = backends


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place where nothing lies yet."""
    if request.param == "filesystem":
        folder = tmp_path / "moi"
        return Place(f"file:{folder}", FilesystemStore(folder), Backends())
    users: BucketUsers = request.getfixturevalue("bucket_users")
    url = users.new_url()
    postgresql: PostgreSql = request.getfixturevalue("postgresql")
    return Place(url, open_s3_store(url), Backends(postgresql))


@pytest.fixture
def copy(place: Place) -> ObjectStore:
    """The same, enrolled."""
    enrol(place.store)
    return place.store


class BreakingStore(LyingStore):
    """Falls silent in the middle of a tree: so much is there, the rest is not."""

    def __init__(self, store: ObjectStore, after: int) -> None:
        super().__init__(store, lambda _key, data, _nth: data)
        self._after = after

    def put_tree(
        self,
        folder: str,
        files: Sequence[TreeFile],
        *,
        locked_until: dt.datetime | None = None,  # noqa: ARG002 - the port's
    ) -> None:
        """See ``ObjectStore.put_tree``; as a backend without folders leaves it."""
        for file in files[: self._after]:
            with file.open() as source:
                key = f"{folder}/{file.path}"
                self.put(key, source, size=file.size_bytes, sha256=file.sha256)
        raise StoreUnreachableError(key=folder, reason="killed")


def held(copy: ObjectStore) -> dict[str, bytes]:
    """All of it but its identity."""
    return bytes_of(copy)


def test_a_copy_keeps_its_identity(copy: ObjectStore) -> None:
    identity = identify(copy)
    assert enrol(copy) == identity
    assert identify(copy, identity.id).name == copy.name


def test_another_store_under_the_name_is_not_the_copy(copy: ObjectStore) -> None:
    with pytest.raises(CopyUnknownError):
        identify(copy, "11111111-2222-3333-4444-555555555555")


def test_an_empty_place_is_no_copy(place: Place) -> None:
    place.store.prepare()
    with pytest.raises(CopyUnknownError):
        identify(place.store)


def test_a_place_with_something_in_it_is_not_taken_into_use(place: Place) -> None:
    place.store.prepare()
    put_bytes(place.store, "acts/agency/one.json", b"{}")
    with pytest.raises(CopyNotEmptyError):
        enrol(place.store)


def test_nothing_is_published_into_a_place_that_is_no_copy(place: Place, tmp_path: Path) -> None:
    place.store.prepare()
    staging = FolderStaging(tmp_path / "staging")
    first = stage_versions(staging)[0]
    with pytest.raises(CopyUnknownError):
        publish_version(first.sha256, staging=staging, copies=[place.store])
    assert not held(place.store)


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_publication_broken_off_is_finished_by_the_next(
    copy: ObjectStore, tmp_path: Path, after: int
) -> None:
    staging = FolderStaging(tmp_path / "staging")
    other = new_copy(tmp_path / "other")
    first, second, _ = stage_versions(staging)
    breaking = BreakingStore(copy, after)
    results, troubles = spread_version(
        first.sha256,
        staging=staging,
        copies=[other, breaking],
    )
    assert [copy_result.copy for copy_result in results] == [other.name]
    assert list(troubles) == [copy.name]
    for inventory in (first, second):
        publish_version(inventory.sha256, staging=staging, copies=[other, copy])
    assert held(copy) == held(other)
    assert resolve(copy, OCFL_ID).sha256 == second.sha256


def test_a_version_waits_for_the_one_before(copy: ObjectStore, tmp_path: Path) -> None:
    staging = FolderStaging(tmp_path / "staging")
    _, second, _ = stage_versions(staging)
    with pytest.raises(EarlierVersionMissingError):
        publish_version(second.sha256, staging=staging, copies=[copy])


@pytest.mark.parametrize("begun", [0, 1, 2])
def test_what_a_copy_lacks_of_an_object_is_filled_from_another(
    copy: ObjectStore, tmp_path: Path, begun: int
) -> None:
    staging = FolderStaging(tmp_path / "staging")
    source = new_copy(tmp_path / "source")
    inventories = stage_versions(staging)
    for number, inventory in enumerate(inventories):
        publish_version(inventory.sha256, staging=staging, copies=[source])
        if number < begun:
            publish_version(inventory.sha256, staging=staging, copies=[copy])
    digests = [one.sha256 for one in inventories]
    filled = copy_object(OCFL_ID, digests, sources=[source], target=copy)
    assert filled.version == 3
    assert held(copy) == held(source)
    assert prove_object(copy, OCFL_ID, digests) is None
    assert {fixity_result.status for fixity_result in iter_fixity([source, copy])} == {
        Fixity.INTACT
    }
    copy_object(OCFL_ID, digests, sources=[source], target=copy)  # once more changes nothing
    assert held(copy) == held(source)


def test_filling_reads_no_faster_than_it_may(copy: ObjectStore, tmp_path: Path) -> None:
    staging = FolderStaging(tmp_path / "staging")
    source = new_copy(tmp_path / "source")
    first = stage_versions(staging)[0]
    publish_version(first.sha256, staging=staging, copies=[source])
    waits = [0.0]
    bandwidth = Bandwidth(1000, monotonic=lambda: 0.0, sleep=waits.append)
    filled = copy_object(
        OCFL_ID, [first.sha256], sources=[source], target=copy, bandwidth=bandwidth
    )
    inventories = len(first.data) + len(first.sidecar)
    assert max(waits) == pytest.approx((filled.size_bytes - inventories) / 1000)
    assert held(copy) == held(source)


def test_filling_broken_off_is_taken_up_again(copy: ObjectStore, tmp_path: Path) -> None:
    staging = FolderStaging(tmp_path / "staging")
    source = new_copy(tmp_path / "source")
    inventories = stage_versions(staging)
    for inventory in inventories:
        publish_version(inventory.sha256, staging=staging, copies=[source])
    digests = [one.sha256 for one in inventories]
    with pytest.raises(StoreUnreachableError):
        copy_object(
            OCFL_ID,
            digests,
            sources=[source],
            target=BreakingStore(copy, 4),
        )
    copy_object(OCFL_ID, digests, sources=[source], target=copy)
    assert held(copy) == held(source)


@pytest.mark.parametrize("victim", ["content/METS.xml", "inventory.json", "inventory.json.sha256"])
def test_what_is_damaged_of_an_object_is_put_right_as_it_is_filled(
    copy: ObjectStore, tmp_path: Path, victim: str
) -> None:
    staging = FolderStaging(tmp_path / "staging")
    source = new_copy(tmp_path / "source")
    inventories = stage_versions(staging)
    for inventory in inventories:
        publish_version(inventory.sha256, staging=staging, copies=[source, copy])
    damaged = b"damaged"
    key, digest = f"{ROOT}/v1/{victim}", sha256(damaged).hexdigest()
    copy.heal(key, io.BytesIO(damaged), size=len(damaged), sha256=digest)
    copy_object(OCFL_ID, [one.sha256 for one in inventories], sources=[source], target=copy)
    assert held(copy) == held(source)


def test_a_version_of_another_history_is_never_written_over(
    copy: ObjectStore, tmp_path: Path
) -> None:
    staging = FolderStaging(tmp_path / "staging")
    source = new_copy(tmp_path / "source")
    first = stage_versions(staging)[0]
    other = stage_version(staging, None, {"METS.xml": b"<mets>another</mets>"})
    publish_version(first.sha256, staging=staging, copies=[source])
    publish_version(other.sha256, staging=staging, copies=[copy])
    before = held(copy)
    with pytest.raises(VersionForkedError):
        copy_object(OCFL_ID, [first.sha256], sources=[source], target=copy)
    assert held(copy) == before


def test_bytes_that_are_not_as_recorded_are_never_passed_on(
    copy: ObjectStore, tmp_path: Path
) -> None:
    staging = FolderStaging(tmp_path / "staging")
    damaged, sound = new_copy(tmp_path / "damaged"), new_copy(tmp_path / "sound")
    first = stage_versions(staging)[0]
    publish_version(first.sha256, staging=staging, copies=[damaged, sound])
    for path in (tmp_path / "damaged" / ROOT).rglob("METS.xml"):
        path.chmod(0o600)
        path.write_bytes(b"<mets>9</mets>")
    with pytest.raises(NoSourceError):
        copy_object(OCFL_ID, [first.sha256], sources=[damaged], target=copy)
    copy_object(OCFL_ID, [first.sha256], sources=[damaged, sound], target=copy)
    assert held(copy) == held(sound)


def test_a_second_look_sees_what_is_missing_or_other(copy: ObjectStore, tmp_path: Path) -> None:
    staging = FolderStaging(tmp_path / "staging")
    first, second, _ = stage_versions(staging)
    publish_version(first.sha256, staging=staging, copies=[copy])
    assert prove_object(copy, OCFL_ID, [second.sha256]) is not None
    assert prove_object(copy, OCFL_ID, [first.sha256, second.sha256]) is not None
    assert prove_file(copy, "audit/00000001.jsonl", first.sha256) == "audit/00000001.jsonl"
    key = f"{ROOT}/{OBJECT_DECLARATION}"
    assert prove_file(copy, key, first.sha256) == key
    with pytest.raises(NoSourceError):
        copy_file("audit/00000001.jsonl", first.sha256, sources=[copy], target=copy)


def test_a_whole_holding_moves_there_while_case_files_come_in(place: Place, tmp_path: Path) -> None:
    home = new_home(tmp_path / "home", place.backends)
    with opened(home, "file:kho1", "file:kho2") as services:
        take_in(services, tmp_path / "first", range(20, 21))
        work(services, until_empty=True)
    with opened(home, "file:kho1", "file:kho2", place.url) as services:
        take_in(services, tmp_path / "second", range(22, 23))
        row = add_copy(services, place.store.name, actor=OPERATOR)
        assert row.state is CopyStanding.JOINING
        with services.read_only() as session:
            lag = copy_lag(session)[row.name].as_document()
        assert json.loads(json.dumps(lag)) == lag
        assert lag["bytes"] > 0
        take_in(services, tmp_path / "third", range(24, 25))
        work(services, until_empty=True)
        for name in ("kho1", "kho2"):
            retire_copy(services, name, reason="chuyển sang kho mới", actor=OPERATOR)
    for name in ("kho1", "kho2"):
        shutil.move(home / name, tmp_path / name)
    with opened(home, place.url) as services:
        take_in(services, tmp_path / "last", range(25, 26))
        work(services, until_empty=True)
        kept = case_files(services)
        assert len(kept) == 4
        assert {case_file.state for case_file in kept} == {CaseState.STORED}
        assert all(case_file.receipt_issued_at is not None for case_file in kept)
        assert not check_all(services, progress=lambda _share: None).troubles()
