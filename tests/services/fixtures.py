"""The servers as fixtures: each started when a test first asks, once for all workers of a run."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TypeVar

import pytest

from tests.services import host, servers
from tests.services.process import Server
from tests.worlds.servers.backends import drop_forsaken
from tests.worlds.servers.buckets import BucketUsers, make_gateway_users, make_users

_Server = TypeVar("_Server", bound=Server)
_STACK = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Whoever hands tests out to workers starts the host of their servers."""
    stack = config.stash[_STACK] = ExitStack()
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ[host.ADDRESS] = stack.enter_context(host.hosted())


def pytest_unconfigure(config: pytest.Config) -> None:
    """It ends with them."""
    config.stash[_STACK].close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish() -> None:
    """What a test had on a server goes when its home has gone."""
    drop_forsaken()


def _running(kind: type[_Server], name: str) -> Iterator[_Server]:
    if host.ADDRESS in os.environ:
        shared = host.ask(name)
        assert isinstance(shared, kind)
        yield shared
    else:
        yield from _own(kind, name)


def _own(kind: type[_Server], name: str) -> Iterator[_Server]:
    with servers.SERVERS[name]() as server:
        assert isinstance(server, kind)
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.PostgreSql]:
    """A PostgreSQL server; take ``postgresql.new_database()``, a URL."""
    yield from _running(servers.PostgreSql, "postgresql")


@pytest.fixture(scope="session")
def minio() -> Iterator[servers.MinioServer]:
    """A MinIO server; take ``minio.new_bucket_url()`` for a bucket that is not there yet."""
    yield from _running(servers.MinioServer, "minio")


@pytest.fixture(scope="session")
def bucket_users(minio: servers.MinioServer) -> BucketUsers:
    """Users of it that may keep and erase, each alone; take ``bucket_users.new_url()``."""
    return make_users(minio)


@pytest.fixture(scope="session")
def versitygw() -> Iterator[servers.VersityServer]:
    """A second S3 server, of another maker."""
    yield from _running(servers.VersityServer, "versitygw")


@pytest.fixture(scope="session")
def gateway_users(versitygw: servers.VersityServer) -> BucketUsers:
    """The same two of it; a new bucket lets nobody erase before ``let_erase``."""
    return make_gateway_users(versitygw)


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[servers.Elasticsearch]:
    """Elasticsearch, 16 s to start; take ``elasticsearch.new_prefix_url()``."""
    yield from _running(servers.Elasticsearch, "elasticsearch")


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[servers.RabbitMq]:
    """A broker; take ``rabbitmq.new_vhost()``, a URL."""
    yield from _running(servers.RabbitMq, "rabbitmq")


@pytest.fixture(scope="session")
def clamd() -> Iterator[servers.Clamd]:
    """ClamAV's daemon, which knows the EICAR test file and no more."""
    yield from _running(servers.Clamd, "clamd")


@pytest.fixture(scope="session")
def softhsm() -> Iterator[servers.SoftHsm]:
    """A PKCS#11 token; the variables it needs are set for the rest of this process."""
    with servers.run_softhsm() as token, pytest.MonkeyPatch.context() as patch:
        for name, value in token.env.items():
            patch.setenv(name, value)
        yield token


@pytest.fixture(scope="session")
def tsa() -> Iterator[servers.TimestampAuthority]:
    """A time-stamp authority over HTTP."""
    yield from _running(servers.TimestampAuthority, "tsa")


@pytest.fixture(scope="module")
def own_oidc() -> Iterator[servers.OidcProvider]:
    """An identity provider that a file's tests may end and give other keys."""
    yield from _own(servers.OidcProvider, "oidc")


@pytest.fixture(scope="module")
def own_postgresql() -> Iterator[servers.PostgreSql]:
    """One that a file's tests may kill, stop and let hang."""
    yield from _own(servers.PostgreSql, "postgresql")


@pytest.fixture(scope="module")
def own_minio() -> Iterator[servers.MinioServer]:
    """One that a file's tests may kill, stop and let hang."""
    yield from _own(servers.MinioServer, "minio")


@pytest.fixture(scope="module")
def own_elasticsearch() -> Iterator[servers.Elasticsearch]:
    """One that a file's tests may kill, stop and let hang."""
    yield from _own(servers.Elasticsearch, "elasticsearch")


@pytest.fixture(scope="module")
def own_rabbitmq() -> Iterator[servers.RabbitMq]:
    """One that a file's tests may kill, stop and let hang."""
    yield from _own(servers.RabbitMq, "rabbitmq")
