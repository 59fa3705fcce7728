"""From findings to verdicts: what is accepted, what a person looks at, what is scanned again."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Protocol
from uuid import UUID

from archive_service.domain.digitization.scan_batch import PageState, ScanBatch, ScanPage, Verdict
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.people.account import Actor, Role
from digitize.page_one.check import DIFFERS

SECRECY = "secrecy-mark-found"  # the finding that stops a page and its batch
MALWARE = "batch-malware"  # the finding that stops a batch for good
# What only a change settles: pages need a place that waits for them, and a batch without malware.
STANDING = frozenset(
    {
        MALWARE,
        "batch-empty",
        "document-empty",
        "document-without-code",
        "document-code-unknown",
        "document-without-ordinal",
        "document-not-in-list",
        "document-has-pages",
        "document-doubled",
    }
)
# What a person decides on although it is no error: pages may stand under the wrong document.
CONTRADICTS = frozenset({*DIFFERS.values(), "document-number-doubled", "document-listed-elsewhere"})


class Standing(Protocol):
    """Where a page stands: a row, or what of it was asked for (``standing.py``)."""

    @property
    def id(self) -> UUID:
        """Of the page."""

    @property
    def is_sheet(self) -> bool:
        """Whether it is a separator sheet."""

    @property
    def removed_at(self) -> dt.datetime | None:
        """When it was taken out."""

    @property
    def state(self) -> PageState:
        """Whether it was read."""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of measurement."""

    @property
    def decision(self) -> str:
        """The decision of a person."""


_RANK = {Severity.ERROR.value: 0, Severity.WARNING.value: 1, Severity.INFO.value: 2}


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """An error is scanned again, a warning wants a person's look; else it is accepted."""
    severities = {finding.severity for finding in findings}
    if Severity.ERROR in severities:
        return Verdict.RESCAN
    return Verdict.LOOK if Severity.WARNING in severities else Verdict.ACCEPT


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding as rows keep it."""
    return {
        "check": finding.check,
        "code": finding.code,
        "severity": finding.severity.value,
        "place": finding.place,
        "facts": finding.facts,
    }


def severity_rank(finding: dict[str, Any]) -> int:
    """Worst first."""
    return _RANK[finding["severity"]]


def counts(page: Standing) -> bool:
    """Whether it is a page of the batch: not taken out, and no separator sheet."""
    return page.removed_at is None and not page.is_sheet


def is_flagged(page: Standing) -> bool:
    """Whether measurement asks for a person; of a separator sheet, that it was not understood."""
    return page.removed_at is None and page.verdict in (Verdict.LOOK, Verdict.RESCAN)


def is_undecided(page: Standing, sampled: Collection[str] = ()) -> bool:
    """Whether it holds up the release: flagged or drawn into the sample, and nobody looked yet."""
    if page.removed_at is not None:
        return False
    if page.decision:
        return page.decision == "rescan"
    return is_flagged(page) or str(page.id) in sampled


def is_waiting(page: Standing) -> bool:
    """Whether it has to be read still."""
    return page.removed_at is None and page.state is PageState.WAITING


def batch_findings_undecided(batch: ScanBatch) -> list[dict[str, Any]]:
    """Undecided findings that stop the release: errors, and first pages unlike the list."""
    every = [
        *batch.findings,
        *(finding for document in batch.documents for finding in document.findings),
    ]
    return [finding for finding in every if stops_release(finding)]


def stops_release(finding: dict[str, Any]) -> bool:
    """Whether a finding of the batch or of a document waits for a decision."""
    asks = finding["severity"] == Severity.ERROR.value or finding["code"] in CONTRADICTS
    return asks and not (finding.get("decided") and is_decidable(finding["code"]))


def is_decidable(code: str) -> bool:
    """Whether a person's reason settles it; where pages would have no place, none does."""
    return code not in STANDING


def sampled_pages(batch: ScanBatch) -> frozenset[str]:
    """Ids of the pages that were drawn for a second look."""
    return frozenset(batch.sample.get("drawn", ()))


def may_decide_secrecy(actor: Actor) -> bool:
    """Whether a page with a secrecy mark is theirs to see and to decide on."""
    return actor.role in (Role.ARCHIVIST, Role.HEAD)


def is_secret(page: ScanPage) -> bool:
    """Whether a secrecy mark was seen on it, and nobody who may has said that it is none."""
    return bears_mark(page) and page.decision != "kept"


def bears_mark(page: ScanPage) -> bool:
    """Whether a secrecy mark was seen on it."""
    return any(finding["code"] == SECRECY for finding in page.findings)
