"""Who leaves: all that is open is shown and handed over, and nothing stays without an owner."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select

from archive_service import access, clock
from archive_service.access import ActNotAllowedError
from archive_service.accounts.acts import add_account, get_account
from archive_service.accounts.disabling import LastAdministratorError, LastHeadError
from archive_service.accounts.gains.acts import enable_account
from archive_service.accounts.leaving.acts import (
    LeavingDayError,
    LeavingReasonError,
    leave,
    show_leaving,
)
from archive_service.accounts.leaving.documents import Leaving
from archive_service.accounts.leaving.duties import DUTIES, Duty, Way
from archive_service.accounts.leaving.handing import (
    LeavingKindError,
    LeavingOpenError,
    LeavingReceiverError,
)
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.description_batch import BatchState, DescriptionBatch
from archive_service.domain.digitization.rereading import Rereading
from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.migration_batch import MigrationBatch, MigrationItem
from archive_service.domain.people.account import Account, Actor, Role, WebSession
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.notice import Notice
from archive_service.domain.retention.hold import Hold, HoldOrder
from archive_service.domain.tables import METADATA
from archive_service.notices import inbox
from archive_service.services import Services
from tests.worlds.any_row import any_row
from tests.worlds.archive import actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of
from tests.worlds.command import Command

LEAVER = "hoa"
LATER = clock.today() + dt.timedelta(days=2)  # whatever day the run ends on
BY_KIND = {one.kind: one for one in DUTIES}
# What a row needs beside the leaver's name to be open; the rest is open as it is made.
OPENS: dict[str, dict[str, Any]] = {
    "claims": {"state": SubmissionState.CHECKED},
    "drafts": {"submitted_by": LEAVER, "state": SubmissionState.DRAFT},
    "submissions": {"submitted_by": LEAVER, "state": SubmissionState.RETURNED},
    "answers": {"active": False},
    **{kind: {"state": "waiting"} for kind in ("rights", "rights-asked")},
    "access-requests": {"state": "asked", "person": LEAVER},
    "requests-for-others": {"state": "asked", "person": "Trần Thị Khách"},
    "duties-given": {"last_day": LATER, "duties": ["holds"]},
    "duties-received": {"last_day": LATER, "duties": ["holds"]},
    "grants": {"last_day": LATER},
    "groups": {},
    "tokens": {"expires_at": clock.now() + dt.timedelta(days=9)},
}
Left = Callable[..., Any]


@pytest.fixture
def admin(services: Services) -> Actor:
    add_person(services, LEAVER, Role.ARCHIVIST)
    return actor_of(services, "quan")


def given(to: str = "", **more: Any) -> Leaving:
    return Leaving(left_on=clock.today(), reason="Chuyển công tác", to=to, **more)


def put(services: Services, duty: Duty) -> UUID | str:
    """Something of this kind that is open with the leaver; its id."""
    with services.writing() as session:
        account = get_account(session, LEAVER)
        values: dict[str, Any] = dict(OPENS.get(duty.kind, {}))
        if duty.row is None:
            who = account.id if duty.by_id else account.name
            values[str(duty.holds.key)] = who
        row = any_row(session, duty.table, **values)
        if isinstance(row, HoldOrder):
            any_row(session, Hold, order_id=row.id)
        if isinstance(row, MigrationBatch):
            any_row(session, MigrationItem, batch_id=row.id)
        found: UUID | str = inspect(row).identity[0]
    return found


def receiver(services: Services, duty: Duty) -> str:
    """Somebody of a role, and of the agency, that may go on with it."""
    with services.unit_of_work() as uow:
        agency_id = uow.session.scalars(select(Agency.id)).first()
        if duty.agency is not None:
            of_row = select(duty.agency).select_from(duty.table)
            agency_id = uow.session.scalars(
                of_row.where(duty.mine(get_account(uow.session, LEAVER)))
            ).one()
        role = access.people_of(duty.act)[0]
        if role in (Role.OFFICER, Role.CLERK) and agency_id is None:
            role = Role.ARCHIVIST
        if role not in (Role.OFFICER, Role.CLERK):
            agency_id = None
        operator = Actor(account="operator", role=Role.OPERATOR)
        add_account("nhan", role=role, actor=operator, uow=uow, agency_id=agency_id)
        uow.commit()
    return "nhan"


def count(services: Services, kind: str, name: str = LEAVER) -> int:
    with services.read_only() as session:
        duty, row = BY_KIND[kind], get_account(session, name)
        query = select(func.count()).select_from(duty.table).where(duty.mine(row))
        return session.scalar(query) or 0


@pytest.mark.parametrize("kind", [one.kind for one in DUTIES if one.way is not Way.FIRST])
def test_nothing_that_is_open_stays_without_an_owner(
    services: Services, admin: Actor, kind: str
) -> None:
    duty = BY_KIND[kind]
    subject = put(services, duty)
    shown = {
        open_kind.kind: open_kind.count
        for open_kind in show_leaving(services, LEAVER, actor=admin).open
    }
    assert shown == {kind: 1}
    needs_one = duty.way is not Way.ENDS
    if needs_one:
        with pytest.raises(LeavingOpenError) as refused:
            leave(services, LEAVER, given(), actor=admin)
        assert refused.value.facts["lacking"] == [kind]
        assert count(services, kind) == 1
    to = receiver(services, duty) if needs_one else ""
    before = count(services, kind, to) if to else 0
    leave(services, LEAVER, given(to), actor=admin)
    with services.read_only() as session:
        row = get_account(session, LEAVER)
        left = (False, clock.today(), "Chuyển công tác")
        assert (row.active, row.left_on, row.left_reason) == left
        events = session.scalars(select(AuditEvent).where(AuditEvent.tag == "account:left")).all()
        assert [event.data["open"] for event in events] == [{kind: 1}]
        handed = session.scalars(
            select(AuditEvent.subject_id).where(AuditEvent.tag == "account:handed-over")
        ).all()
        assert handed == ([str(subject)] if duty.way is Way.OVER else [])
        heard = inbox.named(session, [LEAVER])
        assert heard == ([get_account(session, to).id] if to else [])
    if duty.way is Way.OVER:
        also = kind == "answers"  # those of this leaver
        assert count(services, kind, to) == before + 1 + also
    assert count(services, kind) == (1 if duty.way is Way.ANSWER else 0)


@pytest.mark.parametrize("kind", [duty.kind for duty in DUTIES if duty.way is Way.FIRST])
def test_what_needs_a_paper_is_settled_before_the_person_leaves(
    services: Services, admin: Actor, kind: str
) -> None:
    put(services, BY_KIND[kind])
    with pytest.raises(LeavingOpenError) as refused:
        leave(services, LEAVER, given("lan"), actor=admin)
    assert refused.value.facts["settled"] == [kind]
    with services.read_only() as session:
        assert get_account(session, LEAVER).active


# Columns that name an account and are no duty of the person any more, or were never one.
NO_DUTY = {
    "who did it, once it was done": {
        *("access_request.decided_by", "announcement.withdrawn_by", "audit_event.account"),
        *(
            "agency_change.by",
            "backup_run.run_by",
            "closed_register.closed_by",
            "collection_list.published_by",
        ),
        *("council_member.entered_by", "disposition.decided_by", "disposition.executed_by"),
        *("disposition.reviewed_by", "disposition.submitted_by", "document_link.ended_by"),
        *("delegation.ended_by", "oidc_binding.bound_by", "oidc_binding.ended_by"),
        *("reading_grant.ended_by", "reading_grant.given_by", "reader_group.made_by"),
        *("group_member.ended_by", "group_member.given_by"),
        *("document_link.linked_by", "fault_report.answered_by", "file_plan.approved_by"),
        *("file_plan_amendment.approved_by", "file_plan_entry.opened_by", "hold.lifted_by"),
        *("fixity_trouble.healed_by", "handover_record.made_by", "keep_back.decided_by"),
        *("incident_duty.dropped_by", "incident_duty.marked_by", "incident_duty.sent_by"),
        *("incident_note.account", "review_line.by", "account_application.decided_by"),
        *("late_entry.entered_by", "migration_batch.approved_by", "migration_item.reviewed_by"),
        *(
            "mode_change.decided_by",
            "opening_record.account",
            "outage.entered_by",
            "package_version.built_by",
        ),
        *("paper_box.created_by", "paper_handover.account", "paper_movement.account"),
        *("past_submission.decided_by", "past_submission.submitted_by", "recall.decided_by"),
        *("removal.claimed_by", "report.made_by", "rereading.decided_by"),
        *("retention_change.by", "retention_event.recorded_by", "retention_event.withdrawn_by"),
        *("retention_schedule.decided_by", "rights_gain.decided_by", "rights_gain.decided_by_id"),
        *("scan_batch.decided_by", "scan_edit.account", "scan_edit.undone_by"),
        *("scan_page.decided_by", "submission.decided_by", "transfer.approved_by"),
        *("transfer.closed_by", "transfer.decided_by", "transfer.removal_by"),
        *("transfer.withdrawn_by", "transfer_appointment.cancelled_by", "case_file.accepted_by"),
        *("transfer_appointment.confirmed_by", "word_correction.account", "opening_record.account"),
    },
    "the same person stands in another column, which is a duty": {
        *("access_request.asked_by", "rights_gain.asked_by_id", "submission.submitted_by"),
        "submission.keeper",
    },
    "goes on by itself, or with what it belongs to, which has an owner": {
        *("callback.account", "edxml_answer.account", "rescan_ticket.opened_by"),
        *("submission_draft.changed_by", "transfer_sending.asked_by", "what_if.asked_by"),
        *("handover_record.giver_account", "idempotent_request.account"),
    },
    "belongs to the office: whoever may, sees it on their list and goes on with it": {
        *("announcement.announced_by", "transfer_appointment.made_by"),
    },
    "of the account itself, of no use once it is disabled": {
        *("known_browser.account_id", "mail_run.account_id", "notice.account_id"),
        *("old_password.account_id", "recovery_code.account_id", "kept_search.account_id"),
        *("passkey.account_id", "passkey_question.account_id", "reading_pace.account_id"),
    },
}


def names_an_account(column: Any) -> bool:
    if any(key.column.table.name == "account" for key in column.foreign_keys):
        return True
    kind, name = column.type.python_type, column.name
    if kind is UUID:
        return bool(name.endswith("_by_id") or name == "handed_to_id")
    of_length = getattr(column.type, "length", None) == 100
    named = name in ("by", "account", "owner", "keeper", "giver_account") or name.endswith("_by")
    return bool(kind is str and of_length and named)


def test_every_column_that_names_an_account_is_a_duty_or_is_said_to_be_none() -> None:
    there = {
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if names_an_account(column)
    }
    duties = {f"{duty.table.__tablename__}.{duty.holds.key}" for duty in DUTIES if duty.row is None}
    spared = {one for columns in NO_DUTY.values() for one in columns}
    assert there - duties - spared == set()
    assert spared - there == set()
    assert duties - there == set()
    assert duties & spared == set()


def test_each_kind_may_have_a_receiver_of_its_own(services: Services, admin: Actor) -> None:
    for kind in ("incidents", "descriptions"):
        put(services, BY_KIND[kind])
    add_person(services, "mai", Role.ARCHIVIST)
    done = leave(services, LEAVER, given("lan", each={"incidents": "mai"}), actor=admin)
    assert {open_kind.kind: open_kind.to for open_kind in done.open} == {
        "incidents": "mai",
        "descriptions": "lan",
    }
    with services.read_only() as session:
        assert session.scalars(select(Incident.owner).where(Incident.owner == "mai")).all()
        batch = session.scalars(select(DescriptionBatch)).one()
        assert (batch.made_by, batch.state) == ("lan", BatchState.JUDGING)
        told = session.scalars(select(Notice).where(Notice.kind == "work-of-leaver")).all()
        assert sorted(notice.facts["kinds"] for notice in told) == [["descriptions"], ["incidents"]]


def test_a_receiver_has_to_be_one_who_may_go_on_with_it(services: Services, admin: Actor) -> None:
    put(services, BY_KIND["claims"])
    with services.writing() as session:
        other = any_row(session, Agency)
        session.add(
            Account(
                name="khac", role=Role.ARCHIVIST, agency_id=other.id, active=True,
                created_at=clock.now(),
            )
        )  # fmt: skip
        of_agency = session.scalars(select(Agency.id).where(Agency.id != other.id)).first()
        for row in session.scalars(select(Submission).where(Submission.claimed_by == LEAVER)):
            row.agency_id = of_agency
    for to in ("bach", "khac"):  # of another role; of another agency
        with pytest.raises(LeavingOpenError) as refused:
            leave(services, LEAVER, given(to), actor=admin)
        assert (refused.value.facts["unfit"], refused.value.facts["receivers"]) == (
            ["claims"],
            [to],
        )
    for to in ("nobody", LEAVER):
        with pytest.raises(LeavingReceiverError):
            leave(services, LEAVER, given(to), actor=admin)
    with pytest.raises(LeavingKindError):
        leave(services, LEAVER, given("lan", each={"tokens": "lan"}), actor=admin)


def test_day_and_reason_are_asked_and_only_who_sets_up_accounts_may(
    services: Services, admin: Actor
) -> None:
    ahead = Leaving(left_on=clock.today() + dt.timedelta(days=1), reason="Nghỉ hưu")
    with pytest.raises(LeavingDayError):
        leave(services, LEAVER, ahead, actor=admin)
    for reason in (" ", "x" * 501):
        with pytest.raises(LeavingReasonError):
            leave(services, LEAVER, Leaving(left_on=clock.today(), reason=reason), actor=admin)
    with pytest.raises(ActNotAllowedError):
        leave(services, LEAVER, given(), actor=actor_of(services, "lan"))
    with pytest.raises(ActNotAllowedError):
        show_leaving(services, LEAVER, actor=actor_of(services, "lan"))


def test_the_last_administrator_and_the_last_head_do_not_leave(
    services: Services, admin: Actor
) -> None:
    add_person(services, "dung", Role.HEAD)
    with services.writing() as session:
        others = Account.role.in_((Role.HEAD, Role.ADMIN)), Account.name.not_in(("dung", "quan"))
        for row in session.scalars(select(Account).where(*others)):
            row.active = False
    with pytest.raises(LastAdministratorError):
        leave(services, "quan", given("lan"), actor=admin)
    with pytest.raises(LastHeadError):
        leave(services, "dung", given("lan"), actor=admin)
    add_person(services, "an", Role.HEAD)
    assert not leave(services, "dung", given("an"), actor=admin).active


def test_sessions_end_at_once_and_who_comes_back_begins_anew(
    app: Flask, services: Services, admin: Actor
) -> None:
    put(services, BY_KIND["rereadings"])
    client = browser_of(app, services, LEAVER)
    assert client.get("/account").status_code == 200
    leave(services, LEAVER, given("lan"), actor=admin)
    assert client.get("/account").status_code != 200
    again = leave(services, LEAVER, given("lan"), actor=admin)  # and safe to repeat
    assert {open_kind.kind: open_kind.to for open_kind in again.open} == {"rereadings": "lan"}
    with services.unit_of_work() as uow:
        boss = actor_of(services, "quan")
        operator = Actor(account="operator", role=Role.OPERATOR, os_user="root")
        row = enable_account(LEAVER, actor=operator, uow=uow)
        assert (row.active, row.left_on, row.handed_to_id) == (True, None, None)
        assert boss.account_id is not None
        uow.commit()
    with services.read_only() as session:
        assert session.scalars(select(Rereading.proposed_by)).all() == [LEAVER]
        living = select(WebSession).where(
            WebSession.account_id == row.id, WebSession.revoked_at.is_(None)
        )
        assert session.scalars(living).all() == []


def test_it_is_done_at_a_page(app: Flask, services: Services, admin: Actor) -> None:
    put(services, BY_KIND["incidents"])
    put(services, BY_KIND["scan-batches"])
    client = browser_of(app, services, "quan")
    at = f"/system/accounts/{LEAVER}/leave"
    assert at in client.get("/system/accounts").text
    page = client.get(at).text
    assert "Sự cố đang nhận xử lý" in page
    assert "Lô trang số hóa chưa xong" in page
    day = clock.today().strftime("%d/%m/%Y")
    form = {"left_on": day, "reason": "Nghỉ hưu"}
    refused = post(client, at, **form)
    assert refused.status_code == 409
    assert "Chưa có người nhận: Sự cố đang nhận xử lý, Lô trang số hóa chưa xong" in refused.text
    assert post(client, at, **form, **{"to-incidents": "lan", "to": "lan"}).status_code == 303
    with services.read_only() as session:
        assert not get_account(session, LEAVER).active
        assert session.scalars(select(ScanBatch.created_by)).all() == [LEAVER]
    assert "Nghỉ hưu" in client.get(at).text


def test_it_is_done_by_a_program_and_by_the_command(
    app: Flask, services: Services, admin: Actor
) -> None:
    put(services, BY_KIND["incidents"])
    program = program_of(app, services, "quan")
    (only,) = program.get(f"/accounts/{LEAVER}/leaving").get_json()["open"]
    assert only == {"kind": "incidents", "way": "over", "count": 1, "to": ""}
    refused = program.post(
        f"/accounts/{LEAVER}/leave", json={"left_on": f"{clock.today()}", "reason": "Nghỉ hưu"}
    )
    assert refused.status_code == 409
    command = Command(services.settings.home)
    assert "incidents" in command.run("account", "leaving", LEAVER, account="quan").stdout
    days = ("--from", clock.today().isoformat(), "--reason", "Nghỉ hưu")
    assert command.run("account", "leave", LEAVER, *days, account="quan").code == 4
    handed = (*days, "--hand", "incidents=lan")
    done = command.ask("account", "leave", LEAVER, *handed, account="quan")
    assert done["open"] == [{"kind": "incidents", "way": "over", "count": 1, "to": "lan"}]
    assert not done["active"]
    with services.read_only() as session:
        assert session.scalars(select(Incident.owner).where(Incident.owner != "")).all() == ["lan"]
