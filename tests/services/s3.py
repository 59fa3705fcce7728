"""MinIO and versitygw for tests: two S3 servers of different makers."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.services.install import Part, ToolMissingError, from_go, installed
from tests.services.process import Process, Server, accepts, free_port, run_folder, running

if TYPE_CHECKING:
    from minio import Minio
    from minio.minioadmin import MinioAdmin

# The releases of October 2025 are refused by the module proxy; this later one is served.
MINIO = Part("minio", "v0.0.0-20260212201848-7aac2a2c5b7c", from_go("github.com/minio/minio"))
VERSITYGW = Part("versitygw", "v1.7.0", from_go("github.com/versity/versitygw/cmd/versitygw"))
KEY = "archive-test"


@dataclass(frozen=True, slots=True)
class S3Server(Server):
    """An S3 server on loopback, without TLS; ``key`` is its root."""

    port: int
    key: str
    secret: str

    @property
    def address(self) -> str:
        """As minio-py wants it."""
        return f"127.0.0.1:{self.port}"

    def client(self, key: str | None = None, secret: str | None = None) -> "Minio":
        """A client of minio-py, as root unless other credentials are given."""
        from minio import Minio

        return Minio(
            self.address,
            access_key=key or self.key,
            secret_key=secret or self.secret,
            secure=False,
            region="us-east-1",
        )

    def new_bucket_url(self, name: str | None = None, **query: str) -> str:
        """The URL of a bucket that is not there yet; ``query`` goes after ``secure=false``."""
        bucket = name or f"test-{secrets.token_hex(6)}"
        return self.bucket_url(bucket, **query)

    def bucket_url(
        self, bucket: str, key: str | None = None, secret: str | None = None, **query: str
    ) -> str:
        """The URL of this bucket for ``storage.copies`` and ``storage.staging``."""
        who = f"{quote(key or self.key, safe='')}:{quote(secret or self.secret, safe='')}"
        more = "".join(f"&{name}={quote(value)}" for name, value in query.items())
        return f"s3://{who}@{self.address}/{bucket}?secure=false{more}"


@dataclass(frozen=True, slots=True)
class MinioServer(S3Server):
    """MinIO, with its administrator."""

    @property
    def admin(self) -> "MinioAdmin":
        """For users and their policies: ``user_add``, ``policy_add``, ``attach_policy``."""
        from minio.credentials.providers import StaticProvider
        from minio.minioadmin import MinioAdmin

        who = StaticProvider(self.key, self.secret)
        return MinioAdmin(endpoint=self.address, credentials=who, secure=False)


@contextmanager
def run_minio() -> Iterator[MinioServer]:
    """MinIO with one drive in a folder of its own."""
    program = need_part(MINIO)
    with run_folder("minio") as folder:
        port, console, secret = free_port(), free_port(), secrets.token_hex(16)
        command = [program, "server", "--quiet", "--address", f"127.0.0.1:{port}"]
        command += ["--console-address", f"127.0.0.1:{console}", str(folder / "data")]
        env = {
            "MINIO_ROOT_USER": KEY,
            "MINIO_ROOT_PASSWORD": secret,
            "MINIO_UPDATE": "off",
            "MINIO_BROWSER": "off",
        }
        process = Process(
            "minio", command, folder=folder, ready=lambda: answers(port, secret), env=env
        )
        with running(process):
            yield MinioServer(process, port, KEY, secret)


@dataclass(frozen=True, slots=True)
class VersityServer(S3Server):
    """Versitygw, with its administrator."""

    def add_user(self, name: str, secret: str) -> None:
        """A user that may do what the policies of buckets say and no more."""
        as_root = ["--access", self.key, "--secret", self.secret]
        command = [need_part(VERSITYGW), "admin", *as_root]
        command += ["--endpoint-url", f"http://{self.address}"]
        command += ["create-user", "--access", name, "--secret", secret, "--role", "user"]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def run_versitygw() -> Iterator[VersityServer]:
    """Versitygw over a folder, with versions."""
    program = need_part(VERSITYGW)
    with run_folder("versitygw") as folder:
        port, secret = free_port(), secrets.token_hex(16)
        data, versions, users = (folder / name for name in ("data", "versions", "users"))
        for needed in (data, versions, users):
            needed.mkdir()
        command = [program, "--port", f"127.0.0.1:{port}", "--region", "us-east-1", "--quiet"]
        command += ["--iam-dir", str(users)]
        command += ["posix", "--versioning-dir", str(versions), str(data)]
        env = {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": secret}
        process = Process(
            "versitygw", command, folder=folder, ready=lambda: answers(port, secret), env=env
        )
        with running(process):
            yield VersityServer(process, port, KEY, secret)


def answers(port: int, secret: str) -> None:
    """Any error until a signed request succeeds."""
    from minio import Minio
    from urllib3 import PoolManager

    accepts(port)  # cheaper than the client's own five tries
    Minio(
        f"127.0.0.1:{port}",
        access_key=KEY,
        secret_key=secret,
        secure=False,
        region="us-east-1",
        # MinIO bids a client that comes too early come back in a minute, and minio-py obeys.
        http_client=PoolManager(retries=False, timeout=5),
    ).list_buckets()


def need_part(part: Part) -> str:
    """The program of an installed part."""
    folder = installed(part)
    if folder is None:
        raise ToolMissingError(f"{part.name} is missing: run `make judges`.")
    return os.fspath(folder / part.name)
