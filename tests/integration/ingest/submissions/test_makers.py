"""Officers of one agency leave each other's work alone, unless it is handed to them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.accounts.acts import add_account, get_account
from archive_service.app import create_app
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from ingest.drafts import acts as drafts_acts
from ingest.drafts.drafts import open_draft
from ingest.receiving.makers import (
    HandOverStateError,
    HandOverToError,
    NotTheirWorkError,
    hand_over,
)
from ingest.submissions.acts import accept, give_back, submit, withdraw
from ingest.submissions.given import Return
from ingest.submissions.page_queries import count_to_do, my_case_files
from tests.worlds.archive import OPERATOR, head_of_agency, new_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Answer, Command
from tests.worlds.papers.bad_input import small_case


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Two more officers of bach's agency: one of the same unit and its head, one of neither."""
    with open_home(new_home(tmp_path / "home")) as opened:
        with opened.unit_of_work() as uow:
            bach = get_account(uow.session, "bach")
            bach.unit = "Phòng Kỹ thuật"
            for name, unit, heads in (
                ("yen", "phòng  kỹ thuật", False),
                ("duc", "Phòng Kỹ thuật", True),
                ("ha", "Văn phòng", True),
            ):
                row = add_account(
                    name, role=Role.OFFICER, actor=OPERATOR, uow=uow, agency_id=bach.agency_id
                )
                row.unit, row.is_unit_head = unit, heads
            uow.commit()
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def sent(services: Services, tmp_path: Path) -> UUID:
    small_case(tmp_path / "case", code="H40.18.2025.61.QLCT")
    (made,) = submit(tmp_path / "case", actor=person(services, "bach"), services=services)
    do_all(services)
    return made


@pytest.fixture
def draft(services: Services) -> UUID:
    with services.unit_of_work() as uow:
        row = open_draft(uow.session, actor=person(services, "bach"))
        uow.commit()
        return row.id


def state(services: Services, submission_id: UUID) -> SubmissionState | None:
    with services.read_only() as session:
        return session.scalar(select(Submission.state).where(Submission.id == submission_id))


@pytest.mark.parametrize("name", ["yen", "ha", "lan"])
def test_another_officer_neither_discards_nor_withdraws(
    services: Services, sent: UUID, draft: UUID, name: str
) -> None:
    actor = person(services, name)
    with pytest.raises(NotTheirWorkError, match="not-their-work"):
        drafts_acts.discard(services, draft, actor=actor)
    with pytest.raises(NotTheirWorkError):
        withdraw(services, sent, actor=actor)
    with pytest.raises(NotTheirWorkError):
        hand_over(services, draft, to=name, actor=actor)
    assert (state(services, sent), state(services, draft)) == ("checked", "draft")


@pytest.mark.parametrize("name", ["bach", "duc"])
def test_the_maker_and_the_head_of_the_unit_do(
    services: Services, sent: UUID, draft: UUID, name: str
) -> None:
    actor = person(services, name)
    drafts_acts.discard(services, draft, actor=actor)
    withdraw(services, sent, actor=actor)
    assert (state(services, sent), state(services, draft)) == ("withdrawn", None)


def test_pages_and_programs_refuse_it_too(
    app: Flask, services: Services, sent: UUID, draft: UUID
) -> None:
    client, program = browser_of(app, services, "yen"), program_of(app, services, "yen")
    assert post(client, f"/drafts/{draft}/discard").status_code == 403
    assert post(client, f"/submissions/{sent}/withdraw").status_code == 403
    assert program.post(f"/submissions/{sent}/withdraw").get_json()["code"] == "not-their-work"
    page = client.get(f"/submissions/{sent}").text
    assert "withdraw-dialog" not in page
    assert "hand-over" not in page


def test_what_is_handed_over_is_the_other_officers_too(
    app: Flask, services: Services, sent: UUID, draft: UUID
) -> None:
    client = browser_of(app, services, "bach")
    for identifier in (sent, draft):
        assert (
            'id="hand-over"' in client.get(f"/submissions/{identifier}", follow_redirects=True).text
        )
        assert post(client, f"/submissions/{identifier}/hand-over", to=" yen ").status_code == 303
    yen = person(services, "yen")
    with services.read_only() as session:
        told = select(Notice.kind).where(Notice.account_id == yen.account_id)
        assert list(session.scalars(told)) == ["submission-handed-over"] * 2
        assert session.get_one(Submission, sent).submitted_by == "bach"
    drafts_acts.discard(services, draft, actor=yen)
    withdraw(services, sent, actor=yen)


def test_what_is_handed_over_stands_with_the_other_officers_own(
    services: Services, sent: UUID, draft: UUID
) -> None:
    bach, yen = person(services, "bach"), person(services, "yen")
    lan = person(services, "lan")
    give_back(services, sent, Return(reason="Thiếu trang"), actor=lan)

    def own(actor: Actor) -> tuple[list[UUID], list[UUID], int]:
        mine = my_case_files(services, actor=actor, page_rows=50)
        with services.read_only() as session:
            count = count_to_do(session, actor=actor)
        return (
            [submission.id for submission in mine.returned],
            [my_draft.id for my_draft in mine.drafts],
            count,
        )

    (_, _, before), (_, _, none) = own(bach), own(yen)
    for identifier in (sent, draft):
        hand_over(services, identifier, to="yen", actor=bach)
    assert own(yen) == ([sent], [draft], none + 2)
    assert own(bach) == ([], [], before - 2)


def test_the_head_of_the_agency_hands_over_what_somebody_left(
    app: Flask, services: Services, sent: UUID
) -> None:
    head_of_agency(services)
    program = program_of(app, services, "giamdoc")
    answer = program.post(f"/submissions/{sent}/hand-over", json={"to": "ha"})
    assert answer.status_code == 200, answer.get_json()
    withdraw(services, sent, actor=person(services, "ha"))


@pytest.mark.parametrize("to", ["stranger", "binh", "hung", "nobody", ""])
def test_it_is_handed_to_officers_of_the_agency_alone(
    services: Services, sent: UUID, to: str
) -> None:
    with pytest.raises(HandOverToError, match="hand-over-to"):
        hand_over(services, sent, to=to, actor=person(services, "bach"))


def test_what_was_decided_is_handed_to_nobody(services: Services, sent: UUID) -> None:
    accept(services, sent, actor=person(services, "lan"))
    with pytest.raises(HandOverStateError, match="hand-over-state"):
        hand_over(services, sent, to="yen", actor=person(services, "bach"))


def test_the_command_hands_over_one_by_its_id_or_all_that_an_officer_has_open(
    services: Services, sent: UUID
) -> None:
    command = Command(services.settings.home)

    def handed(*line: object, by: str = "bach") -> Answer:
        return command.run("submission", "hand-over", *line, "--json", account=by)

    done = {"to": "yen", "submissions": [str(sent)]}
    assert handed("--of", "bach", "--to", "yen", by="duc").document == done
    assert handed("--of", "bach", "--to", "yen", by="duc").document["submissions"] == []
    assert handed(sent, "--to", "ha", by="ha").error["code"] == "not-their-work"
    assert handed(sent, "--to", "bach", by="yen").document["submissions"] == [str(sent)]
    for wrong in ((), (sent, "--of", "yen")):
        assert handed(*wrong, "--to", "yen").code == 2
    with services.read_only() as session:
        assert session.get_one(Submission, sent).keeper == "bach"
