"""What the demo's authority signed, stamped or vouched for, in an archive that it was no part of.

Earlier releases made such an authority in every home and trusted it.
"""

import re
from base64 import b64decode
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import TransferMessage
from archive_service.errors import BackendError
from archive_service.evidence.companions import read_companion
from archive_service.evidence.withdrawn_trust import WITHDRAWN, withdrawn_papers
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from archive_service.signing.key_stores.kept import AUTHORITY
from archive_service.signing.pdf.report import Outcome, Proof
from archive_service.signing.trust.roots import AnchorRole
from archive_service.storage.content import NoSoundCopyError

DEMO_ERROR = "demo-authority"
_CERTIFICATES = re.compile(r"X509Certificate>([A-Za-z0-9+/=\s]+)<")
_ISSUING, _STAMPS = "issuing.crt", "timestamp.crt"


@dataclass(slots=True)
class Withdrawn:
    """What rested on it: ``papers`` of ours, messages among them, ``signatures`` on documents."""

    papers: list[dict[str, Any]] = field(default_factory=list)
    signatures: list[dict[str, Any]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # digests of papers that no copy has

    def __bool__(self) -> bool:
        return bool(self.papers or self.signatures)

    def counts(self) -> dict[str, int]:
        """How much it is."""
        return {name: len(listed) for name, listed in self.as_document().items()}

    def as_document(self) -> dict[str, list[Any]]:
        """As the act and the command tell it."""
        return {"papers": self.papers, "signatures": self.signatures, "unread": self.unread}


def withdraw_trust(services: Services, *, actor: Actor) -> Withdrawn | None:
    """List what rests on the authority of the home, and say so where it was called trusted.

    ``None`` where the home has no such authority, or is a demo's. Each case file with such a
    signature gets a new version that tells the new verdict. Safe to repeat: what was told in an
    act is not told again.
    """
    folder = services.settings.home / AUTHORITY
    if services.settings.is_demo or not (folder / _ISSUING).is_file():
        return None
    toy = _Toy(folder)
    with services.read_only() as session:
        papers = withdrawn_papers(session, services.settings.archive.code)
        acts = list(session.scalars(select(Act).where(Act.companion_suffix == "pdf")))
        session.expunge_all()
        found = Withdrawn(papers=list(_messages(session, toy, papers)))
    for act in acts:
        if act.companion_sha256 not in papers:
            _look_at(act, toy, services, found)
    with services.writing() as session:
        found.signatures += _mark_signatures(session, toy, services)
        if found:
            _tell(session, found, services, actor)
    return found


class _Toy:
    """The authority as bytes tell it: names of its keys in files, digests of its certificates."""

    def __init__(self, folder: Path) -> None:
        made = {
            file.name: x509.load_pem_x509_certificate(file.read_bytes())
            for file in sorted(folder.glob("*.crt"))
        }
        self._digests = {
            sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
            for certificate in made.values()
        }
        self._issuing, self._stamps = (
            made[name]
            .extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            .value.digest.hex()
            .encode()
            for name in (_ISSUING, _STAMPS)
        )

    def signed(self, pdf: bytes) -> bool:
        """Whether a certificate of it lies in a signature or stamp: each names its issuer's key."""
        return self._issuing in pdf.lower()

    def signed_xml(self, document: str) -> bool:
        """Likewise of a signed message: its certificates stand in it as base64."""
        issuer = bytes.fromhex(self._issuing.decode())
        return any(issuer in b64decode(match[1]) for match in _CERTIFICATES.finditer(document))

    def stamped(self, pdf: bytes) -> bool:
        """Whether one of its time stamps lies in the file."""
        return self._stamps in pdf.lower()

    def vouched(self, row: dict[str, Any]) -> bool:
        """Whether a verdict rests on it, and was not withdrawn."""
        if DEMO_ERROR in row.get("errors", ()):
            return False
        digests = {entry["sha256"] for entry in row.get("evidence", ())}
        if digests & self._digests:
            return bool(row.get("trusted") or row.get("timestamped"))
        return row.get("root_role") == AnchorRole.DEMO and not digests


def _messages(session: Session, toy: _Toy, told: Collection[str]) -> Iterator[dict[str, Any]]:
    """What archives told each other with its signature, ours and theirs."""
    rows = select(TransferMessage).execution_options(yield_per=1)  # one may be of 30 MB
    for row in session.scalars(rows):
        if row.sha256 not in told and toy.signed_xml(row.document):
            yield {
                "kind": f"transfer-{row.kind.value}",
                "subject": str(row.transfer_id),
                "number": str(row.sequence),
                "at": clock.iso(row.at),
                "sha256": row.sha256,
                "stamped": False,
            }


def _look_at(act: Act, toy: _Toy, services: Services, found: Withdrawn) -> None:
    try:
        pdf = read_companion(act, staging=services.staging, copies=services.copies)
    except (NoSoundCopyError, BackendError):
        found.unread.append(act.companion_sha256 or "")
        return
    if toy.signed(pdf):
        document = act.document
        found.papers.append(
            {
                "kind": act.kind,
                "subject": act.subject_id,
                "number": str(document.get("number") or ""),
                "at": clock.iso(act.at),
                "sha256": act.companion_sha256,
                "stamped": toy.stamped(pdf),
            }
        )


def _mark_signatures(session: Session, toy: _Toy, services: Services) -> Iterator[dict[str, Any]]:
    """Verdicts in rows that rest on it say so from now on."""
    edited: dict[Any, CaseFile] = {}
    rows = (
        select(Document, CaseFile)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(cast(Document.signatures, String).contains('"trusted"'))
    )
    for document, case_file in session.execute(rows):
        if not any(toy.vouched(row) for row in document.signatures):
            continue
        for row in document.signatures:
            if toy.vouched(row):
                yield _withdrawn_entry(case_file, document, row)
        document.signatures = [
            _withdrawn(row) if toy.vouched(row) else row for row in document.signatures
        ]
        edited[case_file.id] = case_file
    made = (
        select(DigitalObject, Document, CaseFile)
        .join(Document, Document.id == DigitalObject.document_id)
        .join(CaseFile, CaseFile.id == Document.case_file_id)
        .where(cast(DigitalObject.making, String).contains('"trusted"'))
    )
    for file, document, case_file in session.execute(made):
        row = file.making.get("signature") or {}
        if toy.vouched(row):
            yield _withdrawn_entry(case_file, document, row | {"file": file.name})
            file.making = file.making | {"signature": _withdrawn(row)}
            edited[case_file.id] = case_file
    for case_file in edited.values():
        if case_file.state is CaseState.STORED and case_file.removing_since is None:
            note_edited(session, case_file, services)


def _withdrawn(row: dict[str, Any]) -> dict[str, Any]:
    """The verdict without the authority; what was said before stays beside it."""
    before = {name: row.get(name) for name in ("outcome", "trusted", "timestamped", "proof")}
    now = row | {"errors": [*row.get("errors", ()), DEMO_ERROR], "said_before": before}
    if row.get("root_role") == AnchorRole.DEMO:
        return now | {"trusted": False, "outcome": Outcome.CHAIN_UNKNOWN.value}
    return now | {"timestamped": False, "proof": Proof.CLAIMED.value}


def _withdrawn_entry(
    case_file: CaseFile, document: Document, row: dict[str, Any]
) -> dict[str, Any]:
    return {
        "code": case_file.code,
        "document": document.ordinal,
        "file": row.get("file", ""),
        "signer": row.get("signer", ""),
        "outcome": row.get("outcome", ""),
    }


def _tell(session: Session, found: Withdrawn, services: Services, actor: Actor) -> None:
    archive = services.settings.archive.code
    act = Act(kind=WITHDRAWN, subject_id=archive, at=clock.now(), document=found.as_document())
    session.add(act)
    record_event(
        session, "archive:trust-withdrawn", subject_id=archive, actor=actor, data=found.counts()
    )
