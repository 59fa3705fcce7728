"""One table says which act on a file plan is open where: guards and buttons obey it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanAmendment, FilePlanState
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import ArchiveError
from ingest.file_plan.amend import approve_amendment, discard_amendment, open_amendment, put_change
from ingest.file_plan.plans import approve_file_plan
from ingest.file_plan.transitions import (
    TRANSITIONS,
    FilePlanAmendmentMissingError,
    FilePlanInForceError,
    FilePlanNotInForceError,
    Standing,
    open_acts,
    plan_for,
    standing_of,
)
from tests.unit.ingest.file_plan.plan_drafts import HEAD, new_draft
from tests.worlds.door import Door, open_door

ENTRY = {"notation": "77.TH", "title": "Hồ sơ thêm", "term": "20"}
REFUSALS: dict[Standing, type[ArchiveError] | tuple[type[ArchiveError], ...]] = {
    Standing.DRAFT: FilePlanNotInForceError,
    Standing.IN_FORCE: (FilePlanInForceError, FilePlanAmendmentMissingError),
    Standing.AMENDING: FilePlanInForceError,
}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as opened:
        yield opened


def standing(where: Standing) -> FilePlan:
    state = FilePlanState.DRAFT if where is Standing.DRAFT else FilePlanState.APPROVED
    row = FilePlan(state=state, year=2026)
    if where is Standing.AMENDING:
        row.amendments = [FilePlanAmendment(number=2, state=FilePlanState.DRAFT)]
    return row


@pytest.mark.parametrize("where", Standing)
@pytest.mark.parametrize("act", TRANSITIONS)
def test_an_act_is_refused_wherever_the_table_does_not_name_it(act: str, where: Standing) -> None:
    row = standing(where)
    assert standing_of(row) is where
    if TRANSITIONS.is_open(row, act):
        TRANSITIONS.require_open(row, act)
    else:
        with pytest.raises(REFUSALS[where]):
            TRANSITIONS.require_open(row, act)


def test_an_approved_amendment_leaves_the_plan_in_force() -> None:
    row = standing(Standing.AMENDING)
    row.amendments[0].state = FilePlanState.APPROVED
    assert standing_of(row) is Standing.IN_FORCE


def test_a_way_leads_from_the_draft_to_every_standing_and_back_into_no_draft() -> None:
    reached = {Standing.DRAFT}
    for _ in Standing:
        for found in TRANSITIONS.values():
            if reached & {*found.states}:
                reached |= {*found.after}
    assert reached == set(Standing)
    assert not any(
        Standing.DRAFT in found.after and found.states != (Standing.DRAFT,)
        for found in TRANSITIONS.values()
    )


@pytest.mark.parametrize(
    ("role", "where", "acts"),
    [
        (Role.AGENCY_HEAD, Standing.DRAFT, {"approve"}),
        (Role.OFFICER, Standing.DRAFT, {"import", "edit", "copy"}),
        (Role.OFFICER, Standing.IN_FORCE, {"copy", "open-entry", "begin-amendment"}),
        (Role.AGENCY_HEAD, Standing.AMENDING, {"approve-amendment", "sign"}),
        (Role.STATION, Standing.AMENDING, set()),
    ],
)
def test_buttons_are_those_of_the_state_and_the_role(
    role: Role, where: Standing, acts: set[str]
) -> None:
    assert open_acts(where, Actor(account="ha", role=role)) == acts


def test_what_is_done_to_a_stored_plan_leads_where_the_table_says(door: Door) -> None:
    plan_id = new_draft(door)
    steps: dict[str, Callable[[UnitOfWork], object]] = {
        "approve": lambda uow: approve_file_plan(plan_id, actor=HEAD, uow=uow),
        "begin-amendment": lambda uow: open_amendment(
            uow.session, plan_id, reason="", actor=door.officer
        ),
        "amend": lambda uow: put_change(uow.session, plan_id, "add", ENTRY, actor=door.officer),
        "approve-amendment": lambda uow: approve_amendment(uow.session, plan_id, actor=HEAD),
        "discard-amendment": lambda uow: discard_amendment(
            uow.session, plan_id, actor=door.officer
        ),
    }
    way = ("approve", "begin-amendment", "amend", "approve-amendment", "begin-amendment")
    for act in (*way, "discard-amendment"):
        with door.database.unit_of_work() as uow:
            refuse_what_is_shut(uow.session, plan_id, door)
            steps[act](uow)
            uow.commit()
        with door.database.read_only() as session:
            (after,) = TRANSITIONS[act].after
            assert standing_of(session.get_one(FilePlan, plan_id)) is after


def refuse_what_is_shut(session: Session, plan_id: UUID, door: Door) -> None:
    row = session.get_one(FilePlan, plan_id)
    for act, found in TRANSITIONS.items():
        may = HEAD if found.right == "file-plan:approve" else door.officer
        if found.right != "file-plan:ask-signature" and not TRANSITIONS.is_open(row, act):
            with pytest.raises(ArchiveError):
                plan_for(session, plan_id, act, actor=may)
