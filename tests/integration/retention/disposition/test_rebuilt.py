"""Each step of a list in every copy, and back from there."""

from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from retention.disposition import acts as disposition_acts
from retention.disposition.decision import acts as decision_acts
from retention.disposition.given import DecisionApproval
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.retention.dispositions import (
    HEAD,
    add_agency_head,
    make_due,
    otp_of,
    proposed,
    submitted,
)

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.mark.usefixtures("both_due")
def test_every_copy_tells_each_step_and_a_rebuild_brings_them_back(
    services: Services, home: Path
) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH, open="keep:10")
    decision_acts.approve(
        services, row, DecisionApproval(otp=otp_of(secret)), actor=person(services, HEAD)
    )
    do_all(services)
    before = disposition_acts.show(services, row, actor=OPERATOR)
    for copy in services.copies:
        states = [
            act.document["body"]["disposition"]["state"]
            for act in iter_acts(copy, "disposition")
            if "disposition" in act.document["body"]
        ]
        assert (states[0], states[-1]) == ("proposed", "approved")
    rebuild(services, actor=OPERATOR)
    assert disposition_acts.show(services, row, actor=OPERATOR) == before
    with services.read_only() as session:
        ends = session.scalar(select(CaseFile.ends_on).where(CaseFile.code == OPEN_CODE))
    assert str(ends) == "2030-12-31"
    make_due(services, OPEN_CODE)
    assert proposed(services, OPEN_CODE).number != before.number
    assert home.is_dir()
