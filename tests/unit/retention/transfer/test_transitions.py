"""One table says which act is open where: what comes next is always open by it."""

import datetime as dt
from collections.abc import Iterator
from itertools import combinations

import pytest

from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from retention.transfer.next_acts import next_acts
from retention.transfer.refusals import TransferDirectionError, TransferStateError
from retention.transfer.transitions import TRANSITIONS

READ = {"send-register", "read-answer", "read-reply", "minutes", "receive", "reply"}  # messages


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
            for one in next_acts(row, counts, to_sign=True):
                told.add(one.act)
                assert one.act in READ or TRANSITIONS.is_open(row, one.act), (
                    row.state,
                    one.act,
                    counts,
                )
    assert told - READ == set(TRANSITIONS) - {"withdraw", "note-receipt"}  # never asked for


@pytest.mark.parametrize("act", TRANSITIONS)
def test_an_act_is_refused_wherever_the_table_does_not_name_it(act: str) -> None:
    for row in everywhere():
        if TRANSITIONS.is_open(row, act):
            TRANSITIONS.require_open(row, act)
        else:
            with pytest.raises((TransferStateError, TransferDirectionError)):
                TRANSITIONS.require_open(row, act)


def test_a_way_leads_from_the_first_state_to_every_other_and_out_of_none_that_is_over() -> None:
    out = [one for one in TRANSITIONS.values() if one.direction is TransferDirection.OUT]
    reached = {TransferState.DRAFT}
    for _ in TransferState:
        reached |= {end for one in out if reached & {*one.states} for end in one.after}
    assert reached == set(TransferState) - {TransferState.RECEIVED, TransferState.DECIDED}
    assert not [act for act, one in TRANSITIONS.items() if TransferState.WITHDRAWN in one.states]
