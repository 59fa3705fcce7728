"""Buckets as an archive has them: one user that keeps, another that erases, neither is root."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minio.error import MinioAdminException

from tests.services.s3 import MinioServer

POLICIES = Path(__file__).resolve().parents[2] / "deploy" / "s3-policies"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class BucketUsers:
    """Two users of a server, with the rights of ``deploy/s3-policies`` on buckets ``kept-*``."""

    server: MinioServer
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


def make_users(server: MinioServer) -> BucketUsers:
    """Both users, with their policies."""
    run = secrets.token_hex(4)
    users = BucketUsers(server, f"keep-{run}", f"erase-{run}", secrets.token_hex(16))
    for kind, name in (("keep", users.keep), ("erase", users.erase)):
        policy = (POLICIES / f"{kind}.json").read_text(encoding="utf-8")
        make_user(server, name, users.secret, json.loads(policy.replace("BUCKET", "kept-*")))
    return users


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
