"""A deputy of the absent head: the same role, given by two persons, signing under an own name."""

import pytest
from flask import Flask

from archive_service.access import ActNotAllowedError
from archive_service.accounts.changing.acts import change_rights
from archive_service.accounts.changing.documents import RightsChange
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.services import Services
from ingest.file_plan.plans import approve_file_plan
from tests.worlds.any_row import any_row
from tests.worlds.archive import actor_of, head_of_agency
from tests.worlds.browsers import browser_of, confirm_gains, post
from tests.worlds.clients import add_person

DECISION = "Quyết định số 15/QĐ-SGTVT giao Phó Giám đốc phụ trách"
DEPUTY = "bach"


def test_a_deputy_approves_what_the_head_signs_for_once_two_persons_gave_the_role(
    app: Flask, services: Services
) -> None:
    head = head_of_agency(services)
    add_person(services, "truong", Role.HEAD)
    given = RightsChange(role=Role.AGENCY_HEAD, reason=DECISION, to="lan")
    change_rights(services, DEPUTY, given, actor=actor_of(services, "quan"))
    with services.unit_of_work() as uow:
        about = {"agency_id": head.agency_id, "state": FilePlanState.DRAFT}
        plan = any_row(uow.session, FilePlan, **about, year=2031)
        any_row(uow.session, FilePlanEntry, plan_id=plan.id)
        uow.session.expire(plan)
        with pytest.raises(ActNotAllowedError):
            approve_file_plan(plan.id, actor=actor_of(services, DEPUTY), uow=uow)
        uow.commit()
    confirm_gains(app, services, "truong")
    deputy = browser_of(app, services, DEPUTY)
    assert f"/approvals?item={plan.id}" in deputy.get("/approvals").text
    done = post(deputy, f"/file-plans/{plan.id}/approve")
    assert done.status_code == 303
    with services.read_only() as session:
        row = session.get_one(FilePlan, plan.id)
        assert (row.state, row.approved_by) == (FilePlanState.APPROVED, DEPUTY)
        noted = session.query(AuditEvent).filter_by(tag="file-plan:approved").all()[-1]
        assert (noted.account, noted.role) == (DEPUTY, "agency-head")
