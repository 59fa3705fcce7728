"""By which paper the desk knew who came to the counter: sealed, shown by its end, forgotten."""

import re
from pathlib import Path

from cryptography.fernet import InvalidToken

from archive_service.accounts.second_factor import home_key
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.errors import InputError

_BETWEEN = re.compile(r"[\s.-]+")
_NUMBER = re.compile(r"[A-Z0-9/]{6,30}")
_SHOWN = 4


class AccessRequestIdentityError(InputError):
    """Who comes to the counter shows an identity paper, and its number has letters and digits."""


def identity_number(typed: str, *, is_needed: bool) -> str:
    """As it is kept: capitals without blanks, dots and hyphens; ``""`` where none is needed.

    Raises:
        AccessRequestIdentityError
    """
    number = _BETWEEN.sub("", typed).upper()
    if (number or is_needed) and not _NUMBER.fullmatch(number):
        raise AccessRequestIdentityError
    return number


def keep_identity(row: AccessRequest, number: str, home: Path) -> None:
    """Put it into the row: whole for the key of the home alone, and its end for everybody."""
    if number:
        row.identity = home_key(home).encrypt(number.encode()).decode()
        row.identity_end = number[-_SHOWN:]


def identity_of(row: AccessRequest, home: Path) -> str:
    """The whole number; empty where it was forgotten, or sealed with the key of another home."""
    try:
        return home_key(home).decrypt(row.identity.encode()).decode() if row.identity else ""
    except InvalidToken:
        return ""
