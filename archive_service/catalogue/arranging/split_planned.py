"""What the file plan says of a case file that a split makes: told, and kept, as at the door."""

import datetime as dt

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.describing.fields import values_of
from archive_service.catalogue.describing.term_effects import kept_by, plan_entries
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.finding_place import in_own_terms
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from ingest.checks.each import planned, terms
from ingest.checks.port import CheckContext
from ingest.register.known_documents import Known, planned_of
from ingest.register.register import Register
from retention.terms.changes import set_term
from retention.terms.known_schedules import known_schedules
from retention.terms.rules import Declared, choose_rule


def as_planned(
    session: Session, part: CaseFile, *, actor: Actor, services: Services
) -> list[Finding]:
    """What differs from the entry of the file plan that its code names, by the door's own checks.

    An entry in force counts as at an acceptance: where its rule keeps longer than the one that
    the documents bring along, it is the rule.

    Raises:
        UnknownRetentionRuleError: of the entry in force.
    """
    declared = DeclaredCaseFile(row=1, fields=values_of(part) | {"fileCode": part.code})
    entry = planned_of(session, part.agency_id, declared)
    if entry is None:
        return []
    schedules, today = known_schedules(session), clock.today()
    rule = schedules.find(entry.rule_code, today) if entry.rule_code else None
    known = Known(planned=entry, rules={} if rule is None else {entry.rule_code: rule})
    context = CheckContext(
        declared,
        {},
        Register({}, None, held_code=False, open_code=None, held_bytes={}),
        services.settings.limits,
        known=known,
        home=services.settings.home,
    )
    found = [*planned.check(context), *terms.check(context)]
    _keep_longer(session, part, actor)
    return in_own_terms(declared, found, on_page=True)


def _keep_longer(session: Session, part: CaseFile, actor: Actor) -> None:
    entry = plan_entries(session, [part]).get(part.id)
    if entry is None or part.permanent:
        return
    declared = Declared(maintenance=part.maintenance, term_years=part.term_years)
    own = choose_rule(entry, declared, on=clock.today(), known=known_schedules(session))
    whole = kept_by(own, (document.maintenance for document in part.documents), part.end_date, {})
    if whole.permanent or (whole.ends_on or dt.date.max) > (part.ends_on or dt.date.max):
        set_term(session, part, whole.rule, cause="classified", by=actor.account)
