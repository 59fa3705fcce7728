"""A signed document of another archive: whole, and by a certificate that is that archive's."""

import datetime as dt
import io
from collections.abc import Callable, Collection
from functools import partial
from typing import IO

from archive_service import clock
from archive_service.errors import InputError
from archive_service.signing.pdf.report import Outcome
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import FoundSignature, SignatureFinder
from archive_service.signing.xml.signature import XmlSignatureReport, check_signature

AHEAD = dt.timedelta(days=2)  # so far the clocks of two archives may be apart
_NOT_ITS_OWN = (Outcome.REVOKED_BEFORE, Outcome.EXPIRED_AT_SIGNING)


class TransferSignatureError(InputError):
    """A document of another archive is not signed by it: ``why`` of ``labels.transfer-signature``.

    ``archive``: its code; ``signer``: whom the certificate names.
    """


def require_signed(
    document: bytes | Callable[[], IO[bytes]],
    *,
    archive: str,
    created: dt.datetime,
    trust: Trust,
    pinned: Collection[str],
) -> XmlSignatureReport:
    """What its one signature says, which covers all of it.

    Args:
        document: or what opens it, where it is long: it is read twice.
        archive: code of the archive that it names as its own.
        created: when it was made, as it says; its certificate is judged as of then.
        pinned: SHA-256 of the DER of the certificates that the archive signs with. Where there is
            none, a certificate under one of our trusted roots is taken.

    Raises:
        TransferSignatureError: none, altered, weak, or by another.
        XmlForbiddenError, XmlBrokenError, XmlTooLargeError: see ``read_events``.
    """
    source = partial(io.BytesIO, document) if isinstance(document, bytes) else document
    report, signature = XmlSignatureReport(), _the_one(source)
    why = "none" if signature is None else ""
    if created > clock.now() + AHEAD:
        why = "ahead"
    if signature is not None and not why:
        report = check_signature(source, signature, trust, at=created)
        why = _trouble(report, pinned)
    if why:
        raise TransferSignatureError(archive=archive, signer=report.signer, why=why)
    return report


def _the_one(source: Callable[[], IO[bytes]]) -> FoundSignature | None:
    finder = SignatureFinder()
    with source() as document:
        read_events(document, finder)
    return finder.found[0] if len(finder.found) == 1 else None


def _trouble(report: XmlSignatureReport, pinned: Collection[str]) -> str:
    """A key of ``labels.transfer-signature``; empty where nothing is wrong."""
    if not (report.intact and report.valid):
        return "altered"
    if report.weak:
        return "weak"
    if not pinned:
        return "" if report.trusted else "untrusted"
    is_its_own = report.certificate_sha256 in pinned and report.outcome not in _NOT_ITS_OWN
    return "" if is_its_own else "not-pinned"
