"""What comes next of a transfer, by where it stands and what its case files are at."""

import datetime as dt
from collections.abc import Mapping

import pytest

from archive_service import clock, messages
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from retention.transfer.next_steps import next_acts
from retention.transfer.refusals import TransferStateError, not_there
from retention.transfer.transitions import TRANSITIONS

OUT, IN = TransferDirection.OUT, TransferDirection.IN


def at(state: str, direction: TransferDirection = OUT, **more: object) -> Transfer:
    facts = {"number": 1, "year": 2026, "composed_by": "lan", "register_sequence": 0} | more
    return Transfer(state=TransferState(state), direction=direction, **facts)


def named(row: Transfer, counts: Mapping[str, int], *, to_sign: bool = False) -> list[str]:
    told = {TransferItemState(state): count for state, count in counts.items()}
    acts = next_acts(row, told, to_sign=to_sign)
    for act in acts:  # all of them have words
        assert messages.has(f"labels.transfer-act.{act.act}")
        assert {*act.needs} <= {*TRANSITIONS[act.act].needs}
    return [act.act for act in acts]


@pytest.mark.parametrize(
    ("state", "counts", "acts"),
    [
        ("draft", {"listed": 2}, ["approve", "amend"]),
        ("approved", {"listed": 2}, ["send-register", "sent"]),
        ("registered", {"listed": 2}, ["answer"]),
        ("answered", {"listed": 1, "declined": 1}, ["build"]),
        ("answered", {"declined": 2}, ["amend"]),
        ("built", {"built": 2}, ["send"]),
        ("sent", {"sent": 2}, ["read-reply"]),
        ("replied", {"receipted": 2}, ["close"]),
        ("replied", {"receipted": 1, "returned": 1}, ["correct", "close"]),
        ("replied", {"receipted": 1, "sent": 1}, ["read-reply"]),
        ("closed", {"transferred": 2}, ["remove"]),
        ("closed", {"removed": 2}, []),
        ("withdrawn", {"listed": 2}, []),
    ],
)
def test_a_giver_is_told_its_next_step(
    state: str, counts: Mapping[str, int], acts: list[str]
) -> None:
    assert named(at(state), counts) == acts


def test_what_came_back_and_minutes_come_before_the_end() -> None:
    counts = {"receipted": 1, "returned": 1}
    assert named(at("replied"), counts, to_sign=True) == ["correct", "minutes", "close"]
    assert named(at("closed"), {"transferred": 1}, to_sign=True) == ["minutes", "remove"]
    went = at("answered", sent_at=clock.now())
    assert named(went, {"receipted": 1, "stopped": 1}) == ["correct", "close"]
    assert named(went, {"receipted": 1, "stopped": 1, "sent": 1}) == ["correct"]
    again = at("built", sent_at=clock.now())
    assert named(again, {"receipted": 1, "stopped": 1}) == ["close"]
    assert named(again, {"receipted": 1, "built": 1}) == ["send"]
    assert named(at("registered", register_sequence=1), {"listed": 1}) == ["read-answer", "answer"]
    later = at("answered", wanted_on=clock.today() + dt.timedelta(days=2))
    assert next_acts(later, {TransferItemState.LISTED: 1})[0].needs == ["wanted-day"]


@pytest.mark.parametrize(
    ("state", "counts", "acts"),
    [
        ("registered", {"listed": 2}, ["answer-register"]),
        ("answered", {"listed": 2}, ["receive"]),
        ("answered", {"declined": 2}, []),
        ("received", {"awaited": 2}, ["receive"]),
        ("received", {"arrived": 1, "awaited": 1}, ["decide", "receive"]),
        ("decided", {"accepted": 1, "returned": 1}, ["reply"]),
        ("decided", {"stored": 1, "arrived": 1}, ["decide"]),
        ("replied", {"stored": 1, "returned": 1}, []),
    ],
)
def test_a_receiver_decides_on_nothing_that_is_not_here(
    state: str, counts: Mapping[str, int], acts: list[str]
) -> None:
    assert named(at(state, IN), counts) == acts


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_an_act_at_another_step_names_the_next_one(lang: str) -> None:
    steps = [at(state) for state in TransferState if state not in ("received", "decided")]
    steps += [at(one, IN) for one in ("registered", "answered", "received", "decided", "replied")]
    for row in (*steps, at("withdrawn", IN)):
        error = not_there(row, "close")
        assert isinstance(error, TransferStateError)
        step = f"{row.direction}-{row.state}"
        words = messages.text(f"labels.transfer-next.{step}", lang)
        assert words != f"labels.transfer-next.{step}"
        assert words in messages.error("transfer-state", lang, error.facts).remedy
