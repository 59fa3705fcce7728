"""docs/media.md: its blocks, run with public tools on disks that the service wrote."""

import subprocess
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from archive_service.services import Services
from retention.transfer.disks.encryption import lock_for
from retention.transfer.disks.write import Onto, send
from tests.integration.retention.transfer.disks.guide_tool import OPEN, VERIFY, run, seal
from tests.integration.retention.transfer.disks.receivers import certificate
from tests.services.process import program
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

TOOLS = ("age", "bash", "sha256sum", "unzip", "xmlsec1")


@pytest.fixture
def out(two: TwoArchives, tmp_path: Path) -> UUID:
    """A transfer of two case files, built; skips where a tool of the document is missing."""
    for tool in TOOLS:
        program(tool)
    return packed(two, tmp_path, OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def services(two: TwoArchives, out: UUID) -> Services:
    """Of the giver, opened when it has gone that way."""
    return two.giver


def verified(services: Services, folder: Path) -> subprocess.CompletedProcess[str]:
    root = services.settings.home / "keys" / "authority" / "root.crt"
    return run(VERIFY, folder, ROOT=root)


def test_a_disk_is_verified_with_public_tools(
    services: Services, out: UUID, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    send(services, out, Onto(disk), actor=person(services, "lan"))
    told = verified(services, disk)
    assert told.returncode == 0, told.stderr
    assert "2" in told.stdout.splitlines()
    (package, *_) = sorted((disk / "packages").iterdir())
    whole = package.read_bytes()
    package.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    assert verified(services, disk).returncode != 0
    package.write_bytes(whole)
    manifest = disk / "manifest.xml"
    manifest.write_bytes(manifest.read_bytes().replace(b'documents="1"', b'documents="2"'))
    seal(disk, "manifest.xml")
    told = verified(services, disk)
    assert told.returncode != 0
    assert "FAIL" in told.stdout + told.stderr


def test_an_encrypted_disk_is_opened_and_verified_with_public_tools(
    services: Services, out: UUID, tmp_path: Path
) -> None:
    disk, opened = tmp_path / "disk", tmp_path / "opened"
    lock = lock_for(certificate(tmp_path, rsa.generate_private_key(65537, 2048)))
    send(services, out, Onto(disk, lock=lambda _: lock), actor=person(services, "lan"))
    opened.mkdir()
    told = run(OPEN, disk, KEY=tmp_path / "key.pem", OPENED=opened)
    assert told.returncode == 0, told.stderr
    assert verified(services, opened).returncode == 0
    (other := tmp_path / "other").mkdir()
    certificate(other, rsa.generate_private_key(65537, 2048))
    refused = run(OPEN, disk, KEY=other / "key.pem", OPENED=tmp_path / "nothing")
    assert refused.returncode != 0
