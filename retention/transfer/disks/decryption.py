"""What opens an encrypted disk: private keys of age, SSH or PEM, or the passphrase agreed upon."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from archive_service.errors import InputError
from archive_service.storage.sealed import (
    ChunkReader,
    HashingWriter,
    SealedBrokenError,
    SealedForOthersError,
    SealedTooSlowError,
    decrypt,
    iter_chunks,
    opened_by,
)
from retention.transfer.disks.encryption import KEY, TransferPassphraseSlowError

_OTHERS = 0o077  # bits of the mode that let others in
_LONGEST_KEY = 64 << 10  # bytes
_OF_AGE, _OF_PEM, _OF_SSH = "AGE-SECRET-KEY-", b"-----BEGIN ", b"OPENSSH PRIVATE KEY"
_LOCKED = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")  # a file of keys itself


class TransferKeyError(InputError):
    """The file with what is to open a disk is unusable: ``why`` of ``labels.transfer-key``."""


class TransferKeyOtherError(InputError):
    """The disk was encrypted for somebody else, or with another passphrase."""


class TransferSealedDamagedError(InputError):
    """A file of the disk cannot be decrypted, whoever has the key: ``name``."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Files that are given to open disks: private keys, and a passphrase in its first line.

    The passphrase opens ``key.age`` of a disk, or the private key where that is locked itself.
    """

    identity: Path | None = None
    passphrase: Path | None = None


NO_KEYS = KeyFiles()


def identities_of(files: KeyFiles, disk: Path) -> list[Any]:
    """What opens this disk; empty where the files hold nothing that could.

    A disk with ``key.age`` is opened by the passphrase, any other one by a private key.

    Raises:
        TransferKeyError, TransferKeyOtherError, TransferSealedDamagedError
        TransferPassphraseSlowError
    """
    sealed = disk / KEY
    if sealed.exists():
        return [_by_passphrase(files.passphrase, sealed)] if files.passphrase else []
    return private_keys(files.identity, files.passphrase) if files.identity else []


def private_keys(file: Path, passphrase: Path | None = None) -> list[Any]:
    """Keys of age, one a line, or one of SSH or PEM (RSA, and Ed25519 of SSH).

    Args:
        passphrase: opens the file where it is locked, as ``age -p`` or ``ssh-keygen`` do it.

    Raises:
        TransferKeyError: unreadable, readable for others, locked by a passphrase that is not
            given or is another one, or no key.
        TransferPassphraseSlowError
    """
    import pyrage

    phrase = None if passphrase is None else _phrase(passphrase)
    data = _secret(file)
    if data.lstrip().startswith(_LOCKED):
        data = _opened(data, file, phrase)
    try:
        if data.lstrip().startswith(_OF_PEM):
            return [pyrage.ssh.Identity.from_buffer(_as_ssh(data, file, phrase))]
        lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
        found = [line for line in lines if line.startswith(_OF_AGE)]
        keys = [pyrage.x25519.Identity.from_str(line) for line in found]
    except (pyrage.IdentityError, ValueError):
        raise TransferKeyError(file=str(file), why="no-key") from None
    if not keys:
        raise TransferKeyError(file=str(file), why="no-key")
    return keys


def unseal(file: IO[bytes], out: IO[bytes], identities: Sequence[Any]) -> tuple[str, int]:
    """Digest and bytes of what was sealed, streamed into ``out``.

    Raises:
        SealedForOthersError, SealedBrokenError: what stands in ``out`` is no use; also where the
            medium does not give ``file`` back.
        OSError: ``out`` takes no more.
    """
    source, target = ChunkReader(iter_chunks(file)), HashingWriter(out)
    try:
        decrypt(source, target, identities)
    except OSError as trouble:
        if source.trouble is trouble:
            raise SealedBrokenError(str(trouble)) from trouble
        raise
    return target.sha256, target.size_bytes


def unseal_to(file: Path, target: Path, identities: Sequence[Any]) -> None:
    """A small file of a disk, opened into ``target``.

    Raises:
        TransferKeyOtherError, TransferSealedDamagedError
    """
    facts = {"folder": str(file.parent), "name": file.name}
    try:
        sealed = file.open("rb")
    except OSError:
        raise TransferSealedDamagedError(**facts) from None
    with sealed, target.open("xb") as out:
        try:
            unseal(sealed, out, identities)
        except SealedForOthersError:
            raise TransferKeyOtherError(**facts) from None
        except SealedBrokenError:
            raise TransferSealedDamagedError(**facts) from None


def _secret(file: Path) -> bytes:
    try:
        if file.stat().st_mode & _OTHERS:
            raise TransferKeyError(file=str(file), why="open")
        with file.open("rb") as source:
            return source.read(_LONGEST_KEY)
    except OSError:
        raise TransferKeyError(file=str(file), why="unreadable") from None


def _phrase(file: Path) -> str:
    return (_secret(file).decode("utf-8", "replace").splitlines() or [""])[0].strip()


def _opened(data: bytes, file: Path, phrase: str | None) -> bytes:
    """A file of keys that ``age -p`` locked."""
    if phrase is None:
        raise TransferKeyError(file=str(file), why="locked")
    try:
        return opened_by(data, phrase)
    except SealedTooSlowError:
        raise TransferPassphraseSlowError(file=str(file)) from None
    except SealedForOthersError:
        raise TransferKeyError(file=str(file), why="other-passphrase") from None
    except SealedBrokenError:
        raise TransferKeyError(file=str(file), why="no-key") from None


def _as_ssh(data: bytes, file: Path, phrase: str | None) -> bytes:
    """A private key as SSH writes it, which is what the library reads."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    is_ssh = _OF_SSH in data.partition(b"\n")[0]
    load = serialization.load_ssh_private_key if is_ssh else serialization.load_pem_private_key
    given = None
    try:
        try:
            key: Any = load(data.strip() + b"\n", given)
        except TypeError:
            if phrase is None:
                raise TransferKeyError(file=str(file), why="locked") from None
            given = phrase.encode()
            key = load(data.strip() + b"\n", given)
    except UnsupportedAlgorithm:
        raise TransferKeyError(file=str(file), why="locked-so" if given else "no-key") from None
    except (ValueError, TypeError):
        why = "other-passphrase" if given else "no-key"
        raise TransferKeyError(file=str(file), why=why) from None
    return key.private_bytes(  # type: ignore[no-any-return]  # any kind of key
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )


def _by_passphrase(file: Path, sealed: Path) -> Any:
    import pyrage

    phrase = _phrase(file)
    facts = {"folder": str(sealed.parent), "name": sealed.name}
    try:
        with sealed.open("rb") as source:
            key = opened_by(source.read(_LONGEST_KEY), phrase)
    except SealedTooSlowError:
        raise TransferPassphraseSlowError(file=str(sealed)) from None
    except SealedForOthersError:
        raise TransferKeyOtherError(**facts) from None
    except (SealedBrokenError, OSError):
        raise TransferSealedDamagedError(**facts) from None
    try:
        return pyrage.x25519.Identity.from_str(key.decode("ascii"))
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise TransferSealedDamagedError(**facts) from None
