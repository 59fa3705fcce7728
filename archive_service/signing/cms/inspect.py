"""Says of each signature of a CMS (RFC 5652, CAdES) whose it is and whether it held."""

import asyncio
import base64
import binascii
import datetime as dt
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import IO, Any, cast

from asn1crypto import cms, core, parser, x509
from pyhanko.pdf_utils import generic
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel

from archive_service.signing.pdf.judge import Seen
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.pdf.reporting import inspected, report_of, unjudged, unjudged_of
from archive_service.signing.pdf.stamps import Judging
from archive_service.signing.trust.judged_by import hush
from archive_service.signing.trust.revocation import trusted_answers
from archive_service.signing.trust.roots import Trust
from archive_service.signing.trust.subject import mails_of
from archive_service.signing.xml.finder import DSIG

_ARMOUR = re.compile(rb"-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----(.*?)-----END ", re.DOTALL)
_ARMOUR_ALONE = re.compile(rb"\s*-----BEGIN ([A-Z7 #]+)-----[^-]*-----END \1-----\s*")
_PADDING = b"\0 \t\r\n"
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")
FIELD = "Signature"  # it has no name of its own
WORSE = (Outcome.BROKEN, Outcome.INVALID, Outcome.UNJUDGED, Outcome.UNREADABLE)
_MOST = 32  # signatures of one CMS
_SET = b"\x31"  # of which kind signed attributes are, in DER
_OF_ATTRIBUTES = (  # contentType and messageDigest, without which there are none
    bytes.fromhex("06092a864886f70d010903"),
    bytes.fromhex("06092a864886f70d010904"),
)
_MOST_OF_ATTRIBUTES = 1 << 20  # bytes
_SIGNED_INFO = re.compile(rb"<(?:[^\s<>/:]+:)?SignedInfo[\s>]")  # the same of XML, in its own form
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, CMSExtractionError)


@dataclass(frozen=True, slots=True)
class Means:
    """By whom, when and how signatures are judged; see ``pdf/validate.py``."""

    trust: Trust
    now: dt.datetime
    fetch: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The digest, by its name, of bytes that may be signed; ``file`` where they lie beside.

    ``error``: why it is not judged whether a signature over them holds.
    """

    digest: Callable[[str], bytes]
    file: str = ""
    error: str = ""

    @classmethod
    def of(cls, data: bytes) -> "Reading":
        """Of these bytes."""
        return cls(lambda digest: hashlib.new(digest, data).digest(), error=content_error(data))

    @classmethod
    def of_source(cls, source: Callable[[], IO[bytes]], file: str = "") -> "Reading":
        """Of what is opened anew for each digest, which is made once."""
        with source() as opened:
            error = content_error(opened.read(_MOST_OF_ATTRIBUTES))
        return cls(cache(partial(_digest, source)), file, error)


def content_error(start: bytes) -> str:
    """Why bytes are no content that a person signed; empty for any other.

    What one signed with attributes is valid, too, over these attributes as if they were a content
    that was signed without any (RFC 5652, 5.4). So is a signature in XML over its ``SignedInfo``.
    """
    is_taken = start.startswith(_SET) and all(kind in start for kind in _OF_ATTRIBUTES)
    is_taken |= _SIGNED_INFO.match(start) is not None and DSIG.encode() in start
    return "signed-attributes" if is_taken else ""


def _digest(source: Callable[[], IO[bytes]], digest: str) -> bytes:
    with source() as opened:
        return hashlib.file_digest(cast("io.BufferedIOBase", opened), digest).digest()


def unarmoured(data: bytes) -> bytes:
    """The DER of a signature that was written as text, as it is else."""
    if data[:1] == b"\x30":
        return data
    found = _ARMOUR.search(data)
    text = found[1] if found else data
    if not _BASE64.fullmatch(text):
        return data
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return data


def holds_nothing_else(data: bytes) -> bool:
    """Whether bytes are a CMS and no more: no text around it, nothing but padding behind it."""
    der = unarmoured(data)
    if der is not data and _ARMOUR.search(data):
        return _ARMOUR_ALONE.fullmatch(data) is not None
    return not der[parser.peek(der) :].strip(_PADDING)


def inspect_cms(data: bytes, readings: Sequence[Reading], means: Means) -> list[SignatureReport]:
    """A report for each signature, in their order; never raises for what is in it.

    Args:
        data: the CMS, in DER, BER, or as text.
        readings: of what it signs, if that lies elsewhere: of several, the one that fits counts.
    """
    hush()
    try:
        der = unarmoured(data)
        outer = cms.ContentInfo.load(der)
        if outer["content_type"].native != "signed_data":
            return []
        held = outer["content"]
        if held["encap_content_info"]["content_type"].native == "tst_info":
            return [unjudged(FIELD, "format-unknown", means.now, "RFC 3161")]
        carried = _carried(held)
        signers = min(len(held["signer_infos"]), _MOST)
    except _UNREADABLE:
        return [unjudged(FIELD, "signature-unreadable", means.now)]
    if carried:
        own = Reading.of(carried)
        # Named for a file beside it, it must not vouch for that by what it holds itself.
        alike = [
            reading for reading in readings if reading.digest("sha256") == own.digest("sha256")
        ]
        readings = alike if readings else [own]
    over = tuple(dict.fromkeys(reading.file for reading in readings if reading.file))
    reports = (_report(der, number, readings, means) for number in range(signers))
    if not holds_nothing_else(data):  # what else it holds is no proof, and nobody looks at it
        return [replace(report, over=()) for report in reports]
    return [report if report.over else replace(report, over=over) for report in reports]


def _carried(held: Any) -> bytes:
    content = held["encap_content_info"]["content"]
    return b"" if content is core.VOID or content.native is None else bytes(content)


def _report(der: bytes, number: int, readings: Sequence[Reading], means: Means) -> SignatureReport:
    try:
        signature = CmsSignature(der, number, readings)
    except _UNREADABLE:
        return unjudged(FIELD, "signature-unreadable", means.now)
    if not readings:
        return unjudged_of(signature, "signed-elsewhere", means.now)
    if not signature.attributes and len(readings) > 1:  # it does not name what it signs
        tried = [_report(der, number, [reading], means) for reading in readings]
        return next((one for one in tried if one.outcome not in WORSE[:2]), tried[0])
    roots = [x509.Certificate.load(root) for root in means.trust.roots]
    judging = Judging(means.trust, means.now, None, roots, means.fetch, means.anew)
    judging.answers = trusted_answers(means.trust)
    seen = asyncio.run(inspected(signature, judging))
    if not isinstance(seen, Seen):
        return seen
    report = report_of(seen, judging)
    if signature.reading.error and report.outcome not in WORSE:
        return unjudged_of(signature, signature.reading.error, means.now)
    over = (signature.reading.file,) if signature.reading.file else ()
    return replace(report, mails=mails_of(signature.signer_cert), over=over)


def partial_report(report: SignatureReport) -> SignatureReport:
    """The same of a signature beside which there is what it does not cover."""
    if report.outcome in WORSE:
        return report
    partly = replace(report, outcome=Outcome.PARTIAL, trusted=False, errors=())
    return replace(partly, covers_whole_document=False)


class CmsSignature(EmbeddedPdfSignature):
    """One signature of a CMS, as pyHanko's of a PDF, which have one each."""

    is_of_digest = False  # see ``Embedded``
    end = 0
    forbids_all = False

    def __init__(self, der: bytes, number: int, readings: Sequence[Reading]) -> None:
        self.fq_name, self.sig_object = FIELD, generic.DictionaryObject()
        self.coverage: Any = SignatureCoverageLevel.ENTIRE_FILE
        self.signed_data = cms.ContentInfo.load(der)["content"]
        self.carried = _carried(self.signed_data)
        self.signer_info = self.signed_data["signer_infos"][number]
        held = self.signer_info["signed_attrs"]
        self.attributes = b"" if held is core.VOID else bytes(held.copy().untag().dump())
        self.signed_data["signer_infos"] = cms.SignerInfos([self.signer_info])
        self.md_algorithm = self.signer_info["digest_algorithm"]["algorithm"].native.lower()
        self.external_md_algorithm = self.md_algorithm
        self._sd_cert_info = None
        self.reading = self._fitting(readings)

    def compute_digest(self, hash_algo: str | None = None) -> bytes:
        """The digest of the bytes that it signs."""
        return self.reading.digest(hash_algo or self.external_md_algorithm)

    def _fitting(self, readings: Sequence[Reading]) -> Reading:
        """The reading that it names by its digest, else the first."""
        for attribute in self.signer_info["signed_attrs"]:
            if attribute["type"].native == "message_digest":
                named = attribute["values"][0].native
                for reading in readings:
                    if reading.digest(self.md_algorithm) == named:
                        return reading
        return readings[0] if readings else Reading(lambda _: b"")
