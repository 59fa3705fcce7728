"""The name of a person, as it may be given to an account."""

from archive_service.errors import InputError
from archive_service.text import nfc, telling_line

LONGEST_NAME = 200


class PersonNameError(InputError):
    """A person has a name, not longer than papers have room for, of signs that can be printed."""


def person_name(text: str) -> str:
    """The name as it is kept; ``PersonNameError`` where it is none."""
    name = telling_line(nfc(text))
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PersonNameError(length=LONGEST_NAME, at="display_name")
    return name
