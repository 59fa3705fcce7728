"""A person says that they know of a difference: what hung on it goes on."""

from uuid import UUID

from pydantic import Field

from archive_service.audit import record_event
from archive_service.db.doubted import KNOWN, OF_CASE_FILES, RULES_DIFFER, is_acknowledged
from archive_service.db.unit_of_work import take_write_lock
from archive_service.document import Document
from archive_service.domain.people.account import ACCOUNT_DIFFERS, Actor
from archive_service.domain.people.incident import Incident
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.evidence.acting import acting
from archive_service.evidence.compared.rules import KNOWN_RULE
from archive_service.evidence.leaves import KNOWN_ACCOUNT
from archive_service.evidence.noting import note_account, note_rule, rule_states
from archive_service.given import Given
from archive_service.notices.incidents import IncidentNotFoundError, close_incident
from archive_service.services import Services
from archive_service.text import telling

_KINDS = (*OF_CASE_FILES, ACCOUNT_DIFFERS, RULES_DIFFER)
_REASON = 3  # letters at least


class DifferenceReasonError(InputError):
    """Nothing was written that says why rows differ."""


class DifferenceAtShellError(NotAllowedError):
    """Who can change the rows could speak at the shell in anybody's name."""


class DifferenceOverError(ConflictError):
    """The incident is over, or tells of no difference of rows."""


class DifferenceKnown(Given):
    """What somebody who acknowledges a difference knows of it."""

    reason: str = Field(
        description="Why rows and log or copies differ, and what was done.", max_length=1000
    )


class DifferenceDocument(Document):
    """The difference that somebody knows of, and whether its incident is over with that."""

    incident: UUID
    kind: str
    subject: str
    closed: bool


def acknowledge_difference(
    services: Services,
    incident_id: UUID,
    given: DifferenceKnown,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DifferenceDocument:
    """Say that you know why rows differ: a case file may go again, an account decides again.

    A difference of a case file stays an incident until its rows fit; another one stops it anew.
    What an account, trust or a rule is from now on is noted in the log, and its incident is over.
    Said again, nothing changes.

    Raises:
        ActNotAllowedError: only people who answer for the archive, no account that is doubted.
        DifferenceAtShellError: at the shell only with a session of one's own (archive login).
        DifferenceReasonError: no reason was given.
        IncidentNotFoundError, DifferenceOverError: nothing of the kind is open.
    """
    del lang
    with acting(services, "audit:acknowledge", actor) as session:
        if actor.os_user and actor.shell != "login":
            raise DifferenceAtShellError(account=actor.account)
        reason = telling(given.reason)
        if len(reason) < _REASON:
            raise DifferenceReasonError
        take_write_lock(session)
        row = session.get(Incident, incident_id, with_for_update=True)
        if row is None:
            raise IncidentNotFoundError(id=incident_id)
        if row.closed_at is not None or row.kind not in _KINDS:
            raise DifferenceOverError(subject=row.subject)
        facts = {"reason": reason, "kind": row.kind, "subject": row.subject}
        if row.kind == ACCOUNT_DIFFERS:
            account = UUID(row.facts["account_id"])
            record_event(session, KNOWN_ACCOUNT, subject_id=account, actor=actor, data=facts)
            note_account(session, account, actor=actor)
            close_incident(session, row.kind, row.subject, actor=actor)
        elif row.kind == RULES_DIFFER:
            record_event(session, KNOWN_RULE, subject_id=row.subject, actor=actor, data=facts)
            part, _, name = row.subject.partition(" ")
            value = rule_states(services)[part].get(name, "")
            note_rule(session, part, name, value, actor=actor)
            close_incident(session, row.kind, row.subject, actor=actor)
        elif not is_acknowledged(session, row):
            whole = facts | {"difference": row.facts.get("difference")}
            record_event(session, KNOWN, subject_id=row.id, actor=actor, data=whole)
        return DifferenceDocument(
            incident=row.id,
            kind=row.kind,
            subject=row.subject,
            closed=row.closed_at is not None,
        )
