"""An encrypted disk is opened while it is received: nothing of it is plain before or after."""

import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from archive_service.errors import ArchiveError
from archive_service.storage.sealed import digest_past_cache
from archive_service.storage.work_folder import WorkFolderFullError
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.decryption import (
    KeyFiles,
    TransferKeyError,
    TransferKeyOtherError,
    TransferSealedDamagedError,
    private_keys,
)
from retention.transfer.disks.encryption import Lock, TransferPassphraseSlowError, lock_by, lock_for
from retention.transfer.disks.local_media import TransferEncryptedError
from retention.transfer.disks.write import Onto
from retention.transfer.documents import ReceivedDocument
from retention.transfer.receiving.receive import receive
from tests.integration.retention.transfer.disks.disk_sets import split
from tests.integration.retention.transfer.disks.opened_sets import age_pair, nothing_is_left, secret
from tests.integration.retention.transfer.disks.receivers import certificate
from tests.integration.retention.transfer.receiving.nothing_left import nothing_is_here
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.damage.small_disk import small_disk
from tests.worlds.transfer.replies import agreed, packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
PHRASE = "mật khẩu đã thỏa thuận"


def rsa_pair(folder: Path) -> tuple[Path, Path]:
    """A certificate, and the file of its key for its owner alone."""
    folder.mkdir(exist_ok=True)
    cert = certificate(folder, rsa.generate_private_key(65537, 2048))
    (folder / "key.pem").chmod(0o600)
    return cert, folder / "key.pem"


@pytest.fixture
def row(two: TwoArchives, tmp_path: Path) -> UUID:
    """A transfer that was built."""
    return packed(two, tmp_path, *BOTH)


def sealed(two: TwoArchives, row: UUID, disk: Path, public: Path) -> Path:
    onto = Onto(disk, lock=lambda _: lock_for(public))
    disks_write.send(two.giver, row, onto, actor=person(two.giver, "lan"))
    return disk


def received(two: TwoArchives, disk: Path, **files: Path) -> ReceivedDocument:
    lan = person(two.receiver, "lan")
    return receive(two.receiver, disk, actor=lan, keys=KeyFiles(**files))


@pytest.mark.parametrize("pair", [rsa_pair, age_pair])
def test_a_private_key_opens_what_was_encrypted_for_it(
    two: TwoArchives, row: UUID, tmp_path: Path, pair: Callable[[Path], tuple[Path, Path]]
) -> None:
    public, private = pair(tmp_path / "pair")
    disk = sealed(two, row, tmp_path / "disk", public)
    (disk / "System Volume Information").mkdir()
    before = {place: digest_past_cache(place) for place in disk.rglob("*") if place.is_file()}
    with pytest.raises(TransferEncryptedError):
        received(two, disk)
    told = received(two, disk, identity=private)
    assert (told.arrived, told.troubles, told.unknown) == (2, [], [])
    assert received(two, disk, identity=private).arrived == 0
    assert before == {place: digest_past_cache(place) for place in before}
    assert nothing_is_left(two)


@pytest.mark.parametrize("pair", [rsa_pair, age_pair])
def test_a_key_that_has_a_passphrase_of_its_own_is_opened_with_it(
    two: TwoArchives, row: UUID, tmp_path: Path, pair: Callable[[Path], tuple[Path, Path]]
) -> None:
    public, private = pair(tmp_path / "pair")
    disk = sealed(two, row, tmp_path / "disk", public)
    phrase = secret(tmp_path / "phrase", f"{PHRASE}\n")
    if pair is age_pair:
        private.write_bytes(pyrage.passphrase.encrypt(private.read_bytes(), PHRASE))
    else:
        key = serialization.load_pem_private_key(private.read_bytes(), None)
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(PHRASE.encode()),
            )
        )
    other = secret(tmp_path / "other", "một mật khẩu khác\n")
    for files, why in (({}, "locked"), ({"passphrase": other}, "other-passphrase")):
        with pytest.raises(TransferKeyError) as refused:
            received(two, disk, identity=private, **files)
        assert refused.value.facts["why"] == why
    told = received(two, disk, identity=private, passphrase=phrase)
    assert (told.arrived, told.troubles) == (2, [])


def test_a_key_of_ssh_that_has_a_passphrase_is_told_of(tmp_path: Path) -> None:
    made = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", PHRASE, "-f", made], check=True)
    phrase = secret(tmp_path / "phrase", f"{PHRASE}\n")
    for given, expected in ((None, {"locked"}), (phrase, {"locked-so", ""})):
        try:
            private_keys(made, given)
            why = ""
        except TransferKeyError as refused:
            why = str(refused.facts["why"])
        assert why in expected


def hard(sealed: bytes) -> bytes:
    """As a machine seals it that is a million times as fast: how much work stands in the header."""
    told, times = re.subn(rb"(?m)^(-> scrypt \S+) \d+$", rb"\1 40", sealed, count=1)
    assert times == 1
    return told


def test_a_passphrase_that_takes_too_much_work_is_not_told_as_damage(
    two: TwoArchives, row: UUID, tmp_path: Path
) -> None:
    disk, phrase = tmp_path / "disk", secret(tmp_path / "phrase", PHRASE)
    onto = Onto(disk, lock=partial(lock_by, phrase))
    disks_write.send(two.giver, row, onto, actor=person(two.giver, "lan"))
    key = disk / "key.age"
    whole = key.read_bytes()
    key.write_bytes(hard(whole))
    files = (disk, "--passphrase-file", phrase, "--json")
    told = Command(two.receiver.settings.home).run("transfer", "receive", *files, account="lan")
    assert (told.code, told.error["code"]) == (6, "transfer-passphrase-slow")
    assert nothing_is_here(two.receiver)
    assert nothing_is_left(two)
    with pytest.raises(TransferPassphraseSlowError):
        lock_by(phrase, disk)
    _, private = age_pair(tmp_path / "pair")
    private.write_bytes(hard(pyrage.passphrase.encrypt(private.read_bytes(), PHRASE)))
    with pytest.raises(TransferPassphraseSlowError):
        private_keys(private, phrase)
    key.write_bytes(whole)
    assert received(two, disk, passphrase=phrase).arrived == 2


def test_media_of_which_each_is_locked_in_its_own_way_come_together(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, giver = agreed(two, tmp_path, *BOTH), two.giver
    lan, carried = person(giver, "lan"), tmp_path / "carried"
    split(giver, row, tmp_path)
    public, private = rsa_pair(tmp_path / "pair")
    phrase = secret(tmp_path / "phrase", f"{PHRASE}\n")
    carried.mkdir()
    locks: list[Callable[[Path], Lock]] = [lambda _: lock_for(public), partial(lock_by, phrase)]
    for number, lock in enumerate(locks, start=1):
        onto = Onto(carried / f"dia-{number:02}", medium=number, lock=lock)
        disks_write.send(giver, row, onto, actor=lan)
    with pytest.raises(TransferEncryptedError) as refused:
        received(two, carried, identity=private)
    assert str(refused.value.facts["folder"]).endswith("dia-02")
    told = received(two, carried, identity=private, passphrase=phrase)
    assert (told.arrived, told.troubles, told.unknown) == (2, [], [])


def test_what_does_not_open_a_disk_is_told_and_nothing_is_taken(
    two: TwoArchives, row: UUID, tmp_path: Path
) -> None:
    public, private = rsa_pair(tmp_path / "pair")
    disk = sealed(two, row, tmp_path / "disk", public)

    def refused(error: type[ArchiveError], **files: Path) -> str:
        with pytest.raises(error) as told:
            received(two, disk, **files)
        assert nothing_is_here(two.receiver)
        assert nothing_is_left(two)
        return str(told.value.facts.get("why", ""))

    for pair in (rsa_pair, age_pair):
        refused(TransferKeyOtherError, identity=pair(tmp_path / "other")[1])
    assert refused(TransferKeyError, identity=tmp_path / "none") == "unreadable"
    for text in ("", "không phải khóa", "AGE-SECRET-KEY-1XXX", "-----BEGIN PRIVATE KEY-----\nAA\n"):
        assert refused(TransferKeyError, identity=secret(tmp_path / "k", text)) == "no-key"
    key = serialization.load_pem_private_key(private.read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    shut = secret(tmp_path / "k", locked.decode())
    assert refused(TransferKeyError, identity=shut) == "locked"
    wrong = secret(tmp_path / "wrong", "y\n")
    assert refused(TransferKeyError, identity=shut, passphrase=wrong) == "other-passphrase"
    private.chmod(0o640)
    assert refused(TransferKeyError, identity=private) == "open"
    private.chmod(0o600)
    phrase = secret(tmp_path / "phrase", PHRASE)
    refused(TransferEncryptedError, passphrase=phrase)
    by_phrase = tmp_path / "by-phrase"
    onto = Onto(by_phrase, lock=partial(lock_by, phrase))
    disks_write.send(two.giver, row, onto, actor=person(two.giver, "lan"))
    shutil.rmtree(disk)
    by_phrase.rename(disk)
    refused(TransferEncryptedError, identity=private)
    refused(TransferKeyOtherError, passphrase=secret(tmp_path / "wrong", "một mật khẩu khác"))
    (disk / "key.age").write_bytes(b"x")
    refused(TransferSealedDamagedError, passphrase=phrase)


def test_what_was_damaged_after_it_was_encrypted_is_told(
    two: TwoArchives, row: UUID, tmp_path: Path
) -> None:
    public, private = age_pair(tmp_path / "pair")
    disk = sealed(two, row, tmp_path / "disk", public)
    manifest = disk / "manifest.xml.age"
    whole = manifest.read_bytes()
    for spoilt in (
        b"",
        b"no age at all",
        whole[:-1],
        whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:],
    ):
        manifest.write_bytes(spoilt)
        with pytest.raises(TransferSealedDamagedError):
            received(two, disk, identity=private)
    assert nothing_is_here(two.receiver)
    manifest.write_bytes(whole)
    first, second = sorted((disk / "packages").iterdir())
    kept = {place: place.read_bytes() for place in (first, second)}
    first.write_bytes(kept[first][: len(kept[first]) // 2])
    second.write_bytes(kept[second] + b"\0" * (1 << 20))
    told = received(two, disk, identity=private)
    assert (told.arrived, [trouble.refusal["code"] for trouble in told.troubles]) == (
        0, ["package-damaged", "package-damaged"],
    )  # fmt: skip
    first.write_bytes(kept[second])  # one for the other: as the giver signed none of them
    second.write_bytes(kept[first])
    assert received(two, disk, identity=private).arrived == 0
    for place, data in kept.items():
        place.write_bytes(data)
    told = received(two, disk, identity=private)
    assert (told.arrived, told.troubles, told.unknown) == (2, [], [])
    assert nothing_is_left(two)


def test_a_full_work_folder_is_told_and_gone_on_with(
    two: TwoArchives, row: UUID, tmp_path: Path
) -> None:
    public, private = age_pair(tmp_path / "pair")
    disk = sealed(two, row, tmp_path / "disk", public)
    work = two.receiver.work_folder
    work.rmdir()
    for size in (4 << 10, 64 << 10):  # no room for the manifest, none for a package
        with small_disk(tmp_path / f"small-{size}", size) as small:
            work.symlink_to(small)
            with pytest.raises(WorkFolderFullError):
                received(two, disk, identity=private)
            assert not any(small.iterdir())
            work.unlink()
    assert received(two, disk, identity=private).arrived == 2


def test_the_command_opens_with_what_is_given_or_is_the_archives_own(
    two: TwoArchives, row: UUID, tmp_path: Path
) -> None:
    public, private = rsa_pair(tmp_path / "pair")
    disk = sealed(two, row, tmp_path / "disk", public)
    home = two.receiver.settings.home
    plain = Command(home)
    told = plain.run("transfer", "receive", disk, "--json", account="lan")
    assert (told.code, told.error["code"]) == (2, "transfer-encrypted")
    other = rsa_pair(tmp_path / "other")[1]
    told = plain.run("transfer", "receive", disk, "--identity", other, "--json", account="lan")
    assert (told.code, told.error["code"]) == (2, "transfer-key-other")
    shutil.copy(private, home / "keys" / "disks.pem")
    (home / "keys" / "disks.pem").chmod(0o600)
    own = Command(home, settings={"ARCHIVE_TRANSFER__IDENTITY": "keys/disks.pem"})
    assert own.ask("transfer", "receive", disk, account="lan")["arrived"] == 2
