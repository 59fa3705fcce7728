"""Dispositions: what may be proposed, its review, the council, the decision, the rebuild."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from archive_service import access, clock
from archive_service.accounts.second_factor import (
    SecondFactorMissingError,
    SecondFactorPausedError,
    SecondFactorWrongError,
)
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.document import NextActDocument
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account
from archive_service.domain.retention.disposition import CouncilDuty, DispositionKind
from archive_service.domain.retention.retention import RetentionChange
from archive_service.services import Services
from retention.disposition import acts as disposition_acts
from retention.disposition.acts import (
    LONGEST_LIST,
    DispositionAgenciesError,
    DispositionChangedError,
    DispositionNotReadyError,
    DispositionTooLongError,
    DispositionWordsError,
    NothingProposedError,
)
from retention.disposition.appraisal import CaseFileUnsettledError, DispositionOutcomeError, Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import CouncilMembersError, Meeting, Seat
from retention.disposition.decision import acts as decision_acts
from retention.disposition.decision.acts import DispositionOwnError
from retention.disposition.documents import (
    DispositionDocument,
    DispositionItemDocument,
)
from retention.disposition.given import (
    DecisionApproval,
    DecisionRejection,
    ListShown,
    Proposal,
    Review,
)
from retention.disposition.listing import DispositionNotFoundError
from retention.disposition.reviewing import DispositionBeyondListError
from retention.disposition.transitions import DispositionStateError
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.retention.dispositions import (
    HEAD,
    REASON,
    SEATS,
    add_agency_head,
    heard,
    make_due,
    met,
    otp_of,
    proposed,
    reviewed,
    submitted,
    to_destroy,
)

BOTH = (OPEN_CODE, RESTRICTED_CODE)
DESTROY = {OPEN_CODE: Verdict.parse("destroy")}


def show(services: Services, row: UUID) -> DispositionDocument:
    return disposition_acts.show(services, row, actor=OPERATOR)


def item(told: DispositionDocument, code: str) -> DispositionItemDocument:
    (found,) = (
        disposition_item for disposition_item in told.items if disposition_item.code == code
    )
    return found


def hold(services: Services, code: str = OPEN_CODE) -> UUID:
    (held,) = place_holds(
        services, [code], reason="Thanh tra", authority="1/QĐ", actor=person(services, "hung")
    )
    return held.id


def approve(services: Services, row: UUID, secret: str = "", **more: str) -> DispositionDocument:
    otp = otp_of(secret) if secret else None
    actor = person(services, HEAD)
    return decision_acts.approve(services, row, DecisionApproval(otp=otp, **more), actor=actor)


def case(services: Services, code: str) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == code)).one()


def change(services: Services, code: str, **values: object) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).where(CaseFile.code == code).values(**values))


def why_not(services: Services, code: str) -> str:
    """Why no list is made of a case file."""
    with pytest.raises(NothingProposedError) as none:
        proposed(services, code)
    (found,) = none.value.items
    return str((found.refusal or {})["code"])


@pytest.mark.usefixtures("both_due")
def test_what_is_due_goes_from_proposal_to_decision(services: Services) -> None:
    secret = add_agency_head(services)
    told = proposed(services, *BOTH)
    assert (told.state, told.kind, told.count) == ("proposed", "destroy", 2)
    assert told.next == [NextActDocument(act="review", role="archivist", needs=[])]
    assert [disposition_item.state for disposition_item in told.items] == ["proposed", "proposed"]
    row = told.id
    lan = person(services, "lan")
    told = disposition_acts.review(
        services, row, Review(outcomes=to_destroy(told), reason=REASON), actor=lan
    )
    assert [disposition_item.outcome for disposition_item in told.items] == ["destroy", "destroy"]
    needs = {next_act.act: next_act.needs for next_act in told.next}
    assert needs["submit"] == ["council", "council-decision", "meeting", "majority"]
    with pytest.raises(DispositionNotReadyError):
        disposition_acts.submit(services, row, ListShown(), actor=lan)
    heard(services, row)
    told = disposition_acts.submit(services, row, ListShown(), actor=lan)
    assert [next_act.act for next_act in told.next] == ["approve", "reject"]
    told = approve(services, row, secret, number="7/QĐ-UBND")
    assert (told.state, told.decision_number) == ("approved", "7/QĐ-UBND")
    assert {disposition_item.state for disposition_item in told.items} == {"approved"}
    assert told.decided_at is not None
    assert told.execute_by is not None
    assert told.execute_by > told.decided_at.date()
    signed = [f"signed-{form}" for form in ("council-decision", "minutes", "decision")]
    assert told.next == [NextActDocument(act="execute", role="archivist", needs=signed)]


def test_what_may_not_be_proposed_is_refused_with_its_reason(services: Services) -> None:
    with pytest.raises(NothingProposedError) as none:
        proposed(services, OPEN_CODE)
    assert "31/12" in none.value.items[0].reason
    assert why_not(services, OPEN_CODE) == "undue"
    make_due(services, OPEN_CODE)
    held = hold(services)
    assert why_not(services, OPEN_CODE) == "held"
    lift_hold(services, held, LiftIn(reason="Xong"), actor=person(services, "hung"))
    change(services, OPEN_CODE, permanent=True)
    assert why_not(services, OPEN_CODE) == "permanent"
    change(services, OPEN_CODE, permanent=False, ends_on=None)
    assert why_not(services, OPEN_CODE) == "waits-for-event"
    change(services, OPEN_CODE, state=CaseState.TRANSFERRED)
    assert why_not(services, OPEN_CODE) == "state"
    with services.read_only() as session:
        tags = session.scalars(
            select(AuditEvent.tag).where(AuditEvent.tag == "disposition:refused")
        )
        assert len(tags.all()) == 6


def test_the_others_go_on_where_one_is_refused(services: Services) -> None:
    make_due(services, OPEN_CODE)
    told = proposed(services, *BOTH)
    assert told.count == 1
    assert item(told, RESTRICTED_CODE).state == "refused"
    with pytest.raises(NothingProposedError) as none:
        proposed(services, OPEN_CODE)
    assert none.value.items[0].refusal == {"code": "listed", "facts": {"list": told.number}}


def test_a_document_that_a_kept_case_file_names_stops_it(services: Services) -> None:
    make_due(services, OPEN_CODE)
    lan = person(services, "lan")
    link(services, OPEN_CODE, 1, LinkIn(into=RESTRICTED_CODE, reason="Dùng chung"), actor=lan)
    do_all(services)
    with pytest.raises(NothingProposedError) as none:
        proposed(services, OPEN_CODE)
    assert none.value.items[0].refusal == {"code": "linked", "facts": {"to": RESTRICTED_CODE}}
    make_due(services, OPEN_CODE, RESTRICTED_CODE)
    assert item(proposed(services, *BOTH), OPEN_CODE).state == "proposed"


@pytest.mark.usefixtures("both_due")
def test_an_extension_needs_no_council_and_moves_the_term_when_it_is_approved(
    services: Services,
) -> None:
    add_agency_head(services)
    lan = person(services, "lan")
    row = proposed(services, *BOTH, kind="extend").id
    with pytest.raises(DispositionOutcomeError):
        disposition_acts.review(services, row, Review(outcomes=DESTROY, reason=REASON), actor=lan)
    verdicts = {OPEN_CODE: Verdict.parse("keep:10"), RESTRICTED_CODE: Verdict.parse("permanent")}
    disposition_acts.review(services, row, Review(outcomes=verdicts, reason=REASON), actor=lan)
    disposition_acts.submit(services, row, ListShown(), actor=lan)
    assert str(case(services, OPEN_CODE).ends_on) == "2020-12-31"
    told = approve(services, row)
    assert told.state == "executed"
    assert {disposition_item.state for disposition_item in told.items} == {"done"}
    kept, forever = case(services, OPEN_CODE), case(services, RESTRICTED_CODE)
    assert (str(kept.ends_on), kept.permanent) == ("2030-12-31", False)
    assert (forever.ends_on, forever.permanent) == (None, True)
    with services.read_only() as session:
        causes = session.scalars(select(RetentionChange.cause).where(RetentionChange.by == HEAD))
        assert causes.all() == ["disposition", "disposition"]
    do_all(services)
    assert case(services, OPEN_CODE).version_stored == kept.version_wanted > 1


@pytest.mark.usefixtures("both_due")
def test_what_waits_stays_as_it_is_and_what_goes_is_approved(services: Services) -> None:
    secret = add_agency_head(services)
    told = approve(services, submitted(services, *BOTH, open="wait"), secret)
    assert told.state == "approved"
    assert item(told, OPEN_CODE).state == "done"
    assert item(told, RESTRICTED_CODE).state == "approved"
    assert str(case(services, OPEN_CODE).ends_on) == "2020-12-31"


@pytest.mark.parametrize("text", ["keep", "keep:0", "keep:x", "destroy:3", "burn", "keep:1"])
def test_an_outcome_that_says_nothing_is_refused(services: Services, text: str) -> None:
    make_due(services, OPEN_CODE)
    row, lan = proposed(services, OPEN_CODE).id, person(services, "lan")
    with pytest.raises(DispositionOutcomeError):
        disposition_acts.review(
            services,
            row,
            Review(outcomes={OPEN_CODE: Verdict.parse(text)}, reason=REASON),
            actor=lan,
        )


def test_only_what_stands_on_the_list_is_reviewed(services: Services) -> None:
    make_due(services, OPEN_CODE)
    row, lan = proposed(services, *BOTH).id, person(services, "lan")
    verdicts = {code: Verdict.parse("wait") for code in (OPEN_CODE, RESTRICTED_CODE, "x")}
    with pytest.raises(DispositionBeyondListError) as beyond:
        disposition_acts.review(services, row, Review(outcomes=verdicts, reason=REASON), actor=lan)
    assert beyond.value.facts["codes"] == [RESTRICTED_CODE, "x"]
    change(services, OPEN_CODE, version_wanted=9)
    with pytest.raises(CaseFileUnsettledError):
        disposition_acts.review(services, row, Review(outcomes=DESTROY, reason=REASON), actor=lan)


@pytest.mark.usefixtures("both_due")
def test_a_list_that_changed_after_review_is_neither_submitted_nor_approved(
    services: Services,
) -> None:
    secret = add_agency_head(services)
    lan = person(services, "lan")
    row = reviewed(services, *BOTH)
    heard(services, row)
    make_due(services, OPEN_CODE, year=2019)
    with pytest.raises(DispositionChangedError) as changed:
        disposition_acts.submit(services, row, ListShown(), actor=lan)
    assert changed.value.facts["codes"] == [OPEN_CODE]
    disposition_acts.review(services, row, Review(outcomes={}, reason=REASON), actor=lan)
    with pytest.raises(DispositionNotReadyError):  # the council voted on another list
        disposition_acts.submit(services, row, ListShown(), actor=lan)
    heard(services, row)
    disposition_acts.submit(services, row, ListShown(), actor=lan)
    make_due(services, OPEN_CODE, year=2018)
    with pytest.raises(DispositionChangedError):
        approve(services, row, secret)
    assert show(services, row).state == "submitted"


@pytest.mark.usefixtures("both_due")
def test_a_hold_that_comes_before_the_decision_leaves_the_case_file_out(
    services: Services,
) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH)
    hold(services)
    told = approve(services, row, secret)
    left = item(told, OPEN_CODE)
    assert (left.state, (left.refusal or {})["code"]) == ("left-out", "held")
    assert item(told, RESTRICTED_CODE).state == "approved"


@pytest.mark.usefixtures("both_due")
def test_who_proposed_or_reviewed_does_not_decide(services: Services) -> None:
    secret = add_agency_head(services)
    row = submitted(services, *BOTH)
    for name in ("lan", "hung", "bach"):
        with pytest.raises(access.ActNotAllowedError):
            decision_acts.approve(services, row, DecisionApproval(), actor=person(services, name))
    with services.writing() as session:  # an archivist who became the head of the agency
        session.execute(update(Account).where(Account.name == HEAD).values(name="lan-cu"))
        session.execute(update(Account).where(Account.name == "lan").values(name="lan-moi"))
        session.execute(update(Account).where(Account.name == "lan-cu").values(name="lan"))
    former = person(services, "lan")
    with pytest.raises(DispositionOwnError):
        decision_acts.approve(services, row, DecisionApproval(otp=otp_of(secret)), actor=former)
    with pytest.raises(DispositionOwnError):
        decision_acts.reject(services, row, DecisionRejection(reason="Không"), actor=former)


@pytest.mark.usefixtures("both_due")
def test_destruction_asks_for_a_second_factor_and_takes_no_code_twice(
    services: Services,
) -> None:
    secret = add_agency_head(services)
    first, second = submitted(services, OPEN_CODE), submitted(services, RESTRICTED_CODE)
    with pytest.raises(SecondFactorMissingError):
        approve(services, first)
    head = person(services, HEAD)
    with pytest.raises(SecondFactorWrongError):
        decision_acts.approve(services, first, DecisionApproval(otp=otp_of(secret, 9)), actor=head)
    code = otp_of(secret)
    decision_acts.approve(services, first, DecisionApproval(otp=code), actor=head)
    with pytest.raises(SecondFactorWrongError):
        decision_acts.approve(services, second, DecisionApproval(otp=code), actor=head)
    decision_acts.approve(services, second, DecisionApproval(otp=otp_of(secret, 1)), actor=head)
    with services.read_only() as session:
        kept = session.scalars(select(Account.totp_secret).where(Account.name == HEAD)).one()
    assert secret not in str(kept)


def test_who_gives_wrong_codes_again_and_again_is_not_asked_for_a_while(
    services: Services,
) -> None:
    make_due(services, OPEN_CODE)
    secret = add_agency_head(services)
    row = submitted(services, OPEN_CODE)
    head = person(services, HEAD)
    for _ in range(5):
        with pytest.raises(SecondFactorWrongError):
            decision_acts.approve(
                services, row, DecisionApproval(otp=otp_of(secret, 9)), actor=head
            )
    with pytest.raises(SecondFactorPausedError) as paused:
        decision_acts.approve(services, row, DecisionApproval(otp=otp_of(secret)), actor=head)
    assert str(paused.value.facts["until"]) > str(clock.now())
    assert show(services, row).state == "submitted"


def test_a_rejected_list_frees_its_case_files(services: Services) -> None:
    make_due(services, OPEN_CODE)
    add_agency_head(services)
    row = submitted(services, OPEN_CODE)
    told = decision_acts.reject(
        services, row, DecisionRejection(reason="Còn cần tra cứu"), actor=person(services, HEAD)
    )
    assert (told.state, told.next, told.decision_reason) == (
        "rejected", [], "Còn cần tra cứu",
    )  # fmt: skip
    assert proposed(services, OPEN_CODE).state == "proposed"
    with pytest.raises(DispositionStateError):
        approve(services, row)


def test_words_and_places_that_do_not_fit_are_refused(services: Services) -> None:
    make_due(services, OPEN_CODE)
    lan = person(services, "lan")
    kind = DispositionKind.DESTROY

    def ask(*codes: str, reason: str = REASON) -> None:
        disposition_acts.propose(
            services, Proposal(codes=codes, kind=kind, reason=reason), actor=lan
        )

    with pytest.raises(DispositionWordsError):
        ask(OPEN_CODE, reason=" ")
    with pytest.raises(CaseFileNotFoundError):
        ask("H40.18.2025.99.QLCT")
    with pytest.raises(DispositionAgenciesError):
        ask()
    with pytest.raises(DispositionTooLongError):
        ask(*(f"H40.18.2025.{number}.X" for number in range(LONGEST_LIST + 1)))
    with pytest.raises(DispositionNotFoundError):
        disposition_acts.show(services, uuid4(), actor=lan)
    row = proposed(services, OPEN_CODE).id
    with pytest.raises(DispositionNotFoundError):
        disposition_acts.show(services, row, actor=person(services, "stranger"))
    with pytest.raises(DispositionStateError):
        council_acts.set_up(services, row, SEATS, met(), actor=lan)
    disposition_acts.review(services, row, Review(outcomes=DESTROY, reason=REASON), actor=lan)
    with pytest.raises(DispositionWordsError):
        council_acts.set_up(services, row, (), Meeting(met_at="x" * 301), actor=lan)
    assert Seat.parse("An; Trưởng phòng; chair").duty is CouncilDuty.CHAIR
    with pytest.raises(CouncilMembersError):
        Seat.parse("An;Trưởng phòng;boss")
