"""The council of a list, its votes, and the opinion of the archive above."""

import datetime as dt
from dataclasses import replace

import pytest

from archive_service import clock, messages
from archive_service.notices.inbox import list_notices
from archive_service.services import Services
from retention.disposition import acts as disposition_acts
from retention.disposition.acts import DispositionNotReadyError
from retention.disposition.appraisal import Verdict
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import (
    CouncilAccountError,
    CouncilDayAheadError,
    CouncilDaysError,
    CouncilMembersError,
    Meeting,
    NotOfCouncilError,
    Opinion,
    Seat,
)
from retention.disposition.given import ListShown, Review, Vote
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import SEATS, heard, make_due, met, proposed_ago, reviewed


def test_the_council_votes_on_the_list_as_it_was_reviewed(services: Services) -> None:
    make_due(services, OPEN_CODE)
    row, lan = reviewed(services, OPEN_CODE), person(services, "lan")
    nobody = Seat("Vũ Văn Không", "Chuyên viên", account="bachh")
    with pytest.raises(CouncilAccountError) as unknown:
        council_acts.set_up(services, row, (*SEATS, nobody), met(), actor=lan)
    assert unknown.value.facts == {"member": nobody.name, "account": "bachh"}
    council_acts.set_up(services, row, SEATS, met(), actor=lan)
    with services.read_only() as session:
        asked, _ = list_notices(session, actor=person(services, "bach"), kind="disposition-vote")
    assert [notice.href for notice in asked] == [f"/dispositions/{row}"]
    with pytest.raises(NotOfCouncilError):
        council_acts.vote(
            services, row, Vote(agrees=True, opinion=""), actor=person(services, "hung")
        )
    with pytest.raises(NotOfCouncilError):  # bach votes with an account of his own
        council_acts.vote(
            services, row, Vote(agrees=True, opinion="", name=SEATS[2].name), actor=lan
        )
    council_acts.vote(services, row, Vote(agrees=True, opinion=""), actor=lan)
    for name, actor in ((SEATS[0].name, lan), ("", person(services, "bach"))):
        told = council_acts.vote(
            services, row, Vote(agrees=False, opinion="Còn giá trị", name=name), actor=actor
        )
    needs = {next_act.act: next_act.needs for next_act in told.next}["submit"]
    assert needs == ["majority"]
    with pytest.raises(DispositionNotReadyError) as missing:
        disposition_acts.submit(services, row, ListShown(), actor=lan)
    assert missing.value.facts["needs"] == ["majority"]


CHAIR, SECRETARY, MEMBER = SEATS


@pytest.mark.parametrize(
    ("seats", "words"),
    [
        ((SECRETARY, MEMBER), "chưa có chủ tịch."),
        ((CHAIR, MEMBER), "chưa có thư ký."),
        (
            (*SEATS, replace(CHAIR, name="Vũ Văn An")),
            "có nhiều hơn một chủ tịch (Trần Văn Bình; Vũ Văn An).",
        ),
        ((*SEATS, replace(MEMBER, account=None)), "một người được ghi hai lần (Nguyễn Văn Bách)."),
        ((*SEATS, replace(MEMBER, name="An")), "một người được ghi hai lần (An)."),
        ((*SEATS, Seat("Vũ Văn An", "")), "thành viên chưa có chức vụ (Vũ Văn An)."),
        ((*SEATS, Seat("", "Chuyên viên")), "có thành viên chưa ghi họ tên (Chuyên viên)."),
        ((*SEATS, Seat("An", "x" * 201)), "họ tên hoặc chức vụ dài quá 200 ký tự (An)."),
    ],
)
def test_what_is_wrong_with_a_council_names_the_person_and_the_fault(
    services: Services, seats: tuple[Seat, ...], words: str
) -> None:
    make_due(services, OPEN_CODE)
    row = reviewed(services, OPEN_CODE)
    with pytest.raises(CouncilMembersError) as refused:
        council_acts.set_up(services, row, seats, met(), actor=person(services, "lan"))
    told = messages.error(refused.value.code, "vi", refused.value.facts)
    assert told.message == f"Thành phần hội đồng chưa đúng: {words}"


def test_what_has_not_happened_yet_is_not_noted(services: Services) -> None:
    make_due(services, OPEN_CODE)
    row, lan = reviewed(services, OPEN_CODE), person(services, "lan")
    council_acts.set_up(services, row, SEATS, met(), actor=lan)
    today = clock.today()
    ahead = today + dt.timedelta(days=1)
    early = Meeting(decided_on=ahead), Meeting(met_on=ahead)
    for field, meeting in zip(("decided_on", "met_on"), early, strict=True):
        with pytest.raises(CouncilDayAheadError) as refused:
            council_acts.set_up(services, row, (), meeting, actor=lan)
        assert refused.value.facts == {"field": field, "day": ahead, "today": today}
    told = messages.error(refused.value.code, "vi", refused.value.facts)
    assert told.message.startswith(f"Ngày họp ({ahead:%d/%m/%Y}) sau hôm nay ({today:%d/%m/%Y})")
    opinion = Opinion("Trung tâm Lưu trữ", "9/TTLT", ahead, agrees=True)
    with pytest.raises(CouncilDayAheadError):
        council_acts.note_opinion(services, row, opinion, actor=lan)
    council_acts.set_up(services, row, (), Meeting(met_on=today), actor=lan)


def test_the_opinion_of_the_archive_above_is_awaited_where_it_is_asked_for(
    services: Services,
) -> None:
    make_due(services, OPEN_CODE)
    row, lan = reviewed(services, OPEN_CODE), person(services, "lan")
    heard(services, row)
    told = council_acts.note_opinion(services, row, None, actor=lan)
    assert told.next[1].needs == ["opinion"]
    on = clock.today()
    against = Opinion("Trung tâm Lưu trữ", "9/TTLT", on, agrees=False, text="Giữ lại")
    told = council_acts.note_opinion(services, row, against, actor=lan)
    assert told.next[1].needs == ["opinion-agrees"]
    agreed = Opinion("Trung tâm Lưu trữ", "10/TTLT", on, agrees=True)
    told = council_acts.note_opinion(services, row, agreed, actor=lan)
    assert told.next[1].needs == []
    assert told.opinion is not None
    assert told.opinion.number == "10/TTLT"


def test_a_list_that_changed_is_met_on_again(services: Services) -> None:
    make_due(services, OPEN_CODE, RESTRICTED_CODE)
    row, lan = reviewed(services, OPEN_CODE, RESTRICTED_CODE), person(services, "lan")
    heard(services, row)
    kept = {RESTRICTED_CODE: Verdict.parse("wait")}
    told = disposition_acts.review(
        services, row, Review(outcomes=kept, reason="Còn giá trị"), actor=lan
    )
    assert told.next[1].needs == ["meeting", "votes"]
    assert told.council.minutes
    heard(services, row)
    assert disposition_acts.submit(services, row, ListShown(), actor=lan).state == "submitted"


def test_proposal_decision_meeting_and_opinion_come_in_this_order(services: Services) -> None:
    make_due(services, OPEN_CODE)
    row, lan = reviewed(services, OPEN_CODE), person(services, "lan")
    day, today = dt.timedelta(days=1), clock.today()
    proposed_ago(services, row, 4)
    years_ago = Meeting("3/QĐ", dt.date(2009, 12, 1))
    council_acts.set_up(services, row, SEATS, years_ago, actor=lan)  # a standing council
    first = today - 4 * day
    for on in (dt.date(2010, 2, 1), first - day):
        with pytest.raises(CouncilDaysError) as refused:
            council_acts.set_up(services, row, (), Meeting(met_on=on), actor=lan)
        assert refused.value.facts == {"earlier": f"{first:%d/%m/%Y}", "later": f"{on:%d/%m/%Y}"}
    early = Opinion("TTLT", "9", first - day, agrees=True)
    with pytest.raises(CouncilDaysError):
        council_acts.note_opinion(services, row, early, actor=lan)
    decided, meeting = today - 3 * day, today - 2 * day
    of_list = Meeting("15/QĐ", decided, meeting)
    council_acts.set_up(services, row, (), of_list, actor=lan)
    early = Opinion("TTLT", "9", meeting - day, agrees=True)
    with pytest.raises(CouncilDaysError) as refused:
        council_acts.note_opinion(services, row, early, actor=lan)
    assert refused.value.facts["later"] == f"{meeting - day:%d/%m/%Y}"
    given = Opinion("TTLT", "9", meeting, agrees=True)
    council_acts.note_opinion(services, row, given, actor=lan)
    for on in (decided - day, meeting + day):
        with pytest.raises(CouncilDaysError):
            council_acts.set_up(services, row, (), Meeting(met_on=on), actor=lan)
