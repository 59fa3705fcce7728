"""All servers at once, and the settings that make the archive use them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.services import servers
from tests.services.elasticsearch import ELASTICSEARCH
from tests.services.process import run_folder
from tests.worlds.servers.buckets import make_users, new_staging_url

COPIES = ("kho-1", "kho-2")
STAGING = "cho-luu"  # no lock: bytes wait there and go
_NUMBER = re.compile(r"\d+(\.\d+)+")


@dataclass(frozen=True, slots=True)
class Together:
    """What runs, and what a process of the archive needs to know of it."""

    settings: dict[str, str]  # variables
    running: tuple[str, ...]  # a line for each server: name, version, address
    authority: Path  # its certificates are to be trusted: ``<home>/trust``

    def trust_in(self, home: Path) -> None:
        """Lay the demo authority's certificates into a home."""
        folder = home / "trust"
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.authority.iterdir():
            if file.suffix in {".crt", ".crl"}:
                shutil.copy(file, folder / file.name)


@contextmanager
def run_together() -> Iterator[Together]:
    """Every server the archive can use, started one after another; all end with the block."""
    with ExitStack() as stack:
        authority = stack.enter_context(run_folder("authority"))
        DemoAuthority.open_or_make(authority)
        database = stack.enter_context(servers.run_postgresql(durable=True))
        store = stack.enter_context(servers.run_minio())
        index = stack.enter_context(servers.run_elasticsearch())
        broker = stack.enter_context(servers.run_rabbitmq())
        scanner = stack.enter_context(servers.run_clamd(limit_bytes=1 << 30))
        stamps = stack.enter_context(servers.run_tsa(authority))
        token = stack.enter_context(servers.run_softhsm(authority))

        users = make_users(store, "kho-*", benches=True)
        erasing = dict.fromkeys(COPIES, users.erase_credentials)
        settings = {
            "ARCHIVE_DATABASE__URL": database.new_database("archive"),
            "ARCHIVE_STORAGE__COPIES": json.dumps([users.url(name) for name in COPIES]),
            "ARCHIVE_STORAGE__ERASE_CREDENTIALS": json.dumps(erasing),
            "ARCHIVE_STORAGE__STAGING": new_staging_url(store, STAGING),
            "ARCHIVE_SEARCH__URL": index.new_prefix_url("archive"),
            "ARCHIVE_JOBS__URL": broker.new_vhost("archive"),
            "ARCHIVE_MALWARE__URL": scanner.url,
            "ARCHIVE_SIGNING__KEYS": f'["{token.url()}"]',
            "ARCHIVE_TIMESTAMP__URL": stamps.url,
            **token.env,
        }
        yield Together(
            settings,
            (
                f"PostgreSQL {_said(str(database.bin / 'postgres'))}, 127.0.0.1:{database.port}",
                f"MinIO {servers.MINIO.version}, {store.address}",
                f"Elasticsearch {ELASTICSEARCH.version}, {index.address}",
                f"RabbitMQ {broker.control('version').strip()}, 127.0.0.1:{broker.port}",
                f"ClamAV {_said_by(scanner.ask(b'VERSION').decode())}, 127.0.0.1:{scanner.port}",
                f"SoftHSM {_said('softhsm2-util')}, token {token.token}",
                f"RFC 3161 time stamps of the demo authority, {stamps.url}",
            ),
            authority,
        )


def _said(command: str) -> str:
    done = subprocess.run([command, "--version"], check=False, capture_output=True, text=True)
    return _said_by(done.stdout)


def _said_by(text: str) -> str:
    found = _NUMBER.search(text)
    return found[0] if found else text.strip()
