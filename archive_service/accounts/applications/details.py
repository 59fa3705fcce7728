"""What an asker told of themselves: sealed with the key of the home, and forgotten in time."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import InvalidToken

from archive_service.accounts.second_factor import home_key
from archive_service.domain.people.account_application import AccountApplication


@dataclass(frozen=True, slots=True)
class Details:
    """Empty where they are forgotten, or were sealed by another home's key."""

    person: str = ""
    name: str = ""  # the sign-in name that is asked for
    email: str = ""
    purpose: str = ""


def seal(details: Details, home: Path) -> str:
    """As the database keeps them."""
    return home_key(home).encrypt(json.dumps(asdict(details)).encode()).decode()


def details_of(row: AccountApplication, home: Path) -> Details:
    """What was told with this request."""
    try:
        return Details(**json.loads(home_key(home).decrypt(row.sealed.encode())))
    except InvalidToken:
        return Details()
