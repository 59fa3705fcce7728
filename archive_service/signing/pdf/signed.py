"""Reads back what was just signed, by another reader than the one that wrote it.

The whole file must be signed but for the signature itself, by the very key that was asked to.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from archive_service.signing.port import SignatureBrokenError

_PIECE_BYTES = 1 << 20


def require_signed(file: Path, field: str, certificate: Any) -> None:
    """Verify the signature in ``field`` without asking whom anybody trusts.

    Args:
        field: full name of the field.
        certificate: of the key, as asn1crypto has it; the signature must be by its public key.

    Raises:
        SignatureBrokenError: the file is not covered whole, was changed, or another key signed.
    """
    import pikepdf
    from asn1crypto import cms
    from pyhanko.sign.general import CMSExtractionError, extract_signer_info
    from pyhanko.sign.validation import SignatureCoverageLevel
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    from archive_service.signing.pdf.embedded import coverage_of

    try:
        with file.open("rb") as signed:
            span, contents = _signature_of(signed, field)
            if coverage_of(signed, span, contents) is not SignatureCoverageLevel.ENTIRE_FILE:
                raise SignatureBrokenError(field=field, reason="coverage")
            digest = _digest(signed, span)
        data = cms.ContentInfo.load(contents)["content"]
        if certificate.dump() not in (choice.chosen.dump() for choice in data["certificates"]):
            raise SignatureBrokenError(field=field, reason="certificate")
        intact, valid = validate_sig_integrity(
            extract_signer_info(data), certificate, "data", digest
        )
    except (
        pikepdf.PdfError,
        SignatureValidationError,
        CMSExtractionError,
        LookupError,
        TypeError,
        ValueError,
    ) as wrong:
        raise SignatureBrokenError(field=field, reason=str(wrong)[:200]) from wrong
    if not (intact and valid):
        raise SignatureBrokenError(
            field=field, reason="signature-invalid" if intact else "digest-differs"
        )


def _signature_of(file: BinaryIO, field: str) -> tuple[list[int], bytes]:
    """Byte range and CMS, as they stand in the newest revision."""
    import pikepdf

    with pikepdf.open(file, attempt_recovery=False) as pdf:
        fields = pdf.Root.AcroForm.Fields
        value = dict(_named(fields, ""))[field]
        return [int(number) for number in value.ByteRange], bytes(value.Contents)


def _named(fields: Any, above: str) -> Iterator[tuple[str, Any]]:
    """Fields with a value and their full names; one without a name belongs to its parent."""
    for field in fields:
        own = str(field.get("/T", ""))
        name = ".".join(part for part in (above, own) if part)
        if "/V" in field:
            yield name, field.V
        yield from _named(field.get("/Kids", ()), name)


def _digest(file: BinaryIO, span: list[int]) -> bytes:
    digest = hashlib.sha256()
    for start, length in zip(span[::2], span[1::2], strict=True):
        file.seek(start)
        left = length
        while piece := file.read(min(left, _PIECE_BYTES)):
            digest.update(piece)
            left -= len(piece)
    return digest.digest()
