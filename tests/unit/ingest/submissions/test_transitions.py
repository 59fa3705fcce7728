"""One table says which act on a submission is open where: guards and what comes next obey it."""

import datetime as dt
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from archive_service.domain.base import Base
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.keeping.malware.verdicts import MALWARE_FOUND
from ingest.checks.each.page_words import MARK_SEEN
from ingest.submissions.next_steps import NEXT, next_acts
from ingest.transitions import TRANSITIONS, move

ROWS = ("submission", "submission_file", "submission_packet", "finding")
FOUND = (None, MARK_SEEN, MALWARE_FOUND)
OVER = {SubmissionState.STORED, SubmissionState.WITHDRAWN, SubmissionState.REJECTED}


def standing(state: SubmissionState, found: str | None = None) -> Submission:
    row = Submission(
        state=state, code="H40.18.2026.01.TH", declared={}, submitted_by="ha", channel="zip",
        received_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    if found:
        row.findings = [
            FindingRow(check="marks", code=found, severity=Severity.ERROR, place="", facts={})
        ]
    return row


def everywhere() -> Iterator[Submission]:
    return (standing(state, found) for state in SubmissionState for found in FOUND)


def test_what_comes_next_is_open_where_the_submission_stands() -> None:
    named = set()
    for row in everywhere():
        for step in next_acts(row):
            named.add(step.act)
            assert TRANSITIONS.is_open(row, step.act)
    assert named == set(NEXT)


def test_a_mark_is_lifted_next_only_where_no_malware_stands() -> None:
    acts = {
        found: [step.act for step in next_acts(standing(SubmissionState.QUARANTINED, found))]
        for found in FOUND
    }
    assert acts[MARK_SEEN] == ["lift-mark", "rescan", "return"]
    assert acts[MALWARE_FOUND] == ["rescan", "return"]


def test_what_a_sender_has_to_correct_is_returned_before_it_is_accepted() -> None:
    (first, second) = next_acts(standing(SubmissionState.CHECKED, MALWARE_FOUND))
    assert (first.act, second.act, second.needs) == ("return", "accept", ["corrections"])


@pytest.mark.parametrize("act", TRANSITIONS)
def test_an_act_is_refused_wherever_the_table_does_not_name_it(act: str) -> None:
    for row in everywhere():
        if TRANSITIONS.is_open(row, act):
            TRANSITIONS.require_open(row, act)
        else:
            with pytest.raises(SubmissionStateError):
                TRANSITIONS.require_open(row, act)


def test_a_way_leads_to_every_state_and_out_of_none_that_is_over() -> None:
    reached = set(TRANSITIONS["receive"].after)
    for _ in SubmissionState:
        for act in TRANSITIONS.values():
            if reached & {*act.states}:
                reached |= {*act.after}
    assert reached == set(SubmissionState)
    assert not [act for act, found in TRANSITIONS.items() if OVER & {*found.states}]


@cache
def rows_alone() -> Engine:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in ROWS])
    return engine


MOVES = [(act, end) for act, found in TRANSITIONS.items() for end in found.after]


@given(st.sampled_from(SubmissionState), st.lists(st.sampled_from(MOVES), max_size=12))
def test_whatever_is_tried_it_moves_by_the_table_alone(
    first: SubmissionState, tries: list[tuple[str, SubmissionState]]
) -> None:
    with Session(rows_alone()) as session:
        row = standing(first)
        session.add(row)
        session.flush()
        for act, end in tries:
            before, may = row.state, TRANSITIONS.is_open(row, act)
            if may:
                move(session, row, act, end)
            else:
                with pytest.raises(SubmissionStateError):
                    move(session, row, act, end)
            session.refresh(row)
            assert row.state is (end if may else before)


def test_an_act_leads_nowhere_else() -> None:
    with pytest.raises(ValueError, match="does not lead"):
        move(Session(), standing(SubmissionState.CHECKED), "accept", SubmissionState.STORED)
