"""The signatures that a PDF holds, as they lie in it: which bytes each covers, and its CMS.

PyHanko reads the file and the CMS. Dictionaries are read more patiently than by it: what is not
there, or leads nowhere, is null (ISO 32000-1, 7.3.10), and one bad field hides no other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from asn1crypto import cms, core
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import FieldMDPSpec
from pyhanko.sign.general import CMSExtractionError, byte_range_digest, extract_signer_info
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel

from archive_service.signing.pdf.head import head_of
from archive_service.signing.pdf.opened import Opened

_HEX = re.compile(rb"<[0-9A-Fa-f\s]*>")
_TAIL_BYTES = 2048
_END = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
_DETACHED = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached", "/PBAD.PAdES")
_OF_DIGEST = "/adbe.pkcs7.sha1"
_STAMP = "/ETSI.RFC3161"
_DEEPEST, _MOST_FIELDS = 32, 5_000
_NO_CHANGES = 1  # DocMDP
REVISIONS = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)


@dataclass(frozen=True, slots=True)
class Unread:
    """A signature that nobody can judge here; ``reason`` is a code of ``labels.signature-error``.

    ``detail`` names the means that is not known, ``end`` the bytes of the revision that it covers.
    """

    field: str
    reason: str
    detail: str = ""
    unknown: bool = True  # it may be good; else there is nothing that could be a signature
    end: int = 0  # of a whole revision alone


class Embedded(EmbeddedPdfSignature):
    """One signature or time stamp of a document."""

    def __init__(self, reader: Any, field: Any, name: str, paper: Opened) -> None:
        value = at(field, "/V")
        self.reader, self.fq_name = reader, name
        self.is_dropped = False  # by a later revision, which names it no more
        self._signed = paper.signed
        self.sig_field, self.sig_object = field, value
        span = at(value, "/ByteRange")
        self.byte_range: list[int] = [int(number) for number in span]
        self.pkcs7_content = _contents(value)
        self.form = str(at(value, "/SubFilter") or "")
        self.signed_data = cms.ContentInfo.load(self.pkcs7_content)["content"]
        self.signer_info = extract_signer_info(self.signed_data)
        _name_by_number(self.signed_data, self.signer_info)
        self.md_algorithm = self.signer_info["digest_algorithm"]["algorithm"].native.lower()
        self.external_md_algorithm = self.md_algorithm
        content = self.signed_data["encap_content_info"]
        self.is_stamp = self.form == _STAMP or content["content_type"].native == "tst_info"
        if self.is_stamp:
            imprint = content["content"].parsed["message_imprint"]
            self.external_md_algorithm = imprint["hash_algorithm"]["algorithm"].native
        elif self.is_of_digest:
            self.external_md_algorithm = "sha1"
        self._sd_cert_info = None
        self.external_digests: dict[str, bytes] = {}
        self.coverage: Any = coverage_of(paper.document, self.byte_range, self.pkcs7_content)

    def compute_digest(self, hash_algo: str | None = None) -> bytes:
        """The digest of the bytes that it covers."""
        by = hash_algo or self.external_md_algorithm
        if by not in self.external_digests:
            self.external_digests[by] = byte_range_digest(self._signed, self.byte_range, by)[1]
        return self.external_digests[by]

    @property
    def is_of_digest(self) -> bool:
        """Whether its CMS holds the SHA-1 digest of the bytes, and signs that (PDF 1.3)."""
        return self.form == _OF_DIGEST

    @property
    def attributes(self) -> bytes:
        """The signed attributes as they came: once looked into, they may be written otherwise."""
        fresh = extract_signer_info(cms.ContentInfo.load(self.pkcs7_content)["content"])
        held = fresh["signed_attrs"]
        return b"" if held is core.VOID else bytes(held.untag().dump())

    @property
    def end(self) -> int:
        """Bytes of the file up to which it covers it."""
        return sum(self.byte_range[-2:])

    @property
    def carried(self) -> bytes:
        """What the CMS holds itself: a digest where ``is_of_digest``, else mostly nothing."""
        return bytes(self.signed_data["encap_content_info"]["content"].native or b"")

    @property
    def forbids_all(self) -> bool:
        """Whether it says that nothing must change, a further signature included (12.8.2.2)."""
        lock = _dictionary(at(self.sig_field, "/Lock"))
        given = [
            _dictionary(at(transform, "/TransformParams"))
            for transform in _transforms(self.sig_object)
            if at(transform, "/TransformMethod") == "/DocMDP"
        ]
        return any(at(rules, "/P") == _NO_CHANGES for rules in (lock, *given))

    def forbids(self, field: str) -> bool:
        """Whether it says that the value of this field must not change: by DocMDP or FieldMDP."""
        if self.forbids_all:
            return True
        for transform in _transforms(self.sig_object):
            given = _dictionary(at(transform, "/TransformParams"))
            if at(transform, "/TransformMethod") == "/FieldMDP":
                try:
                    return bool(FieldMDPSpec.from_pdf_object(given).is_locked(field))
                except (PdfError, ValueError, KeyError, TypeError):
                    continue
        return False


def _name_by_number(signed_data: Any, signer_info: Any) -> None:
    """Let the signer be named as its certificate is, where only the issuer is spelt otherwise.

    The name is none of what is signed: the value tells whether it is the key of that certificate.
    """
    sid = signer_info["sid"]
    if sid.name != "issuer_and_serial_number":
        return
    number = sid.chosen["serial_number"].native
    carried = [
        choice.chosen
        for choice in signed_data["certificates"] or ()
        if choice.name == "certificate"
    ]
    alike = [certificate for certificate in carried if certificate.serial_number == number]
    if len(alike) == 1 and alike[0].issuer != sid.chosen["issuer"]:
        named = {"issuer": alike[0].issuer, "serial_number": number}
        signer_info["sid"] = cms.SignerIdentifier("issuer_and_serial_number", named)


def at(dictionary: Any, key: str) -> Any:
    """What stands under a key; ``None`` where that is null, or a reference that leads nowhere."""
    found = dict.get(dictionary, key)
    found = found.get_object() if isinstance(found, generic.PdfObject) else found
    return None if isinstance(found, generic.NullObject) else found


def find_signatures(reader: Any, paper: Opened) -> tuple[list[Embedded], list[Unread]]:
    """All filled signature fields, time stamps of the document among them, oldest first."""
    read: list[Embedded] = []
    unread: list[Unread] = []
    for name, field in _filled(reader):
        value = at(field, "/V")
        form = str(at(value, "/SubFilter") or "")
        if form and form not in (*_DETACHED, _OF_DIGEST, _STAMP):
            end = _revision_end(paper.document, value)
            unread.append(Unread(name, "format-unknown", form.removeprefix("/"), end=end))
            continue
        if not isinstance(at(value, "/ByteRange"), generic.ArrayObject):
            unread.append(Unread(name, "signature-unreadable", unknown=False))
            continue
        try:
            read.append(Embedded(reader, field, name, paper))
        except (PdfError, CMSExtractionError, ValueError, TypeError, KeyError, AttributeError):
            unread.append(Unread(name, "signature-unreadable", unknown=False))
    return sorted(read, key=lambda signature: signature.end), unread


def _filled(reader: Any) -> Iterator[tuple[str, Any]]:
    """Signature fields with a value, by full name; ``/FT`` is inherited."""
    form = at(reader.root, "/AcroForm")
    fields = at(form, "/Fields") if isinstance(form, generic.DictionaryObject) else None
    if not isinstance(fields, generic.ArrayObject):
        return
    waiting = [(one, "", None, 0) for one in reversed(fields)]
    seen = 0
    while waiting and seen < _MOST_FIELDS:
        item, above, kind, depth = waiting.pop()
        field = item.get_object()
        seen += 1
        if not isinstance(field, generic.DictionaryObject) or depth > _DEEPEST:
            continue
        own = at(field, "/T")
        name = ".".join(part for part in (above, "" if own is None else str(own)) if part)
        kind = at(field, "/FT") or kind
        if kind == "/Sig" and isinstance(at(field, "/V"), generic.DictionaryObject):
            yield name, field
        kids = at(field, "/Kids")
        if isinstance(kids, generic.ArrayObject):
            waiting += [(kid, name, kind, depth + 1) for kid in reversed(kids)]


def _revision_end(stream: IO[bytes], value: Any) -> int:
    """Up to where it covers the file, if that is a revision; else 0."""
    try:
        span = [int(number) for number in at(value, "/ByteRange")]
        covered = coverage_of(stream, span, _contents(value))
    except (PdfError, ValueError, TypeError, KeyError, AttributeError):
        return 0
    return sum(span[-2:]) if covered in REVISIONS else 0


def _contents(value: Any) -> bytes:
    found = value.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW)
    if isinstance(found, generic.IndirectObject):
        found = found.get_object()
    return bytes(found.original_bytes)


def _dictionary(found: Any) -> Any:
    return found if isinstance(found, generic.DictionaryObject) else generic.DictionaryObject()


def _transforms(value: Any) -> Iterator[Any]:
    found = at(value, "/Reference")
    for reference in found if isinstance(found, generic.ArrayObject) else []:
        transform = reference.get_object()
        if isinstance(transform, generic.DictionaryObject):
            yield transform


def coverage_of(stream: IO[bytes], span: list[int], contents: bytes) -> SignatureCoverageLevel:
    """Whether the signed bytes are the whole file, or a revision that is a whole PDF by itself.

    Between them must lie nothing but the signature.
    """
    if len(span) != 4 or span[0] != 0 or min(span) < 0:
        return SignatureCoverageLevel.UNCLEAR
    first, second, length = span[1:]
    stream.seek(first)
    gap = stream.read(max(second - first, 0))
    if _HEX.fullmatch(gap) is None or not _is_of(gap, contents):
        return SignatureCoverageLevel.UNCLEAR
    end, size = second + length, stream.seek(0, 2)
    if end == size:
        return SignatureCoverageLevel.ENTIRE_FILE
    if end < size and _is_revision(stream, end):
        return SignatureCoverageLevel.ENTIRE_REVISION
    return SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START


def _is_of(gap: bytes, contents: bytes) -> bool:
    """Whether these hexadecimal digits are the CMS; an odd last digit counts as if 0 followed."""
    digits = b"".join(gap[1:-1].split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()) == contents


def closes_at(stream: IO[bytes], end: int) -> bool:
    """Whether the closing lines of a PDF stand right before this place."""
    stream.seek(max(0, end - _TAIL_BYTES))
    return _END.search(stream.read(min(end, _TAIL_BYTES))) is not None


def _is_revision(stream: IO[bytes], end: int) -> bool:
    """Whether the first ``end`` bytes are a PDF with its end, that opens without repair."""
    import pikepdf

    if not closes_at(stream, end):
        return False
    try:
        with pikepdf.open(head_of(stream, end), suppress_warnings=True, attempt_recovery=False):
            return True
    except pikepdf.PdfError:
        return False
