"""One table says which act on a batch is open where: guards, buttons and jobs obey it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.digitization.scan_batch import BatchState, BatchStateError, ScanBatch
from archive_service.domain.people.account import Actor, Role
from digitize.batches.transitions import TRANSITIONS, open_acts

OVER = {BatchState.RELEASED, BatchState.REJECTED}
MOVES = [act for act, found in TRANSITIONS.items() if found.after]


@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("act", TRANSITIONS)
def test_an_act_is_refused_wherever_the_table_does_not_name_it(act: str, state: BatchState) -> None:
    row = ScanBatch(number="2026-0412", state=state)
    if TRANSITIONS.is_open(row, act):
        TRANSITIONS.require_open(row, act)
    else:
        with pytest.raises(BatchStateError) as refused:
            TRANSITIONS.require_open(row, act)
        assert refused.value.facts["state"] is state


@given(st.sampled_from(BatchState), st.lists(st.sampled_from(MOVES), max_size=12))
def test_whatever_is_tried_it_moves_by_the_table_alone(first: BatchState, tries: list[str]) -> None:
    row = ScanBatch(number="2026-0412", state=first)
    for act in tries:
        before, may = row.state, TRANSITIONS.is_open(row, act)
        if may:
            TRANSITIONS.move(row, act)
        else:
            with pytest.raises(BatchStateError):
                TRANSITIONS.move(row, act)
        assert (row.state,) == (TRANSITIONS[act].after if may else (before,))


def test_a_way_leads_to_every_state_and_out_of_none_that_is_over() -> None:
    reached = {*TRANSITIONS["open"].after}
    for _ in BatchState:
        for found in TRANSITIONS.values():
            if reached & {*found.states}:
                reached |= {*found.after}
    assert reached == set(BatchState)
    assert not [act for act, found in TRANSITIONS.items() if OVER & {*found.states}]


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        (BatchState.RECEIVING, ["reject"]),
        (BatchState.READING, ["reject"]),
        (BatchState.REVIEW, ["edit", "release", "reject"]),
        (BatchState.STOPPED, ["edit", "reject"]),
        (BatchState.RELEASED, []),
        (BatchState.REJECTED, []),
    ],
)
def test_buttons_are_those_of_the_state_and_of_nobody_who_may_not(
    state: BatchState, acts: list[str]
) -> None:
    row = ScanBatch(number="2026-0412", state=state)
    assert open_acts(row, Actor("may-quet", Role.STATION)) == acts
    assert open_acts(row, Actor("ha", Role.OFFICER)) == []
