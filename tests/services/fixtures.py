"""The servers as fixtures: each started once for a pytest process, when a test first asks."""

from collections.abc import Iterator

import pytest

from tests.services import servers
from tests.worlds.servers.buckets import BucketUsers, make_gateway_users, make_users


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.PostgreSql]:
    """A PostgreSQL server; take ``postgresql.new_database()``, a URL."""
    with servers.run_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def minio() -> Iterator[servers.MinioServer]:
    """A MinIO server; take ``minio.new_bucket_url()`` for a bucket that is not there yet."""
    with servers.run_minio() as server:
        yield server


@pytest.fixture(scope="session")
def bucket_users(minio: servers.MinioServer) -> BucketUsers:
    """Users of it that may keep and erase, each alone; take ``bucket_users.new_url()``."""
    return make_users(minio)


@pytest.fixture(scope="session")
def versitygw() -> Iterator[servers.VersityServer]:
    """A second S3 server, of another maker."""
    with servers.run_versitygw() as server:
        yield server


@pytest.fixture(scope="session")
def gateway_users(versitygw: servers.VersityServer) -> BucketUsers:
    """The same two of it; a new bucket lets nobody erase before ``let_erase``."""
    return make_gateway_users(versitygw)


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[servers.Elasticsearch]:
    """Elasticsearch, 16 s to start; take ``elasticsearch.new_prefix_url()``."""
    with servers.run_elasticsearch() as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[servers.RabbitMq]:
    """A broker; take ``rabbitmq.new_vhost()``, a URL."""
    with servers.run_rabbitmq() as server:
        yield server


@pytest.fixture(scope="session")
def clamd() -> Iterator[servers.Clamd]:
    """ClamAV's daemon, which knows the EICAR test file and no more."""
    with servers.run_clamd() as server:
        yield server


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
    with servers.run_tsa() as server:
        yield server
