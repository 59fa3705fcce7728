"""Letters over TLS: to the server that its certificate proves, and to no other."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import delete, select, update

from archive_service import clock
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Account, MailDigest
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.notice import MailRun, Notice
from archive_service.notices.mail import MailCertificateError, MailUnavailableError
from archive_service.notices.mail_job import MAIL_JOB, MAIL_SILENT
from archive_service.notices.smtp import SmtpMailer
from archive_service.services import Services
from archive_service.worker import run_one
from tests.integration.archive_service.notices.certificates import DAY, TestAuthority
from tests.integration.archive_service.notices.letters import BACH, by, tell
from tests.worlds.archive import new_home, open_home
from tests.worlds.servers.post_office import PostOffice, post_office

PASSWORD = "mot-hai-ba-bon-nam"
Office = Callable[[TestAuthority], PostOffice]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("tls") / "home")) as services:
        yield services


@pytest.fixture
def services(archive: Services) -> Services:
    """No letters, no incidents; Bách is told each hour."""
    with archive.writing() as session:
        for table in (Notice, MailRun, Incident):
            session.execute(delete(table))
        session.execute(update(Account).values(email="", mail_digest=MailDigest.HOUR))
        session.execute(update(Account).where(Account.name == "bach").values(email=BACH))
    return archive


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    return TestAuthority.make(tmp_path / "ca")


@pytest.fixture(params=["starttls", "smtps"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def served(way: str, context: object) -> dict[str, object]:
    """How aiosmtpd is told to speak TLS this way."""
    if way == "smtps":
        return {"ssl_context": context}
    return {"tls_context": context, "require_starttls": True}


def asked(way: str, url: str, ca: Path | None = None) -> str:
    told = ["starttls=true"] if way == "starttls" else []
    told += [f"ca={ca}"] if ca else []
    return f"{url}?{'&'.join(told)}" if told else url


def send(services: Services, url: str) -> None:
    used = by(services, url)
    with used.writing() as session:
        session.execute(update(MailRun).values(next_at=clock.now()))
        used.jobs.add(session, MAIL_JOB)
    assert run_one(used, names=[MAIL_JOB]) == "done"


def unsent(services: Services) -> int:
    with services.read_only() as session:
        return len(session.scalars(select(Notice).where(Notice.mailed_at.is_(None))).all())


def test_a_server_that_our_authority_vouches_for_gets_the_letter(
    services: Services, authority: TestAuthority, way: str
) -> None:
    tell(services, "bach")
    with post_office(**served(way, authority.server())) as office:
        send(services, asked(way, office.url, authority.root))
        assert [email_message["To"] for email_message in office.taken] == [BACH]
    assert unsent(services) == 0


@pytest.mark.parametrize("wrong", ["unknown", "name", "over"])
def test_a_wrong_certificate_is_told_and_the_letter_waits(
    services: Services, authority: TestAuthority, tmp_path: Path, way: str, wrong: str
) -> None:
    other = TestAuthority.make(tmp_path / "other")
    context = {
        "unknown": other.server(),
        "name": authority.server("127.0.0.2"),
        "over": authority.server(until=clock.now() - DAY),
    }[wrong]
    tell(services, "bach")
    with post_office(**served(way, context)) as office:
        url = asked(way, office.url, authority.root)
        mailer = SmtpMailer(url, sender="luutru@sonlam.example", timeout_s=10)
        with pytest.raises(MailCertificateError, match=r"certificate|mismatch|expired"):
            mailer.ask()
        send(services, url)
        assert (office.taken, office.tried) == ([], [])
    assert unsent(services) == 1
    with services.read_only() as session:
        (incident,) = session.scalars(select(Incident).where(Incident.closed_at.is_(None)))
        assert incident.kind == MAIL_SILENT
        assert incident.facts["reason"]
    with post_office(**served(way, authority.server())) as office:
        send(services, asked(way, office.url, authority.root))
        assert len(office.taken) == 1
    assert unsent(services) == 0
    with services.read_only() as session:
        assert session.scalars(select(Incident).where(Incident.closed_at.is_(None))).all() == []


def test_without_its_authority_a_server_is_not_trusted(
    authority: TestAuthority, tmp_path: Path, way: str
) -> None:
    with post_office(**served(way, authority.server())) as office:
        for ca in (None, tmp_path / "missing.pem"):
            url = asked(way, office.url, ca)
            with pytest.raises(MailUnavailableError):
                SmtpMailer(url, sender="a@b.example", timeout_s=10).ask()
        assert office.tried == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the line is encrypted from its beginning
def test_the_password_goes_to_the_server_alone(
    services: Services,
    authority: TestAuthority,
    way: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[object] = []

    def judge(*given: object) -> AuthResult:
        heard.append(given[-1])
        said = f"535 no such password {PASSWORD}"
        return AuthResult(success=False, handled=False, message=said)

    tell(services, "bach")
    told = served(way, authority.server()) | {"authenticator": judge, "auth_required": True}
    told |= {"auth_require_tls": way == "starttls"}
    with post_office(**told) as office:
        url = asked(way, office.url, authority.root).replace("://", f"://luutru:{PASSWORD}@")
        send(services, url)
        assert office.taken == []
    assert heard[0] == LoginPassword(b"luutru", PASSWORD.encode())
    with services.read_only() as session:
        kept = [repr(vars(row)) for table in (Incident, MailRun, Job, Notice)
                for row in session.scalars(select(table))]  # fmt: skip
    out = capsys.readouterr()
    for text in (*kept, out.out, out.err, caplog.text):
        assert PASSWORD not in text
    assert unsent(services) == 1
