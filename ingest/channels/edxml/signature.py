"""What the signatures of a packet say, as findings that stay with the submission."""

import datetime as dt
from collections.abc import Callable
from typing import IO, Any

from archive_service import clock
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.signing.pdf.report import Outcome
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.signature import XmlSignatureReport, check_signature
from ingest.channels.edxml.packet import CHECK
from ingest.channels.edxml.read import Packet

PLACE = "Signature"
_UNTRUSTED = ("edxml-signature-untrusted", Severity.WARNING)
# A chain that leads nowhere, and a path that does not hold, ask for the same act.
_CODES = {
    Outcome.VALID: ("edxml-signature-valid", Severity.INFO),
    Outcome.VALID_UNCHECKED: ("edxml-signature-valid", Severity.INFO),
    Outcome.EXPIRED_SINCE: ("edxml-signature-valid", Severity.INFO),
    Outcome.REVOKED_AFTER: ("edxml-signature-revoked-after", Severity.INFO),
    Outcome.REVOKED_AFTER_DOUBTFUL: ("edxml-signature-revoked-doubtful", Severity.WARNING),
    Outcome.REVOKED_BEFORE: ("edxml-signature-revoked-before", Severity.WARNING),
    Outcome.EXPIRED_AT_SIGNING: ("edxml-signature-expired", Severity.WARNING),
    Outcome.ROOT_OUT_OF_PERIOD: ("edxml-signature-root-period", Severity.WARNING),
    Outcome.PARTIAL: ("edxml-signature-partial", Severity.WARNING),
    Outcome.BROKEN: ("edxml-signature-invalid", Severity.ERROR),
    Outcome.INVALID: ("edxml-signature-invalid", Severity.ERROR),
}
_MOST = 4  # each is a reading of the whole packet


def signature_findings(
    source: Callable[[], IO[bytes]], packet: Packet, trust: Trust, *, at: dt.datetime
) -> list[Finding]:
    """One finding a signature, a further one where it is weak; one where there is none at all.

    A packet that is broken was signed as another one: its signatures are told as not checked.
    """
    if packet.broken:
        return [Finding(CHECK, "edxml-signature-unchecked", Severity.WARNING, PLACE, _cut())]
    if not packet.signatures:
        return [Finding(CHECK, "edxml-unsigned", Severity.INFO, PLACE)]
    findings: list[Finding] = []
    for found in packet.signatures[:_MOST]:
        findings += findings_of(check_signature(source, found, trust, at=at))
    if len(packet.signatures) > _MOST:
        facts = {"reason": f"{len(packet.signatures)} > {_MOST}"}
        unchecked = Finding(CHECK, "edxml-signature-unchecked", Severity.WARNING, PLACE, facts)
        findings.append(unchecked)
    return findings


def _cut() -> dict[str, Any]:
    return {"reason": "xml-broken"}


def findings_of(report: XmlSignatureReport) -> list[Finding]:
    """The verdict, and what is to be said beside it."""
    if report.trouble:
        facts = {"reason": report.trouble}
        return [Finding(CHECK, "edxml-signature-unchecked", Severity.WARNING, PLACE, facts)]
    facts = _facts(report)
    code, severity = _CODES.get(report.outcome, _UNTRUSTED)
    findings = [Finding(CHECK, code, severity, PLACE, facts)]
    if report.outcome is Outcome.VALID_UNCHECKED:
        unknown = "edxml-signature-revocation-unknown"
        findings.append(Finding(CHECK, unknown, Severity.INFO, PLACE, facts))
    if report.stamp_revoked:
        findings.append(Finding(CHECK, "edxml-timestamp-revoked", Severity.WARNING, PLACE, facts))
    if report.weak:
        findings.append(Finding(CHECK, "edxml-signature-weak", Severity.WARNING, PLACE, facts))
    return findings


def _facts(report: XmlSignatureReport) -> dict[str, Any]:
    judged_at = report.judged_at
    return {
        "signer": report.signer,
        "organization": report.organization,
        "identifier": report.identifier,
        "issuer": report.issuer,
        "certificate_sha256": report.certificate_sha256,
        "algorithm": report.algorithm,
        "intact": report.intact,
        "valid": report.valid,
        "outcome": report.outcome.value,
        "proof": report.proof.value,
        "root_role": report.root_role,
        "revoked_at": "" if report.revoked_at is None else clock.iso(report.revoked_at),
        "judged_at": "" if judged_at is None else clock.iso(judged_at),
    }
