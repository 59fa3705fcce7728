"""One table says which act on a list is open where: what comes next is always open by it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    Outcome,
)
from retention.disposition.listing import next_acts
from retention.disposition.transitions import (
    TRANSITIONS,
    DispositionStateError,
)

PAPERS = {"certificate"}  # made of a list, not an act on it


def standing(state: DispositionState, kind: DispositionKind, outcome: Outcome) -> Disposition:
    row = Disposition(
        state=state, kind=kind, number=2, year=2026, proposed_by="lan", opinion_due=False,
        proposed_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    row.items = [DispositionItem(code="H40.18.2020.01.TH", outcome=outcome)]
    return row


@pytest.mark.parametrize("state", DispositionState)
def test_what_comes_next_is_open_where_the_list_stands(state: DispositionState) -> None:
    for kind in DispositionKind:
        for outcome in Outcome:
            row = standing(state, kind, outcome)
            for act in next_acts(row, unsigned=["decision", "minutes"]):
                if act.act not in PAPERS:
                    assert TRANSITIONS.is_open(row, act.act)
                    assert {*act.needs} <= {*TRANSITIONS[act.act].needs}


@pytest.mark.parametrize("act", TRANSITIONS)
def test_an_act_is_refused_wherever_the_table_does_not_name_it(act: str) -> None:
    for state in DispositionState:
        row = standing(state, DispositionKind.DESTROY, Outcome.DESTROY)
        if TRANSITIONS.is_open(row, act):
            TRANSITIONS.require_open(row, act)
        else:
            with pytest.raises(DispositionStateError) as refused:
                TRANSITIONS.require_open(row, act)
            assert refused.value.facts["act"] == act


def test_a_way_leads_from_the_proposal_to_every_state_and_out_of_none_that_is_over() -> None:
    reached = {*TRANSITIONS["propose"].after}
    for _ in DispositionState:
        for transition in TRANSITIONS.values():
            if reached & {*transition.states}:
                reached |= {*transition.after}
    assert reached == set(DispositionState)
    assert not any(
        DispositionState.REJECTED in transition.states for transition in TRANSITIONS.values()
    )


MOVES = [(act, end) for act, found in TRANSITIONS.items() for end in found.after]


@given(st.sampled_from(DispositionState), st.lists(st.sampled_from(MOVES), max_size=12))
def test_whatever_is_tried_it_moves_by_the_table_alone(
    first: DispositionState, tries: list[tuple[str, DispositionState]]
) -> None:
    row = standing(first, DispositionKind.DESTROY, Outcome.DESTROY)
    for act, end in tries:
        before, may = row.state, TRANSITIONS.is_open(row, act)
        if may:
            TRANSITIONS.move(row, act, end)
        else:
            with pytest.raises(DispositionStateError):
                TRANSITIONS.move(row, act, end)
        assert row.state is (end if may else before)
