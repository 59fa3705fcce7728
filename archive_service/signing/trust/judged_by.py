"""How pyHanko is to judge a certificate: by which roots, at which moment, without any network."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from archive_service.signing.trust.roots import Trust


def hush() -> None:
    """No stack trace of pyHanko for each certificate it does not trust: our reports say it."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def path_context(
    trust: Trust, moment: dt.datetime, others: Sequence[Any], roots: Sequence[Any]
) -> Any:
    """A path at that moment, whatever the algorithms; revocation is asked for apart."""
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms

    from archive_service.signing.trust.value import PatientValidator

    return ValidationContext(
        trust_roots=roots,
        other_certs=[*trusted_others(trust), *others],
        crls=[],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
        algorithm_usage_policy=AcceptAllAlgorithms(),
        signature_validator=PatientValidator(),
    )


def trusted_others(trust: Trust) -> list[Any]:
    """The certificates that help to build a path, asn1crypto."""
    from asn1crypto import x509

    return [x509.Certificate.load(der) for der in trust.others]


def validation_context(trust: Trust, moment: dt.datetime | None) -> Any:
    """How pyHanko is to judge a time stamp that was just made; without any network.

    ``None`` is now.
    """
    from asn1crypto import crl, x509
    from pyhanko_certvalidator import ValidationContext

    hush()
    return ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in trust.roots],
        other_certs=[x509.Certificate.load(der) for der in trust.others],
        crls=[crl.CertificateList.load(der) for der in trust.revocations],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def any_signing_usage() -> Any:
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    return KeyUsageConstraints(
        key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
    )
