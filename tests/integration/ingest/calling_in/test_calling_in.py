"""Calling in: the list is published once, people are told, progress is counted."""

import datetime as dt
import html
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from archive_service import access, clock
from archive_service.domain.intake.collection import COLLECTION
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import FormNumber, Schedule
from archive_service.domain.people.account import Account
from archive_service.domain.people.notice import Notice
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.answers.deadlines import (
    citation_of,
    keep_until_at_most,
    remind_from,
    submit_by,
    submit_settled_by,
)
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in import lists
from ingest.calling_in.given import CollectionIn, DecisionIn
from ingest.calling_in.lists import Wanted
from ingest.calling_in.progress import called_in
from ingest.submissions.acts import submit
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.ingest.calling_in import (
    AGENCY,
    BEFORE,
    ENDED,
    OTHER_UNIT,
    PLAN,
    THIS,
    UNIT,
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


def test_the_rules_stand_with_their_sources() -> None:
    assert submit_settled_by(dt.date(2026, 11, 30)) == dt.date(2027, 2, 28)
    assert remind_from(dt.date(2026, 12, 31)) == dt.date(2026, 12, 1)
    assert keep_until_at_most(dt.date(2024, 2, 29)) == dt.date(2026, 2, 28)
    assert citation_of("submit") == "Luật 33/2024/QH15, Điều 17"
    assert citation_of("submit-from-day").startswith("NĐ 30/2020/NĐ-CP, Điều 30")
    assert citation_of("keep-back") == "NĐ 30/2020/NĐ-CP, Điều 31 khoản 3 điểm d"


def test_a_preview_shows_what_would_be_called_in_and_changes_nothing(services: Services) -> None:
    lan = person(services, "lan")
    days, left_out = {"05.XD": dt.date(ENDED, 3, 15)}, {"02.TN": "Còn theo dõi"}
    given = CollectionIn(agency=AGENCY, year=ENDED, settled=days, left_out=left_out)
    seen = calling_in_acts.preview(services, given, actor=lan)
    assert [entry.notation for entry in seen.entries] == ["01.TN", "03.VP", "05.XD"]
    assert [entry.due_on for entry in seen.entries] == [
        dt.date(THIS, 12, 31),
        dt.date(THIS, 12, 31),
        dt.date(ENDED, 6, 15),
    ]
    assert [entry.notation for entry in seen.left_out] == ["02.TN"]
    assert seen.too_short == 1
    assert calling_in_acts.list_published(services, actor=lan) == []


def test_a_published_list_is_an_act_in_every_copy_and_told_to_the_agency(
    services: Services,
) -> None:
    document = publish(services)
    assert document.number.startswith("01/")
    assert document.count == 4
    with services.read_only() as session:
        act = session.scalars(select(Act).where(Act.kind == COLLECTION)).one()
        assert act.written
        assert act.document["entries"] == [
            {name: value for name, value in entry.as_json().items() if name != "state"}
            for entry in document.entries
        ]
        tags = session.scalars(select(AuditEvent.tag)).all()
        assert "collection:published" in tags
    for name in ("bach", "mo", "thu-truong"):
        assert told(services, name) == [("collection-published", 4)]
    assert told(services, "stranger") == []


def test_the_officers_page_shows_the_day_of_the_entry_itself_and_marks_what_is_late(
    app: Flask, services: Services
) -> None:
    bach = browser_of(app, services, "bach")

    def rows() -> dict[str, str]:
        page = html.unescape(bach.get("/my-case-files?whose=agency").text)
        due = page.partition('aria-labelledby="due-title"')[2].partition("</section>")[0]
        told = (
            " ".join(re.sub(r"<[^>]+>", " ", row).split())
            for row in re.split(r"<tr\b[^>]*>", due)[2:]
        )
        return {row.split()[0]: row for row in told}

    assert f"31/12/{THIS}" in rows()[code("05.XD")]
    assert "Quá hạn" not in rows()[code("05.XD")]
    publish(services, wanted=Wanted(settled={"05.XD": dt.date(ENDED, 3, 15)}))
    told = rows()
    assert f"15/06/{ENDED}" in told[code("05.XD")]  # three months after its settlement
    assert "Quá hạn" in told[code("05.XD")]
    assert next(iter(told)) == code("05.XD")  # the most urgent first
    assert f"31/12/{THIS}" in told[code("01.TN")]
    assert "Quá hạn" not in told[code("01.TN")]
    assert f"31/12/{ENDED}" in told[code("01.TN", BEFORE)]
    assert "Quá hạn" in told[code("01.TN", BEFORE)]


def test_a_list_is_published_once(services: Services) -> None:
    publish(services)
    with pytest.raises(lists.CollectionPublishedError):
        publish(services)
    assert publish(services, BEFORE).number.startswith("02/")


@pytest.mark.parametrize(
    ("year", "refusal"),
    [
        (THIS - 3, lists.CollectionPlanError),  # a draft binds nobody
        (THIS - 9, lists.CollectionPlanError),
        (THIS + 1, lists.CollectionYearError),
    ],
)
def test_a_year_without_an_approved_plan_or_to_come_is_refused(
    services: Services, year: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        publish(services, year)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(settled={"05.XD": dt.date(2999, 1, 1)}),
        Wanted(settled={"99.XD": dt.date(2020, 1, 1)}),
        Wanted(left_out={"01.TN": "  "}),
        Wanted(left_out={"01.TN": "x" * 1001}),
    ],
)
def test_what_is_said_of_an_entry_must_fit(services: Services, wanted: Wanted) -> None:
    with pytest.raises(lists.CollectionEntryError):
        publish(services, wanted=wanted)
    with services.read_only() as session:
        assert session.scalars(select(FormNumber).where(FormNumber.form == lists.FORM)).all() == []


def test_a_list_without_case_files_is_not_published(services: Services) -> None:
    all_out = Wanted(left_out={one[0]: "Còn theo dõi" for one in PLAN})
    with pytest.raises(lists.CollectionEmptyError):
        publish(services, wanted=all_out)


@pytest.mark.parametrize("name", ["bach", "thu-truong", "binh"])
def test_only_the_archive_publishes(services: Services, name: str) -> None:
    with pytest.raises(access.ActNotAllowedError):
        publish(services, name=name)


def test_another_agency_sees_no_list(services: Services) -> None:
    document = publish(services)
    stranger = person(services, "stranger")
    assert calling_in_acts.list_published(services, actor=stranger) == []
    with pytest.raises(lists.CollectionNotFoundError):
        calling_in_acts.open_list(services, document.id, actor=stranger)


@pytest.mark.parametrize("form", calling_in_acts.FORMS)
def test_both_lists_are_printed(services: Services, tmp_path: Path, form: str) -> None:
    document = publish(services)
    decided = calling_in_acts.decide(
        services,
        ask(services).id,
        DecisionIn(consent=True, paper="12/QĐ-STNMT ngày 02/11/2026"),
        actor=person(services, "thu-truong"),
    )
    assert decided.state == "consented"
    lan = person(services, "lan")
    calling_in_acts.print_list(services, document.id, tmp_path / "a", form, actor=lan)
    calling_in_acts.print_kept(services, tmp_path / "b", form, actor=lan)
    for name in ("a", "b"):
        begins = (tmp_path / name).read_bytes()[:5]
        assert begins.startswith(b"%PDF-" if form == "pdf" else b"PK")
    if form == "xlsx":
        sheet = openpyxl.load_workbook(BytesIO((tmp_path / "b").read_bytes())).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        (row,) = [one for one in rows if code("01.TN") in one]
        assert f"{UNIT}\n{PLAN[0][3]}" in row


def test_people_are_told_thirty_days_before_and_not_earlier(services: Services) -> None:
    publish(services)
    for name in ("bach", "mo", "hoa", "thu-truong"):
        with services.writing() as session:
            inbox.mark_all_read(session, actor=person(services, name))
    due_on = submit_by(ENDED)
    assert remind_on(services, due_on - dt.timedelta(days=31)) == 0
    assert remind_on(services, due_on - dt.timedelta(days=30)) == 1
    # 05.XD names nobody: all officers of the agency hear of it.
    assert told(services, "bach") == [("submission-due", 2)]
    assert told(services, "mo") == [("submission-due", 2)]
    assert told(services, "hoa") == [("submission-due", 2)]
    assert told(services, "thu-truong") == []
    assert told(services, "stranger") == []
    assert remind_on(services, due_on - dt.timedelta(days=29)) == 0


def test_who_is_late_is_told_each_week_with_the_heads_above(services: Services) -> None:
    publish(services, BEFORE)
    with services.writing() as session:
        session.execute(delete(Notice))
    day = submit_by(BEFORE) + dt.timedelta(days=1)
    assert remind_on(services, day) == 1
    assert told(services, "hoa") == [("submission-late", 2)]
    assert told(services, "mo") == [("submission-late", 2), ("unit-late", 2)]
    assert told(services, "thu-truong") == [("unit-late", 4)]
    with services.read_only() as session:
        urgent = select(Notice.urgent).where(Notice.kind == "submission-late")
        assert all(session.scalars(urgent))
    assert led_to(services, "hoa") == ["/my-case-files"]  # each names hoa, or nobody
    assert led_to(services, "mo") == ["/my-case-files", "/collection"]
    assert remind_on(services, day + dt.timedelta(days=6)) == 0
    assert remind_on(services, day + dt.timedelta(days=7)) == 1
    assert told(services, "hoa") == [("submission-late", 2)]  # not read: not doubled


def led_to(services: Services, name: str) -> list[str]:
    """Where the account's notices lead, by their kind."""
    with services.read_only() as session:
        return list(
            session.scalars(
                select(Notice.href)
                .where(Notice.account_id == person(services, name).account_id)
                .order_by(Notice.kind)
            )
        )


def test_what_another_was_to_submit_is_found_where_the_notice_leads(
    app: Flask, services: Services
) -> None:
    publish(services, BEFORE)
    with services.writing() as session:
        session.execute(delete(Notice))
        session.execute(update(Account).where(Account.name == "hoa").values(active=False))
    remind_on(services, submit_by(BEFORE) + dt.timedelta(days=1))
    (address,) = led_to(services, "bach")
    page = html.unescape(browser_of(app, services, "bach").get(address).text)
    assert code("03.VP", BEFORE) in page
    with services.read_only() as session:
        notice = session.scalars(
            select(Notice)
            .join(Account, Account.id == Notice.account_id)
            .where(Account.name == "bach", Notice.kind == "submission-late")
        ).one()
    late = page.partition('aria-labelledby="due-title"')[2].partition("</section>")[0]
    assert late.count("Quá hạn") == notice.facts["count"]


def test_the_worker_reminds_by_the_schedule(services: Services) -> None:
    publish(services, BEFORE)
    with services.writing() as session:
        assert session.get(Schedule, calling_in_acts.REMIND_JOB) is not None
        services.jobs.add(session, calling_in_acts.REMIND_JOB)
    assert run_one(services, names=[calling_in_acts.REMIND_JOB]) == "done"
    assert ("submission-late", 2) in told(services, "hoa")


def test_progress_counts_what_was_submitted_kept_and_is_late(
    services: Services, tmp_path: Path
) -> None:
    publish(services)
    publish(services, BEFORE)
    small_case(tmp_path / "case", code=code("01.TN"))
    submit(tmp_path / "case", actor=person(services, "bach"), services=services)
    request = ask(services, "03.VP", name="hoa")
    calling_in_acts.decide(
        services,
        request.id,
        DecisionIn(consent=True, paper="12/QĐ"),
        actor=person(services, "thu-truong"),
    )
    seen = calling_in_acts.progress(services, actor=person(services, "lan"))
    by_unit = {tally.unit: tally for tally in seen.units}
    assert by_unit[UNIT].as_json() | {"agency": ""} == {
        "agency": "", "unit": UNIT, "person": "", "called": 4, "submitted": 1, "faulty": 0,
        "kept": 0, "late": 2, "due": 1, "share": 0.25,
    }  # fmt: skip
    assert by_unit[OTHER_UNIT].kept == 1
    for tally in (*seen.units, *seen.people):
        counts = (tally.submitted, tally.faulty, tally.kept, tally.late, tally.due)
        assert tally.called == sum(counts)
    assert len(seen.late) == 4
    only = calling_in_acts.progress(services, actor=person(services, "lan"), year=ENDED)
    assert only.late == []


def test_progress_of_many_lists_costs_as_many_statements_as_of_one(services: Services) -> None:
    lan = person(services, "lan")
    publish(services)
    with counted(services) as one:
        calling_in_acts.progress(services, actor=lan)
    publish(services, BEFORE)
    with counted(services) as two:
        calling_in_acts.progress(services, actor=lan)
    assert len(two) == len(one)


def test_an_officer_sees_their_own_and_the_head_of_a_unit_the_units(services: Services) -> None:
    publish(services)

    def seen(name: str) -> list[str]:
        actor = person(services, name)
        with services.read_only() as session:
            found = called_in(session, actor=actor, today=clock.today())
        return sorted(one.code.rpartition(f".{ENDED}.")[2] for one in found)

    # 05.XD names nobody: it waits for each officer, as their own page counts it.
    assert seen("bach") == ["01.TN", "05.XD"]
    assert seen("hoa") == ["03.VP", "05.XD"]
    assert seen("mo") == ["01.TN", "02.TN", "05.XD"]
    assert seen("thu-truong") == ["01.TN", "02.TN", "03.VP", "05.XD"]
    assert seen("lan") == seen("thu-truong")
    assert seen("stranger") == []
