"""One table says which act is open where: what comes next is always open by it."""

import datetime as dt
from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from retention.transfer.next_steps import next_acts
from retention.transfer.refusals import TransferDirectionError, TransferStateError
from retention.transfer.transitions import TRANSITIONS

# Never asked for, or another archive's doing.
UNASKED = {"withdraw", "note-receipt", "compose", "settle", "announce", "reopen"}
THEIRS = {"read-register", "read-notice"}


TAKEN_IN = {TransferState.RECEIVED, TransferState.DECIDED}
SEEN = {
    TransferDirection.OUT: {*TransferState} - TAKEN_IN,
    TransferDirection.IN: {
        *TAKEN_IN, TransferState.REGISTERED, TransferState.ANSWERED, TransferState.REPLIED,
        TransferState.WITHDRAWN,
    },
}  # fmt: skip


def standing(state: TransferState, direction: TransferDirection, **more: object) -> Transfer:
    return Transfer(
        state=state, direction=direction, number=3, year=2026, composed_by="lan",
        register_sequence=1, **more,
    )  # fmt: skip


def everywhere() -> Iterator[Transfer]:
    for direction in TransferDirection:
        for state in TransferState:
            yield standing(state, direction)
            yield standing(state, direction, sent_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))


def counted() -> Iterator[dict[TransferItemState, int]]:
    for size in range(4):
        for states in combinations(TransferItemState, size):
            yield dict.fromkeys(states, 1)


def test_what_comes_next_is_open_where_the_transfer_stands() -> None:
    told = set()
    for row in everywhere():
        for counts in counted():
            for next_act in next_acts(row, counts, to_sign=True):
                told.add(next_act.act)
                assert TRANSITIONS.is_open(row, next_act.act), (row.state, next_act.act, counts)
    assert told == set(TRANSITIONS) - UNASKED - THEIRS


@pytest.mark.parametrize("act", TRANSITIONS)
def test_an_act_is_refused_wherever_the_table_does_not_name_it(act: str) -> None:
    for row in everywhere():
        if TRANSITIONS.is_open(row, act):
            TRANSITIONS.require_open(row, act)
        else:
            with pytest.raises((TransferStateError, TransferDirectionError)):
                TRANSITIONS.require_open(row, act)


@pytest.mark.parametrize("direction", TransferDirection)
def test_a_way_leads_to_every_state_and_out_of_one_withdrawn_by_receipts_alone(
    direction: TransferDirection,
) -> None:
    acts = {
        name: transition
        for name, transition in TRANSITIONS.items()
        if transition.direction is direction
    }
    reached = {end for act in acts.values() if not act.states for end in act.after}
    for _ in TransferState:
        reached |= {end for act in acts.values() if reached & {*act.states} for end in act.after}
    assert reached == SEEN[direction]
    back = {name for name, act in acts.items() if TransferState.WITHDRAWN in act.states}
    assert back == ({"read-reply"} if direction is TransferDirection.OUT else {"read-notice"})


MOVES = [(act, end) for act, found in TRANSITIONS.items() for end in found.after]


@given(
    st.sampled_from(TransferDirection),
    st.sampled_from(TransferState),
    st.lists(st.sampled_from(MOVES), max_size=12),
)
def test_whatever_is_tried_it_moves_by_the_table_alone(
    direction: TransferDirection, first: TransferState, tries: list[tuple[str, TransferState]]
) -> None:
    row = standing(first, direction)
    for act, end in tries:
        before, may = row.state, TRANSITIONS.is_open(row, act)
        if may:
            TRANSITIONS.move(row, act, end)
        else:
            with pytest.raises((TransferStateError, TransferDirectionError)):
                TRANSITIONS.move(row, act, end)
        assert row.state is (end if may else before)
