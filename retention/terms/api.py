"""The term of a case file: why, and what happened from which it counts."""

import datetime as dt
from http import HTTPMethod
from uuid import UUID

from apiflask import APIBlueprint

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.given import Given
from archive_service.request import current_actor, services
from retention.terms.acts import explain_case_file, record_case_event, withdraw_case_event
from retention.terms.documents import ChosenRuleDocument, MovedDocument
from retention.terms.rule_choice import choose_group

bp = APIBlueprint("api_retention", __name__, tag="case-files", url_prefix="/case-files")


class EventIn(Given):
    """What happened, on which day, and the paper that shows it."""

    kind: str
    on: dt.date
    basis: str


class WithdrawIn(Given):
    """Why it is taken back."""

    reason: str


class RuleIn(Given):
    """The entry of a schedule, why it is the one, and years where they are more than its own."""

    rule: str
    reason: str
    years: int | None = None


offer(bp, "/<code>/retention", explain_case_file, method=HTTPMethod.GET)


@bp.post("/<code>/retention/events")
@bp.input(EventIn)
@bp.output(MovedDocument, status_code=201)
def record(code: str, json_data: EventIn) -> Answer:
    """Record what a term counts from."""

    def create() -> MovedDocument:
        return record_case_event(
            services(),
            code,
            kind=json_data.kind,
            on=json_data.on,
            basis=json_data.basis,
            actor=current_actor(),
            lang=language(),
        )

    return answer_once(json_data.model_dump_json(), create)


@bp.post("/<code>/retention/events/<uuid:event_id>/withdraw")
@bp.input(WithdrawIn)
@bp.output(MovedDocument)
def withdraw(code: str, event_id: UUID, json_data: WithdrawIn) -> MovedDocument:
    """Take an event back."""
    return withdraw_case_event(
        services(), code, event_id, reason=json_data.reason, actor=current_actor(), lang=language()
    )


@bp.post("/<code>/retention/rule")
@bp.input(RuleIn)
@bp.output(ChosenRuleDocument)
def choose(code: str, json_data: RuleIn) -> ChosenRuleDocument:
    """Put a case file that no rule fits under an equivalent group, or under a newer edition."""
    return choose_group(
        services(),
        code,
        json_data.rule,
        reason=json_data.reason,
        years=json_data.years,
        actor=current_actor(),
    )
