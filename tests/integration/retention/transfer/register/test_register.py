"""The register of a transfer: what stands on it, who approves, its answer, its changes."""

import datetime as dt
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock, messages
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.transfer import Transfer
from archive_service.errors import ArchiveError, NotAllowedError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.holds.acts import place_holds
from retention.transfer.documents import TransferDocument, TransferItemDocument
from retention.transfer.given import (
    Amendment,
    Approval,
    PaperAnswer,
    PaperSent,
    Registration,
    Withdrawal,
)
from retention.transfer.listing import TransferNotFoundError
from retention.transfer.refusals import (
    TransferAgenciesError,
    TransferDayError,
    TransferEmptyError,
    TransferItemsError,
    TransferNothingDueError,
    TransferOwnError,
    TransferStaleError,
    TransferStateError,
    TransferTooLongError,
    TransferWordsError,
)
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer
from retention.transfer.register.acts import NothingRegisteredError
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import HEAD, add_agency_head, make_due, proposed
from tests.worlds.transfer.transfers import RECEIVER, approved, composed, make_permanent

BOTH = (OPEN_CODE, RESTRICTED_CODE)
DAY = dt.timedelta(days=1)


@pytest.fixture
def permanent(services: Services) -> Services:
    """Two permanent case files, and the head of their agency."""
    make_permanent(services, *BOTH)
    add_agency_head(services)
    return services


def change(services: Services, **values: object) -> None:
    with services.writing() as session:
        of_it = update(CaseFile).where(CaseFile.code == OPEN_CODE)
        session.execute(of_it.values(**values))


def refused(services: Services, *codes: str) -> list[TransferItemDocument]:
    """Of a register that is not made, for none of them may be on it."""
    with pytest.raises(NothingRegisteredError) as none:
        composed(services, *codes)
    return none.value.items


def states(told: TransferDocument) -> dict[str, str]:
    return {transfer_item.code: transfer_item.state for transfer_item in told.items}


def test_what_is_due_is_found_by_the_year_of_its_submission(services: Services) -> None:
    lan, year = person(services, "lan"), clock.today().year
    assert register_acts.due(services, actor=lan) == []
    make_permanent(services, OPEN_CODE, submitted=year - 5)
    make_permanent(services, RESTRICTED_CODE, submitted=year - 3)
    (found,) = register_acts.due(services, actor=lan)
    assert (found["code"], found["due_on"]) == (OPEN_CODE, f"{year}-12-31")
    composed(services, OPEN_CODE)
    assert register_acts.due(services, actor=lan) == []


def test_a_register_goes_from_draft_to_its_answer(permanent: Services) -> None:
    services, lan = permanent, person(permanent, "lan")
    told = composed(services, *BOTH)
    row = told.id
    assert (told.state, told.direction, told.partner) == ("draft", "out", RECEIVER)
    assert set(states(told).values()) == {"listed"}
    head = person(services, HEAD)
    shown = told.list_sha256
    told = register_acts.approve(
        services, row, Approval(number="7/TTr", list_sha256=shown), actor=head
    )
    assert (told.state, told.approved_by) == ("approved", HEAD)
    today = clock.today()
    told = register_answer.note_sent(services, row, PaperSent(on=today, number="8/CV"), actor=lan)
    due = told.answer_due
    assert due is not None
    assert today + 7 * DAY <= due <= today + 25 * DAY
    declined = {RESTRICTED_CODE: "Chưa có danh mục"}
    told = register_answer.note_answer(
        services, row, PaperAnswer(on=today, number="3/TB", declined=declined), actor=lan
    )
    assert told.state == "answered"
    assert states(told) == {OPEN_CODE: "listed", RESTRICTED_CODE: "declined"}
    assert told.items[1].reason == "Chưa có danh mục"
    assert composed(services, RESTRICTED_CODE).state == "draft"  # it may be registered anew
    with services.read_only() as session:
        told_of = select(AuditEvent.tag).where(AuditEvent.subject_id == str(row))
        tags = session.scalars(told_of.order_by(AuditEvent.number)).all()
    acts = ("composed", "approved", "registered", "answered")
    assert [*tags] == [f"transfer:{act}" for act in acts]


def test_what_may_not_be_registered_says_why(services: Services) -> None:
    lan = person(services, "lan")
    assert {
        (transfer_item.refusal or {})["code"] for transfer_item in refused(services, *BOTH)
    } == {"not-permanent"}
    make_due(services, RESTRICTED_CODE)
    proposed(services, RESTRICTED_CODE)
    make_permanent(services, *BOTH)
    first = composed(services, *BOTH)
    refusals = {transfer_item.code: transfer_item.refusal for transfer_item in first.items}
    assert refusals[OPEN_CODE] is None
    assert (refusals[RESTRICTED_CODE] or {})["code"] == "listed"
    (again,) = refused(services, OPEN_CODE)
    assert (again.refusal or {})["facts"] == {"register": first.number}
    assert first.number in again.reason
    register_answer.withdraw(services, first.id, Withdrawal(reason="Nhầm"), actor=lan)
    place_holds(
        services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=person(services, "hung")
    )
    (held,) = refused(services, OPEN_CODE)
    assert (held.refusal or {})["code"] == "held"
    with services.read_only() as session:
        tag = AuditEvent.tag == "transfer:refused"
        assert len(session.scalars(select(AuditEvent).where(tag)).all()) == 5


def test_whoever_composed_it_and_whoever_is_no_head_may_not_approve(permanent: Services) -> None:
    services = permanent
    row = composed(services, OPEN_CODE).id
    for name in ("lan", "bach", "hung"):
        with pytest.raises(NotAllowedError):
            register_acts.approve(services, row, Approval(), actor=person(services, name))
    with services.writing() as session:
        session.get_one(Transfer, row).composed_by = HEAD
    with pytest.raises(TransferOwnError):
        register_acts.approve(services, row, Approval(), actor=person(services, HEAD))


def test_what_changed_since_it_was_composed_is_not_approved(permanent: Services) -> None:
    services, head = permanent, person(permanent, HEAD)
    told = composed(services, *BOTH)
    row = told.id
    with pytest.raises(TransferStaleError):
        register_acts.approve(services, row, Approval(list_sha256="0" * 64), actor=head)
    change(services, version_wanted=9)
    with pytest.raises(TransferStaleError) as stale:
        register_acts.approve(services, row, Approval(), actor=head)
    assert stale.value.facts["codes"] == [OPEN_CODE]
    lan = person(services, "lan")
    told = register_acts.amend(services, row, Amendment(drop=[OPEN_CODE]), actor=lan)
    assert (told.edition, list(states(told))) == (2, [RESTRICTED_CODE])
    told = register_acts.amend(services, row, Amendment(add=[OPEN_CODE]), actor=lan)
    assert list(states(told)) == [RESTRICTED_CODE, OPEN_CODE]
    assert register_acts.approve(services, row, Approval(), actor=head).state == "approved"


def test_an_answered_register_is_amended_and_approved_anew(permanent: Services) -> None:
    services, lan, today = permanent, person(permanent, "lan"), clock.today()
    row = approved(services, *BOTH, head=HEAD)
    register_answer.note_sent(services, row, PaperSent(on=today), actor=lan)
    declined = {OPEN_CODE: "Thiếu mục lục"}
    register_answer.note_answer(services, row, PaperAnswer(on=today, declined=declined), actor=lan)
    told = register_acts.amend(services, row, Amendment(add=[OPEN_CODE]), actor=lan)
    assert (told.state, told.approved_by, told.answered_on) == ("draft", None, None)
    assert set(states(told).values()) == {"listed"}
    with pytest.raises(TransferEmptyError):
        register_acts.amend(services, row, Amendment(drop=BOTH), actor=lan)


def test_days_words_and_case_files_that_do_not_fit_are_refused(permanent: Services) -> None:
    services, lan, today = permanent, person(permanent, "lan"), clock.today()
    row = approved(services, OPEN_CODE, head=HEAD)
    for day in (today + DAY, today - DAY):
        with pytest.raises(TransferDayError):
            register_answer.note_sent(services, row, PaperSent(on=day), actor=lan)
    with pytest.raises(TransferStateError) as early:
        register_answer.note_answer(services, row, PaperAnswer(on=today), actor=lan)
    told = messages.error(early.value.code, "vi", early.value.facts)
    assert "đang ở bước “Đã phê duyệt”" in told.message
    register_answer.note_sent(services, row, PaperSent(on=today), actor=lan)
    declined = {"x": "Không", RESTRICTED_CODE: "Không"}
    with pytest.raises(TransferItemsError) as beyond:
        register_answer.note_answer(
            services, row, PaperAnswer(on=today, declined=declined), actor=lan
        )
    assert beyond.value.facts["codes"] == sorted(["x", RESTRICTED_CODE])
    with pytest.raises(TransferWordsError):
        register_answer.note_answer(
            services, row, PaperAnswer(on=today, declined={OPEN_CODE: " "}), actor=lan
        )
    refused: list[tuple[type[ArchiveError], list[str], str]] = [
        (TransferWordsError, [OPEN_CODE], " "),
        (TransferNothingDueError, [], RECEIVER),
        (
            TransferTooLongError,
            [str(number) for number in range(register_acts.LONGEST_REGISTER + 1)],
            RECEIVER,
        ),
    ]
    for error, codes, to in refused:
        with pytest.raises(error):
            register_acts.register(services, Registration(codes=codes, to=to), actor=lan)
    with pytest.raises(TransferNotFoundError):
        register_acts.show(services, uuid4(), actor=lan)


def test_a_withdrawn_register_lets_go_of_its_case_files(permanent: Services) -> None:
    services, lan = permanent, person(permanent, "lan")
    row = approved(services, OPEN_CODE, head=HEAD)
    told = register_answer.withdraw(services, row, Withdrawal(reason="Hoãn nộp"), actor=lan)
    assert (told.state, told.reason, told.next) == ("withdrawn", "Hoãn nộp", [])
    with pytest.raises(TransferStateError):
        register_acts.amend(services, row, Amendment(), actor=lan)
    assert composed(services, OPEN_CODE).state == "draft"


def test_a_rebuild_brings_registers_back_as_they_stood(permanent: Services) -> None:
    services, lan = permanent, person(permanent, "lan")
    row = approved(services, *BOTH, head=HEAD)
    register_answer.note_sent(services, row, PaperSent(on=clock.today(), number="8/CV"), actor=lan)
    before = register_acts.list_all(services, actor=OPERATOR)
    rebuild(services, actor=OPERATOR)
    assert register_acts.list_all(services, actor=OPERATOR) == before
    assert register_acts.list_all(services, actor=OPERATOR, state="draft") == []


def test_case_files_of_two_agencies_make_two_registers(permanent: Services) -> None:
    services, lan = permanent, person(permanent, "lan")
    row = composed(services, RESTRICTED_CODE).id
    other = Agency(id=uuid4(), code="H40.99", name="Sở Thủy lợi tỉnh Sơn Lam")
    with services.writing() as session:
        session.add(other)
    change(services, agency_id=other.id)
    with pytest.raises(TransferAgenciesError):
        composed(services, *BOTH)
    with pytest.raises(TransferAgenciesError):
        register_acts.amend(services, row, Amendment(add=[OPEN_CODE]), actor=lan)


def test_a_case_file_with_a_closed_document_is_not_registered(permanent: Services) -> None:
    with permanent.writing() as session:
        of_it = select(CaseFile.id).where(CaseFile.code == OPEN_CODE).scalar_subquery()
        closed = update(Document).where(Document.case_file_id == of_it, Document.ordinal == 1)
        session.execute(closed.values(quarantined=True))
    told = composed(permanent, *BOTH)
    refusals = {
        transfer_item.code: transfer_item.refusal and transfer_item.refusal["code"]
        for transfer_item in told.items
    }
    assert refusals == {OPEN_CODE: "quarantined", RESTRICTED_CODE: None}
