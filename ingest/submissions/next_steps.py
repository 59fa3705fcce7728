"""What comes next of a submission, and who does it: the same for commands, programs and pages."""

from archive_service.document import NextActDocument
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Role
from archive_service.keeping.malware.verdicts import is_infected
from ingest.acceptance.acts import wants_reason
from ingest.checks.each.page_words import MARK_SEEN
from ingest.transitions import TRANSITIONS

NEXT = {  # what waits for a person, and for whom
    "hand-in": Role.OFFICER,
    "accept": Role.ARCHIVIST,
    "lift-mark": Role.HEAD,
    "rescan": Role.ARCHIVIST,
    "return": Role.ARCHIVIST,
    "correct": Role.OFFICER,
}


def next_acts(row: Submission) -> list[NextActDocument]:
    """``[{act, role, needs}]``; ``needs``: of ``labels.submission-need``."""
    found = [
        NextActDocument(act=act, role=role.value, needs=_needs(row, act))
        for act, role in NEXT.items()
        if TRANSITIONS.is_open(row, act) and (act != "lift-mark" or _is_marked_alone(row))
    ]
    return sorted(found, key=lambda act: "corrections" in act.needs)


def _is_marked_alone(row: Submission) -> bool:
    """Whether a mark of secrecy stands, and no malware; by its findings, which lists load."""
    return any(finding.code == MARK_SEEN for finding in row.findings) and not is_infected(row)


def _needs(row: Submission, act: str) -> list[str]:
    """Beyond the state: what a sender has to correct first, or a word of why."""
    if act != "accept":
        return ["reason"] if act in ("return", "lift-mark") else []
    needs = []
    if any(finding.severity is Severity.ERROR for finding in row.findings):
        needs.append("corrections")
    if wants_reason(finding.code for finding in row.findings):
        needs.append("reason")
    return needs
