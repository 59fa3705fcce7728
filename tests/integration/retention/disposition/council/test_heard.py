"""The head of an agency decides on no more than what the council voted to destroy."""

from uuid import UUID

import pytest

from archive_service.domain.retention.disposition import Disposition, Outcome
from archive_service.services import Services
from retention.disposition import acts as disposition_acts
from retention.disposition.council.heard import DispositionBeyondCouncilError
from retention.disposition.decision import acts as decision_acts
from retention.disposition.documents import DispositionDocument
from retention.disposition.given import DecisionApproval
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import HEAD, add_agency_head, otp_of, submitted

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def write_past_the_council(services: Services, row: UUID, code: str, outcome: Outcome) -> None:
    """As rows would be that no act of ours changed: whole in themselves, and not voted on."""
    with services.writing() as session:
        list_ = session.get_one(Disposition, row)
        item = next(
            disposition_item for disposition_item in list_.items if disposition_item.code == code
        )
        item.outcome, item.years = outcome, None
        list_.list_sha256 = list_.digest_of_list()


def approve(services: Services, row: UUID, secret: str) -> DispositionDocument:
    head = person(services, HEAD)
    return decision_acts.approve(services, row, DecisionApproval(otp=otp_of(secret)), actor=head)


@pytest.mark.usefixtures("both_due")
def test_what_the_council_voted_to_keep_is_not_destroyed_by_a_decision(services: Services) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH, open="wait")
    write_past_the_council(services, row, OPEN_CODE, Outcome.DESTROY)
    with pytest.raises(DispositionBeyondCouncilError) as refused:
        approve(services, row, secret)
    assert refused.value.code == "disposition-beyond-council"
    assert refused.value.facts["codes"] == [OPEN_CODE]
    told = disposition_acts.show(services, row, actor=OPERATOR)
    assert (told.state, told.decided_by) == ("submitted", None)


@pytest.mark.usefixtures("both_due")
def test_what_was_never_before_a_council_is_not_destroyed_by_a_decision(services: Services) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH)
    with services.writing() as session:
        for member in session.get_one(Disposition, row).members[:2]:
            member.agrees = False
    with pytest.raises(DispositionBeyondCouncilError) as refused:
        approve(services, row, secret)
    assert refused.value.facts["codes"] == [*BOTH]


@pytest.mark.usefixtures("both_due")
def test_a_decision_may_differ_from_the_council_towards_keeping(services: Services) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH)
    write_past_the_council(services, row, OPEN_CODE, Outcome.WAIT)
    told = approve(services, row, secret)
    assert told.state == "approved"
