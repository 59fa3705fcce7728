"""Letters of notices: one a person and period, sent once, never lost with the server."""

import datetime as dt
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.domain.keeping.job import Schedule
from archive_service.domain.people.account import Account, MailDigest
from archive_service.domain.people.incident import Incident, IncidentSeverity
from archive_service.domain.people.notice import MailRun, Notice
from archive_service.notices import inbox
from archive_service.notices.contact import Contact, change_account, change_own
from archive_service.notices.digest import Post, is_turn
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.notices.mail_job import MAIL_JOB, MAIL_REFUSED, MAIL_SILENT, post_of
from archive_service.services import Services
from archive_service.worker import run_one
from tests.integration.archive_service.notices.letters import (
    BACH,
    LAN,
    archive,
    by,
    home,
    office,
    services,
    tell,
)
from tests.worlds.archive import OPERATOR, person
from tests.worlds.servers.post_office import PostOffice, dropping_amid_data

__all__ = ["archive", "home", "office", "services"]  # fixtures

MONDAY = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)  # 08:00 in Việt Nam


def send(services: Services) -> None:
    """One run of the job; letters that wait are due at once."""
    with services.writing() as session:
        session.execute(update(MailRun).values(next_at=clock.now()))
        services.jobs.add(session, MAIL_JOB)
    assert run_one(services, names=[MAIL_JOB]) == "done"


def an_hour_later(services: Services) -> None:
    with services.writing() as session:
        for run in session.scalars(select(MailRun)):
            run.made_at -= dt.timedelta(hours=1)


def runs(services: Services) -> list[MailRun]:
    with services.read_only() as session:
        return list(session.scalars(select(MailRun).order_by(MailRun.made_at, MailRun.id)))


def unsent(services: Services) -> int:
    with services.read_only() as session:
        return len(session.scalars(select(Notice).where(Notice.mailed_at.is_(None))).all())


def troubles(services: Services) -> list[tuple[str, str]]:
    with services.read_only() as session:
        rows = session.scalars(select(Incident).where(Incident.closed_at.is_(None)))
        return [(row.kind, row.subject) for row in rows]


def test_one_letter_holds_all_that_is_unread(services: Services, office: PostOffice) -> None:
    for number in range(5):
        tell(services, "bach", number=number)
    tell(services, "lan", "hung")
    send(services)
    assert sorted(email_message["To"] for email_message in office.taken) == [BACH, LAN]
    assert office.text_to(BACH).count("\n- ") == 5
    assert unsent(services) == 1  # Hùng has no address
    send(services)
    assert len(office.taken) == 2


def test_what_comes_after_the_letter_waits_for_the_next_period(
    services: Services, office: PostOffice
) -> None:
    tell(services, "bach")
    send(services)
    tell(services, "bach", number=2)
    send(services)
    assert len(office.taken) == 1
    an_hour_later(services)
    send(services)
    assert len(office.taken) == 2


def test_what_is_urgent_goes_at_once_and_is_gathered(
    services: Services, office: PostOffice
) -> None:
    with services.writing() as session:
        session.execute(update(Account).values(mail_digest=MailDigest.NONE))
    tell(services, "bach", number=1)
    send(services)
    assert office.taken == []
    tell(services, "bach", number=2, urgent=True)
    send(services)
    tell(services, "bach", number=3, urgent=True)
    send(services)
    assert len(office.taken) == 1
    assert "H40.18.2025.02.QLCT" in office.text_to(BACH)


def test_an_alarm_reaches_who_may_see_to_it_at_once(services: Services, office: PostOffice) -> None:
    def trouble(severity: IncidentSeverity) -> None:
        with services.writing() as session:
            open_incident(session, "fixity-damage", "kho1", severity=severity)

    trouble(IncidentSeverity.WARNING)
    send(services)
    assert office.taken == []
    trouble(IncidentSeverity.ALARM)
    send(services)
    assert [email_message["To"] for email_message in office.taken] == [LAN], (
        "Bách, an officer, answers for no incident"
    )
    assert "kho1" in office.text_to(LAN)
    with services.read_only() as session:
        (notice,) = session.scalars(select(Notice).where(Notice.mailed_at.is_not(None)))
        told = set(session.scalars(select(Notice.account_id)))
        assert told == set(inbox.named(session, ("lan", "mai", "hung", "quantri")))
        assert notice.href.startswith("/system/incidents#incident-")
        assert "kho1" in inbox.sentence(notice, "vi")
    trouble(IncidentSeverity.ALARM)
    send(services)
    assert len(office.taken) == 1, "the same trouble is told once"
    with services.writing() as session:
        close_incident(session, "fixity-damage", "kho1")
    with services.read_only() as session:
        assert session.scalars(select(Notice).where(Notice.read_at.is_(None))).all() == []


def test_what_is_read_is_not_sent(services: Services, office: PostOffice) -> None:
    tell(services, "bach")
    with services.writing() as session:
        session.execute(update(Notice).values(read_at=clock.now()))
    send(services)
    assert office.taken == []


def test_a_disabled_account_is_sent_nothing(services: Services, office: PostOffice) -> None:
    tell(services, "bach")
    with services.writing() as session:
        session.execute(update(Account).where(Account.name == "bach").values(active=False))
    send(services)
    assert office.taken == []


def another_address(services: Services, *addresses: str, by_name: str = OPERATOR.account) -> None:
    """Bách's address becomes each of these, one after the other."""
    for address in addresses:
        with services.unit_of_work() as uow:
            contact = Contact(email=address)
            if by_name == "bach":
                change_own(contact, actor=person(services, by_name), uow=uow)
            else:
                change_account("bach", contact, actor=OPERATOR, uow=uow)
            uow.commit()


@pytest.mark.parametrize("by_name", [OPERATOR.account, "bach"])
def test_the_address_that_is_left_is_told_so_and_of_nothing_else(
    services: Services, office: PostOffice, by_name: str
) -> None:
    tell(services, "bach")
    another_address(services, "moi@sonlam.example", "khac@sonlam.example", by_name=by_name)
    for _ in range(4):
        send(services)
    by_address = {letter["To"]: office.text_to(letter["To"]) for letter in office.taken}
    assert set(by_address) == {BACH, "moi@sonlam.example", "khac@sonlam.example"}
    for left in (BACH, "moi@sonlam.example"):
        assert left in by_address[left]
        assert by_name in by_address[left]
        assert "H40.18" not in by_address[left]
    assert "H40.18" in by_address["khac@sonlam.example"]
    assert len(office.taken) == 3, "each once"
    assert unsent(services) == 0


@pytest.mark.parametrize(("by_name", "told"), [(OPERATOR.account, 1), ("bach", 0)])
def test_a_first_address_that_another_set_is_told_to_the_owner(
    services: Services, by_name: str, told: int
) -> None:
    with services.writing() as session:
        session.execute(update(Account).where(Account.name == "bach").values(email=""))
    another_address(services, "la@sonlam.example", by_name=by_name)
    with services.read_only() as session:
        found = session.scalars(select(Notice).where(Notice.kind == "mail-address-set")).all()
    assert [one.facts["set"] for one in found] == ["la@sonlam.example"] * told


def test_an_address_taken_away_is_told_and_what_waits_for_it_stays_unsent(
    services: Services, office: PostOffice
) -> None:
    office.data[BACH] = "451 come again"
    tell(services, "bach", urgent=True)
    send(services)
    another_address(services, "")
    office.data.clear()
    send(services)
    send(services)
    assert [letter["To"] for letter in office.taken] == [BACH]
    assert "H40.18" not in office.text_to(BACH)
    assert unsent(services) == 1


def test_an_address_that_takes_no_letter_any_more_is_tried_once(
    services: Services, office: PostOffice
) -> None:
    office.rcpt[BACH] = "550 nobody here"
    another_address(services, "moi@sonlam.example")
    for _ in range(3):
        send(services)
    assert [(run.address, run.outcome) for run in runs(services)] == [(BACH, "refused")]


def test_without_a_server_nothing_is_made_and_nothing_is_wrong(services: Services) -> None:
    tell(services, "bach")
    send(by(services, "none:"))
    assert runs(services) == []
    assert troubles(services) == []


def test_a_refused_address_is_told_to_people_and_tried_again_in_the_next_period(
    services: Services, office: PostOffice
) -> None:
    office.rcpt[BACH] = "550 no such person"
    tell(services, "bach", "lan")
    send(services)
    assert [email_message["To"] for email_message in office.taken] == [LAN]
    assert troubles(services) == [(MAIL_REFUSED, "bach")]
    assert unsent(services) == 1
    send(services)
    assert office.tried.count(BACH) == 1
    office.rcpt.clear()
    an_hour_later(services)
    send(services)
    assert unsent(services) == 0
    assert troubles(services) == []


def test_a_letter_that_is_not_taken_now_keeps_its_id_and_is_tried_again(
    services: Services, office: PostOffice
) -> None:
    office.data[BACH] = "451 come again"
    tell(services, "bach", "lan")
    send(services)
    assert [email_message["To"] for email_message in office.taken] == [LAN]
    assert troubles(services) == []
    [waiting] = [run for run in runs(services) if run.ended_at is None]
    assert waiting.reply == "451 come again"
    office.data.clear()
    send(services)
    assert office.taken[-1]["Message-ID"].startswith(f"<{waiting.id}@")


def test_a_letter_tried_just_now_waits_before_the_next_try(
    services: Services, office: PostOffice
) -> None:
    office.data[BACH] = "451 come again"
    tell(services, "bach")
    send(services)
    with services.writing() as session:
        services.jobs.add(session, MAIL_JOB)
    run_one(services, names=[MAIL_JOB])
    assert office.tried == [BACH]


def test_a_silent_server_is_one_incident_that_ends_when_it_answers(
    services: Services, office: PostOffice
) -> None:
    tell(services, "bach", "lan")
    with dropping_amid_data() as (url, heard):
        send(by(services, url))
        send(by(services, url))
    assert len(heard) == 2  # one a run: the others would wait for the same server
    assert troubles(services) == [(MAIL_SILENT, "mail")]
    assert unsent(services) == 2
    send(services)
    assert len(office.taken) == 2
    assert unsent(services) == 0
    assert troubles(services) == []


def test_what_is_told_anew_while_its_letter_waits_is_sent_again(
    services: Services, office: PostOffice
) -> None:
    tell(services, "bach")
    send(services)
    with services.writing() as session:
        inbox.tell(
            session,
            "submission-returned",
            to=inbox.named(session, ["bach"]),
            subject_id=UUID(int=1),
            facts={"code": "H40.18.2025.01.QLCT", "reason": "sai ngày"},
        )
    an_hour_later(services)
    send(services)
    assert len(office.taken) == 2
    assert "sai ngày" in office.text_to(BACH)


KILLED = """
import os, sys
from dataclasses import replace
from pathlib import Path
from archive_service.worker import run_one
from tests.worlds.archive import open_home
from tests.integration.archive_service.notices.letters import by

class Dying:
    is_used = True
    def __init__(self, real): self.real = real
    def send(self, letter):
        if sys.argv[3] == "after":
            self.real.send(letter)
        os.kill(os.getpid(), 9)

with open_home(Path(sys.argv[1])) as services:
    services = by(services, sys.argv[2])
    run_one(replace(services, mailer=Dying(services.mailer)), names=["send-mail"])
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_job_killed_around_the_sending_sends_the_same_letter_again(
    home: Path, services: Services, office: PostOffice, when: str
) -> None:
    """What was not recorded as sent goes again under the same id: the reader's server sees that."""
    tell(services, "bach")
    with services.writing() as session:
        services.jobs.add(session, MAIL_JOB)
    command = [sys.executable, "-c", KILLED, str(home), office.url, when]
    assert subprocess.run(command, check=False).returncode == -9
    assert len(office.taken) == (when == "after")
    assert unsent(services) == 1
    services.jobs.reclaim_dead()
    with services.writing() as session:
        session.execute(update(MailRun).values(next_at=clock.now()))
    assert run_one(services, names=[MAIL_JOB]) == "done"
    assert len({email_message["Message-ID"] for email_message in office.taken}) == 1
    assert unsent(services) == 0
    taken = len(office.taken)
    send(services)
    assert len(office.taken) == taken


def test_letters_are_sent_by_the_schedule(services: Services) -> None:
    with services.read_only() as session:
        assert session.get(Schedule, MAIL_JOB) is not None


def test_a_day_off_of_the_calendar_is_no_working_day(services: Services) -> None:
    is_working_day = post_of(services).is_working_day
    assert is_working_day(dt.date(2026, 9, 1)) or is_working_day(dt.date(2026, 9, 3))
    assert not is_working_day(dt.date(2026, 9, 2))
    assert not is_working_day(dt.date(2026, 3, 1))  # a Sunday


POST = Post("luutru@sonlam.example", "Lưu trữ", dt.time(7, 30))


@pytest.mark.parametrize(
    ("digest", "before", "now", "turn"),
    [
        (MailDigest.DAY, None, MONDAY, True),
        (MailDigest.DAY, MONDAY - dt.timedelta(days=3), MONDAY, True),
        (MailDigest.DAY, MONDAY, MONDAY + dt.timedelta(hours=5), False),
        (MailDigest.DAY, None, MONDAY - dt.timedelta(hours=1), False),  # 07:00
        (MailDigest.DAY, None, MONDAY - dt.timedelta(days=1), False),  # Sunday
        (MailDigest.HOUR, None, MONDAY, True),
        (MailDigest.HOUR, MONDAY, MONDAY + dt.timedelta(minutes=59), False),
        (MailDigest.HOUR, MONDAY, MONDAY + dt.timedelta(minutes=60), True),
        (MailDigest.NONE, None, MONDAY, False),
    ],
)
def test_a_period_begins_by_the_clock_on_the_wall(
    digest: MailDigest, before: dt.datetime | None, now: dt.datetime, *, turn: bool
) -> None:
    assert is_turn(digest, before, now, POST) is turn
