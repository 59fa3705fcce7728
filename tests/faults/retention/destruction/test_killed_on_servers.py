"""Killed anywhere in a destruction out of buckets of two makers and a reserve: resumed, and true.

What is left is asked of the servers with a plain client: each version, each mark of a deletion.
"""

import io
import itertools
import json
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.setup.acts import init_archive
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from tests.faults.retention.destruction import acts as destruction_acts
from tests.services.servers import MinioServer
from tests.worlds.archive import (
    COPIES,
    OPERATOR,
    PDF_NAME,
    Backends,
    copy_home,
    new_home,
    open_home,
    person,
    remove_home,
)
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.lying_proxy import LyingProxy
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.retention.removing import approved
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.servers.buckets import BucketUsers, make_users, plain_client

KILLED = -signal.SIGKILL
MARKED, PLAIN = "H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT"
RESERVE = "duphong"
# How often it can be killed at least; fewer would mean that a killer was not asked.
LEAST = {Moment.COMMIT: 8, Moment.WRITE: 10, Moment.WRITTEN: 10, Moment.ERASE: 5, Moment.ERASED: 5}
LEAST_REMOVED = 30  # versions and marks, on each server
OVERWRITTEN = 3  # files of each case file
SAMPLE = ((Moment.COMMIT, 5), (Moment.ERASE, 4))
IN_THE_MIDDLE = 17  # of what a server removes


@dataclass(frozen=True)
class Killing:
    """An approved list, and who destroys what is on it until it is killed."""

    before: Path
    folder: Path
    users: tuple[BucketUsers, ...]
    warm: WarmProcess
    proxies: tuple[LyingProxy, ...]

    def at(self, moment: Moment, at: int) -> bool:
        """Killed at the ``at``-th moment of a kind, and resumed; false: it ran unkilled."""
        home = self._ready(f"{moment}-{at}")
        return self._resumed(home, self._do(destruction_acts.destroy_under, home, moment, at))

    def at_removal(self, proxy: LyingProxy, at: int) -> bool:
        """The same when a server has just removed its ``at``-th version, and told nobody."""
        home = self._ready(f"{self.proxies.index(proxy)}-{at}")
        ports = {lying_proxy.server.port: lying_proxy.port for lying_proxy in self.proxies}
        proxy.kill_after(at, home / "pid", ["DELETE"])
        code = self._do(destruction_acts.destroy_through, home, home / "pid", ports)
        proxy.spare()
        return self._resumed(home, code)

    def _ready(self, name: str) -> Path:
        home = copy_home(self.before, self.folder / name)
        self._write_over(home)
        destruction_acts.note_whole(home, home / "whole.json")
        return home

    def _resumed(self, home: Path, code: int) -> bool:
        assert code in (0, KILLED), self._log.read_text("utf-8")
        again = self._do(destruction_acts.restart, home, home / "whole.json")
        assert again == 0, f"{home.name}\n" + self._log.read_text("utf-8")
        remove_home(home)
        return code == KILLED

    def _write_over(self, home: Path) -> None:
        """Each bucket has older versions and marks of deletion too, as years leave them."""
        with open_home(home) as services, services.read_only() as session:
            storage = services.settings.storage
            roots = [object_root(one) for one in session.scalars(select(CaseFile.ocfl_id))]
        for url in (*storage.copies, *storage.reserve):
            client, bucket = plain_client(url)
            for user in self.users:
                if f"@{user.server.address}/" in url:
                    user.let_erase(url)
            for root in roots:
                listed = client.list_objects(bucket, prefix=f"{root}/", recursive=True)
                for key in [str(one.object_name) for one in listed][:OVERWRITTEN]:
                    data = client.get_object(bucket, key).data
                    client.put_object(bucket, key, io.BytesIO(data), len(data))
                    client.remove_object(bucket, key)
                    client.put_object(bucket, key, io.BytesIO(data), len(data))

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _do(self, act: Callable[..., None], *arguments: object) -> int:
        return self.warm.do(act, *arguments, log=self._log)


@pytest.fixture(scope="module")
def users(minio: MinioServer, gateway_users: BucketUsers) -> Iterator[tuple[BucketUsers, ...]]:
    """Who erases on either server; named by a variable, for processes that begin afterwards too."""
    of_minio = make_users(minio, "test-*")
    named = dict(zip((*COPIES, RESERVE), (of_minio, gateway_users, of_minio), strict=True))
    told = json.dumps(
        {name: bucket_users.erase_credentials for name, bucket_users in named.items()}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARCHIVE_STORAGE__ERASE_CREDENTIALS", told)
        yield of_minio, gateway_users


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, users: tuple[BucketUsers, ...]) -> Path:
    """Two case files in a bucket of each server, one in the reserve too; their end is approved."""
    folder = tmp_path_factory.mktemp("destruction")
    minio, versitygw = (user.server for user in users)
    assert isinstance(minio, MinioServer)
    home = new_home(folder / "home", Backends(minio=minio, second_s3=versitygw))
    settings = read_settings(home)
    reserve = f"{minio.new_bucket_url()}&name={RESERVE}"
    settings["storage"] |= {"staging_grace_s": 0, "reserve": [reserve]}
    write_settings(home, settings)
    with open_home(home) as services:
        init_archive(services, actor=OPERATOR)
        for code, told in ((MARKED, {"riskRecovery": "1"}), (PLAIN, {})):
            write_pdf(folder / code / PDF_NAME, words=code)
            rows = [case_row(code, **told)], [document_row(PDF_NAME, code)]
            write_sheet(folder / code / "Hồ sơ.xlsx", *rows)
            (identifier,) = submit(folder / code, actor=person(services, "bach"), services=services)
            work(services, until_empty=True)
            accept(services, identifier, actor=person(services, "lan"))
            work(services, until_empty=True)
        approved(services, MARKED, PLAIN)
        work(services, until_empty=True)  # nothing else is written while it is killed
    return home


@pytest.fixture(scope="module")
def killing(
    before: Path, tmp_path_factory: pytest.TempPathFactory, users: tuple[BucketUsers, ...]
) -> Iterator[Killing]:
    folder = tmp_path_factory.mktemp("killed")
    first, second = (LyingProxy(user.server) for user in users)
    with WarmProcess() as warm, first, second:
        yield Killing(before, folder, users, warm, (first, second))


def test_a_sample_of_kills_leaves_nothing_and_says_nothing_false(killing: Killing) -> None:
    for moment, at in SAMPLE:
        assert killing.at(moment, at)
    for proxy in killing.proxies:
        assert killing.at_removal(proxy, IN_THE_MIDDLE)


@pytest.mark.long
def test_every_single_kill_leaves_nothing_and_says_nothing_false(killing: Killing) -> None:
    kills = {str(moment): until_unkilled(partial(killing.at, moment)) for moment in LEAST}
    for proxy in killing.proxies:
        told = f"removals at port {proxy.server.port}"
        kills[told] = until_unkilled(partial(killing.at_removal, proxy))
        assert kills[told] >= LEAST_REMOVED
    sys.stderr.write(f"kills of a destruction out of buckets: {kills}\n")
    assert all(kills[moment] >= least for moment, least in LEAST.items())


def until_unkilled(kill: Callable[[int], bool]) -> int:
    """Kill at the first, second, … time, till it runs unkilled; how often."""
    return next(at for at in itertools.count(1) if not kill(at)) - 1
