"""The port to a mail server, and the server that is none."""

import datetime as dt
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

from archive_service import clock
from archive_service.errors import BackendError, InputError

ADDRESS_LENGTH = 254  # RFC 5321 4.5.3.1.3, without the brackets
_LOCAL_LENGTH = 64
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


class MailUnavailableError(BackendError):
    """The mail server is silent, broke off, or takes no letter of ours now."""


class MailCertificateError(MailUnavailableError):
    """The server's certificate does not prove that it is the server: nothing was sent to it."""


class MailDelayedError(BackendError):
    """The server takes no letter to this address now (a 4xx answer), others perhaps."""


class MailRefusedError(InputError):
    """The server will not take a letter to this address (a 5xx answer)."""


class MailAddressError(InputError):
    """Not an address that mail can be sent to."""


class MailUrlError(InputError):
    """The URL of the mail server is none, or would send a password for all to read."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one address, ready to be sent; the same ``message_id`` at each try."""

    to: str
    message_id: str
    message: EmailMessage


def begun_letter(
    sender: tuple[str, str], to: str, *, subject: str, message_id: str, at: dt.datetime
) -> EmailMessage:
    """A letter of the archive's own, from ``sender`` (name and address), without its words."""
    message = EmailMessage()
    message["From"] = Address(sender[0], addr_spec=sender[1])
    message["To"] = Address(addr_spec=to)
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.local(at))
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office notes, please
    return message


class Mailer(Protocol):
    """Hands letters to a mail server; one at a time."""

    @property
    def is_used(self) -> bool:
        """Whether letters are sent at all."""

    def send(self, letter: Letter) -> str:
        """The server's answer once it has the letter; it is then the server's to deliver.

        Raises:
            MailRefusedError: it will not take it, now or later.
            MailDelayedError: it does not take it now.
            MailUnavailableError: it did not answer to the end: the letter may have gone or not.
        """

    def ask(self) -> str:
        """Whether it answers; what it says of itself, nothing where there is none.

        Raises:
            MailUnavailableError: it did not answer.
        """


class NoMailer:
    """The backend ``none:``: notices stay on the page."""

    @property
    def is_used(self) -> bool:
        """See ``Mailer.is_used``."""
        return False

    def send(self, letter: Letter) -> str:
        """See ``Mailer.send``; nothing is ever sent."""
        raise MailUnavailableError(server="none:", reason=f"no server for {letter.message_id}")

    def ask(self) -> str:
        """See ``Mailer.ask``."""
        return ""


def require_address(text: str) -> str:
    """The address as it is kept; nothing for an empty one.

    Raises:
        MailAddressError: not one plain address: a line break, a name, two addresses, other letters.
    """
    address = text.strip(" ")
    if not address:
        return ""
    local = address.partition("@")[0]
    fits = len(address) <= ADDRESS_LENGTH and len(local) <= _LOCAL_LENGTH
    if not fits or _ADDRESS.fullmatch(address) is None:
        shown = "".join(letter if letter.isprintable() else "?" for letter in address)
        raise MailAddressError(address=shown[:ADDRESS_LENGTH])
    return address
