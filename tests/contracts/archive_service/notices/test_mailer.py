"""What ``Mailer`` promises: by none, and over SMTP to servers that take, refuse and hang up."""

import datetime as dt
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from archive_service.domain.people.notice import MailRun, Notice
from archive_service.notices.digest import MOST_IN_LETTER, Post, write_letter
from archive_service.notices.mail import (
    Letter,
    MailAddressError,
    MailDelayedError,
    MailRefusedError,
    MailUnavailableError,
    MailUrlError,
    NoMailer,
    require_address,
)
from archive_service.notices.smtp import SmtpMailer
from tests.worlds.servers.post_office import PostOffice, dropping_amid_data, post_office

TO = "bach@sonlam.example"
POST = Post(
    "luutru@sonlam.example", "Lưu trữ tỉnh Sơn Lam", dt.time(7, 30), "https://luutru.example"
)
NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def mailer(url: str, *, timeout_s: float = 10) -> SmtpMailer:
    return SmtpMailer(url, sender=POST.sender, timeout_s=timeout_s)


def notice(number: int = 1) -> Notice:
    facts = {"code": f"H40.18.2025.{number:02}.QLCT", "reason": "thiếu chữ ký <b>số</b>"}
    return Notice(kind="submission-returned", facts=facts, href="/submissions", urgent=False)


def letter(count: int = 1) -> Letter:
    run = MailRun(address=TO, notice_ids=[], made_at=NOW)
    return write_letter(run, [notice(number) for number in range(count)], "vi", POST)


def test_none_sends_nothing_and_says_so() -> None:
    assert NoMailer().is_used is False
    assert NoMailer().ask() == ""
    with pytest.raises(MailUnavailableError):
        NoMailer().send(letter())


def test_a_server_that_is_there_answers(office: PostOffice) -> None:
    assert mailer(office.url).is_used
    assert mailer(office.url).ask() == "answers"


def test_a_letter_arrives_in_vietnamese_in_text_and_html(office: PostOffice) -> None:
    sent = letter()
    assert mailer(office.url).send(sent) == "250 taken"
    [taken] = office.taken
    assert taken["Subject"] == "[Lưu trữ tỉnh Sơn Lam] Hồ sơ H40.18.2025.00.QLCT bị trả lại"
    assert taken["From"].addresses[0].display_name == "Lưu trữ tỉnh Sơn Lam"
    assert taken["Message-ID"] == sent.message_id
    assert "thiếu chữ ký <b>số</b>" in office.text_to(TO)
    page = taken.get_body(("html",))
    assert page is not None
    said = page.get_content()
    assert "thiếu chữ ký &lt;b&gt;số&lt;/b&gt;" in said
    assert 'href="https://luutru.example/submissions"' in said
    raw = bytes(sent.message)
    assert raw.isascii()


def test_a_letter_of_very_many_tells_the_first_and_counts_the_rest(office: PostOffice) -> None:
    mailer(office.url).send(letter(MOST_IN_LETTER + 7))
    said = office.text_to(TO)
    assert said.count("\n- ") == MOST_IN_LETTER
    assert "và 7 thông báo khác" in said


@pytest.mark.parametrize("moment", ["rcpt", "data"])
def test_a_refusal_for_good_is_told_apart_from_one_for_now(office: PostOffice, moment: str) -> None:
    getattr(office, moment)[TO] = "550 5.1.1 no such person"
    with pytest.raises(MailRefusedError, match="no such person"):
        mailer(office.url).send(letter())
    getattr(office, moment)[TO] = "451 4.7.1 greylisted"
    with pytest.raises(MailDelayedError, match="greylisted"):
        mailer(office.url).send(letter())
    assert office.taken == []


def test_a_connection_that_drops_amid_the_letter_is_no_answer() -> None:
    with dropping_amid_data() as (url, heard), pytest.raises(MailUnavailableError):
        mailer(url).send(letter())
    assert len(heard) == 1


def test_nobody_listening_is_no_answer() -> None:
    with pytest.raises(MailUnavailableError):
        mailer("smtp://127.0.0.1:1").ask()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_name_and_password_are_given_to_a_server_that_asks() -> None:
    heard: list[object] = []

    def judge(*given: object) -> AuthResult:
        heard.append(given[-1])
        return AuthResult(success=given[-1] == LoginPassword(b"luutru", b"mot hai"))

    with post_office(authenticator=judge, auth_required=True, auth_require_tls=False) as asking:
        known = asking.url.replace("://", "://luutru:mot%20hai@")
        with pytest.raises(MailUnavailableError):
            mailer(asking.url).send(letter())
        with pytest.raises(MailUnavailableError):
            mailer(asking.url.replace("://", "://luutru:wrong@")).send(letter())
        assert asking.taken == []
        mailer(known).send(letter())
        assert len(asking.taken) == 1


def test_encryption_that_was_asked_for_and_is_not_offered_sends_nothing(office: PostOffice) -> None:
    with pytest.raises(MailUnavailableError):
        mailer(f"{office.url}?starttls=true").send(letter())
    assert office.tried == []


@pytest.mark.parametrize(
    "url",
    [
        "smtp://user:pw@mail.example",
        "smtps://user:m%E1%BA%ADt@mail.example",
        "smtp://",
        "smtp://mail.example:port",
        "smtp://mail.example?tls=yes",
    ],
)
def test_an_address_of_a_server_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(MailUrlError):
        mailer(url)


@pytest.mark.parametrize(
    "address",
    [
        "bach@sonlam.example\nBcc: ai@khac.example",
        "bach@sonlam.example\r\n",
        "Bách <bach@sonlam.example>",
        "bach@sonlam.example,lan@sonlam.example",
        "bach@",
        "@sonlam.example",
        "bách@sonlam.example",
        "bach@son lam.example",
        "a" * 65 + "@sonlam.example",
        "bach@" + "sonlam." * 40 + "example",
    ],
)
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(MailAddressError):
        require_address(address)


def test_a_plain_address_is_kept_and_an_empty_one_is_none() -> None:
    assert require_address(" bach.tran+lt@sonlam.gov.vn ") == "bach.tran+lt@sonlam.gov.vn"
    assert require_address("  ") == ""
