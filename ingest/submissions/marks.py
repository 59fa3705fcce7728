"""Consequences of a mark of secrecy in a submission: quarantine, event, incident."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import LIFTED, MARKS, PICTURES, Submission
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.keeping.malware.verdicts import incident_subject
from archive_service.notices.incidents import close_incident, open_incident
from digitize.page_one.secrecy import SECRECY_MARK
from ingest.acceptance.marks import LiftedMark, Mark, lifted_marks
from ingest.checks.each.page_words import MARK_SEEN

MARK_JUDGED = "secrecy-mark-judged"


def judged_marks(
    submission: Submission, findings: list[Finding], pictures: Mapping[str, str]
) -> tuple[list[Finding], dict[str, Any]]:
    """The findings with marks as a second person judged them, and what the verdict keeps of that.

    A word counts for the mark that it was given for: of this level, in this place.

    Args:
        pictures: levels that were read from pictures, by digest.
    """
    seen = dict.fromkeys(map(_key, (finding for finding in findings if finding.code == MARK_SEEN)))
    kept: dict[str, Any] = {PICTURES: dict(pictures)} if pictures else {}
    if not seen:
        return findings, kept
    kept[MARKS] = [mark._asdict() for mark in seen]
    words = lifted_marks(submission)
    if lifted := [word for key, word in words.items() if key in seen]:
        kept[LIFTED] = lifted
    return [_judged(finding, words) for finding in findings], kept


def show_lifted(submission: Submission) -> None:
    """Tell of the marks that were lifted as judged, until it is checked again."""
    words = lifted_marks(submission)
    for row in submission.findings:
        seen = Finding(row.check, row.code, row.severity, row.place, row.facts)
        judged = _judged(seen, words)
        row.code, row.severity, row.facts = judged.code, judged.severity, judged.facts


def _judged(finding: Finding, words: Mapping[Mark, LiftedMark]) -> Finding:
    if finding.code != MARK_SEEN or (word := words.get(_key(finding))) is None:
        return finding
    facts = finding.facts | {"by": word["by"], "reason": word["reason"]}
    return replace(finding, code=MARK_JUDGED, severity=Severity.INFO, facts=facts)


def _key(finding: Finding) -> Mark:
    return Mark(finding.place, str(finding.facts["mark"]))


def tell_of_marks(
    session: Session, submission: Submission, marked: list[Finding], *, actor: Actor
) -> None:
    """Event and incident where a mark stands, else the incident closes; the state is set."""
    subject = incident_subject(submission.id)
    if not marked:
        close_incident(session, SECRECY_MARK, subject, actor=actor)
        return
    facts = {"code": submission.code, "place": marked[0].place, "mark": marked[0].facts["mark"]}
    record_event(
        session,
        "submission:quarantined",
        of=submission,
        actor=actor,
        data={
            "code": submission.code,
            "marks": {finding.place: finding.facts["mark"] for finding in marked},
        },
    )
    alarm = IncidentSeverity.ALARM
    open_incident(session, SECRECY_MARK, subject, severity=alarm, facts=facts)
