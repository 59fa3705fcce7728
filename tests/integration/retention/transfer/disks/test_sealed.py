"""An encrypted disk is opened with ``age`` and ``sha256sum`` alone, as its own page says."""

import hashlib
import os
import pty
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from archive_service.services import Services
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.encryption import TransferLockError, lock_by, lock_for
from retention.transfer.disks.write import Onto
from tests.integration.retention.transfer.disks.disk_sets import digests, verified
from tests.integration.retention.transfer.disks.receivers import certificate
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
PHRASE = "mật khẩu đã thỏa thuận"
CLEAR = {"transfer-id.txt", "SHA256SUMS", "OPEN.txt", "written.jsonl"}


def loop_of(page: str) -> str:
    """The command of the page, which opens every file."""
    (line,) = {line.strip() for line in page.splitlines() if "THUMUC" in line and "find" in line}
    return line


def opened(disk: Path, key: Path, folder: Path, tools: ModuleType) -> Path:
    """What the disk holds, opened into ``folder`` by the command that its page gives."""
    tools.age_path()
    assert verified(disk) == 9 + (disk / "key.age").is_file()
    page = (disk / "OPEN.txt").read_text("utf-8")
    line = loop_of(page).replace("THUMUC", str(folder)).replace("-i KHOA", f"-i {key}")
    subprocess.run(["sh", "-ec", line], cwd=disk, check=True)
    return folder


def ask(command: list[str], answer: str) -> None:
    """Run what asks for a passphrase at a terminal."""
    pid, terminal = pty.fork()
    if not pid:
        os.execvp(command[0], command)  # noqa: S606 - the terminal is its own
    told = b""
    while b"passphrase" not in told:
        told += os.read(terminal, 1000)
    os.write(terminal, f"{answer}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0


def send(services: Services, row: UUID, onto: Onto) -> None:
    disks_write.send(services, row, onto, actor=person(services, "lan"))


@pytest.fixture
def out(two: TwoArchives, tmp_path: Path) -> tuple[UUID, Path]:
    """A transfer, and where it was built."""
    return packed(two, tmp_path, *BOTH), tmp_path / "out"


@pytest.fixture
def services(two: TwoArchives, out: tuple[UUID, Path]) -> Services:
    """Of the giver, opened when it has gone that way."""
    return two.giver


def test_a_disk_for_a_certificate_is_opened_with_its_key(
    services: Services, out: tuple[UUID, Path], tmp_path: Path, tools: ModuleType
) -> None:
    row, folder = out
    lock = lock_for(certificate(tmp_path, rsa.generate_private_key(65537, 2048)))
    disk = tmp_path / "disk"
    send(services, row, Onto(disk, lock=lambda _: lock))
    names = digests(disk).keys()
    assert {name for name in names if not name.endswith(".age")} == CLEAR
    assert not any(code.encode() in (disk / name).read_bytes() for name in names for code in BOTH)
    plain = opened(disk, tmp_path / "key.pem", tmp_path / "plain", tools)
    assert verified(plain) == 7
    told = digests(folder)
    del told["transfer-id.txt"]
    assert digests(plain) == told
    (medium,) = disks_write.media(services, row, actor=person(services, "lan")).media
    sums = hashlib.sha256((disk / "SHA256SUMS").read_bytes()).hexdigest()
    assert medium.sums_sha256 == sums


def test_a_disk_with_a_passphrase_asks_for_it_once(
    services: Services, out: tuple[UUID, Path], tmp_path: Path, tools: ModuleType
) -> None:
    row, folder = out
    phrase = tmp_path / "phrase"
    phrase.write_text(f"{PHRASE}\n", "utf-8")
    disk = tmp_path / "disk"
    send(services, row, Onto(disk, lock=partial(lock_by, phrase)))
    key = tmp_path / "key.txt"
    ask([tools.age_path(), "-d", "-o", str(key), str(disk / "key.age")], PHRASE)
    plain = opened(disk, key, tmp_path / "plain", tools)
    assert verified(plain) == 7
    assert (plain / "manifest.xml").read_bytes() == (folder / "manifest.xml").read_bytes()
    phrase.write_text("một mật khẩu khác hẳn\n", "utf-8")
    with pytest.raises(TransferLockError) as refused:
        send(services, row, Onto(disk, lock=partial(lock_by, phrase)))
    assert refused.value.facts["why"] == "other-passphrase"


def test_what_is_encrypted_for_the_same_is_not_encrypted_again(
    services: Services, out: tuple[UUID, Path], tmp_path: Path
) -> None:
    row, disk = out[0], tmp_path / "disk"
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE, "utf-8")
    onto = Onto(disk, lock=partial(lock_by, phrase))
    send(services, row, onto)
    first = digests(disk)
    with (disk / "written.jsonl").open("a") as journal:
        journal.write('{"name": "half')
    (damaged, *_) = sorted(name for name in first if name.startswith("packages/"))
    (disk / damaged).write_bytes(b"damaged")
    send(services, row, onto)
    again = digests(disk)
    changed = {name for name in first if first[name] != again[name]}
    assert changed == {damaged, "written.jsonl", "SHA256SUMS"}
    other = lock_for(certificate(tmp_path, rsa.generate_private_key(65537, 2048)))
    send(services, row, Onto(disk, lock=lambda _: other))
    third = digests(disk)
    assert not any(third.get(name) == digest for name, digest in again.items() if "age" in name)
    assert "key.age" not in third
    send(services, row, Onto(disk))
    assert digests(disk) == digests(out[1])


def test_keys_of_age_are_taken_and_others_refused(tmp_path: Path) -> None:
    from pyrage.x25519 import Identity

    keys = tmp_path / "keys.txt"
    public = [str(Identity.generate().to_public()) for _ in range(2)]
    keys.write_text("# hai người\n" + "\n".join(public) + "\n", "utf-8")
    assert list(lock_for(keys).names) == public
    for text in ("", "age1nothing", "ssh-rsa AAAA", "không phải khóa"):
        keys.write_text(text, "utf-8")
        assert why(lambda: lock_for(keys)) == "no-key"
    curve = certificate(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    assert why(lambda: lock_for(curve)) == "not-rsa"
    (tmp_path / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nAA\n")
    assert why(lambda: lock_for(tmp_path / "cert.pem")) == "no-key"
    assert why(lambda: lock_for(tmp_path / "none")) == "unreadable"
    (tmp_path / "phrase").write_text("ngắn\n", "utf-8")
    assert why(lambda: lock_by(tmp_path / "phrase", tmp_path)) == "short"


def why(act: Callable[[], object]) -> str:
    with pytest.raises(TransferLockError) as refused:
        act()
    return str(refused.value.facts["why"])


def test_the_page_speaks_both_languages(
    services: Services, out: tuple[UUID, Path], tmp_path: Path
) -> None:
    lock = lock_for(certificate(tmp_path, rsa.generate_private_key(65537, 2048)))
    send(services, out[0], Onto(tmp_path / "disk", lock=lambda _: lock))
    page = (tmp_path / "disk" / "OPEN.txt").read_text("utf-8")
    assert "Kiểm tra đĩa" in page
    assert "Verify the disk" in page
    assert re.search(r"find \. -name '\*\.age'.*\$\{f%\.age\}", page)
