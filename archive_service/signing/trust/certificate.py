"""A certificate at the moment at which it signed: its path, its revocation, and what follows.

PDFs, packets and time stamps are judged by the same rules.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archive_service.signing.pdf.report import Outcome
from archive_service.signing.port import KeyCertificate
from archive_service.signing.trust.judged_by import path_context
from archive_service.signing.trust.revocation import Answer, Revocation, Standing, revocation_of
from archive_service.signing.trust.roots import Anchor, Trust

# RFC 3161 section 4, 1: for these reasons tokens from before the revocation remain valid. Lists
# that give no reason are read as "unspecified", for which all tokens count as invalid.
_TOKENS_REMAIN = ("affiliation_changed", "superseded", "cessation_of_operation")


async def any_path(
    certificate: Any, at: dt.datetime, trust: Trust, others: Sequence[Any], roots: Sequence[Any]
) -> Any:
    """A path to a root by names and keys alone, whether it holds or not; ``None``: there is none.

    It must be one whose signatures verify as of a moment at which its first certificate was valid:
    a name is no proof that a root answers for anybody.
    """
    from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError
    from pyhanko_certvalidator.validate import async_validate_path

    moment = min(max(at, certificate.not_valid_before), certificate.not_valid_after)
    context = path_context(trust, moment, others, roots)
    try:
        paths = await context.path_builder.async_build_paths(certificate)
    except PathBuildingError:
        return None
    for path in paths:
        inside = min(
            [moment, *(cert.not_valid_after for cert in path.iter_certs(include_root=False))]
        )
        try:
            await async_validate_path(path_context(trust, inside, others, roots), path)
        except (PathError, ValidationError, ValueError):
            continue
        return path
    return None


def is_vouched_for(certificate: KeyCertificate, at: dt.datetime, trust: Trust) -> bool:
    """Whether a trusted root signed it, or what signed it; that it ran out changes nothing."""
    from asn1crypto import x509

    own, *between = (x509.Certificate.load(der) for der in (certificate.der, *certificate.chain))
    roots = [x509.Certificate.load(der) for der in trust.roots]
    return asyncio.run(any_path(own, at, trust, between, roots)) is not None


@dataclass(frozen=True, slots=True)
class Moment:
    """When it was signed, ``proved`` by a time stamp or not, and when that is judged."""

    at: dt.datetime
    now: dt.datetime
    proved: bool


def outcome_of(
    certificate: Any,
    path: Any,
    known: Revocation,
    anchor: Anchor | None,
    moment: Moment,
    *,
    weak: str,
    trusted: bool,
) -> Outcome:
    """What the certificate makes of a signature that is whole and was made by its key.

    Args:
        trusted: whether ``path`` held at that moment.
        weak: means that can be forged; empty where there are none.
    """
    at = moment.at
    if path is None:
        return Outcome.CHAIN_UNKNOWN
    if not certificate.not_valid_before <= at <= certificate.not_valid_after:
        return Outcome.EXPIRED_AT_SIGNING
    root = path.first
    in_own_time = root.not_valid_before <= at <= root.not_valid_after
    if anchor is None or not anchor.holds_at(at) or not in_own_time:
        return Outcome.ROOT_OUT_OF_PERIOD
    if known.revoked_at is not None and known.revoked_at <= at:
        return Outcome.REVOKED_BEFORE
    if not trusted:
        return Outcome.UNTRUSTED
    if weak:
        return Outcome.WEAK
    if known.revoked_at is not None:
        return Outcome.REVOKED_AFTER if moment.proved else Outcome.REVOKED_AFTER_DOUBTFUL
    if certificate.not_valid_after < moment.now:
        return Outcome.EXPIRED_SINCE
    good = known.standing is Standing.GOOD
    return Outcome.VALID if good else Outcome.VALID_UNCHECKED


async def stamp_revoked(
    path: Any,
    answers: Sequence[Answer],
    *,
    roots: Sequence[Any],
    others: Sequence[Any],
    at: dt.datetime,
    now: dt.datetime,
) -> Revocation | None:
    """Why a time stamp of ``at`` proves nothing: its authority's certificate was revoked.

    ``None`` where it was not, or only afterwards and for a reason that leaves its tokens valid.
    """
    own = path.iter_certs(include_root=False)
    known = await revocation_of(path, answers, roots=roots, others=[*others, *own], at=at, now=now)
    if known.revoked_at is None or (known.revoked_at > at and known.reason in _TOKENS_REMAIN):
        return None
    return known
