"""What an execution leaves out is told in every copy at once, not at the end of the list."""

from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.decision import acts as decision_acts
from retention.disposition.given import DecisionApproval, ListShown
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import HEAD, add_agency_head, make_due, otp_of, submitted


def test_a_rebuild_before_the_end_of_the_list_knows_what_was_left_out(services: Services) -> None:
    make_due(services, OPEN_CODE, RESTRICTED_CODE)
    secret = add_agency_head(services)
    row = submitted(services, OPEN_CODE, RESTRICTED_CODE)
    decision_acts.approve(
        services, row, DecisionApproval(otp=otp_of(secret)), actor=person(services, HEAD)
    )
    hung = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="1/QĐ", actor=hung)
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    assert run_one(services, names=(execution.CARRY_OUT_JOB,)) == "done"
    rebuild(services, actor=OPERATOR)
    told = disposition_acts.show(services, row, actor=OPERATOR)
    items = {disposition_item.code: disposition_item for disposition_item in told.items}
    assert told.state == "executing"
    assert items[RESTRICTED_CODE].state == "claimed"
    assert items[OPEN_CODE].state == "left-out"
    assert (items[OPEN_CODE].refusal or {})["code"] == "held"
