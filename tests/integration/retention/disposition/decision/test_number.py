"""The number and day of a decision that was made before the agency numbered it."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.disposition import Disposition
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import work
from retention.disposition import acts as disposition_acts
from retention.disposition import execution
from retention.disposition.decision import acts as decision_acts
from retention.disposition.given import DecisionApproval, ListShown
from retention.disposition.papers.given import SignatureIn
from retention.disposition.papers.reading import ask_signature
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, program_of, session_token
from tests.worlds.command import Command
from tests.worlds.retention.destroyed import certificate_words, open_due
from tests.worlds.retention.dispositions import HEAD, otp_of, submitted

NUMBER = "41/QĐ-SCT"


@pytest.fixture
def decided(held_home: Path, tmp_path: Path) -> Iterator[tuple[Services, UUID]]:
    """A list whose destruction was decided on without a number, with its papers."""
    with open_due(held_home, tmp_path / "home", OPEN_CODE) as (services, secret):
        row = submitted(services, OPEN_CODE)
        head = person(services, HEAD)
        decision_acts.approve(services, row, DecisionApproval(otp=otp_of(secret)), actor=head)
        work(services, until_empty=True)
        yield services, row


def papers(services: Services, row: UUID) -> dict[tuple[str, int], str]:
    told = disposition_acts.show(services, row, actor=OPERATOR)
    return {(paper.form, paper.edition): paper.number for paper in told.papers}


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_papers_bear_the_number_that_came_after_the_decision(
    decided: tuple[Services, UUID],
) -> None:
    services, row = decided
    assert papers(services, row)["decision", 1] == ""
    execution.execute(services, row, ListShown(), actor=person(services, "lan"))
    work(services, until_empty=True)
    before = papers(services, row)
    assert NUMBER not in certificate_words(services, row)
    today = clock.today()
    lan = program_of(create_app(services), services, "lan")
    at = f"/dispositions/{row}/decision/number"
    for on in (today + dt.timedelta(days=1), today - dt.timedelta(days=1)):
        answer = lan.post(at, json={"number": NUMBER, "on": str(on)})
        assert refused(answer) == (422, "disposition-decision-day")
    answer = lan.post(at, json={"number": " ", "on": str(today)})
    assert refused(answer) == (422, "disposition-words")
    archive = Command(services.settings.home)
    note = ("disposition", "number", row, "--number", NUMBER, "--on")
    told = archive.ask(*note, str(today), account="lan")
    assert (told["decision_number"], told["decision_on"]) == (NUMBER, str(today))
    again = archive.ask(*note, str(today), account="lan")
    assert again["decision_number"] == NUMBER, "a second press changes nothing"
    other = lan.post(at, json={"number": "42/QĐ-SCT", "on": str(today)})
    assert refused(other) == (409, "disposition-numbered")
    work(services, until_empty=True)
    after = papers(services, row)
    assert before.items() <= after.items(), "what was issued stays"
    assert {key for key in after if key not in before} == {("decision", 2), ("certificate", 2)}
    assert after["decision", 2] == NUMBER
    assert f"Quyết định số {NUMBER} ngày {today:%d/%m/%Y}" in certificate_words(services, row)
    with services.read_only() as session:
        noted = select(AuditEvent).where(AuditEvent.tag == "disposition:numbered")
        (event,) = session.scalars(noted)
        assert (event.account, event.data["decision"]) == ("lan", NUMBER)
    rebuild(services, actor=OPERATOR)
    with services.read_only() as session:
        assert session.get_one(Disposition, row).decision_on == today


def test_a_decision_that_somebody_was_given_to_sign_stays_as_it_is(
    decided: tuple[Services, UUID],
) -> None:
    services, row = decided
    lan = person(services, "lan")
    ask_signature(services, row, "decision", SignatureIn(account=HEAD, with_seal=False), actor=lan)
    app = create_app(services)
    given = {"number": NUMBER, "on": str(clock.today())}
    at = f"/dispositions/{row}/decision/number"
    assert program_of(app, services, "lan").post(at, json=given).status_code == 200
    work(services, until_empty=True)
    assert papers(services, row)["decision", 1] == ""
    assert ("decision", 2) not in papers(services, row)


def test_nothing_is_numbered_before_it_is_decided(held_home: Path, tmp_path: Path) -> None:
    with open_due(held_home, tmp_path / "home", OPEN_CODE) as (services, _):
        row = submitted(services, OPEN_CODE)
        lan = program_of(create_app(services), services, "lan")
        given = {"number": NUMBER, "on": str(clock.today())}
        answer = lan.post(f"/dispositions/{row}/decision/number", json=given)
        assert refused(answer) == (409, "disposition-state")
        assert "Ghi số, ngày quyết định" in answer.get_json()["message"]


def test_the_page_asks_for_them_until_they_are_known(decided: tuple[Services, UUID]) -> None:
    services, row = decided
    clerk = browser_of(create_app(services), services, "lan")
    address = f"/dispositions/{row}"
    asked = clerk.get(address).text
    assert 'name="paper_number"' in asked
    ahead = (clock.today() + dt.timedelta(days=1)).isoformat()
    token = session_token(clerk)
    wrong = clerk.post(
        f"{address}/decision/number",
        data={"csrf_token": token, "paper_number": NUMBER, "paper_on": ahead},
    )
    assert wrong.status_code == 422
    assert 'aria-describedby="paper_on-note"' in wrong.text
    assert f'value="{NUMBER}"' in wrong.text
    noted = clerk.post(
        f"{address}/decision/number",
        data={"csrf_token": token, "paper_number": NUMBER, "paper_on": clock.today().isoformat()},
    )
    assert noted.status_code == 303
    shown = clerk.get(address).text
    assert NUMBER in shown
    assert 'name="paper_number"' not in shown
