"""What an XML signature brings along to prove itself (XAdES), and how its certificate is judged."""

import asyncio
import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from archive_service.signing.pdf.report import Outcome, Proof
from archive_service.signing.trust.certificate import Moment, any_path, outcome_of, stamp_revoked
from archive_service.signing.trust.judged_by import hush, path_context, trusted_others
from archive_service.signing.trust.revocation import (
    Answer,
    AnswerKind,
    AnswerOrigin,
    Revocation,
    Standing,
    revocation_of,
    trusted_answers,
)
from archive_service.signing.trust.roots import Trust
from archive_service.signing.trust.weakness import weak_means
from archive_service.signing.xml.tree import Node

# ETSI EN 319 132-1, 5.3 and 5.4; crls of KeyInfo are those of XML-DSig itself.
_PROPERTIES = "Object/QualifyingProperties/UnsignedProperties/UnsignedSignatureProperties"
STAMP = f"{_PROPERTIES}/SignatureTimeStamp"
_CRLS = (
    f"{_PROPERTIES}/RevocationValues/CRLValues/EncapsulatedCRLValue",
    "KeyInfo/X509Data/X509CRL",
)
_OCSPS = f"{_PROPERTIES}/RevocationValues/OCSPValues/EncapsulatedOCSPValue"
_CERTIFICATES = f"{_PROPERTIES}/CertificateValues/EncapsulatedX509Certificate"
_MOST = 32  # of each kind that are looked at

Imprint = Callable[[Node | None, str], bytes]  # method of canonical form, digest -> of the value


@dataclass(slots=True)
class Verdict:
    """The certificate at the moment that is proved best."""

    outcome: Outcome
    at: dt.datetime
    proof: Proof
    revocation: Revocation = field(default_factory=lambda: Revocation(Standing.UNKNOWN))
    stamp_revoked: bool = False
    root_role: str = ""
    root: str = ""  # its name
    weak: str = ""  # see ``weak_means``


def judge(
    own: bytes,
    others: list[bytes],
    signature: Node,
    trust: Trust,
    *,
    digests: Collection[str],
    imprint: Imprint,
    at: dt.datetime,
    now: dt.datetime,
) -> Verdict:
    """Judge the certificate by the rules that hold for PDFs: path, period, revocation, stamp.

    Args:
        own: certificate of the signer; ``others`` those that came with it.
        digests: by which it was made.
        imprint: what a time stamp has to be over.
        at: when it was sent, as its sender says.
        now: the moment of judging.
    """
    from asn1crypto import x509

    hush()
    carried = [_loaded(x509.Certificate, der) for der in _values(signature, _CERTIFICATES)]
    known = [x509.Certificate.load(der) for der in others]
    known += [item for item in carried if item is not None]
    roots = [x509.Certificate.load(der) for der in trust.roots]
    answers = [*_carried_answers(signature), *trusted_answers(trust)]
    judging = _Judging(trust, roots, known, answers, now)
    certificate = x509.Certificate.load(own)
    return asyncio.run(judging.verdict(certificate, signature, digests, imprint, at))


@dataclass(slots=True)
class _Judging:
    trust: Trust
    roots: list[Any]
    others: list[Any]
    answers: list[Answer]
    now: dt.datetime
    stamp_gone: bool = False

    async def verdict(
        self,
        certificate: Any,
        signature: Node,
        digests: Collection[str],
        imprint: Imprint,
        at: dt.datetime,
    ) -> Verdict:
        stamped_at = await self._stamped_at(signature, imprint)
        proof = Proof.CLAIMED if stamped_at is None else Proof.TIMESTAMP
        moment = stamped_at or at
        path = await self._holding_path(certificate, moment)
        trusted = path is not None
        if path is None:
            path = await any_path(certificate, moment, self.trust, self.others, self.roots)
        known = Revocation(Standing.UNKNOWN)
        if path is not None:
            known = await revocation_of(
                path,
                self.answers,
                roots=self.roots,
                others=[*self.others, *trusted_others(self.trust)],
                at=moment,
                now=self.now,
            )
        anchor = None if path is None else self.trust.anchor_of(path.first.dump(), moment)
        outcome = outcome_of(
            certificate,
            path,
            known,
            anchor,
            Moment(moment, self.now, proof is Proof.TIMESTAMP),
            weak="",  # told by itself: old packets are read
            trusted=trusted,
        )
        verdict = Verdict(outcome, moment, proof, known, self.stamp_gone)
        verdict.weak = weak_means(digests, certificate, path)
        if anchor is not None:
            verdict.root_role = anchor.role.value
            verdict.root = anchor.name or str(path.first.subject.native.get("common_name", ""))
        return verdict

    async def _holding_path(self, certificate: Any, moment: dt.datetime) -> Any:
        """The path at that moment; ``None`` where none holds, or it is for other uses."""
        from pyhanko_certvalidator import CertificateValidator
        from pyhanko_certvalidator.errors import PathBuildingError, ValidationError

        for usage in ("digital_signature", "non_repudiation"):
            validator = CertificateValidator(
                certificate,
                intermediate_certs=self.others,
                validation_context=path_context(self.trust, moment, self.others, self.roots),
            )
            try:
                return await validator.async_validate_usage({usage})
            except (ValidationError, PathBuildingError):
                continue
        return None

    async def _stamped_at(self, signature: Node, imprint: Imprint) -> dt.datetime | None:
        """The earliest moment that a stamp over the signature proves."""
        found = []
        for stamp in list(signature.each(STAMP))[:_MOST]:
            for der in _values(stamp, "EncapsulatedTimeStamp"):
                moment = await self._proved_by(der, stamp, imprint)
                found += [] if moment is None else [moment]
        return min(found, default=None)

    async def _proved_by(self, der: bytes, stamp: Node, imprint: Imprint) -> dt.datetime | None:
        from asn1crypto import cms
        from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
        from pyhanko.sign.validation.status import TimestampSignatureStatus

        method = stamp.find("CanonicalizationMethod")
        try:
            signed = cms.ContentInfo.load(der)["content"]
            moment = signed["encap_content_info"]["content"].parsed["gen_time"].native
            context = path_context(self.trust, moment, self.others, self.roots)
            facts = await validate_tst_signed_data(
                signed, context, lambda digest: imprint(method, digest)
            )
            status = TimestampSignatureStatus(**facts)
        except Exception:  # noqa: BLE001 - a hostile token may raise anything at all in here
            return None
        if not (status.intact and status.valid and status.trusted):
            return None
        gone = await stamp_revoked(
            status.validation_path,
            self.answers,
            roots=self.roots,
            others=[*self.others, *trusted_others(self.trust)],
            at=moment,
            now=self.now,
        )
        self.stamp_gone = self.stamp_gone or gone is not None
        return moment if gone is None and isinstance(moment, dt.datetime) else None


def imprint_of(written: bytes, digest: str) -> bytes:
    """Digest of the canonical form; ``ValueError`` for one that is not known."""
    return hashlib.new(digest, written).digest()


def _carried_answers(signature: Node) -> list[Answer]:
    crls = [der for path in _CRLS for der in _values(signature, path)]
    found = [Answer(AnswerKind.CRL, der, AnswerOrigin.CARRIED) for der in crls]
    ocsps = _values(signature, _OCSPS)
    return found + [Answer(AnswerKind.OCSP, der, AnswerOrigin.CARRIED) for der in ocsps]


def _values(node: Node, path: str) -> Iterator[bytes]:
    """What is written in base64 there; what cannot be read proves nothing."""
    for found in list(node.each(path))[:_MOST]:
        try:
            yield base64.b64decode("".join(found.text.split()), validate=True)
        except (binascii.Error, ValueError):
            continue


def _loaded(kind: Any, der: bytes) -> Any:
    try:
        made = kind.load(der)
        made.subject.native  # noqa: B018 - what is no certificate fails here, not later
    except (ValueError, TypeError, KeyError):
        return None
    return made
