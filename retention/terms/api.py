"""The term of a case file: why, and what happened from which it counts."""

from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from retention.terms.acts import explain_case_file, record_case_event, withdraw_case_event
from retention.terms.rule_choice import choose_group

bp = APIBlueprint("api_retention", __name__, tag="case-files", url_prefix="/case-files")


offer(bp, "/<code>/retention", explain_case_file, method=HTTPMethod.GET)


offer(bp, "/<code>/retention/events", record_case_event, creates=True)


offer(bp, "/<code>/retention/events/<uuid:event_id>/withdraw", withdraw_case_event)


offer(bp, "/<code>/retention/rule", choose_group)
