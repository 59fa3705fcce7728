"""Says of each signature in an XML, Office or OpenDocument file whose it is and whether it held."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from archive_service import clock
from archive_service.errors import ArchiveError
from archive_service.formats.pdf.behind import iter_overlapping
from archive_service.formats.zip_damage import ZIP_DAMAGE
from archive_service.signing.pdf.report import (
    Evidence,
    Outcome,
    Proof,
    SignatureReport,
    numbered,
)
from archive_service.signing.trust.roots import Trust
from archive_service.signing.trust.subject import whose
from archive_service.signing.xml import package as packages
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.evidence import Verdict, judge
from archive_service.signing.xml.finder import DSIG, FoundSignature, SignatureFinder
from archive_service.signing.xml.references import UncheckableError
from archive_service.signing.xml.tree import Node, tree_of
from archive_service.signing.xml.uncovered import has_uncovered
from archive_service.signing.xml.value import (
    SignedValue,
    as_named,
    certificates_of,
    signed_nodes,
    signed_value,
)

_ZIP = b"PK\x03\x04"
_BEFORE_XML = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"  # marks of the order of bytes, and blanks
_IN_PACKAGE = re.compile(
    "|".join((*packages.IN_OFFICE, r"META-INF/[^/\0]{0,80}signature")).encode(), re.IGNORECASE
)
_IN_XML = re.compile(
    b"|".join(re.escape(DSIG.encode(letters)) for letters in ("utf-8", "utf-16-le", "utf-16-be"))
)
_LONGEST = 128  # of what is looked for
_HEAD_BYTES = 1 << 10
_MOST = 32  # signatures of one file, and elements that one names by id
_TIMES = ("SigningTime", "Value", "date")  # XAdES and invoices, Office, OpenDocument
# XML, a part of a package, or a certificate that cannot be read; the last as asn1crypto has it.
_UNREADABLE = (ArchiveError, *ZIP_DAMAGE, TypeError)
_OTHER_ID = re.compile(rb":Id\s*=")


def bears_xml_signature(path: Path) -> bool:
    """Whether the bytes of a file speak of one, or of a container of files with one."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if head.startswith(_ZIP):
            words = _IN_PACKAGE
        elif head.lstrip(_BEFORE_XML).startswith(b"<"):
            words = _IN_XML
        else:
            return False
        file.seek(0)
        return any(words.search(data) for data in iter_overlapping(file, _LONGEST))


def inspect_xml_signatures(
    path: Path,
    trust: Trust,
    now: dt.datetime | None = None,
    beside: Mapping[str, Path] | None = None,
) -> list[SignatureReport]:
    """A report for each signature, in the order of the file; none of a file that bears none.

    The means, and what is told, are those of ``pdf/validate.py``; ``field`` is the signature's id,
    with a number behind it from the second of the same id on. Never raises for what is in the
    file, however broken.

    Args:
        now: the moment of validation, aware; this one if not given.
        beside: the other files of its document, by name: what it signs may lie there.
    """
    moment = now or clock.now()
    others = packages.FilesBeside(beside or {})
    try:
        with path.open("rb") as file:
            is_package = file.read(4) == _ZIP
        if not is_package:
            return numbered(_of_document(lambda: path.open("rb"), others, trust, moment))
        with packages.opened_package(path) as package:
            return numbered(_of_package(package, trust, moment))
    except (UncheckableError, *_UNREADABLE):
        return [_unjudged(_UNREAD, moment)]


@dataclass(frozen=True, slots=True)
class _Unread:
    """One that nobody can judge here, with why; ``node`` is empty where it is no XML."""

    node: Node
    why: UncheckableError


_UNREAD = _Unread(Node(""), UncheckableError("", "signature-unreadable"))


@dataclass(frozen=True, slots=True)
class _Compared:
    """One whose references were looked at: ``ids`` of elements, ``parts`` of a package."""

    value: SignedValue
    is_intact: bool
    ids: frozenset[str]
    parts: frozenset[str] = frozenset()
    is_whole: bool = False  # it covers the whole document

    @property
    def fits(self) -> bool:
        return self.is_intact and self.value.is_valid


def _of_document(
    source: Callable[[], IO[bytes]], beside: packages.FilesBeside, trust: Trust, now: dt.datetime
) -> list[SignatureReport]:
    signatures = [_compared(source, found, beside) for found in _signatures_in(source)]
    compared = [one for one in signatures if isinstance(one, _Compared)]
    ids = {name for one in compared if one.fits for name in one.ids}
    in_part = not all(one.is_whole for one in compared) and has_uncovered(source, ids)
    return [
        _unjudged(one, now)
        if isinstance(one, _Unread)
        else replace(
            _judged(one, trust, now, is_partial=in_part and not one.is_whole),
            over=tuple(sorted(one.parts)),
        )
        for one in signatures
    ]


def _of_package(package: ZipFile, trust: Trust, now: dt.datetime) -> list[SignatureReport]:
    reports = []
    for kind, name in islice(packages.signature_parts(package), _MOST):
        source = partial(package.open, name)
        try:
            found = _signatures_in(source)
        except _UNREADABLE:  # it says nothing of the other parts
            found = []
            reports.append(_unjudged(_UNREAD, now))
        for one in (_compared(source, signature, package, kind) for signature in found):
            if isinstance(one, _Unread):
                reports.append(_unjudged(one, now))
            else:
                in_part = packages.has_unsigned(package, kind, one.parts)
                reports.append(_judged(one, trust, now, is_partial=in_part))
    return reports


def _signatures_in(source: Callable[[], IO[bytes]]) -> Sequence[FoundSignature]:
    finder = SignatureFinder()
    with source() as opened:
        read_events(opened, finder)
    return finder.found[:_MOST]


def _compared(
    source: Callable[[], IO[bytes]],
    found: FoundSignature,
    files: ZipFile | packages.FilesBeside,
    kind: packages.Kind | None = None,
) -> _Compared | _Unread:
    """One signature of a document, or of a part of a package, which is of a ``kind`` then."""
    node = Node("")
    try:
        node = tree_of(found.xml)
        if _OTHER_ID.search(found.xml):  # nodes have attributes by their local names
            raise UncheckableError("Id")
        value = signed_value(found, node)
        inside = [one for one in value.references if not one.outside]
        outside = [one for one in value.references if one.outside]
        names = files.namelist()
        parts = {packages.part_of(one, names) for one in outside}
        if kind is None and not parts.issubset(names):
            raise UncheckableError(f"Reference {outside[0].outside}", "signed-elsewhere")
        if len(inside) > _MOST:
            raise UncheckableError("Reference")
        intact = all(reference.matches(source, found.number) for reference in inside)
        ids = frozenset(reference.part for reference in inside if reference.part)
        value = as_named(value, ids)
        fits = all(packages.open_part_matches(files, one) for one in outside)
        if isinstance(files, packages.FilesBeside):
            is_whole = any(not reference.part for reference in inside)
            return _Compared(value, intact and fits, ids, frozenset(parts), is_whole)
        if kind is packages.Kind.OFFICE and not outside:
            signed = [one for one in node.each("Object") if one.attributes.get("Id") in ids]
            fits, parts = packages.office_parts(files, signed)
        return _Compared(value, intact and fits, ids, frozenset(parts))
    except UncheckableError as wrong:
        return _Unread(node, wrong)
    except _UNREADABLE:
        return _Unread(node, UncheckableError("", "signature-unreadable"))


def _unjudged(unread: _Unread, now: dt.datetime) -> SignatureReport:
    named: dict[str, Any] = {}
    with suppress(UncheckableError, *_UNREADABLE):
        named = _whose(certificates_of(unread.node)[0])
    return SignatureReport(
        field=unread.node.attributes.get("Id", "") or "Signature",
        errors=(unread.why.reason,),
        outcome=Outcome.UNJUDGED,
        algorithm=str(unread.why),
        validated_at=now,
        **named,
    )


def _whose(own: bytes) -> dict[str, Any]:
    from asn1crypto import x509

    certificate = x509.Certificate.load(own)
    return {
        **whose(certificate),
        "certificate_from": certificate.not_valid_before,
        "certificate_to": certificate.not_valid_after,
        "serial": f"{certificate.serial_number:x}",
    }


def _judged(
    compared: _Compared, trust: Trust, now: dt.datetime, *, is_partial: bool
) -> SignatureReport:
    """Its report; a certificate is read so late that it may turn out here to be none."""
    try:
        return _report(compared, trust, now, is_partial=is_partial)
    except _UNREADABLE:
        why = UncheckableError("", "signature-unreadable")
        return _unjudged(_Unread(compared.value.node, why), now)


def _report(
    compared: _Compared, trust: Trust, now: dt.datetime, *, is_partial: bool
) -> SignatureReport:
    value = compared.value
    claimed = _claimed_at(compared)
    judged = judge(
        value.own,
        value.others,
        value.node,
        trust,
        digests=value.digests,
        imprint=value.imprint,
        at=claimed or now,
        now=now,
    )
    outcome, errors = _outcome(compared, judged, is_partial=is_partial)
    stamped = judged.proof is Proof.TIMESTAMP
    proof = judged.proof if stamped or claimed else Proof.NONE
    return SignatureReport(
        field=value.node.attributes.get("Id", "") or "Signature",
        **_whose(value.own),
        signed_at=None if proof is Proof.NONE else judged.at.astimezone(dt.UTC),
        timestamped=stamped,
        intact=compared.is_intact,
        valid=value.is_valid,
        trusted=outcome.holds,
        covers_whole_document=not is_partial,
        algorithm=value.algorithm,
        errors=errors,
        outcome=outcome,
        proof=proof,
        weak=judged.weak,
        root=judged.root,
        root_role=judged.root_role,
        revocation=judged.revocation.standing.value,
        revoked_at=judged.revocation.revoked_at,
        validated_at=now,
        evidence=tuple(_evidence(value, judged)),
    )


def _outcome(
    compared: _Compared, judged: Verdict, *, is_partial: bool
) -> tuple[Outcome, tuple[str, ...]]:
    """The gravest that holds, as for a PDF, and the words for it."""
    if not compared.is_intact:
        return Outcome.BROKEN, ("digest-differs",)
    if not compared.value.is_valid:
        return Outcome.INVALID, ("signature-invalid",)
    errors = ("timestamp-revoked",) if judged.stamp_revoked else ()
    if is_partial:
        return Outcome.PARTIAL, errors
    if judged.outcome.holds and judged.weak:
        return Outcome.WEAK, errors
    return judged.outcome, errors + _ERRORS.get(judged.outcome, ())


_ERRORS = {
    Outcome.UNTRUSTED: ("untrusted",),
    Outcome.CHAIN_UNKNOWN: ("untrusted", "no-certificate-chain-found"),
    Outcome.REVOKED_BEFORE: ("revoked",),
    Outcome.REVOKED_AFTER: ("revoked",),
    Outcome.REVOKED_AFTER_DOUBTFUL: ("revoked",),
}


def _claimed_at(compared: _Compared) -> dt.datetime | None:
    """The signer's own clock, where the signature covers it and it names its zone."""
    signed = signed_nodes(compared.value.node, compared.ids)
    for text in (one.text for one in signed if one.name in _TIMES):
        with suppress(ValueError, OverflowError):  # of a year that no other zone has
            moment = dt.datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(dt.UTC)
    return None


def _evidence(value: SignedValue, judged: Verdict) -> Iterator[Evidence]:
    """The certificates that came, and the answers relied on."""
    kept = [("certificate", der) for der in (value.own, *value.others)]
    kept += [(answer.kind.value, answer.der) for answer in judged.revocation.used]
    for kind, der in dict.fromkeys(kept):
        yield Evidence.of(kind, der)
