"""Who signed each document: the person, after that the agency; or nobody, and what it is then."""

from collections.abc import Iterator, Mapping, Sequence

from archive_service import clock, law
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.signing.pdf.report import SignatureReport, signed_files
from archive_service.signing.port import SignerKind
from archive_service.signing.trust.roots import AnchorRole
from archive_service.text import fold
from ingest.channels.edxml.process_files import PROCESS
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.checks.reference_documents import (
    BESIDE,
    DIGITIZED,
    ORIGINAL,
    REFERENCE,
    RULES,
    have_value,
)
from ingest.checks.rules import rules

CHECK = "both-signatures"


def check(context: CheckContext) -> Iterator[Finding]:
    """What is missing, out of order or of another root; paper and its scans are exempt."""
    for document in context.declared.documents:
        if document.kind != "document":
            continue
        if is_exempt(context, document):
            yield from _of_scan(context, document)
        else:
            yield from _of_document(context, document)


def is_exempt(context: CheckContext, document: DeclaredDocument) -> bool:
    """Whether it was paper: what was signed by hand bears no digital signature."""
    if context.paper(document) or document.fields.get("origin") in DIGITIZED:
        return True
    return not document.files or any(file.page_image for file in document.files)


def is_unsigned(context: CheckContext, document: DeclaredDocument) -> bool:
    """Whether none of its own files was signed, and one of them could be looked into."""
    return bool(_files(context, document, beside=False)) and not _own_signatures(context, document)


def _own_signatures(
    context: CheckContext, document: DeclaredDocument
) -> dict[str, list[SignatureReport]]:
    """Those of its own files, by the file in which they stand: that itself, or one beside it."""
    here = [file for file in document.files if file.path in context.files]
    main = {file.first_name for file in here if file.standing not in BESIDE}
    found = {
        file.path: [
            report
            for report in context.files[file.path].facts.own_signatures
            if signed_files(file.first_name, report.over) & main
        ]
        for file in here
    }
    return {path: reports for path, reports in found.items() if reports}


def _of_document(context: CheckContext, document: DeclaredDocument) -> Iterator[Finding]:
    if is_unsigned(context, document):
        yield from _of_unsigned(context, document)
        return
    signed = _own_signatures(context, document)
    every = [report for reports in signed.values() for report in reports]
    if every and not have_value(report.outcome for report in every):
        dates = _declared_standing(document, _files(context, document, beside=False))
        yield from _finding(
            context, "unsigned", "signatures-without-value", next(iter(signed)), dates
        )
    for path, reports in signed.items():
        yield from _pair(context, path, reports, annex=_is_annex(document))
        yield from _day(context, document, reports)
    yield from _of_roots(context, signed)
    if _of(SignerKind.AGENCY, every):
        for file in _files(context, document, beside=True, but=PROCESS):
            if _is_pdf(file) and not _of(SignerKind.AGENCY, file.facts.own_signatures):
                yield from _finding(context, "annex", "annex-agency-missing", file.path)


def _pair(
    context: CheckContext, path: str, every: Sequence[SignatureReport], *, annex: bool
) -> Iterator[Finding]:
    """One of a person's and one of an agency's; a contract of two firms asks for no agency.

    An ``annex`` needs the agency's alone, whether it stands beside its document or in a row.

    What proves nothing is nobody's signature.
    """
    reports = [report for report in every if have_value([report.outcome])]
    persons, agencies = _of(SignerKind.PERSON, reports), _of(SignerKind.AGENCY, reports)
    if len(persons) + len(agencies) < len(reports):
        return  # of some nobody can say whose they are
    if persons and not agencies and _is_of_state(context, reports):
        yield from _finding(context, "agency", "agency-signature-missing", path)
    if agencies and not persons and not annex:
        yield from _finding(context, "person", "person-signature-missing", path)
    if persons and agencies and _comes_first(reports, agencies[-1], persons[-1]):
        facts = {"agency": agencies[-1].signer, "person": persons[-1].signer}
        yield from _finding(context, "order", "agency-signed-first", path, facts)


def _comes_first(
    reports: Sequence[SignatureReport], one: SignatureReport, other: SignatureReport
) -> bool:
    """By the file, in which a later signature covers the earlier one."""
    return list(reports).index(one) < list(reports).index(other)


def _day(
    context: CheckContext, document: DeclaredDocument, reports: Sequence[SignatureReport]
) -> Iterator[Finding]:
    issued = document.fields.get("issuedDate", "")
    for report in _of(SignerKind.AGENCY, reports):
        if report.signed_at is None or len(issued) != len("2025-01-01"):
            continue
        day = clock.local(report.signed_at).date()
        if day.isoformat() != issued:
            facts = {"signed_on": day.isoformat(), "issued_on": issued}
            place = row_place(document.kind, document.row, "issuedDate")
            yield from _finding(context, "same-day", "signed-on-another-day", place, facts)


def _of_scan(context: CheckContext, document: DeclaredDocument) -> Iterator[Finding]:
    """A scan that nobody signed and that is declared to be the original; that is the paper."""
    if document.fields.get("standing") != ORIGINAL or not is_unsigned(context, document):
        return
    if any(file.page_image for file in document.files):
        return  # pages of a batch here: their copy is sealed by the agency afterwards
    place = row_place(document.kind, document.row, "standing")
    dates = _declared_standing(document, _files(context, document, beside=False))
    yield from _finding(context, "scan-original", "scan-not-original", place, dates)


def _is_annex(document: DeclaredDocument) -> bool:
    """Whether a document of a row of its own is the annex of another."""
    relations = {
        document.fields.get("relation", ""),
        *(relation for relation, _ in document.relations),
    }
    named = fold(document.fields.get("subject", "")).startswith("phu luc")
    return "annex" in relations or named


def _of_unsigned(context: CheckContext, document: DeclaredDocument) -> Iterator[Finding]:
    standing = document.fields.get("standing", "")
    if standing in ("", REFERENCE):
        return  # it is set at acceptance
    place = row_place(document.kind, document.row, "standing")
    dates = _declared_standing(document, _files(context, document, beside=False))
    yield from _finding(context, "unsigned", "unsigned-not-reference", place, dates)


def _declared_standing(document: DeclaredDocument, main: Sequence[ReceivedFile]) -> dict[str, str]:
    """What its sender declares it to be, with the file that the document is known by afterwards."""
    standing = document.fields.get("standing", "")
    if standing in ("", REFERENCE):
        return {}
    known = law.code_list("standing")
    return {
        "standing": standing,
        "declared": known.label(standing, "vi"),
        "declared_en": known.label(standing, "en"),
        "file": main[0].path,
    }


def _of_roots(
    context: CheckContext, signed: Mapping[str, Sequence[SignatureReport]]
) -> Iterator[Finding]:
    for path, reports in signed.items():
        for report in reports:
            other = report.root_role in (AnchorRole.NATIONAL, AnchorRole.DEMO)
            if other and context.known.state_roots and context.known.is_state(report.organization):
                facts = {"signer": report.signer, "root": report.root}
                yield from _finding(context, "state-root", "signature-of-another-root", path, facts)


def _is_of_state(context: CheckContext, reports: Sequence[SignatureReport]) -> bool:
    return any(
        report.root_role == AnchorRole.STATE or context.known.is_state(report.organization)
        for report in reports
    )


def _files(
    context: CheckContext, document: DeclaredDocument, *, beside: bool, but: str = ""
) -> list[ReceivedFile]:
    return [
        context.files[file.path]
        for file in document.files
        if file.path in context.files
        and (file.standing in BESIDE) is beside
        and file.standing != but
    ]


def _of(kind: SignerKind, reports: Sequence[SignatureReport]) -> list[SignatureReport]:
    return [report for report in reports if report.kind is kind]


def _is_pdf(file: ReceivedFile) -> bool:
    return file.facts.pdf is not None


def _finding(
    context: CheckContext, key: str, code: str, place: str, facts: dict[str, str] | None = None
) -> Iterator[Finding]:
    rule = rules(RULES, home=context.home)[key]
    if rule.on:
        event_facts = (facts or {}) | {"source": rule.citation}
        yield Finding(CHECK, code, rule.severity, place, event_facts)
