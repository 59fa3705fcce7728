"""Buckets as an archive has them: one user that keeps, another that erases, neither is root."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from minio import Minio
from minio.error import MinioAdminException
from minio.helpers import DictType

from archive_service.storage.s3.client import BENCH_BUCKETS
from tests.services.s3 import MinioServer, S3Server, VersityServer

POLICIES = Path(__file__).resolve().parents[3] / "deploy" / "s3-policies"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class BucketUsers:
    """Two users of a server, who keeps and who erases."""

    server: S3Server
    keep: str
    erase: str
    secret: str

    def new_url(self, **query: str) -> str:
        """A bucket that is not there yet, as the keeping user."""
        return self.url(f"kept-{secrets.token_hex(6)}", **query)

    def url(self, bucket: str, **query: str) -> str:
        """This bucket, as the keeping user."""
        return self.server.bucket_url(bucket, self.keep, self.secret, **query)

    @property
    def erase_credentials(self) -> str:
        """As ``storage.erase_credentials`` has them."""
        return f"{self.erase}:{self.secret}"

    def let_erase(self, url: str) -> None:
        """In this bucket, where a server has no rights but those of buckets' own policies."""
        if isinstance(self.server, MinioServer):
            return
        client, bucket = plain_client(url)
        policy = json.loads((POLICIES / "erase.json").read_text("utf-8").replace("BUCKET", bucket))
        for statement in policy["Statement"]:
            statement["Principal"] = {"AWS": [self.erase]}
        client.set_bucket_policy(bucket, json.dumps(policy))


def make_gateway_users(server: VersityServer) -> BucketUsers:
    """Of versitygw: its root keeps, and may not pass a lock either; another erases."""
    users = BucketUsers(server, server.key, f"erase-{secrets.token_hex(4)}", server.secret)
    server.add_user(users.erase, users.secret)
    return users


def make_users(
    server: MinioServer, buckets: str = "kept-*", *, benches: bool = False
) -> BucketUsers:
    """Both users, with the rights of ``deploy/s3-policies`` on these buckets.

    With ``benches`` the keeping one may also make, use and remove the buckets of a bench.
    """
    run = secrets.token_hex(4)
    users = BucketUsers(server, f"keep-{run}", f"erase-{run}", secrets.token_hex(16))
    keeping = policy_of("keep", buckets)
    if benches:
        theirs = [f"arn:aws:s3:::{BENCH_BUCKETS}*", f"arn:aws:s3:::{BENCH_BUCKETS}*/*"]
        every = {"Effect": "Allow", "Action": ["s3:*"], "Resource": theirs}
        keeping["Statement"].append(every)
    make_user(server, users.keep, users.secret, keeping)
    make_user(server, users.erase, users.secret, policy_of("erase", buckets))
    return users


def new_staging_url(server: MinioServer, bucket: str | None = None) -> str:
    """A bucket for staging that is not there yet, as a user who may do nothing elsewhere."""
    bucket = bucket or f"staging-{secrets.token_hex(6)}"
    name, secret = f"stage-{secrets.token_hex(4)}", secrets.token_hex(16)
    make_user(server, name, secret, policy_of("staging", bucket))
    return server.bucket_url(bucket, name, secret)


def policy_of(kind: str, buckets: str) -> dict[str, Any]:
    """The rights of a file of ``deploy/s3-policies`` on these buckets."""
    text = (POLICIES / f"{kind}.json").read_text(encoding="utf-8")
    policy: dict[str, Any] = json.loads(text.replace("BUCKET", buckets))
    return policy


def make_user(server: MinioServer, name: str, secret: str, policy: dict[str, Any]) -> None:
    """A user with these rights and no others."""
    admin = server.admin
    admin.user_add(access_key=name, secret_key=secret)
    for left in reversed(range(_TRIES)):
        admin.policy_add(policy_name=name, policy=policy)
        try:
            admin.policy_set(policy_name=name, user=name)
            return
        except MinioAdminException as forgotten:  # the server had just read its rules anew
            if not left or "NoSuchPolicy" not in str(forgotten):
                raise


def plain_client(url: str) -> tuple[Minio, str]:
    """A client that knows nothing of ours, and the name of the bucket at this URL of a copy."""
    address = urlsplit(url)
    client = Minio(
        address.netloc.rpartition("@")[2],
        access_key=unquote(address.username or ""),
        secret_key=unquote(address.password or ""),
        secure=False,
        region="us-east-1",
    )
    return client, address.path.strip("/")


def everything_below(url: str, prefix: str) -> list[tuple[str, str, bool]]:
    """Key, version and whether it marks a deletion, of all that a bucket has below ``prefix``.

    A thousand at the most. minio-py cannot read how versitygw dates a mark of deletion.
    """
    client, bucket = plain_client(url)
    query: DictType = {"versions": "", "prefix": prefix}
    listed = ET.fromstring(client._execute("GET", bucket, query_params=query).data)  # noqa: S314 - of our own server
    space = listed.tag.partition("}")[0] + "}"
    assert listed.findtext(f"{space}IsTruncated") == "false"
    return [
        (element.findtext(f"{space}Key", ""), element.findtext(f"{space}VersionId", ""), is_marker)
        for kind, is_marker in (("Version", False), ("DeleteMarker", True))
        for element in listed.iter(space + kind)
    ]
