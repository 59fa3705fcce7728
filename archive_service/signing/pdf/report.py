"""What is told of a signature: its outcome at the moment of signing, and the evidence of it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from pydantic import JsonValue

from archive_service import clock
from archive_service.signing.pdf.later.change import Change
from archive_service.signing.port import SignerKind


class Outcome(StrEnum):
    """The verdict on one signature, as of the moment at which it was made."""

    VALID = "valid"
    VALID_UNCHECKED = "valid-unchecked"  # nobody says whether the certificate was revoked
    EXPIRED_SINCE = "expired-since"  # valid; the certificate ran out afterwards
    REVOKED_AFTER = "revoked-after"  # valid: a time stamp proves that it was made before
    REVOKED_AFTER_DOUBTFUL = "revoked-after-doubtful"  # only the signer says that it was before
    REVOKED_BEFORE = "revoked-before"
    EXPIRED_AT_SIGNING = "expired-at-signing"  # or not valid yet
    ROOT_OUT_OF_PERIOD = "root-out-of-period"  # root known, but not for that time
    CHAIN_UNKNOWN = "chain-unknown"
    UNTRUSTED = "untrusted"  # a path there is, but it does not hold
    WEAK = "weak"  # holds, but by means that can be forged today
    PARTIAL = "partial"  # the signed bytes are not the whole of what they claim to be
    ALTERED_LATER = "altered-later"  # content was added after it
    FORM_CHANGED_LATER = "form-changed-later"  # a field of its form was filled in otherwise
    BROKEN = "broken"  # the signed bytes were changed
    INVALID = "invalid"  # the key of the certificate did not make it
    UNREADABLE = "unreadable"  # there is nothing in it that could be a signature
    UNJUDGED = "unjudged"  # it may be good, but nobody can tell here; the errors say why

    @property
    def holds(self) -> bool:
        """Whether it can be relied on."""
        return self in HOLDING


HOLDING = frozenset(
    {Outcome.VALID, Outcome.VALID_UNCHECKED, Outcome.EXPIRED_SINCE, Outcome.REVOKED_AFTER}
)


class Proof(StrEnum):
    """What says when a signature was made."""

    TIMESTAMP = "timestamp"  # in the signature, by a trusted authority
    DOCUMENT_TIMESTAMP = "document-timestamp"  # over the document with the signature in it
    CLAIMED = "claimed"  # the signer's own clock
    NONE = ""


class Addition(StrEnum):
    """What was appended to the file after a signature; the worst of it."""

    NOTHING = ""
    EVIDENCE = "evidence"  # further signatures, time stamps, validation data
    FORM = "form"  # a field that was there has another value
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Bytes on which a verdict rests; ``der`` is empty once they are kept under their digest."""

    kind: str  # certificate, crl, ocsp, timestamp
    sha256: str
    size_bytes: int
    der: bytes = b""

    @classmethod
    def of(cls, kind: str, der: bytes) -> "Evidence":
        """These bytes, with their digest."""
        return cls(kind, sha256(der).hexdigest(), len(der), der)


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature. ``intact``: the signed bytes are unchanged; ``valid``: the key made it.

    ``trusted``: ``outcome.holds``, so that a path to a trusted root held at the time of signing:
    the time stamp's where ``timestamped``, else the time the signer claims.
    ``covers_whole_document``: nothing was appended after it. ``altered_later``: since it a reader
    sees something else than further signatures and filled fields; ``changes`` say what differs.
    ``errors``: short codes, for findings.
    ``field`` is empty, and nothing holds, where the PDF itself cannot be read (``pdf-unreadable``,
    ``pdf-encrypted``). ``weak`` names the means that can be forged; ``root_role`` is whom the
    root of its path stands for. ``over`` are the files beside its own that it signs, by name.
    Of a letter: ``open_heads`` are those of its own head that were not signed; ``sender`` is whom
    it names as that, where the certificate names other ``mails``.
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
    outcome: Outcome = Outcome.UNREADABLE
    proof: Proof = Proof.NONE
    added_later: Addition = Addition.NOTHING
    changes: tuple[Change, ...] = ()
    weak: str = ""
    certificate_from: dt.datetime | None = None
    certificate_to: dt.datetime | None = None
    serial: str = ""
    root: str = ""
    root_role: str = ""
    revocation: str = ""  # good, revoked, unknown
    revoked_at: dt.datetime | None = None
    validated_at: dt.datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    within: str = ""  # name of the attached file in which it stands
    over: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    open_heads: tuple[str, ...] = ()
    sender: str = ""

    def without_bytes(self) -> "SignatureReport":
        """The same, its evidence by digest alone."""
        return replace(
            self, evidence=tuple(replace(evidence, der=b"") for evidence in self.evidence)
        )


def numbered(reports: list[SignatureReport]) -> list[SignatureReport]:
    """Programs give every signature of theirs the same id."""
    seen: Counter[str] = Counter()
    numbered = []
    for report in reports:
        seen[report.field] += 1
        number = seen[report.field]
        name = report.field if number == 1 else f"{report.field} {number}"
        numbered.append(replace(report, field=name))
    return numbered


def as_row(report: SignatureReport) -> dict[str, JsonValue]:
    """The report as it is kept in a row: plain JSON, moments in ISO 8601."""
    row = asdict(report)
    for name, value in row.items():
        if isinstance(value, StrEnum):
            row[name] = value.value
        elif isinstance(value, dt.datetime):
            row[name] = clock.iso(value)
    for name in ("errors", "over", "mails", "open_heads"):
        row[name] = list(row[name])
    row["changes"] = [change.as_row() for change in report.changes]
    row["evidence"] = [
        {"kind": evidence.kind, "sha256": evidence.sha256, "size_bytes": evidence.size_bytes}
        for evidence in report.evidence
    ]
    return row


def signed_files(file: str, over: Iterable[str]) -> set[str]:
    """Paths of what a signature that stands in ``file`` vouches for: files beside it, else that."""
    return {str(PurePosixPath(file).with_name(name)) for name in over} or {file}


def row_holds(row: Mapping[str, Any]) -> bool:
    """Whether a signature that was kept by ``as_row`` can be relied on; old rows knew less."""
    return bool(row.get("trusted", row.get("valid", False)))
