"""What a hold stops, however it was placed: each act by name, and the event of each attempt."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.given import MergeGiven, MoveGiven, OrderIn, SplitIn
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.fonds.acts import put_in_series
from archive_service.catalogue.fonds.given import SeriesPut
from archive_service.catalogue.linking.acts import end_link, link
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.catalogue.recalls.acts import Wish as RecallWish
from archive_service.catalogue.recalls.acts import ask
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.recall import RecallKind
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.domain.retention.disposition import DispositionItem, ItemState
from archive_service.domain.retention.hold import HoldOrder
from archive_service.domain.retention.removal import CaseFileBeingDestroyedError
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from archive_service.worker import run_one
from retention.disposition.execution import CARRY_OUT_JOB
from retention.holds.acts import place_holds, place_on_fonds, place_on_search
from retention.holds.rules import HoldNothingError, Wish
from retention.terms.acts import record_case_event
from retention.terms.given import EventIn, RuleIn
from retention.terms.rule_choice import choose_group
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.removing import approved

WISH = Wish("Thanh tra", "12/QĐ-TTT")


def by_code(services: Services) -> None:
    head = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ-TTT", actor=head)


def by_search(services: Services) -> None:
    place_on_search(services, f'"{OPEN_CODE}"', WISH, actor=person(services, "hung"))


def by_fonds(services: Services) -> None:
    with services.read_only() as session:
        of_it = select(Fonds.code).join(CaseFile, CaseFile.fonds_id == Fonds.id)
        code = session.scalars(of_it.where(CaseFile.code == OPEN_CODE)).one()
    place_on_fonds(services, code, WISH, actor=person(services, "hung"))


Act = Callable[[Services], object]
EDIT = "case-file:describe"
PART = SplitIn(documents=[1], code="H40.18.2025.77.QLCT", title="Phần hai", reason="Thử")


def _as(act: Callable[..., object], *given: object, **more: object) -> Act:
    """By the archivist, with a reason."""
    return lambda services: act(
        services, *given, reason="Thử", actor=person(services, "lan"), **more
    )


def _recall(services: Services) -> None:
    wish = RecallWish(kind=RecallKind.RECALL, reason="Thu hồi")
    ask(services, OPEN_CODE, "1", wish, actor=person(services, "lan"))


def _event(services: Services) -> None:
    lan = person(services, "lan")
    on = clock.today()
    record_case_event(
        services, OPEN_CODE, EventIn(kind="contract-ends", on=on, basis="BB 1"), actor=lan
    )


def _away(code: str) -> MoveGiven:
    return MoveGiven(documents=[1], to=code, reason="Thử")


def _given(act: Callable[..., object], *given: object) -> Act:
    return lambda services: act(services, *given, actor=person(services, "lan"))


ACTS: dict[str, tuple[str, Act]] = {
    "describe": (EDIT, _as(describe_case_file, OPEN_CODE, {0: {"title": "Tên khác"}})),
    "move a document out": (
        EDIT,
        _given(arranging_acts.move, OPEN_CODE, _away(RESTRICTED_CODE)),
    ),
    "move one in": (EDIT, _given(arranging_acts.move, RESTRICTED_CODE, _away(OPEN_CODE))),
    "merge": (
        EDIT,
        _given(arranging_acts.merge, OPEN_CODE, MergeGiven(to=RESTRICTED_CODE, reason="Thử")),
    ),
    "split": (EDIT, _given(arranging_acts.split, OPEN_CODE, PART)),
    "reorder": (
        EDIT,
        _given(arranging_acts.reorder, OPEN_CODE, OrderIn(order=[1], reason="Thử")),
    ),
    "put in a series": (
        EDIT,
        _given(put_in_series, "I", SeriesPut(codes=[OPEN_CODE], reason="Thử")),
    ),
    "link": (
        EDIT,
        _given(link, RESTRICTED_CODE, 1, LinkIn(into=OPEN_CODE, reason="Thử")),
    ),
    "end a link": (EDIT, _given(end_link, OPEN_CODE, 1, UnlinkIn(reason="Thử"))),
    "recall": ("recall:decide", _recall),
    "record an event": ("retention:event", _event),
    "choose a rule": (
        "retention:choose-rule",
        _given(choose_group, OPEN_CODE, RuleIn(rule="QT-01", reason="Thử")),
    ),
}


def stopped(services: Services) -> list[AuditEvent]:
    with services.read_only() as session:
        query = select(AuditEvent).where(AuditEvent.tag == "hold:stopped")
        return list(session.scalars(query.order_by(AuditEvent.number)))


@pytest.mark.parametrize("scope", [by_code, by_search, by_fonds])
def test_no_act_passes_a_hold_and_each_attempt_is_an_event(
    services: Services, scope: Callable[[Services], None]
) -> None:
    scope(services)
    for number, (what, (name, act)) in enumerate(ACTS.items(), start=1):
        with pytest.raises(CaseFileHeldError):
            act(services)
        told = stopped(services)
        assert len(told) == number, what
        assert told[-1].data["act"] == name, what
        assert (told[-1].account, told[-1].data["code"] in (OPEN_CODE, RESTRICTED_CODE)) == (
            "lan",
            True,
        )
    with services.read_only() as session:
        rows = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE))
        assert [row.version_wanted for row in rows] == [1]


@pytest.mark.parametrize("scope", [by_code, by_search, by_fonds])
def test_what_was_decided_is_not_destroyed_and_the_attempt_is_told(
    services: Services, scope: Callable[[Services], None]
) -> None:
    (item_id,) = approved(services, OPEN_CODE)
    scope(services)
    carry_out(services, item_id)
    with services.read_only() as session:
        item = session.get_one(DispositionItem, item_id)
        assert (item.state, item.refusal) == (ItemState.LEFT_OUT, {"code": "held", "facts": {}})
        assert session.get_one(CaseFile, item.case_file_id).removing_since is None
    (told,) = stopped(services)
    assert (told.data, told.account) == (
        {"code": OPEN_CODE, "act": "disposition:execute"},
        WORKER.account,
    )


def test_what_the_gate_has_claimed_is_held_no_more(services: Services) -> None:
    (item_id,) = approved(services, OPEN_CODE)
    carry_out(services, item_id)
    with pytest.raises(CaseFileBeingDestroyedError):
        by_code(services)
    with pytest.raises(HoldNothingError):
        by_search(services)
    by_fonds(services)
    with services.read_only() as session:
        assert session.scalars(select(HoldOrder.case_files)).one() == 1


def carry_out(services: Services, item_id: UUID) -> None:
    """Only the claim, not the removal."""
    with services.writing() as session:
        item = session.get_one(DispositionItem, item_id)
        services.jobs.add(session, CARRY_OUT_JOB, subject_id=item.disposition_id)
    assert run_one(services, names=(CARRY_OUT_JOB,)) == "done"
