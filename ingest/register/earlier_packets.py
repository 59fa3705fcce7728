"""Packets that came before: the same again, another under its name, and whose they are."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.agency_identifier import (
    Identifier,
    MalformedAgencyIdentifierError,
    parse_agency_identifier,
)
from archive_service.domain.case_files.recall import Recall, RecallKind, RecallState
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import (
    GIVEN_BACK,
    MAIN,
    DeclaredCaseFile,
    DeclaredDocument,
    Submission,
    SubmissionPacket,
)
from ingest.channels.edxml.packet import CHECK, RECEIVED
from ingest.register.agencies import predecessors

CHANNEL = "edxml"
RECALLED_BEFORE = "edxml-recalled-before"
NOT_FOR_US = "edxml-not-for-us"


def packets_of(
    declared: DeclaredCaseFile, findings: Iterable[Finding], received_at: dt.datetime
) -> list[SubmissionPacket]:
    """The packets that brought documents of a case file, by what was read of each."""
    return [
        SubmissionPacket(
            document_id=str(found.facts["document_id"]),
            sha256=str(found.facts["sha256"]),
            sender=str(found.facts["sender"])[:40],
            path=_first_file(declared, str(found.facts.get("folder", ""))),
            received_at=received_at,
        )
        for found in findings
        if found.code == RECEIVED
    ]


def _first_file(declared: DeclaredCaseFile, folder: str) -> str:
    """Of the document whose packet lies in the folder; one that came alone lies in none."""
    paths = [file.path for document in declared.documents for file in document.files]
    within = f"{folder}/" if folder else ""
    return next((path for path in paths if path.startswith(within)), "")


def document_brought(
    submission: Submission, declared: DeclaredCaseFile, document_id: str
) -> DeclaredDocument | None:
    """The document that came with the packet of this name, whatever it is called by now."""
    for packet in submission.packets:
        if packet.document_id != document_id:
            continue
        for document in declared.documents:
            if any(file.path == packet.path and file.standing == MAIN for file in document.files):
                return document
    return None


def same_packet(session: Session, submission: Submission) -> UUID | None:
    """The submission that holds the very same packet, whatever way it came, unless that is over."""
    if submission.channel != CHANNEL or not submission.packets:
        return None
    digests = {packet.sha256 for packet in submission.packets}
    found: UUID | None = session.scalar(
        select(Submission.id)
        .join(SubmissionPacket, SubmissionPacket.submission_id == Submission.id)
        .where(*_before(submission), SubmissionPacket.sha256.in_(digests))
        .order_by(Submission.received_at)
        .limit(1)
    )
    return found


def tell_changed(session: Session, submission: Submission) -> list[Finding]:
    """A finding where other bytes came under the same name, and no update was meant."""
    if submission.channel != CHANNEL:
        return []
    if any(document.fields.get("relatesTo") for document in submission.case_file().documents):
        return []
    earlier = session.execute(
        select(Submission.id, Submission.received_at)
        .join(SubmissionPacket, SubmissionPacket.submission_id == Submission.id)
        .where(*_before(submission), SubmissionPacket.document_id == submission.package_id)
        .order_by(Submission.received_at.desc())
        .limit(1)
    ).one_or_none()
    if earlier is None:
        return []
    facts = {
        "document_id": submission.package_id,
        "id": str(earlier.id),
        "received_at": clock.iso(earlier.received_at),
    }
    return [Finding(CHECK, "edxml-changed", Severity.WARNING, "DocumentId", facts)]


def tell_recalled(session: Session, submission: Submission) -> list[Finding]:
    """A finding for each document that a packet brings and that was recalled before."""
    own = submission.agency_id
    names = sorted({packet.document_id for packet in submission.packets})
    if not names:
        return []
    rows = session.execute(
        select(
            Recall.target,
            Recall.reason,
            func.coalesce(Recall.decided_at, Recall.asked_at).label("at"),
        )
        .where(
            Recall.target.in_(names),
            Recall.kind == RecallKind.RECALL,
            Recall.state == RecallState.GRANTED,
            Recall.agency_id == own if own is not None else Recall.agency_id.is_(None),
        )
        .order_by(Recall.asked_at)
    )
    last = {row.target: row for row in rows}
    return [
        Finding(
            CHECK,
            RECALLED_BEFORE,
            Severity.WARNING,
            "DocumentId",
            {
                "document_id": name,
                "recalled_on": f"{clock.local(row.at):%d/%m/%Y}",
                "reason": row.reason,
            },
        )
        for name, row in last.items()
    ]


def tell_target_unknown(submission: Submission, target: str) -> None:
    """Note, once, that what a document says it replaces or updates is not known here."""
    facts: dict[str, object] = {"target": target[:300]}
    finding = Finding(CHECK, "edxml-target-unknown", Severity.WARNING, "DocumentId", facts)
    known = [
        (door_finding["code"], door_finding["facts"].get("target"))
        for door_finding in submission.door_findings
    ]
    if (finding.code, facts["target"]) not in known:
        row = asdict(finding) | {"severity": finding.severity.value}
        submission.door_findings = [*submission.door_findings, row]


def receiving_agency(session: Session, receivers: Collection[str]) -> UUID | None:
    """The agency that bears the first of these identifiers that is known here."""
    known = _agencies_of(session, receivers)
    return next((known[code].id for code in receivers if code in known), None)


def tell_not_for_us(
    session: Session,
    receivers: Sequence[str],
    sender: str,
    *,
    agency_id: UUID | None,
    archive_code: str,
) -> list[Finding]:
    """A finding where a packet is meant for others: neither to us nor from us.

    We are this archive, the agency of the account or else every agency served, and units below.

    Args:
        agency_id: of the account that hands it in; ``None`` acts for all.

    Source:
        QCVN 102:2016/BTTTT, element To; NĐ 30/2020/NĐ-CP, Điều 21.
    """
    meant = [receiver for receiver in receivers if receiver]
    known = _agencies_of(session, [*meant, sender])
    own = None if agency_id is None else {agency_id} | predecessors(session, agency_id)
    ours = {
        code
        for code, agency in known.items()
        if (agency.served if own is None else agency.id in own)
    }
    ours |= {code for code in meant if archive_code in _upwards(code)}
    if not meant or ours & {*meant, sender}:
        return []
    facts = {"receivers": "; ".join(meant)[:500], "sender": sender}
    return [Finding(CHECK, NOT_FOR_US, Severity.ERROR, "To", facts)]


def _agencies_of(session: Session, identifiers: Collection[str]) -> dict[str, Agency]:
    """By identifier the agency that bears it, or else the nearest one above that is known."""
    lines = {identifier: _upwards(identifier) for identifier in identifiers if identifier}
    rows = session.execute(
        select(AgencyIdentifier.code, Agency)
        .join(Agency, Agency.id == AgencyIdentifier.agency_id)
        .where(AgencyIdentifier.code.in_({code for line in lines.values() for code in line}))
    )
    known = {code: agency for code, agency in rows}
    nearest = {
        ordinal: [known[code] for code in line if code in known] for ordinal, line in lines.items()
    }
    return {ordinal: found[0] for ordinal, found in nearest.items() if found}


def _upwards(identifier: str) -> list[str]:
    """It and the identifiers of the bodies above it."""
    try:
        here: Identifier | None = parse_agency_identifier(identifier)
    except MalformedAgencyIdentifierError:
        return [identifier.strip()]
    found = []
    while here is not None:
        found.append(here.text)
        here = here.parent
    return found


def sender_of(submission: Submission, document_id: str) -> str:
    """The OrganId that sent the document by packet; empty where it came another way."""
    senders = {packet.document_id: packet.sender for packet in submission.packets}
    if len(senders) == 1 and submission.channel == CHANNEL:
        return next(iter(senders.values()))
    return senders.get(document_id, "")


def _before(submission: Submission) -> list[ColumnElement[bool]]:
    """Other submissions of the same agency; those of none too, where the same account sent them."""
    own = submission.agency_id
    of_nobody = and_(
        Submission.agency_id.is_(None), Submission.submitted_by == submission.submitted_by
    )
    return [
        or_(Submission.agency_id == own, of_nobody) if own is not None else of_nobody,
        Submission.state.not_in(GIVEN_BACK),
        Submission.id != submission.id,
    ]
