"""Whether the key of the certificate made a signature over these bytes, and what vouches for it."""

import hashlib
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, TimestampSignatureStatus
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator.errors import AlgorithmNotSupported
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint

from archive_service.signing.pdf.embedded import Embedded
from archive_service.signing.trust.judged_by import any_signing_usage
from archive_service.signing.trust.value import PatientValidator, UnknownMeansError

_UNKNOWN_MEANS = (
    UnknownMeansError,
    AlgorithmNotSupported,
    UnsupportedAlgorithm,
    NotImplementedError,
)


class CannotJudgeError(Exception):
    """Nobody can say whether it is good; ``reason`` is a code, ``detail`` names the means."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


class MalformedError(Exception):
    """What it says of itself contradicts itself: nobody's key made it over this."""


class _AnyMeans(CMSAlgorithmUsagePolicy):
    """Means that are too weak are told apart, by config; no certificate is blamed for them."""

    def digest_algorithm_allowed(self, *_: Any, **__: Any) -> AlgorithmUsageConstraint:
        return AlgorithmUsageConstraint(allowed=True)

    def signature_algorithm_allowed(self, *_: Any, **__: Any) -> AlgorithmUsageConstraint:
        return AlgorithmUsageConstraint(allowed=True)

    def digest_combination_allowed(self, *_: Any, **__: Any) -> AlgorithmUsageConstraint:
        return AlgorithmUsageConstraint(allowed=True)


async def status_of(signature: Embedded, signer_context: Any, stamp_context: Any) -> Any:
    """The signature judged by pyHanko; what is not its CMS (seed values, types) is left out.

    Raises:
        CannotJudgeError: by means that are not known here, or without a certificate.
        MalformedError: its attributes are not those of a signature of this certificate.
    """
    _require_certificate(signature)
    try:
        digest = signature.compute_digest()
        signer_context.sig_validator = PatientValidator(signature.attributes)
        carries = signature.is_of_digest or _carries_all(signature, digest)
        found = await generic_cms.cms_basic_validation(
            signature.signed_data,
            raw_digest=None if carries else digest,
            validation_context=signer_context,
            status_kwargs={"coverage": signature.coverage, "docmdp_ok": True, "diff_result": None},
            key_usage_settings=any_signing_usage(),
            algorithm_policy=_AnyMeans(),
        )
    except (*_UNKNOWN_MEANS, AttributeError, AssertionError) as wrong:
        raise CannotJudgeError("algorithm-unknown", _means(signature)) from wrong
    except (SignatureValidationError, CMSStructuralError) as wrong:
        raise MalformedError from wrong
    if signature.is_of_digest:
        found["intact"] = found["intact"] and signature.carried == digest
    stamp = await _stamp_of(signature, stamp_context)
    return PdfSignatureStatus(**found, timestamp_validity=stamp)


def _require_certificate(signature: Embedded) -> None:
    try:
        _ = signature.signer_cert
    except CMSExtractionError as wrong:
        raise CannotJudgeError("certificate-missing") from wrong
    except SignatureValidationError as wrong:
        if "not included" in str(wrong):
            raise CannotJudgeError("certificate-missing") from wrong
        raise MalformedError from wrong


def _carries_all(signature: Embedded, digest: bytes) -> bool:
    """Whether it holds the very bytes that it covers, though it should hold none of them.

    Raises:
        CannotJudgeError: it holds others.
    """
    if not (carried := signature.carried):
        return False
    if hashlib.new(signature.external_md_algorithm, carried).digest() != digest:
        raise CannotJudgeError("format-unknown", "encapsulated")
    return True


def _means(signature: Embedded) -> str:
    algorithm = signature.signer_info["signature_algorithm"]["algorithm"]
    return f"{signature.md_algorithm}/{algorithm.native}"


async def _stamp_of(signature: Embedded, context: Any) -> Any:
    """The time stamp within it, the first that is trusted; ``None`` where none can be read."""
    found = None
    try:
        for token in generic_cms.extract_tst_data_iter(signature.signer_info, signed=False):
            status = await generic_cms.validate_tst_signed_data(
                token,
                context,
                generic_cms.message_imprint_checker(signature.signer_info),
                algorithm_policy=_AnyMeans(),
            )
            found = TimestampSignatureStatus(**status)
            if found.trusted:
                break
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return found
    return found
