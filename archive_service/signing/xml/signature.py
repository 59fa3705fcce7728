"""Enveloped XML signatures (XML-DSig): checked over documents of any size, in flat memory.

Old packets are signed with SHA-1: that is read to check what they say, and told as weak.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from archive_service import clock
from archive_service.signing.pdf.report import Outcome, Proof
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.events import XmlBrokenError
from archive_service.signing.xml.evidence import judge
from archive_service.signing.xml.finder import FoundSignature
from archive_service.signing.xml.references import UncheckableError
from archive_service.signing.xml.tree import tree_of
from archive_service.signing.xml.value import (
    as_named,
    certificates_of,
    named_by,
    reference_nodes,
    signed_value,
)


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
    except UncheckableError as wrong:
        return XmlSignatureReport(trouble=str(wrong), judged_at=at)


def _checked(
    source: Callable[[], IO[bytes]],
    found: FoundSignature,
    trust: Trust,
    moments: tuple[dt.datetime, dt.datetime],
) -> XmlSignatureReport:
    at, now = moments
    try:
        node = tree_of(found.xml)
    except XmlBrokenError:
        raise UncheckableError("signature-unreadable") from None
    if all(one.attributes.get("URI", "").startswith("#") for one in reference_nodes(node)):
        # Whatever the part is, the rest of the document may be anybody's: no digest is made of it.
        named = named_by(certificates_of(node)[0])
        return XmlSignatureReport(**named, outcome=Outcome.PARTIAL, judged_at=at)
    value = signed_value(found, node)
    value = as_named(value, {one.part for one in value.references if one.part})
    outside = next((reference.outside for reference in value.references if reference.outside), "")
    if outside:
        raise UncheckableError(f"Reference {outside}", "signed-elsewhere")
    intact = all(reference.matches(source, found.number) for reference in value.references)
    judged = judge(
        value.own,
        value.others,
        node,
        trust,
        digests=value.digests,
        imprint=value.imprint,
        at=at,
        now=now,
    )
    outcome = judged.outcome if value.is_valid else Outcome.INVALID
    outcome = outcome if intact else Outcome.BROKEN
    return XmlSignatureReport(
        **named_by(value.own),
        algorithm=value.algorithm,
        intact=intact,
        valid=value.is_valid,
        trusted=outcome.holds,
        weak=bool(judged.weak),
        outcome=outcome,
        proof=judged.proof,
        revoked_at=judged.revocation.revoked_at,
        stamp_revoked=judged.stamp_revoked,
        root_role=judged.root_role,
        judged_at=judged.at,
    )
