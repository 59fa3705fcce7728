"""Says of each signature in a PDF whose it is and whether it holds; without any network."""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.signing.port import SignerKind
from archive_service.signing.trust import Trust


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature. ``intact``: the signed bytes are unchanged; ``valid``: the key made it.

    ``trusted``: a path to a trusted root held at the time of signing: the time stamp's where
    ``timestamped``, else the time the signer claims. ``covers_whole_document``: nothing was
    appended after it. ``altered_later``: something was that is more than a further signature or
    a filled form. ``errors``: short codes, for findings. ``field`` is empty, and nothing holds,
    where the PDF itself cannot be read (``pdf-unreadable``, ``pdf-encrypted``).
    """

    field: str
    signer: str = ""
    organization: str = ""
    identifier: str = ""
    issuer: str = ""
    kind: SignerKind = SignerKind.UNKNOWN
    signed_at: dt.datetime | None = None
    timestamped: bool = False
    intact: bool = False
    valid: bool = False
    trusted: bool = False
    covers_whole_document: bool = False
    altered_later: bool = False
    algorithm: str = ""
    errors: tuple[str, ...] = ()


def as_row(report: SignatureReport) -> dict[str, Any]:
    """The report as it is kept in a row: plain JSON, moments in ISO 8601."""
    told = asdict(report)
    told["kind"] = report.kind.value
    told["signed_at"] = None if report.signed_at is None else clock.iso(report.signed_at)
    told["errors"] = list(report.errors)
    return told


def inspect_signatures(path: Path, trust: Trust) -> list[SignatureReport]:
    """A report for each signature, in the order in which they were made.

    Never raises for what is in the file, however broken.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    _hush()
    with path.open("rb") as document:
        try:
            reader = PdfFileReader(document, strict=False)
            if reader.encrypted:
                return [SignatureReport(field="", errors=("pdf-encrypted",))]
            signatures = list(reader.embedded_regular_signatures)
        except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
            return [SignatureReport(field="", errors=("pdf-unreadable",))]
        return [_inspected(signature, trust) for signature in signatures]


def _inspected(signature: Any, trust: Trust) -> SignatureReport:
    field = str(signature.field_name)
    try:
        return _report(field, signature, trust)
    except Exception as wrong:  # noqa: BLE001 - a hostile file may raise anything at all in here
        return SignatureReport(field=field, errors=("signature-unreadable", type(wrong).__name__))


def _report(field: str, signature: Any, trust: Trust) -> SignatureReport:
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature

    from archive_service.signing.subject import subject_of

    stamped_at = _stamped_at(signature)
    signed_at = stamped_at or signature.self_reported_timestamp
    status = validate_pdf_signature(
        signature,
        signer_validation_context=validation_context(trust, signed_at),
        ts_validation_context=validation_context(trust, signed_at),
        key_usage_settings=_any_signing_usage(),
    )
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    level = status.modification_level
    altered = not whole and (level is None or level is ModificationLevel.OTHER)
    subject = subject_of(signature.signer_cert)
    errors = tuple(_errors(status, altered=altered))
    return SignatureReport(
        field=field,
        signer=subject.name,
        organization=subject.organization,
        identifier=subject.identifier,
        issuer=str(signature.signer_cert.issuer.native.get("common_name", "")),
        kind=subject.kind,
        signed_at=None if signed_at is None else signed_at.astimezone(dt.UTC),
        timestamped=_timestamp_holds(status),
        intact=bool(status.intact),
        valid=bool(status.valid),
        trusted=bool(status.intact and status.valid and status.trusted),
        covers_whole_document=whole,
        altered_later=altered,
        algorithm=f"{status.md_algorithm}/{status.pkcs7_signature_mechanism}",
        errors=errors,
    )


def _errors(status: Any, *, altered: bool) -> Iterator[str]:
    if not status.intact:
        yield "digest-differs"
    if not status.valid:
        yield "signature-invalid"
    if not status.trusted:
        problem = status.trust_problem_indic
        yield "revoked" if status.revoked else "untrusted"
        if isinstance(problem, Enum):
            yield problem.name.lower().replace("_", "-")
    if altered:
        yield "altered-later"
    if status.timestamp_validity is not None and not _timestamp_holds(status):
        yield "timestamp-untrusted"


def _timestamp_holds(status: Any) -> bool:
    stamp = status.timestamp_validity
    return stamp is not None and bool(stamp.intact and stamp.valid and stamp.trusted)


def _stamped_at(signature: Any) -> dt.datetime | None:
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    token = next(iter(extract_tst_data_iter(signature.signer_info, signed=False)), None)
    if token is None:
        return None
    moment = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment if isinstance(moment, dt.datetime) else None


def _hush() -> None:
    """No stack trace of pyHanko for each certificate it does not trust: our reports say it."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def validation_context(trust: Trust, moment: dt.datetime | None) -> Any:
    """How pyHanko is to judge; without any network.

    NĐ 23/2025 Điều 16: the state of the certificate at the time of signing is what counts;
    ``None`` is now.
    """
    from asn1crypto import crl, x509
    from pyhanko_certvalidator import ValidationContext

    _hush()
    return ValidationContext(
        trust_roots=[x509.Certificate.load(der) for der in trust.roots],
        other_certs=[x509.Certificate.load(der) for der in trust.others],
        crls=[crl.CertificateList.load(der) for der in trust.revocations],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def _any_signing_usage() -> Any:
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    return KeyUsageConstraints(
        key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
    )
