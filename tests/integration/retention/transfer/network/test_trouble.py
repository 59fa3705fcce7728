"""What keeps a transfer from the other archive's server: told once to who asked, and in words."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.wrappers import Request, Response

from archive_service import messages
from archive_service.app import create_app
from archive_service.services import Services
from retention.transfer.disks import write as disks_write
from retention.transfer.disks.write import Onto
from retention.transfer.given import RegisterSendingIn, Withdrawal
from retention.transfer.network import exchange as network_exchange
from retention.transfer.network import send as network_send
from retention.transfer.network.client import PartnerServer, PartnerSilentError
from retention.transfer.network.exchange import EXCHANGE_JOB
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.register import answer as register_answer
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.damage.broken_network import BrokenNetwork, Fault
from tests.worlds.site import answering
from tests.worlds.transfer.networked import moved_to, networked, send
from tests.worlds.transfer.registers import to_send
from tests.worlds.transfer.replies import packed, shown
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
KINDS = ("transfer-not-heard", "transfer-not-sent")


def told(services: Services, account: str = "lan", *, lang: str = "vi") -> list[dict[str, Any]]:
    """Notices of what is in the way, read or not, the newest first."""
    archive = Command(services.settings.home)
    found = archive.ask("notice", "list", "--lang", lang, account=account)["notices"]
    return [one for one in found if one["kind"] in KINDS]


def asked(services: Services, times: int = 1) -> None:
    """The job that comes each quarter of an hour."""
    for _ in range(times):
        with services.writing() as session:
            services.jobs.add(session, EXCHANGE_JOB)
        do_all(services)


def token_is(two: TwoArchives, token: bytes) -> None:
    """What the giver keeps as its token for the historical archive."""
    partners_acts.change(
        two.giver, HISTORICAL_CODE, PartnerGiven(PartnerFacts(), token=token), actor=OPERATOR
    )


def read_all(services: Services) -> None:
    Command(services.settings.home).ask("notice", "read", "--all", account="lan")


def marked(services: Services) -> tuple[bool, bool]:
    """Whether the list on the terminal and that of the pages tell that something is in the way."""
    terminal = Command(services.settings.home).run("transfer", "list", account="lan").stdout
    page = browser_of(create_app(services), services, "lan").get("/nop-luu").text
    words = messages.text("pages.transfers.troubled")
    return words.lower() in terminal, words in page


def test_who_sent_a_register_is_told_once_of_what_refuses_it(two: TwoArchives) -> None:
    row = to_send(two, *BOTH)
    ours = two.giver.settings.archive.code
    with networked(two) as url:
        token = partners_acts.make_token(two.receiver, ours, actor=OPERATOR)  # ours has ended
        lan = person(two.giver, "lan")
        network_exchange.send_register(
            two.giver, row, RegisterSendingIn(to=HISTORICAL_CODE), actor=lan
        )
        asked(two.giver, times=2)
        (only,) = told(two.giver)
        assert (only["kind"], only["href"]) == ("transfer-not-heard", f"/nop-luu/{row}")
        assert messages.error("token-refused").message.rstrip(".") in only["text"]
        assert "stuck" in told(two.giver, lang="en")[0]["text"]
        assert told(two.giver, "hung") == []
        assert marked(two.giver) == (True, True)
        read_all(two.giver)
        asked(two.giver)
        moved_to(two.giver, _nobody())  # a server that is silent for a while ends no refusal
        asked(two.giver)
        moved_to(two.giver, url)
        asked(two.giver)
        assert len(told(two.giver)) == 1
        token_is(two, token.encode())
        no = PartnerGiven(PartnerFacts(gives=False, receives=True))
        partners_acts.change(two.receiver, ours, no, actor=OPERATOR)
        asked(two.giver, times=2)  # another refusal
        newer, older = told(two.giver)
        assert newer["facts"]["facts"]["said"] != older["facts"]["facts"]["said"]
        assert newer["read_at"] is None
        yes = PartnerGiven(PartnerFacts(gives=True))
        partners_acts.change(two.receiver, ours, yes, actor=OPERATOR)
        asked(two.giver)  # it is there: nobody has to read that it was not
        assert [entry["read_at"] is None for entry in told(two.giver)] == [False, False]
        assert marked(two.giver) == (False, False)
        partners_acts.change(two.receiver, ours, no, actor=OPERATOR)
        asked(two.giver, times=2)  # the same as before, but all went well between
        assert [entry["read_at"] is None for entry in told(two.giver)] == [True, False, False]


def test_who_sent_packages_is_told_of_each_try_that_was_asked_for(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    ours = two.giver.settings.archive.code
    with networked(two):
        token = partners_acts.make_token(two.receiver, ours, actor=OPERATOR)
        for count in (1, 2):
            send(two, row)
            found = told(two.giver)
            assert [entry["kind"] for entry in found] == ["transfer-not-sent"] * count
            assert [entry["read_at"] is None for entry in found] == [True] + [False] * (count - 1)
        token_is(two, token.encode())
        send(two, row)
        assert [entry["read_at"] is None for entry in told(two.giver)] == [False, False]


def stopped_before_it_asks(two: TwoArchives, row: UUID, away: Path) -> None:
    """Packages are sent, and something they need here goes away before the job looks."""
    elsewhere = away.with_name("elsewhere")
    lan = person(two.giver, "lan")
    network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan)
    away.rename(elsewhere)
    do_all(two.giver)
    elsewhere.rename(away)


def test_who_sent_packages_is_told_of_what_stops_them_before_anybody_is_asked(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    token = two.giver.settings.home / "keys" / "partners" / f"{HISTORICAL_CODE}.token"
    with networked(two):
        for count, (away, code) in enumerate(
            (
                (token, "partner-token"),
                (tmp_path / "out" / "manifest.xml", "transfer-built-damaged"),
            ),
            start=1,
        ):
            stopped_before_it_asks(two, row, away)
            newest, *older = told(two.giver)
            assert (newest["kind"], newest["facts"]["error"]) == ("transfer-not-sent", code)
            assert (newest["read_at"], len(older)) == (None, count - 1)
            said = messages.error(code, facts=newest["facts"]["facts"]).message
            assert said.rstrip(".") in newest["text"]
        retried(two.giver)  # nobody asked anew: that they went is enough
        assert shown(two.giver, row).state == "sent"
        assert [entry for entry in told(two.giver) if entry["read_at"] is None] == []


@pytest.mark.parametrize("way", ["withdrawn", "by disk"])
def test_what_goes_no_more_or_another_way_is_nobodys_trouble(
    two: TwoArchives, tmp_path: Path, way: str
) -> None:
    row = packed(two, tmp_path, *BOTH)
    token = two.giver.settings.home / "keys" / "partners" / f"{HISTORICAL_CODE}.token"
    lan = person(two.giver, "lan")
    with networked(two):
        stopped_before_it_asks(two, row, token)
        assert [entry["read_at"] for entry in told(two.giver)] == [None]
        if way == "withdrawn":
            register_answer.withdraw(two.giver, row, Withdrawal(reason="Lập lại"), actor=lan)
        else:
            disks_write.send(two.giver, row, Onto(tmp_path / "disk"), actor=lan)
        assert [entry["read_at"] is None for entry in told(two.giver)] == [False]
        assert network_exchange.trouble_of(two.giver, row, actor=lan) is None


def retried(services: Services) -> None:
    """The job that stopped has another life."""
    archive = Command(services.settings.home)
    jobs = archive.ask("job", "list", "--state", "failed")["jobs"]
    newest, *_ = (job["id"] for job in jobs if job["name"] == "send-transfer")
    archive.ask("job", "retry", newest)
    do_all(services)


def _nobody() -> str:
    """An address at which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def other_site() -> Iterator[str]:
    """A server that is no archive; some of it is broken."""

    @Request.application
    def answer(request: Request) -> Response:
        return Response("<p>Cổng</p>", status=502 if request.path.startswith("/502") else 200)

    with answering(answer) as url:
        yield url


def silence(url: str, timeout_s: float = 30) -> str:
    """Why it is silent, told in neither language by the name of a class."""
    server = PartnerServer(url, token="ma", timeout_s=timeout_s)
    with closing(server), pytest.raises(PartnerSilentError) as silent:
        server.standing(uuid4())
    reason = str(silent.value.facts["reason"])
    for lang in messages.LANGUAGES:
        words = messages.has(f"labels.partner-silence.{reason.partition(':')[0]}", lang)
        said = messages.error("partner-silent", lang, silent.value.facts).message
        assert (words, "Error" in said, "{" in said) == (True, False, False)
    return reason


def test_a_server_that_is_silent_is_told_by_its_cause() -> None:
    assert silence(_nobody()) == "no-connection"
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        assert silence(f"http://127.0.0.1:{deaf.getsockname()[1]}", 0.2) == "timed-out"
    with other_site() as url:
        assert silence(url) == "not-ours"
        assert silence(f"{url}/502") == "http:502"
        assert silence(url.replace("http:", "https:")) == "not-secure"
        with BrokenNetwork(url, Fault.CUT, 1) as network:
            assert silence(network.url) == "cut"
