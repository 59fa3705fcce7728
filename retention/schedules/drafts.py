"""A schedule tried out on the page: a draft begun, its head and entries changed, before it holds.

What is wrong is told by the field it stands in, and then nothing is changed.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import RetentionSchedule
from archive_service.errors import NotFoundError
from archive_service.evidence.acting import acting
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from retention.schedules import schedules
from retention.schedules.acts import found_schedule
from retention.schedules.files import HEAD, NAMED, Fault, read_document, words_of
from retention.schedules.what_if.acts import forget_trials

Document = dict[str, Any]
_FIELDS = {
    "validity-reversed": "valid_to",
    "code-missing": "code",
    "code-twice": "code",
    "code-overlaps": "code",
    "title-missing": "title",
    "citation-missing": "article",
    "event-unknown": "event",
}  # whatever else is wrong with a rule is wrong with its term
_RULE = ("code", "title", "instrument", "article", "group")


class ScheduleRuleNotFoundError(NotFoundError):
    """The draft has no entry of this code."""

    code = "retention-schedule-rule-not-found"


def begin_from(services: Services, name: str, *, actor: Actor) -> Document:
    """A draft with the entries of a schedule, to hold from today on; ``SCHEDULE``.

    Args:
        name: as ``schedules.show`` takes it.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError
    """
    with acting(services, "retention:load-schedule", actor) as session:
        source = found_schedule(session, name)["document"]
        head = {key: value for key, value in source["rule_set"].items() if key in HEAD and value}
        today = clock.today().isoformat()
        head["valid_from"] = max(today, str(head["valid_from"]))
        if str(head.get("valid_to", today)) < head["valid_from"]:
            del head["valid_to"]
        return _begun(session, {"rule_set": head, "rules": source["rules"]}, actor)


def begin_empty(
    services: Services, head: Mapping[str, str], *, actor: Actor, lang: str = "vi"
) -> tuple[Document | None, list[Document]]:
    """A draft without entries, or the faults of its head: ``[{field, code, text}]``.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "retention:load-schedule")
    draft: Document | None = None
    with services.unit_of_work() as uow:
        document = {"rule_set": _head(head), "rules": []}
        faults = _fault_documents(_judged(uow.session, document, 0), lang)
        if not faults:
            draft = _begun(uow.session, _sound(document), actor)
            uow.commit()
    if draft is not None:
        write_out_evidence(services)
    return draft, faults


def put_head(
    services: Services, schedule_id: UUID, head: Mapping[str, str], *, actor: Actor,
    lang: str = "vi",
) -> list[Document]:  # fmt: skip
    """Change code, title, instrument, article or validity; the faults, where nothing is changed.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError, ScheduleStateError, ScheduleOthersError
    """

    def change(document: Document) -> int:
        document["rule_set"] = _head(head)
        return 0

    return _changed(services, schedule_id, change, {"what": "head"}, actor, lang)


def put_rule(
    services: Services, schedule_id: UUID, given: Mapping[str, str], *, was: str = "",
    actor: Actor, lang: str = "vi",
) -> list[Document]:  # fmt: skip
    """Add an entry, or change the one whose code ``was``; the faults, where nothing is changed.

    Args:
        given: ``code title instrument article group``, and ``kind``: ``permanent``, ``event`` (with
            ``event`` and ``years``) or ``years``.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError, ScheduleStateError, ScheduleOthersError
        ScheduleRuleNotFoundError: there is no entry ``was``.
    """

    def change(document: Document) -> int:
        rules = document["rules"]
        place = _place(rules, was) if was else len(rules)
        rules[place : place + 1] = [_rule(given)]
        return place + 1

    facts = {"what": "changed" if was else "added", "entry": given.get("code", "")}
    return _changed(services, schedule_id, change, facts, actor, lang)


def remove_rule(services: Services, schedule_id: UUID, code: str, *, actor: Actor) -> None:
    """Take an entry out.

    Raises:
        as ``put_rule``.
    """

    def change(document: Document) -> int:
        del document["rules"][_place(document["rules"], code)]
        return 0

    _changed(services, schedule_id, change, {"what": "removed", "entry": code}, actor, "vi")


def _changed(
    services: Services,
    schedule_id: UUID,
    change: Callable[[Document], int],
    facts: Mapping[str, str],
    actor: Actor,
    lang: str,
) -> list[Document]:
    """Change a copy of the document; kept where what was changed, at its place, is sound."""
    access.require(actor, "retention:load-schedule")
    with services.unit_of_work() as uow:
        row = schedules.get_schedule(uow.session, schedule_id, locked=True)
        schedules.require_ones_own(row, actor)
        document = {"rule_set": row.document["rule_set"], "rules": list(row.document["rules"])}
        place = change(document)
        faults = _fault_documents(_judged(uow.session, document, place), lang)
        if not faults:
            schedules.change_draft(uow.session, row, _sound(document), told=facts, actor=actor)
            forget_trials(uow.session, schedule_id)
            uow.commit()
    return faults


def _begun(session: Session, document: Document, actor: Actor) -> Document:
    row: RetentionSchedule = schedules.begin_draft(session, document, actor=actor)
    session.flush()
    return schedules.schedule_document(row)


def _judged(session: Session, document: Document, place: int) -> list[Fault]:
    """What is wrong with the entry at a place; at 0 with the head, and with all under it."""
    read = read_document(document)
    faults = [*read.faults, *schedules.overlaps(session, read)]
    of_it = [fault for fault in faults if fault.line == place or (place == 0 and fault.line > 0)]
    return [fault for fault in of_it if fault.code != "no-rules"]


def _sound(document: Document) -> Document:
    return read_document(document).document()


def _head(given: Mapping[str, str]) -> Document:
    return {name: text for name in HEAD if (text := str(given.get(name, "")).strip())}


def _rule(given: Mapping[str, str]) -> Document:
    """A row as a table would have it."""
    row = {name: text for name in _RULE if (text := str(given.get(name, "")).strip())}
    kind, years = given.get("kind", ""), str(given.get("years", "")).strip()
    if kind == "permanent":
        return row | {"permanent": "true"}
    return (
        row | {"years": years} | ({"event": given.get("event") or "?"} if kind == "event" else {})
    )


def _place(rules: list[Document], code: str) -> int:
    for place, rule in enumerate(rules):
        if rule["code"] == code:
            return place
    raise ScheduleRuleNotFoundError(rule=code)


def _fault_documents(faults: list[Fault], lang: str) -> list[Document]:
    return [
        {
            "field": _field(fault),
            "code": fault.code,
            "text": words_of(fault, lang),
        }
        for fault in faults
    ]


def _field(fault: Fault) -> str:
    if fault.code in NAMED:
        return fault.value.partition(":")[0]
    return _FIELDS.get(fault.code, "years")
