"""What an addition does to the term of its case file: the longest of all it holds counts."""

from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from retention.terms.changes import events_of, set_term
from retention.terms.dates import job_ended_on, term_days
from retention.terms.rules import RetentionRule, document_terms, raised

RECOMPUTED = "case-file:retention-recomputed"


def take_longest_term(session: Session, case_file: CaseFile, *, actor: Actor) -> None:
    """Reckon the term anew after documents were added; never an earlier end than before.

    The caller commits. A second call finds nothing to change.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 15 k4.
    """
    kept = RetentionRule.from_document(case_file.rule)
    added = (
        document
        for document in case_file.documents
        if document.added_in == case_file.receipt_due_in
    )
    rule = raised(kept, document_terms(document.maintenance for document in added))
    happened = events_of(session, [case_file.id]).get(case_file.id, {})
    ended_on = job_ended_on(case_file.end_date)
    _, ends_on = term_days(rule, ended_on, happened.get(rule.event or ""))
    before = case_file.ends_on
    sooner = ends_on is not None and (before is None or ends_on <= before)
    if rule == kept and (sooner or ends_on == before):
        return
    set_term(session, case_file, rule, cause="added", by=actor.account)
    record_event(
        session,
        RECOMPUTED,
        of=case_file,
        actor=actor,
        data={
            "code": case_file.code,
            "rule": rule.code,
            "before": "" if before is None else before.isoformat(),
            "ends_on": "" if ends_on is None else ends_on.isoformat(),
        },
    )
