"""Every server of the tests in one place: how to start it and how the fixtures call it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.services.clamd import Clamd, run_clamd
from tests.services.elasticsearch import ELASTICSEARCH, Elasticsearch, run_elasticsearch
from tests.services.oidc import OIDC_PROVIDER, OidcProvider, run_oidc_provider
from tests.services.postgresql import PostgreSql, run_postgresql
from tests.services.process import Server
from tests.services.rabbitmq import RabbitMq, run_rabbitmq
from tests.services.s3 import (
    MINIO,
    VERSITYGW,
    MinioServer,
    S3Server,
    VersityServer,
    run_minio,
    run_versitygw,
)
from tests.services.softhsm import SoftHsm, run_softhsm
from tests.services.tsa import TimestampAuthority, run_tsa

__all__ = [
    "MINIO",
    "OIDC_PROVIDER",
    "PARTS",
    "SERVERS",
    "VERSITYGW",
    "Clamd",
    "Elasticsearch",
    "MinioServer",
    "OidcProvider",
    "PostgreSql",
    "RabbitMq",
    "S3Server",
    "SoftHsm",
    "TimestampAuthority",
    "VersityServer",
    "run_clamd",
    "run_elasticsearch",
    "run_minio",
    "run_oidc_provider",
    "run_postgresql",
    "run_rabbitmq",
    "run_softhsm",
    "run_tsa",
    "run_versitygw",
]

PARTS = (MINIO, VERSITYGW, ELASTICSEARCH, OIDC_PROVIDER)
SERVERS: dict[str, Callable[[], AbstractContextManager[Server]]] = {
    "postgresql": run_postgresql,
    "minio": run_minio,
    "versitygw": run_versitygw,
    "elasticsearch": run_elasticsearch,
    "rabbitmq": run_rabbitmq,
    "clamd": run_clamd,
    "tsa": run_tsa,
    "oidc": run_oidc_provider,
}
