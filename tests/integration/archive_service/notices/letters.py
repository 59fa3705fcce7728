"""Letters that go out to people."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from archive_service.bootstrap import open_mailer
from archive_service.domain.people.account import Account, MailDigest
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.notice import MailRun, Notice
from archive_service.notices import inbox
from archive_service.services import Services
from tests.worlds.archive import new_home, open_home
from tests.worlds.servers.post_office import PostOffice, post_office

BACH, LAN = "bach@sonlam.example", "lan@sonlam.example"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_home(tmp_path_factory.mktemp("mail") / "home")


@pytest.fixture(scope="module")
def archive(home: Path) -> Iterator[Services]:
    with open_home(home) as services:
        yield services


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def services(archive: Services, office: PostOffice) -> Services:
    """No notices, no letters; Bách and Lan are told each hour, by the server of this test."""
    with archive.writing() as session:
        for table in (Notice, MailRun, Incident):
            session.execute(delete(table))
        session.execute(update(Account).values(email="", mail_digest=MailDigest.HOUR))
        for name, address in (("bach", BACH), ("lan", LAN)):
            named = update(Account).where(Account.name == name)
            session.execute(named.values(email=address, mail_urgent=True, active=True))
    return by(archive, office.url)


def by(services: Services, url: str) -> Services:
    mail = services.settings.mail.model_copy(update={"url": url, "silent_after_s": 0})
    return replace(
        services,
        settings=services.settings.model_copy(update={"mail": mail}),
        mailer=open_mailer(mail),
    )


def tell(services: Services, *names: str, number: int = 1, urgent: bool = False) -> None:
    with services.writing() as session:
        inbox.tell(
            session,
            "submission-returned",
            to=inbox.named(session, names),
            subject_id=UUID(int=number),
            facts={"code": f"H40.18.2025.{number:02}.QLCT", "reason": "thiếu chữ ký"},
            urgent=urgent,
        )
