"""A copy that turns bits, breaks off, loses writes, is busy, slow or silent: never believed."""

import hashlib
import io
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.job import Job, JobState
from archive_service.errors import BackendError
from archive_service.services import Services
from archive_service.storage.copies.identity import enrol
from archive_service.storage.fixity.check import Fixity, iter_fixity
from archive_service.storage.fixity.repair import repair
from archive_service.storage.port import ObjectStore
from archive_service.storage.s3.store import open_s3_store
from archive_service.storage.staging import FolderStaging
from tests.faults.archive_service.workflow.acts import keep, next_act
from tests.faults.custody import object_roots, require_whole
from tests.services.servers import MinioServer
from tests.worlds.archive import PDF_NAME, Backends, mixed_case, new_home, open_home, small_pdf_case
from tests.worlds.clients import program_of
from tests.worlds.command import Command
from tests.worlds.damage.lying_proxy import Lie, LyingProxy
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stored_objects import (
    LyingStore,
    flipped,
    new_copy,
    publish_version,
    stage_versions,
)

TRIES = 4
WRITTEN = (Lie.SPOILT, Lie.LOST, Lie.ROTTEN, Lie.BUSY)
READ = (Lie.FLIPPED, Lie.CUT, Lie.SHORT, Lie.SLOW, Lie.BUSY)


@pytest.fixture(scope="module")
def proxy(minio: MinioServer) -> Iterator[LyingProxy]:
    with LyingProxy(minio) as running:
        yield running


@pytest.fixture
def copy(proxy: LyingProxy) -> ObjectStore:
    """An enrolled bucket behind the proxy."""
    store = open_s3_store(proxy.url(proxy.server.new_bucket_url()) + "&name=kho1")
    enrol(store)
    return store


@pytest.fixture
def staging(tmp_path: Path) -> FolderStaging:
    return FolderStaging(tmp_path / "staging")


def published(digests: Sequence[str], staging: FolderStaging, copies: list[ObjectStore]) -> int:
    """Publish one version after another, each tried as a worker does; how many tries failed."""
    failed = 0
    for digest in digests:
        for _ in range(TRIES):
            try:
                publish_version(digest, staging=staging, copies=copies)
                break
            except BackendError:  # anything else would need a person
                failed += 1
        else:
            raise AssertionError(f"{digest} is not published after {TRIES} tries")
    return failed


def statuses(copies: Sequence[ObjectStore]) -> set[Fixity]:
    return {fixity_result.status for fixity_result in iter_fixity(copies)}


@pytest.mark.parametrize(
    ("method", "lie"),
    [*(("PUT", one) for one in WRITTEN), *(("GET", one) for one in READ)],
)
@pytest.mark.parametrize("key", ["content/", "v2/inventory.json", r"[0-9A-F]/inventory\.json$"])
def test_one_lie_while_a_version_is_published_costs_a_try_at_most(
    proxy: LyingProxy, copy: ObjectStore, staging: FolderStaging, method: str, lie: Lie, key: str
) -> None:
    digests = [inventory.sha256 for inventory in stage_versions(staging)]
    with proxy.lying(lie, key, method=method, times=1) as rule:
        assert published(digests, staging, [copy]) <= 1
    assert rule.told == 1
    assert statuses([copy]) == {Fixity.INTACT}


@pytest.mark.parametrize("lie", [Lie.FLIPPED, Lie.CUT, Lie.SHORT])
def test_a_copy_that_always_lies_is_never_believed(
    proxy: LyingProxy, copy: ObjectStore, staging: FolderStaging, lie: Lie, tmp_path: Path
) -> None:
    first = stage_versions(staging)[0]
    sound = new_copy(tmp_path / "kho2")
    with proxy.lying(lie, "content/"):
        for _ in range(TRIES):
            with pytest.raises(BackendError):
                publish_version(first.sha256, staging=staging, copies=[sound, copy])
    assert published([first.sha256], staging, [sound, copy]) == 0
    assert statuses([sound, copy]) == {Fixity.INTACT}


def test_files_that_read_otherwise_than_written_are_never_believed(
    staging: FolderStaging, tmp_path: Path
) -> None:
    first = stage_versions(staging)[0]
    rotten = LyingStore(new_copy(tmp_path / "kho1"), lambda _key, data, _nth: flipped(data))
    with pytest.raises(BackendError):
        publish_version(first.sha256, staging=staging, copies=[rotten])


@pytest.mark.parametrize("lie", [Lie.FLIPPED, Lie.CUT, Lie.SHORT, Lie.BUSY])
def test_fixity_forgives_one_lie_and_tells_of_one_that_lasts(
    proxy: LyingProxy, copy: ObjectStore, staging: FolderStaging, lie: Lie, tmp_path: Path
) -> None:
    digests = [inventory.sha256 for inventory in stage_versions(staging)]
    sound = new_copy(tmp_path / "kho2")
    published(digests, staging, [sound, copy])
    with proxy.lying(lie, r"content/METS\.xml", times=1) as rule:
        assert statuses([sound, copy]) == {Fixity.INTACT}
        assert rule.told == 1
    with proxy.lying(lie, r"v1/content/METS\.xml"):
        told = [
            fixity_result
            for fixity_result in iter_fixity([sound, copy])
            if fixity_result.status is not Fixity.INTACT
        ]
        assert {fixity_result.copy for fixity_result in told} == {"kho1"}
        assert told[0].key.endswith("v1/content/METS.xml")
        report = repair([sound, copy], told)
        assert report.repaired == []  # what cannot be read back is not called repaired
        assert report.failed
    again = [
        fixity_result
        for fixity_result in iter_fixity([sound, copy])
        if fixity_result.status is not Fixity.INTACT
    ]
    assert not again


def test_bytes_that_rot_in_the_bucket_are_healed_from_the_other_copy(
    proxy: LyingProxy, copy: ObjectStore, staging: FolderStaging, tmp_path: Path
) -> None:
    digests = [inventory.sha256 for inventory in stage_versions(staging)]
    sound = new_copy(tmp_path / "kho2")
    published(digests, staging, [sound, copy])
    key = next(key for key in copy.iter_keys() if key.endswith("v1/content/METS.xml"))
    with sound.open(key) as source:
        rot(copy, key, source.read())
    told = [
        fixity_result
        for fixity_result in iter_fixity([sound, copy])
        if fixity_result.status is not Fixity.INTACT
    ]
    assert [(fixity_result.copy, fixity_result.status) for fixity_result in told] == [
        ("kho1", Fixity.DAMAGED)
    ]
    with proxy.lying(Lie.ROTTEN, r"v1/content/METS\.xml", method="PUT", times=1) as rule:
        assert repair([sound, copy], told).repaired == []  # the healing write came damaged
        assert rule.told == 1
    report = repair([sound, copy], told)
    assert (len(report.repaired), report.failed) == (1, [])
    assert statuses([sound, copy]) == {Fixity.INTACT}


def rot(copy: ObjectStore, key: str, data: bytes) -> None:
    """Let the bucket hold other bytes under this key, as rot and thieves do."""
    other = flipped(data)
    copy.heal(key, io.BytesIO(other), size=len(other), sha256=hashlib.sha256(other).hexdigest())


@pytest.fixture
def home(proxy: LyingProxy, minio: MinioServer, tmp_path: Path) -> Path:
    """Two buckets, of which the first answers through the proxy."""
    home = new_home(tmp_path / "home", Backends(minio=minio))
    settings = read_settings(home)
    copies = settings["storage"]["copies"]
    copies[0] = proxy.url(copies[0])
    settings["jobs"] |= {"max_attempts": 100, "retry_base_s": 0.001}
    write_settings(home, settings)
    return home


def test_a_case_file_is_stored_whole_by_a_bucket_that_lies_all_the_time(
    proxy: LyingProxy, home: Path, tools: ModuleType, tmp_path: Path
) -> None:
    source = mixed_case(tmp_path / "source")
    with open_home(home) as services, proxy.lying_by_chance(random.Random(5), share=0.07) as lies:
        while next_act(services, source) or soon(services):
            require_no_refusal(services)
    with open_home(home) as services:
        assert sum(lies.values()) > 5, lies
        keep(services)
        require_whole(services, [source], versions=2)
        valid, told = tools.ocfl_validate(*object_roots(services, home))
    assert valid, told


def soon(services: Services) -> bool:
    """Whether a job waits to be tried again; waits a little."""
    with services.read_only() as session:
        due_in_s = services.jobs.due_in_s(session)
    time.sleep(0.05)
    return due_in_s is not None


def require_no_refusal(services: Services) -> None:
    """A lie is a reason to try again, never to give up."""
    with services.read_only() as session:
        refused = select(Job.name, Job.error).where(Job.state.in_([JobState.FAILED, JobState.DEAD]))
        assert session.execute(refused).all() == []


@pytest.mark.parametrize("lie", [Lie.FLIPPED, Lie.CUT, Lie.SHORT, Lie.BUSY])
def test_a_reader_gets_the_right_bytes_from_the_other_copy(
    proxy: LyingProxy, home: Path, tmp_path: Path, lie: Lie
) -> None:
    source = small_pdf_case(tmp_path / "source")
    right = (source / PDF_NAME).read_bytes()
    with open_home(home) as services:
        while next_act(services, source):
            pass
        archivist = program_of(create_app(services), services, "lan")
        with services.read_only() as session:
            case_file = session.scalars(select(CaseFile)).one()
            file = case_file.documents[0].files[0]
            place = f"/case-files/{case_file.code}/files/{file.id}"
        with proxy.lying(lie, r"content/.*\.pdf") as rule:
            whole = archivist.get(place)
            part = archivist.get(place, headers={"Range": "bytes=100-299"})
    assert rule.told >= 2
    assert (whole.status_code, whole.data) == (200, right)
    assert (part.status_code, part.data) == (206, right[100:300])
    assert {response.headers["Cache-Control"] for response in (whole, part)} == {
        "private, no-store"
    }


@pytest.mark.parametrize("lie", [Lie.FLIPPED, Lie.CUT, Lie.SHORT])
def test_a_rebuild_takes_what_verifies(
    proxy: LyingProxy, home: Path, tmp_path: Path, lie: Lie
) -> None:
    source = small_pdf_case(tmp_path / "source")
    with open_home(home) as services:
        while next_act(services, source):
            pass
        keep(services)
    archive = Command(home)
    code = archive.ask("case", "list")["cases"][0]["code"]
    before = archive.ask("case", "show", code)
    with proxy.lying(lie, "ocfl/.*v1/content/") as rule:
        answer = archive.run("rebuild", "--json")
    assert (answer.code in (0, 1), answer.document["cases"]) == (True, 1)  # 1: the lie was told
    assert rule.told
    assert archive.ask("case", "show", code) == before


@pytest.mark.long
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_bucket_that_hangs_is_given_up_and_asked_again(
    proxy: LyingProxy, copy: ObjectStore, staging: FolderStaging, method: str
) -> None:
    digests = [inventory.sha256 for inventory in stage_versions(staging)]
    with proxy.lying(Lie.HANGS, "content/", method=method, times=1) as rule:
        assert published(digests, staging, [copy]) <= 1
    assert rule.told == 1
    assert statuses([copy]) == {Fixity.INTACT}
