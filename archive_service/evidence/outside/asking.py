"""The time-stamp services of the settings, asked for a token one by one."""

from archive_service import clock
from archive_service.errors import BackendError
from archive_service.evidence.outside.hash_tree import SHA256
from archive_service.services import Services
from archive_service.signing.port import (
    DemoStampError,
    SigningKeyError,
    TimestampUnavailableError,
)

FIRST, SECOND = "timestamp.url", "timestamp.second_url"  # settings; acts name services by them
TROUBLES = (BackendError, SigningKeyError, DemoStampError)


def used_services(services: Services) -> list[str]:
    """Those that are named in the settings."""
    named = services.settings.timestamp
    urls = {FIRST: named.url, SECOND: named.second_url}
    return [service for service, url in urls.items() if url != "none:"]


def token_over(services: Services, service: str, root: bytes, algorithm: str = SHA256) -> bytes:
    """A token of this service over a digest, of now.

    Raises:
        TimestampUnavailableError: it did not answer, or another question, or its clock is more
            than ``retention.clock_apart_s`` from ours.
        DemoStampError, SigningKeyError: the setting names none that may be used.
    """
    from archive_service.signing.timestamp import means_of

    stamper = services.timestamps if service == FIRST else services.second_timestamps
    if stamper is None:
        raise TimestampUnavailableError(reason=service)
    token = stamper.token(root, algorithm)
    means = means_of(token)
    if means is None:
        raise TimestampUnavailableError(reason="its token does not read")
    apart_s = abs((means.at - clock.now()).total_seconds())
    if apart_s > services.settings.retention.clock_apart_s:
        raise TimestampUnavailableError(reason=f"its clock is {apart_s:.0f} s apart")
    return token
