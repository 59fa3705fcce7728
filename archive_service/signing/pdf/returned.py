"""Judges a paper that came back signed: the same bytes, signatures added, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.signing.signing_request import OTHER_PERSON
from archive_service.signing.pdf.report import SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from archive_service.text import fold

CHECK = "signed-paper"
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Returned:
    """What was found. Taken if no finding is an error; ``signature`` is the newest one then."""

    findings: list[Finding]
    signature: SignatureReport | None

    @property
    def accepted(self) -> bool:
        """Whether nothing forbids taking it."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose signature is waited for; ``identifier`` is the identity number, if it is known."""

    name: str
    identifier: str = ""


def judge_returned(original: Path, signed: Path, trust: Trust, expected: Expected) -> Returned:
    """Whether ``signed`` is ``original`` with valid signatures added, and by whom.

    The added part is compared with what went out, object by object: a page, a note, a field that
    was changed together with the signature is found, though the signature covers it.

    Args:
        original: as ``outgoing.prepare_paper`` wrote it. Never raises for what is in the files.
    """
    if not _begins_with(signed, original):
        return Returned([_error("signed-paper-other-bytes")], None)
    before = {report.field for report in inspect_signatures(original, trust)}
    added = [
        inspect_signature
        for inspect_signature in inspect_signatures(signed, trust)
        if inspect_signature.field not in before
    ]
    if not added:
        return Returned([_error("signed-paper-unsigned")], None)
    findings = [*_changes(original, signed, {signature_report.field for signature_report in added})]
    for report in added:
        findings += _doubts(report)
    newest = added[-1]
    findings += _person(newest, expected)
    return Returned(findings, newest)


def not_readable(reason: str) -> Returned:
    """What is said of a file that the parser could not get through within its limits."""
    return Returned([_error("signed-paper-unreadable", reason=reason)], None)


def _begins_with(signed: Path, original: Path) -> bool:
    if signed.stat().st_size <= original.stat().st_size:
        return signed.read_bytes() == original.read_bytes()  # as it went out: without a signature
    with original.open("rb") as first, signed.open("rb") as second:
        while piece := first.read(_PIECE_BYTES):
            if second.read(len(piece)) != piece:
                return False
    return True


def _changes(original: Path, signed: Path, signatures: set[str]) -> Iterator[Finding]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.diff_analysis import ModificationLevel

    with original.open("rb") as first, signed.open("rb") as second:
        try:
            went_out = PdfFileReader(first, strict=False).xrefs.total_revisions
            reader = PdfFileReader(second, strict=False)
            changed: Any = _policy().review_file(reader, went_out - 1)
        except Exception as wrong:  # noqa: BLE001 - a hostile file may raise anything in the parser
            yield _error("signed-paper-altered", reason=type(wrong).__name__)
            return
    if isinstance(changed, Exception):
        yield _error("signed-paper-altered", reason=str(changed))
        return
    if changed.modification_level not in (
        ModificationLevel.NONE,
        ModificationLevel.LTA_UPDATES,
        ModificationLevel.FORM_FILLING,
    ):
        yield _error("signed-paper-altered", reason=changed.modification_level.name)
    filled = sorted(set(changed.changed_form_fields) - signatures)
    if filled:
        yield _error("signed-paper-altered", reason=", ".join(filled))


def _policy() -> Any:
    """PyHanko's own, but that a first signature may say in the form that there are signatures."""
    from pyhanko.sign.diff_analysis import (
        DEFAULT_DIFF_POLICY,
        FormUpdatingRule,
        StandardDiffPolicy,
    )

    usual: Any = DEFAULT_DIFF_POLICY.form_rule
    form = FormUpdatingRule(usual.field_rules, usual.ignored_acroform_keys | {"/SigFlags"})
    return StandardDiffPolicy(DEFAULT_DIFF_POLICY.global_rules, form)


_OF_STAMP = ("timestamp-untrusted", "timestamp-revoked")


def _doubts(report: SignatureReport) -> Iterator[Finding]:
    """Errors that a signature must not have; a time stamp of a stranger is only told."""
    for code in report.errors:
        if code in _OF_STAMP:
            yield _finding("signed-paper-stamp", Severity.WARNING, signer=report.signer)
    if not (report.trusted and not report.altered_later):
        reasons = [code for code in report.errors if code not in _OF_STAMP]
        yield _error("signed-paper-invalid", signer=report.signer, reasons=reasons)


def _person(report: SignatureReport, expected: Expected) -> Iterator[Finding]:
    """Whether it is the one who was asked; people decide what it means if it is not."""
    own = report.identifier.rpartition(":")[2]
    if expected.identifier and own:
        same = own == expected.identifier.rpartition(":")[2]
    else:
        same = fold(report.signer).split() == fold(expected.name).split()
    if not same:
        yield _finding(
            OTHER_PERSON,
            Severity.WARNING,
            signer=report.signer,
            expected=expected.name,
        )


def _error(code: str, **facts: Any) -> Finding:
    return _finding(code, Severity.ERROR, **facts)


def _finding(code: str, severity: Severity, **facts: Any) -> Finding:
    return Finding(CHECK, code, severity, "", facts)
