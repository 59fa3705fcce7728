"""Keeping longer: asked for, consented to with a paper, reminded of; lists and requests rebuilt."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from archive_service import access
from archive_service.app import create_app
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.intake.collection import COLLECTION, CollectionList, KeepBack
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.job import FormNumber
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.services import Services
from ingest.answers.deadlines import submit_by
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in import keep_back, lists
from ingest.calling_in.given import DecisionIn
from ingest.calling_in.lists import Wanted
from ingest.calling_in.progress import called_in
from ingest.submissions.acts import submit
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.ingest.calling_in import (
    BEFORE,
    ENDED,
    THIS,
    ask,
    code,
    plans_home,
    publish,
    remind_on,
    told,
)
from tests.worlds.papers.bad_input import small_case


@pytest.fixture(scope="module")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plans_home(tmp_path_factory.mktemp("calling") / "home")


@pytest.fixture
def services(first_home: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(first_home, tmp_path / "home")) as services:
        yield services


def test_a_unit_keeps_longer_with_the_heads_paper_and_is_reminded_before_the_end(
    services: Services,
) -> None:
    publish(services, wanted=Wanted(left_out={"05.XD": "Chưa quyết toán"}))
    request = ask(services)
    assert ("keep-back-asked", 1) in told(services, "thu-truong")
    done = calling_in_acts.decide(
        services,
        request.id,
        DecisionIn(consent=True, paper="12/QĐ-STNMT"),
        actor=person(services, "thu-truong"),
    )
    assert (done.state, done.paper) == ("consented", "12/QĐ-STNMT")
    assert ("keep-back-decided", 1) in told(services, "bach")
    until = request.until_on
    remind_on(services, submit_by(ENDED) + dt.timedelta(days=1))
    assert ("submission-late", 1) not in told(services, "bach")
    remind_on(services, until - dt.timedelta(days=30))
    assert ("keep-back-ending", 1) in told(services, "bach")
    with services.read_only() as session:
        late = called_in(session, actor=person(services, "lan"), today=until + dt.timedelta(days=1))
    assert code("01.TN") in [one.code for one in late if one.state == "late"]


@pytest.mark.parametrize(
    "until",
    [submit_by(ENDED), dt.date(THIS - 1, 1, 1), dt.date(THIS + 3, 1, 1)],
)
def test_keeping_beyond_two_years_or_not_past_the_due_day_is_refused(
    services: Services, until: dt.date
) -> None:
    publish(services)
    with pytest.raises(keep_back.KeepBackDayError):
        ask(services, until=until)
    assert calling_in_acts.list_requests(services, actor=person(services, "lan")) == []


def test_two_years_to_the_day_may_be_asked_for(services: Services) -> None:
    publish(services)
    assert ask(services, until=dt.date(THIS + 2, 12, 31)).state == "asked"


def test_what_is_asked_or_submitted_is_not_asked_again(services: Services, tmp_path: Path) -> None:
    publish(services)
    small_case(tmp_path / "case", code=code("01.TN"))
    submit(tmp_path / "case", actor=person(services, "bach"), services=services)
    with pytest.raises(keep_back.KeepBackStandsError):
        ask(services, "01.TN")
    ask(services, "03.VP")
    with pytest.raises(keep_back.KeepBackStandsError):
        ask(services, "03.VP")


def test_a_refusal_needs_a_reason_and_opens_the_way_for_another_request(
    services: Services,
) -> None:
    publish(services)
    request_id = ask(services).id
    head = person(services, "thu-truong")
    for paper, reason in (("", "Không cần"), ("12/QĐ", " ")):
        with pytest.raises(keep_back.KeepBackWordsError):
            calling_in_acts.decide(
                services,
                request_id,
                DecisionIn(consent=False, paper=paper, reason=reason),
                actor=head,
            )
    calling_in_acts.decide(
        services,
        request_id,
        DecisionIn(consent=False, paper="12/QĐ", reason="Không cần"),
        actor=head,
    )
    again = calling_in_acts.decide(
        services, request_id, DecisionIn(consent=False, paper="13/QĐ", reason="Khác"), actor=head
    )
    assert again.paper == "12/QĐ"
    with pytest.raises(keep_back.KeepBackStandsError):
        calling_in_acts.decide(
            services, request_id, DecisionIn(consent=True, paper="12/QĐ"), actor=head
        )
    assert ask(services).state == "asked"


def test_nobody_else_decides_and_nobody_asks_for_another_agency(services: Services) -> None:
    publish(services)
    with pytest.raises(keep_back.KeepBackCodeError):
        ask(services, name="stranger")
    request_id = ask(services).id
    for name in ("bach", "lan"):
        with pytest.raises(access.ActNotAllowedError):
            calling_in_acts.decide(
                services,
                request_id,
                DecisionIn(consent=True, paper="1"),
                actor=person(services, name),
            )
    elsewhere = Actor("head-of-another", Role.AGENCY_HEAD, uuid4())
    with pytest.raises(keep_back.KeepBackNotFoundError):
        calling_in_acts.decide(
            services, request_id, DecisionIn(consent=True, paper="1"), actor=elsewhere
        )
    listed = calling_in_acts.list_requests(services, actor=person(services, "hoa"))
    assert listed == []
    assert len(calling_in_acts.list_requests(services, actor=person(services, "mo"))) == 1


def test_lists_and_requests_come_back_from_the_acts(services: Services) -> None:
    """As ``archive rebuild`` does it: rows and the counter from the documents of the acts."""
    publish(services)
    calling_in_acts.decide(
        services,
        ask(services).id,
        DecisionIn(consent=True, paper="12/QĐ"),
        actor=person(services, "thu-truong"),
    )
    lan = person(services, "lan")
    before = (
        calling_in_acts.list_published(services, actor=lan),
        calling_in_acts.list_requests(services, actor=lan),
    )
    with services.writing() as session:
        for table in (CollectionList, KeepBack):
            session.execute(delete(table))
        session.execute(delete(FormNumber).where(FormNumber.form == lists.FORM))
        newest: dict[tuple[str, str], dict[str, Any]] = {}
        for act in session.scalars(select(Act).order_by(Act.at, Act.id)):
            newest[act.kind, act.subject_id] = act.document
        bodies = list(newest.items())
        lists.restore_collections(session, [b for (k, _), b in bodies if k == COLLECTION])
        keep_back.restore_keep_back(session, [b for (k, _), b in bodies if k == "keep-back"])
    assert before == (
        calling_in_acts.list_published(services, actor=lan),
        calling_in_acts.list_requests(services, actor=lan),
    )
    assert publish(services, BEFORE).number.startswith("02/")


def test_a_request_waits_where_the_head_decides_and_is_decided_there(services: Services) -> None:
    publish(services)
    request = ask(services)
    head = browser_of(create_app(services), services, "thu-truong")
    page = head.get(f"/approvals?item={request.id}").text
    for words in ("Đề nghị giữ lại hồ sơ", request.code, request.title, request.reason):
        assert words in page
    with services.writing() as session:
        session.execute(
            update(Account).where(Account.name == "bach").values(display_name="Trần Văn Bách")
        )
    assert "Trần Văn Bách" in head.get("/approvals").text
    act = f"/collection/keep-back/{request.id}/decide"
    assert f'action="{act}"' in page
    done = post(head, act, decision="consent", paper="12/QĐ", reason="", back="approvals")
    assert done.headers["Location"] == "/approvals"
    (told,) = calling_in_acts.list_requests(services, actor=person(services, "lan"))
    assert (told.state, told.paper) == ("consented", "12/QĐ")
    assert str(request.id) not in head.get("/approvals").text


def test_a_plan_in_draft_is_told_as_one_to_the_head_of_its_agency_alone(
    services: Services,
) -> None:
    app, title = create_app(services), "Danh mục hồ sơ năm 2031"
    with services.unit_of_work() as uow:
        agency = uow.session.scalars(select(Account).where(Account.name == "thu-truong")).one()
        entry = FilePlanEntry(ordinal=1, notation="01.TH", title="Hồ sơ", term="20 năm")
        plan = FilePlan(
            agency_id=agency.agency_id, year=2031, state=FilePlanState.DRAFT, entries=[entry]
        )
        uow.session.add(plan)
        uow.commit()
        plan_id = plan.id
    page = browser_of(app, services, "thu-truong").get(f"/approvals?item={plan_id}").text
    assert title in page
    assert "Chưa phê duyệt" in page
    assert "Chờ quyết định" not in page
    assert title not in browser_of(app, services, "hung").get("/approvals").text
