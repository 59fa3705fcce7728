"""Each answer is tried when it is given: folders are written to, servers asked, keys opened."""

import errno
import hashlib
import os
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from archive_service.domain.agencies.agency_identifier import parse_agency_identifier
from archive_service.errors import BackendError, ConflictError, InputError
from archive_service.first_run.answers import NOTHING, Answers
from archive_service.recovery.backup.place import BackupParentMissingError
from archive_service.recovery.backup.run import BackupPlaceError
from archive_service.settings import MailSettings, MalwareSettings
from archive_service.signing.port import SigningKeyNotFoundError
from archive_service.storage.copies.identity import CopyNamedTwiceError
from archive_service.text import telling

_WAIT_S = 5.0
WAIVABLE = (
    *("copies", "backup", "malware", "key", "timestamp", "state-root", "proxies", "sandbox"),
    *("shell", "trial-root"),
)
_SHORTEST_REASON = 4
_HTTPS = 443


class SetupFolderError(InputError):
    """Nothing can be written into the folder, or it would lie where no folder is."""


class SetupServerError(BackendError):
    """The server of an address that was answered does not take connections."""


class SetupAnswerError(InputError):
    """An answer of another form than the question has."""


class SetupDemoError(ConflictError):
    """The home is a demo's: toy keys and made-up people are never an archive's in earnest."""


class SetupAnswersMissingError(InputError):
    """Nobody is to be asked, and what an archive cannot do without is not given."""


def check_code(code: str) -> None:
    """``MalformedAgencyIdentifierError`` unless it is an agency's identifier."""
    parse_agency_identifier(code)


def check_copy(url: str, home: Path) -> None:
    """A folder is written to, a bucket's server is called; ``InputError`` for another address."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        _call(parts.hostname or "", parts.port or _HTTPS)
    else:
        write_to(home / parts.path)


def require_own_name(url: str, others: Sequence[str]) -> None:
    """``CopyNamedTwiceError`` where another copy has its name: two disks with a folder alike."""
    if (name := _name_of(url)) in map(_name_of, others):
        raise CopyNamedTwiceError(copy=name)


def _name_of(url: str) -> str:
    parts = urlsplit(url)
    return parse_qs(parts.query).get("name", [Path(parts.path).name])[0]


def check_backup(folder: Path, answers: Answers, home: Path) -> None:
    """A medium that is there, takes what is written, and is no part of a copy."""
    for url in answers.copies:
        parts = urlsplit(url)
        if parts.scheme == "file" and _is_below(folder, home / parts.path):
            raise BackupPlaceError(folder=folder)
    if not folder.is_dir() and not folder.parent.is_dir():
        raise BackupParentMissingError(folder=folder, parent=folder.parent)
    write_to(folder)


def check_key(url: str, passphrase: Path | None, home: Path) -> str:
    """Whose key it is; raises what opening it raises."""
    if url.startswith("pkcs11:"):
        from archive_service.signing.key_stores.pkcs11 import open_pkcs11

        return open_pkcs11(url, home=home).subject.name
    from archive_service.signing.key_stores.pkcs12 import Pkcs12Signer, key_file, open_pkcs12

    if passphrase is None:
        return open_pkcs12(url, home=home).subject.name
    file = key_file(url, home=home)
    if not file.is_file():
        raise SigningKeyNotFoundError(file=file.as_posix())
    return Pkcs12Signer(file, passphrase.read_bytes().rstrip(b"\r\n")).subject.name


def check_timestamp(url: str) -> None:
    """A stamp is asked for and looked at; whom it leads to is known once the roots are there."""
    if url == NOTHING:
        return
    from archive_service.signing.timestamp import HttpTimestamps

    HttpTimestamps(url).token(hashlib.sha256(os.urandom(32)).digest())


def check_malware(url: str, settings: MalwareSettings) -> None:
    """The scanner tells which signatures it has."""
    if url == NOTHING:
        return
    from archive_service.formats.clamd import open_clamd

    open_clamd(url, limit_bytes=settings.limit_bytes, timeout_s=_WAIT_S).signatures()


def check_root(file: Path) -> None:
    """A certificate; ``TrustFileError`` for anything else."""
    from archive_service.signing.trust.roots import certificate_in

    certificate_in(file)


def check_mail(url: str, sender: str, settings: MailSettings) -> None:
    """The server greets, encrypts and lets us in as the URL asks."""
    if url == NOTHING:
        return
    from archive_service.notices.mail import require_address
    from archive_service.notices.smtp import SmtpMailer

    require_address(sender)
    SmtpMailer(url, sender=sender, timeout_s=min(settings.timeout_s, _WAIT_S)).ask()


def as_number(text: str) -> int:
    """A count of proxies."""
    if not text.isascii() or not text.isdigit() or int(text) > 9:
        raise SetupAnswerError(answer=text, wanted="0…9")
    return int(text)


def as_address(text: str) -> str:
    """Where people find the pages; ``-`` for nowhere that letters tell."""
    if text == "-":
        return ""
    if not text.startswith(("http://", "https://")) or not text.isascii() or " " in text:
        raise SetupAnswerError(answer=text, wanted="https://luutru.example")
    return text


def as_sender(text: str) -> str:
    """The address that letters come from."""
    from archive_service.notices.mail import require_address

    return require_address(text)


def as_reason(text: str) -> str:
    """Why the archive does without something; ``-`` for no reason, then it stays lacking."""
    if text == "-":
        return ""
    if len(text) < _SHORTEST_REASON:
        raise SetupAnswerError(answer=text, wanted="…")
    return text


def require_waived(check: str, why: str) -> str:
    """The reason of ``CHECK=REASON``; ``SetupAnswerError`` for another check, or for no reason."""
    reason = telling(why)
    if check not in WAIVABLE or len(reason) < _SHORTEST_REASON:
        raise SetupAnswerError(answer=f"{check}={why}", wanted=f"{'|'.join(WAIVABLE)}=…")
    return reason


def shared_devices(answers: Answers, home: Path) -> list[tuple[str, str]]:
    """Pairs of folders of copies and backups that one broken disk takes together."""
    folders = [urlsplit(url).path for url in answers.copies if url.startswith("file:")]
    places = [home / folder for folder in (*folders, *answers.backups)]
    devices = [(place, _nearest(place).stat().st_dev) for place in places]
    return [
        (str(path), str(other))
        for number, (path, device) in enumerate(devices)
        for other, same in devices[number + 1 :]
        if device == same
    ]


def write_to(folder: Path) -> None:
    """A file is written, read back and gone again; a folder that is not there is not made yet.

    Raises:
        SetupFolderError: with the system's reason.
    """
    place = _nearest(folder)
    if place != folder and place.parent == place:  # nothing but the root: mistyped, or not mounted
        raise SetupFolderError(folder=folder, reason=os.strerror(errno.ENOENT))
    try:
        with tempfile.TemporaryFile(dir=place) as tried:
            tried.write(b"archive setup")
            tried.flush()
            os.fsync(tried.fileno())
    except OSError as trouble:
        raise SetupFolderError(folder=folder, reason=trouble.strerror or str(trouble)) from None


def _nearest(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _is_below(folder: Path, other: Path) -> bool:
    return folder.resolve().is_relative_to(other.resolve())


def _call(host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=_WAIT_S).close()
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        raise SetupServerError(host=host, port=port, reason=reason) from None
