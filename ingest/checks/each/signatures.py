"""Digital signatures as they stood when they were made. A doubt is for a person to weigh."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archive_service import messages
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.signing.pdf.later.change import ChangeKind
from archive_service.signing.pdf.report import Outcome, SignatureReport, as_row
from ingest.checks.port import CheckContext

CHECK = "signatures"
FORM_CHANGED, ALTERED, COVERED = (
    "signature-form-changed-later",
    "signature-altered-later",
    "signature-covers-text",
)
DECIDED_WITH_REASON = frozenset({FORM_CHANGED, ALTERED, COVERED})
# What leaves the verdict as it is, and is told beside it.
_BESIDE = {
    COVERED: (Severity.WARNING, (ChangeKind.COVERED,)),
    "signature-printed-over": (Severity.INFO, (ChangeKind.CROSSED,)),
    "signature-followed-by-more": (
        Severity.INFO,
        (ChangeKind.METADATA, ChangeKind.COLOURS_NAMED, ChangeKind.STRAY_BYTES),
    ),
}
_MOST_TOLD = 8  # changes of one signature; of more the number is told
_GOOD = (Outcome.VALID, Outcome.EXPIRED_SINCE, Outcome.REVOKED_AFTER)
_TOLD_IF_KNOWN = (
    *("revoked_at", "certificate_from", "certificate_to", "issuer", "root", "weak"),
    "sender",
)
# A chain that leads nowhere, and a path that does not hold, ask for the same act.
_CODES = {
    Outcome.VALID: "signature-valid",
    Outcome.VALID_UNCHECKED: "signature-valid-unchecked",
    Outcome.EXPIRED_SINCE: "signature-expired-since",
    Outcome.REVOKED_AFTER: "signature-revoked-after",
    Outcome.REVOKED_AFTER_DOUBTFUL: "signature-revoked-after-doubtful",
    Outcome.REVOKED_BEFORE: "signature-revoked-before",
    Outcome.EXPIRED_AT_SIGNING: "signature-expired-at-signing",
    Outcome.ROOT_OUT_OF_PERIOD: "signature-root-out-of-period",
    Outcome.CHAIN_UNKNOWN: "signature-untrusted",
    Outcome.UNTRUSTED: "signature-untrusted",
    Outcome.WEAK: "signature-weak",
    Outcome.PARTIAL: "signature-partial",
    Outcome.ALTERED_LATER: ALTERED,
    Outcome.FORM_CHANGED_LATER: FORM_CHANGED,
    Outcome.BROKEN: "signature-broken",
    Outcome.INVALID: "signature-invalid",
    Outcome.UNREADABLE: "signature-unjudged",
    Outcome.UNJUDGED: "signature-unjudged",
}
# What came after one whose signer is not known is told beside that.
_OF_CHANGES = {
    "altered-later": ALTERED,
    "form-changed-later": FORM_CHANGED,
    "changes-uncompared": "signature-unjudged",
}


def check(context: CheckContext) -> Iterator[Finding]:
    """How each signature stands; more where it was changed since, or its time is a mere word."""
    for file in context.files.values():
        for report in file.facts.signatures:
            severity = Severity.INFO if report.outcome in _GOOD else Severity.WARNING
            row = as_row(report)
            facts = _facts(row)
            page = file.facts.pdf.signed_on.get(report.field) if file.facts.pdf else None
            seen_on = {} if page is None else {"page": page}
            for code in codes_of(report):
                yield Finding(CHECK, code, severity, file.path, facts | seen_on)
            for code, (weight, kinds) in _BESIDE.items():
                if some := [change.as_row() for change in report.changes if change.kind in kinds]:
                    event_facts = {"signer": facts["signer"], "changes": _words(some)} | seen_on
                    yield Finding(CHECK, code, weight, file.path, event_facts)
            event_facts = {name: facts[name] for name in ("signer", "signed_at")} | seen_on
            for code, weight in _of_head(row):
                yield Finding(CHECK, code, weight, file.path, facts | seen_on)
            for stamp_code, stamp_severity in _of_stamp(report):
                yield Finding(CHECK, stamp_code, stamp_severity, file.path, event_facts)


def codes_of(report: SignatureReport) -> tuple[str, ...]:
    """Codes of the findings that say how a signature stands, and what was changed since."""
    return _codes(report.outcome, report.errors)


def standing_words(row: Mapping[str, Any], lang: str) -> list[str]:
    """The same in words, of a signature that was kept by ``as_row``; none of an old row."""
    if not row.get("outcome"):
        return []
    facts = _facts(row, lang)
    codes = [*_codes(Outcome(row["outcome"]), row["errors"]), *(code for code, _ in _of_head(row))]
    return [messages.finding(code, lang, facts).message for code in codes]


def signer_words(row: Mapping[str, Any], lang: str) -> str:
    """Who signed, else by which field; and in which attached file."""
    within = row.get("within")
    field = (row.get("field") or "").removeprefix(f"{within}: ")
    nobody = messages.label("signature-signer", "unknown", lang)
    signer = row.get("signer") or field or nobody
    if not within:
        return signer
    return messages.text("labels.signature-signer.within", lang, signer=signer, file=within)


def _codes(outcome: Outcome, errors: Sequence[str]) -> tuple[str, ...]:
    codes = [_CODES[outcome]]
    codes += [code for error, code in _OF_CHANGES.items() if error in errors]
    return tuple(dict.fromkeys(codes))


def _of_head(row: Mapping[str, Any]) -> Iterator[tuple[str, Severity]]:
    """What is to be said of the head of a letter, which a signature need not cover."""
    if row.get("open_heads"):
        yield "signature-without-heads", Severity.INFO
    if row.get("sender"):
        yield "signature-of-another-sender", Severity.WARNING


def _of_stamp(report: SignatureReport) -> Iterator[tuple[str, Severity]]:
    """What is to be said of the time stamp: that it proves nothing, or that there is none."""
    if "timestamp-revoked" in report.errors:
        yield "signature-timestamp-revoked", Severity.WARNING
    unknown = not report.timestamped and "timestamp-untrusted" in report.errors
    if unknown:
        yield "signature-timestamp-untrusted", Severity.WARNING
    elif report.outcome in _GOOD and not report.timestamped:
        yield "signature-no-timestamp", Severity.INFO


def _facts(row: Mapping[str, Any], lang: str = "vi") -> dict[str, str]:
    errors = "; ".join(messages.label("signature-error", error, lang) for error in row["errors"])
    if row["outcome"] == Outcome.UNJUDGED and row["algorithm"]:
        errors += f" ({row['algorithm']})"
    facts = {
        "signer": signer_words(row, lang),
        "signed_at": row["signed_at"] or "",
        "errors": errors,
    }
    more = {name: row.get(name) for name in _TOLD_IF_KNOWN}
    more["changes"] = _words(row.get("changes", ()), lang)
    heads = (messages.label("letter-heads", head, lang) for head in row.get("open_heads", ()))
    more |= {"heads": ", ".join(heads), "mails": ", ".join(row.get("mails", ()))}
    return facts | {name: value for name, value in more.items() if value}


def _words(changes: Sequence[Mapping[str, str]], lang: str = "vi") -> str:
    words = [
        messages.text(
            f"labels.signature-change.{change['kind']}",
            lang,
            place=change["place"],
            old=change["old"] or messages.label("signature-change", "empty", lang),
            new=change["new"] or messages.label("signature-change", "empty", lang),
        )
        for change in changes[:_MOST_TOLD]
    ]
    if len(changes) > _MOST_TOLD:
        rest = len(changes) - _MOST_TOLD
        words.append(messages.text("labels.signature-change.more", lang, count=rest))
    return "; ".join(words)
