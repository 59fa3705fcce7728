"""The council of a list, its votes, and the opinion of the archive above."""

import datetime as dt

import pytest

from archive_service.bootstrap import Services
from archive_service.notices.inbox import list_notices
from archive_service.workflow import disposition, disposition_council
from archive_service.workflow.disposition import DispositionNotReadyError
from retention.council import (
    CouncilAccountError,
    CouncilDaysError,
    CouncilMembersError,
    Meeting,
    NotOfCouncilError,
    Opinion,
    Seat,
)
from tests.factories.archive import person
from tests.factories.clients import OPEN_CODE
from tests.factories.dispositions import MET, SEATS, heard, make_due, reviewed


def test_the_council_votes_on_the_list_as_it_was_reviewed(services: Services) -> None:
    make_due(services, OPEN_CODE)
    row, lan = reviewed(services, OPEN_CODE), person(services, "lan")
    for seats in (SEATS[:1], (*SEATS, SEATS[0])):
        with pytest.raises(CouncilMembersError):
            disposition_council.set_up(services, row, seats, MET, actor=lan)
    nobody = Seat("Vũ Văn Không", "Chuyên viên", account="bachh")
    with pytest.raises(CouncilAccountError) as unknown:
        disposition_council.set_up(services, row, (*SEATS, nobody), MET, actor=lan)
    assert unknown.value.facts == {"member": nobody.name, "account": "bachh"}
    disposition_council.set_up(services, row, SEATS, MET, actor=lan)
    with services.read_only() as session:
        asked, _ = list_notices(session, actor=person(services, "bach"), kind="disposition-vote")
    assert [one.href for one in asked] == [f"/dispositions/{row}"]
    with pytest.raises(NotOfCouncilError):
        disposition_council.vote(
            services, row, agrees=True, opinion="", actor=person(services, "hung")
        )
    with pytest.raises(NotOfCouncilError):  # bach votes with an account of his own
        disposition_council.vote(
            services, row, agrees=True, opinion="", name=SEATS[2].name, actor=lan
        )
    disposition_council.vote(services, row, agrees=True, opinion="", actor=lan)
    for name, actor in ((SEATS[0].name, lan), ("", person(services, "bach"))):
        told = disposition_council.vote(
            services, row, agrees=False, opinion="Còn giá trị", name=name, actor=actor
        )
    needs = {one["act"]: one["needs"] for one in told["next"]}["submit"]
    assert needs == ["majority"]
    with pytest.raises(DispositionNotReadyError) as missing:
        disposition.submit(services, row, actor=lan)
    assert missing.value.facts["needs"] == ["majority"]


def test_the_opinion_of_the_archive_above_is_awaited_where_it_is_asked_for(
    services: Services,
) -> None:
    make_due(services, OPEN_CODE)
    row, lan = reviewed(services, OPEN_CODE), person(services, "lan")
    heard(services, row)
    told = disposition_council.note_opinion(services, row, None, actor=lan)
    assert told["next"][1]["needs"] == ["opinion"]
    on = MET.met_on
    assert on is not None
    against = Opinion("Trung tâm Lưu trữ", "9/TTLT", on, agrees=False, text="Giữ lại")
    told = disposition_council.note_opinion(services, row, against, actor=lan)
    assert told["next"][1]["needs"] == ["opinion-agrees"]
    agreed = Opinion("Trung tâm Lưu trữ", "10/TTLT", on, agrees=True)
    told = disposition_council.note_opinion(services, row, agreed, actor=lan)
    assert told["next"][1]["needs"] == []
    assert told["opinion"]["number"] == "10/TTLT"


def test_decision_meeting_and_opinion_come_in_this_order(services: Services) -> None:
    make_due(services, OPEN_CODE)
    row, lan = reviewed(services, OPEN_CODE), person(services, "lan")
    heard(services, row)
    assert MET.decided_on is not None
    assert MET.met_on is not None
    day = dt.timedelta(days=1)
    early = Opinion("TTLT", "9", MET.met_on - day, agrees=True)
    with pytest.raises(CouncilDaysError) as refused:
        disposition_council.note_opinion(services, row, early, actor=lan)
    assert refused.value.facts == {"earlier": "20/01/2026", "later": "19/01/2026"}
    given = Opinion("TTLT", "9", MET.met_on, agrees=True)
    disposition_council.note_opinion(services, row, given, actor=lan)
    for on in (MET.decided_on - day, MET.met_on + day):
        with pytest.raises(CouncilDaysError):
            disposition_council.set_up(services, row, (), Meeting(met_on=on), actor=lan)
