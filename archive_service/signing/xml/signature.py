"""Enveloped XML signatures (XML-DSig): checked over documents of any size, in flat memory.

Old packets are signed with SHA-1: that is read to check what they say, and told as weak.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from archive_service import clock
from archive_service.signing.pdf.report import Outcome, Proof
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.canonical import Canonical, Method, namespaces
from archive_service.signing.xml.events import XmlBrokenError, XmlEvents, read_events
from archive_service.signing.xml.evidence import imprint_of, judge
from archive_service.signing.xml.tree import Node, TreeBuilder

DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DSIG}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_DIGESTS = {
    f"{DSIG}sha1": "sha1",
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_SIGNATURES = {f"{DSIG}rsa-sha1": "sha1"} | {
    f"http://www.w3.org/2001/04/xmldsig-more#rsa-{digest}": digest
    for digest in ("sha256", "sha384", "sha512")
}
_WEAK = ("sha1",)


@dataclass(frozen=True, slots=True)
class XmlSignatureReport:
    """What one signature says. ``intact``: the document is what was signed; ``valid``: the key of
    the certificate made it; ``trusted``: ``outcome.holds``, by path, period and revocation as of
    ``judged_at``, which is the time stamp's moment where there is one that holds;
    ``weak``: by algorithms that are read and never written. ``trouble``: why it cannot be checked.
    """

    signer: str = ""
    organization: str = ""
    identifier: str = ""
    issuer: str = ""
    certificate_sha256: str = ""
    algorithm: str = ""
    intact: bool = False
    valid: bool = False
    trusted: bool = False
    weak: bool = False
    outcome: Outcome = Outcome.UNREADABLE
    proof: Proof = Proof.NONE  # what says when it was made
    revoked_at: dt.datetime | None = None
    stamp_revoked: bool = False  # its time stamp's authority was, so that it proves nothing
    root_role: str = ""  # whom the root of its path stands for
    judged_at: dt.datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """A signature as it stands in the document, with the namespaces that hold around it."""

    number: int  # of the signatures of the document, from 0
    pieces: list[bytes] = field(default_factory=list)

    @property
    def xml(self) -> bytes:
        """The element as a document of its own."""
        return b"".join(self.pieces)


class SignatureFinder:
    """Listens to a whole document and keeps its signatures, and nothing else."""

    def __init__(self) -> None:
        self.found: list[FoundSignature] = []
        self._scopes: list[dict[str, str]] = [{}]
        self._within = 0
        self._guard = TreeBuilder()  # its limits are those of a signature too
        self._listeners: tuple[XmlEvents, ...] = ()

    @property
    def is_within(self) -> bool:
        """Whether the parser is inside of one."""
        return self._within > 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """See ``XmlEvents``."""
        above = self._scopes[-1]
        declared, _ = namespaces(attributes)
        scope = above | declared if declared else above
        self._scopes.append(scope)
        prefix, _, plain = name.rpartition(":")
        if not self._within and plain == "Signature" and scope.get(prefix, "") == DSIG:
            found = FoundSignature(len(self.found))
            self.found.append(found)
            self._within = len(self._scopes)
            whole = Method(comments=True)
            writer = Canonical(found.pieces.append, whole, above, is_document=False)
            self._listeners = self._guard, writer
        for listener in self._listeners:
            listener.start(name, attributes)

    def end(self, name: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.end(name)
        if self._within == len(self._scopes):
            self._within, self._listeners = 0, ()
        self._scopes.pop()

    def text(self, data: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.text(data)

    def comment(self, data: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.comment(data)

    def instruction(self, target: str, data: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.instruction(target, data)


class _UncheckableError(Exception):
    """Something in the signature that is not known here; its text says what."""


def check_signature(
    source: Callable[[], IO[bytes]],
    found: FoundSignature,
    trust: Trust,
    *,
    at: dt.datetime,
    now: dt.datetime | None = None,
) -> XmlSignatureReport:
    """Check one signature of the document that ``source`` opens; reads it once more.

    Args:
        at: the moment of the sending, as of which it is judged unless a time stamp proves another.
        now: the moment of judging; this one if not given.
    """
    try:
        return _checked(source, found, trust, (at, now or clock.now()))
    except _UncheckableError as wrong:
        return XmlSignatureReport(trouble=str(wrong), judged_at=at)


def _checked(
    source: Callable[[], IO[bytes]],
    found: FoundSignature,
    trust: Trust,
    moments: tuple[dt.datetime, dt.datetime],
) -> XmlSignatureReport:
    from archive_service.signing.xml.signed_info import canonical_value, verified_info

    signature = _tree(found.xml)
    signed = _only(signature, "SignedInfo")
    references = list(signed.each("Reference"))
    if not references:
        raise _UncheckableError("Reference")
    if all(reference.attributes.get("URI", "").startswith("#") for reference in references):
        return _of_a_part(signature, at=moments[0])
    wanted = [_Wanted.of(reference) for reference in references]
    algorithm = _attribute(signed.find("SignatureMethod"), "Algorithm")
    digest = _SIGNATURES.get(algorithm)
    if digest is None:
        raise _UncheckableError(f"SignatureMethod {algorithm}"[:200])
    chain = [_base64(node.text) for node in signature.each("KeyInfo/X509Data/X509Certificate")]
    if not chain:
        raise _UncheckableError("X509Certificate")
    own, others = _own_first(chain)
    _method(signed.find("CanonicalizationMethod"))
    _base64(_only(signature, "SignatureValue").text)
    try:
        verified = verified_info(found.xml, algorithm, own)
    except ValueError as wrong:
        raise _UncheckableError(str(wrong)[:200]) from None
    valid = verified is not None
    if verified is not None:  # what was signed is what counts, not what it was read as before
        wanted = [_Wanted.of(reference) for reference in _tree(verified).each("Reference")]
    intact = all(_digest(source, found, one) for one in wanted)
    digests = {one.digest for one in wanted} | {digest}

    def imprint(node: Node | None, name: str) -> bytes:
        written = Method() if node is None else _method(node)
        return imprint_of(canonical_value(found.xml, written), name)

    at, now = moments
    judged = judge(own, others, signature, trust, imprint=imprint, at=at, now=now)
    outcome = judged.outcome if valid else Outcome.INVALID
    outcome = outcome if intact else Outcome.BROKEN
    return XmlSignatureReport(
        **_named(own),
        algorithm=f"rsa-{digest}",
        intact=intact,
        valid=valid,
        trusted=outcome.holds,
        weak=bool(digests & {*_WEAK}),
        outcome=outcome,
        proof=judged.proof,
        revoked_at=judged.revocation.revoked_at,
        stamp_revoked=judged.stamp_revoked,
        root_role=judged.root_role,
        judged_at=judged.at,
    )


def _of_a_part(signature: Node, *, at: dt.datetime) -> XmlSignatureReport:
    """Whatever the part is, the rest of the document may be anybody's: no digest is made of it."""
    chain = [_base64(node.text) for node in signature.each("KeyInfo/X509Data/X509Certificate")]
    if not chain:
        raise _UncheckableError("X509Certificate")
    named = _named(_own_first(chain)[0])
    return XmlSignatureReport(**named, outcome=Outcome.PARTIAL, judged_at=at)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a reference says: the part of the document, how it is written, and its digest."""

    method: Method
    enveloped: bool
    digest: str
    value: bytes

    @classmethod
    def of(cls, reference: Node) -> "_Wanted":
        uri = reference.attributes.get("URI")
        if uri != "":
            raise _UncheckableError(f"Reference {uri}"[:200])
        method, enveloped = Method(), False
        for transform in reference.each("Transforms/Transform"):
            if transform.attributes.get("Algorithm") == ENVELOPED:
                enveloped = True
            else:
                method = _method(transform)
        name = _attribute(reference.find("DigestMethod"), "Algorithm")
        if name not in _DIGESTS:
            raise _UncheckableError(f"DigestMethod {name}"[:200])
        return cls(method, enveloped, _DIGESTS[name], _base64(reference.told("DigestValue")))


class _Without:
    """The document without one of its signatures, as an enveloped one is made."""

    def __init__(self, target: Canonical, number: int) -> None:
        self._target, self._number = target, number
        self._finder = SignatureFinder()
        self._hidden = 0  # elements open within it
        self._is_past = False

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        self._finder.start(name, attributes)
        reached = len(self._finder.found) == self._number + 1
        if self._hidden or (reached and not self._is_past):
            self._hidden += 1
        else:
            self._target.start(name, attributes)

    def end(self, name: str) -> None:
        self._finder.end(name)
        if not self._hidden:
            self._target.end(name)
            return
        self._hidden -= 1
        self._is_past = not self._hidden

    def text(self, data: str) -> None:
        if not self._hidden:
            self._target.text(data)

    def comment(self, data: str) -> None:
        if not self._hidden:
            self._target.comment(data)

    def instruction(self, target: str, data: str) -> None:
        if not self._hidden:
            self._target.instruction(target, data)


def _digest(source: Callable[[], IO[bytes]], found: FoundSignature, wanted: _Wanted) -> bool:
    digest = hashlib.new(wanted.digest)
    target = Canonical(digest.update, wanted.method)
    with source() as opened:
        read_events(opened, _Without(target, found.number) if wanted.enveloped else target)
    return hmac.compare_digest(digest.digest(), wanted.value)


def _only(signature: Node, part: str) -> Node:
    found = list(signature.each(part))
    if len(found) != 1:
        raise _UncheckableError(part)
    return found[0]


def _tree(document: bytes) -> Node:
    builder = TreeBuilder()
    try:
        read_events(io.BytesIO(document), builder)
    except XmlBrokenError:
        raise _UncheckableError("signature-unreadable") from None
    return builder.root or Node("")


def _method(node: Node | None) -> Method:
    algorithm = _attribute(node, "Algorithm")
    listed = node.find("InclusiveNamespaces") if node is not None else None
    prefixes = listed.attributes.get("PrefixList", "") if listed is not None else ""
    method = Method.of(algorithm, prefixes)
    if method is None:
        raise _UncheckableError(f"Transform {algorithm}"[:200])
    return method


def _attribute(node: Node | None, name: str) -> str:
    return node.attributes.get(name, "") if node is not None else ""


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _UncheckableError("base64") from None


def _own_first(chain: list[bytes]) -> tuple[bytes, list[bytes]]:
    """The certificate that none of the others was issued by, then the others."""
    from asn1crypto import x509

    try:
        read = [(der, x509.Certificate.load(der)) for der in chain]
        issuers = [one.issuer for _, one in read]
        subjects = [one.subject for _, one in read]
    except (ValueError, TypeError, KeyError):
        raise _UncheckableError("X509Certificate") from None
    for number, (der, _) in enumerate(read):
        above = [issuer for other, issuer in enumerate(issuers) if other != number]
        if subjects[number] not in above:
            return der, [one for one in chain if one is not der]
    return chain[0], chain[1:]


def _named(own: bytes) -> dict[str, Any]:
    """Whose certificate it is, and who issued it: fields of the report."""
    from asn1crypto import x509

    from archive_service.signing.trust.subject import subject_of

    certificate = x509.Certificate.load(own)
    subject = subject_of(certificate)
    return {
        "signer": subject.name,
        "organization": subject.organization,
        "identifier": subject.identifier,
        "issuer": str(certificate.issuer.native.get("common_name", "")),
        "certificate_sha256": hashlib.sha256(own).hexdigest(),
    }
