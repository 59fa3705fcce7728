"""At which address passkeys are good: at the one that the settings name, and at ``localhost``."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from archive_service.settings import Settings

_LOCAL = "localhost"


class Site(NamedTuple):
    """Where a browser stands; ``host`` is the RP ID, for which alone a passkey answers."""

    host: str
    origin: str


def site_of(settings: Settings, address: str) -> Site | None:
    """The site of a page at ``address``; ``None`` where a browser takes no passkey.

    It takes none at an IP address, nor without TLS but for ``localhost``. The origin is that of
    ``mail.base_url``: the ``Host`` of a request is believed for ``localhost`` alone.
    """
    here, split_result = urlsplit(address), urlsplit(settings.mail.base_url)
    if here.hostname == _LOCAL:
        return Site(_LOCAL, f"{here.scheme}://{here.netloc.lower()}")
    if (
        split_result.hostname is None
        or split_result.hostname != here.hostname
        or _is_ip(split_result.hostname)
    ):
        return None
    if split_result.scheme != "https":
        return None
    return Site(
        split_result.hostname, f"https://{split_result.netloc.lower().removesuffix(':443')}"
    )


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
