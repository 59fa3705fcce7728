"""The register, its answer and what follows, between two archives over the network."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from archive_service import messages
from archive_service.app import create_app
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMedium,
    TransferMessage,
    TransferMessageKind,
)
from archive_service.errors import ArchiveError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.transfer.closing.close import close
from retention.transfer.given import Amendment, Approval, Decision, RegisterSendingIn, Withdrawal
from retention.transfer.messages.kept import newest_message
from retention.transfer.network import exchange as network_exchange
from retention.transfer.network.client import PartnerServer
from retention.transfer.network.exchange import EXCHANGE_JOB
from retention.transfer.packages import build as packages_build
from retention.transfer.papers.acts import papers_of
from retention.transfer.papers.minutes import countersign
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.receiving.decide import decide
from retention.transfer.register.acts import amend, approve
from retention.transfer.register.answer import withdraw
from retention.transfer.register.proposals import PROPOSE_JOB
from retention.transfer.register.send_answer import RegisterAnswerIn, answer_register
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, copy_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.damage.broken_network import BrokenNetwork, Fault
from tests.worlds.retention.dispositions import HEAD
from tests.worlds.site import listening
from tests.worlds.transfer.networked import acquaint, moved_to, networked, send
from tests.worlds.transfer.registers import to_send
from tests.worlds.transfer.replies import shown, states
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
WHY = "Không thuộc thành phần nộp lưu"


def asked(services: Services, job: str = EXCHANGE_JOB) -> None:
    """The job that comes now and then."""
    with services.writing() as session:
        services.jobs.add(session, job)
    do_all(services)


def sent(two: TwoArchives, row: UUID) -> None:
    lan = person(two.giver, "lan")
    network_exchange.send_register(two.giver, row, RegisterSendingIn(to=HISTORICAL_CODE), actor=lan)
    do_all(two.giver)


def both(two: TwoArchives, row: UUID) -> tuple[str, str]:
    """Its state at either side."""
    return shown(two.giver, row).state, shown(two.receiver, row).state


def notices(services: Services, account: str = "lan") -> list[str]:
    told = Command(services.settings.home).ask("notice", "list", account=account)
    return [notice["kind"] for notice in told["notices"] if notice["read_at"] is None]


def test_register_and_answer_go_by_themselves(two: TwoArchives, tmp_path: Path) -> None:
    row = to_send(two, *BOTH)
    with networked(two):
        sent(two, row)
        assert both(two, row) == ("registered", "registered")
        assert "transfer-announced" in notices(two.receiver)
        asked(two.giver)  # no answer yet
        assert both(two, row) == ("registered", "registered")
        there = person(two.receiver, "lan")
        answer_register(two.receiver, row, RegisterAnswerIn(declined={OPEN_CODE: WHY}), actor=there)
        assert "transfer-announced" not in notices(two.receiver)
        for _ in range(2):
            asked(two.giver)
            assert both(two, row) == ("answered", "answered")
            assert states(shown(two.giver, row)) == ["declined", "listed"]
        assert "transfer-answered" in notices(two.giver)
        with two.giver.read_only() as session:
            message = newest_message(
                session,
                session.get_one(Transfer, row),
                TransferMessageKind.REGISTER,
                TransferDirection.OUT,
            )
            assert message is not None
            assert message.delivered_at is not None
        lan = person(two.giver, "lan")
        packages_build.build(two.giver, row, folder=tmp_path / "out", actor=lan)
        send(two, row)
        told = shown(two.receiver, row)
        assert (told.state, states(told)) == ("received", ["declined", "arrived"])
        with two.receiver.read_only() as session:
            assert session.scalars(select(TransferMedium.packages)).all() == [1]
        there = person(two.receiver, "lan")
        decide(two.receiver, row, Decision(), actor=there)
        do_all(two.receiver)
        assert reply(two.receiver, row, actor=there).state == "replied"
        asked(two.giver)
        assert states(shown(two.giver, row)) == ["declined", "receipted"]


def test_a_register_that_the_other_archive_refuses_says_so_until_it_is_there(
    two: TwoArchives,
) -> None:
    row = to_send(two, *BOTH)
    archive = Command(two.giver.settings.home)
    page = browser_of(create_app(two.giver), two.giver, "lan")
    where = f"/nop-luu/{row}"
    with networked(two):
        ours = two.giver.settings.archive.code
        token = partners_acts.make_token(two.receiver, ours, actor=OPERATOR)  # ours has ended
        sent(two, row)
        said = messages.error("token-refused", "vi").message
        assert shown(two.giver, row).state == "registered"
        assert said in archive.run("transfer", "show", row, account="lan").stderr
        assert said in page.get(where).text
        given = PartnerGiven(PartnerFacts(), token=token.encode())
        partners_acts.change(two.giver, HISTORICAL_CODE, given, actor=OPERATOR)
        asked(two.giver)
        assert both(two, row) == ("registered", "registered")
        assert said not in archive.run("transfer", "show", row, account="lan").stderr
        assert said not in page.get(where).text


def test_an_amended_and_a_withdrawn_register_go_the_same_way(two: TwoArchives) -> None:
    row = to_send(two, *BOTH)
    lan = person(two.giver, "lan")
    with networked(two):
        sent(two, row)
        answer_register(two.receiver, row, RegisterAnswerIn(), actor=person(two.receiver, "lan"))
        amend(two.giver, row, Amendment(drop=[RESTRICTED_CODE]), actor=lan)
        asked(two.giver)  # a draft says nothing, and hears nothing
        assert both(two, row) == ("draft", "answered")
        approve(two.giver, row, Approval(), actor=person(two.giver, HEAD))
        sent(two, row)
        assert both(two, row) == ("registered", "registered")
        assert states(shown(two.receiver, row)) == ["listed"]
        withdraw(two.giver, row, Withdrawal(reason="Hoãn nộp"), actor=lan)
        for _ in range(2):
            asked(two.giver)
            assert both(two, row) == ("withdrawn", "withdrawn")
        assert shown(two.receiver, row).reason == "Hoãn nộp"


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.LOST, Fault.DOUBLED])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_request_that_is_cut_or_whose_answer_is_lost_is_made_again(
    two: TwoArchives, fault: Fault, at: int
) -> None:
    row = to_send(two, OPEN_CODE)
    there = person(two.receiver, "lan")
    with networked(two) as url, BrokenNetwork(url, fault, at) as network:
        moved_to(two.giver, network.url)
        sent(two, row)
        asked(two.giver)
        asked(two.giver)
        assert both(two, row) == ("registered", "registered")
        answer_register(two.receiver, row, RegisterAnswerIn(declined={OPEN_CODE: WHY}), actor=there)
        asked(two.giver)
        asked(two.giver)
        assert both(two, row) == ("answered", "answered")
        for services in (two.giver, two.receiver):
            assert shown(services, row).register_sequence == 1
            assert shown(services, row).answer_sequence == 1


def test_what_a_restored_archive_lost_is_told_again(two: TwoArchives, tmp_path: Path) -> None:
    row = to_send(two, OPEN_CODE)
    with networked(two):
        before = copy_home(two.receiver.settings.home, tmp_path / "before")
        sent(two, row)
        announced = copy_home(two.receiver.settings.home, tmp_path / "announced")
        answer_register(two.receiver, row, RegisterAnswerIn(), actor=person(two.receiver, "lan"))
        asked(two.giver)
    with open_home(before) as restored, listening(restored) as site:
        moved_to(two.giver, site.url)
        asked(two.giver)
        assert shown(restored, row).state == "registered"
        lan = person(two.giver, "lan")
        packages_build.build(two.giver, row, folder=tmp_path / "out", actor=lan)
        send(TwoArchives(two.giver, restored), row)
        assert states(shown(restored, row)) == ["arrived"]
    with open_home(announced) as restored, listening(restored) as site:
        moved_to(two.giver, site.url)
        assert shown(restored, row).state == "registered"
        asked(two.giver)
        do_all(restored)
        told = shown(restored, row)
        assert (told.state, states(told)) == ("received", ["arrived"])


def test_a_giver_that_is_rebuilt_asks_for_the_answer_all_the_same(two: TwoArchives) -> None:
    row = to_send(two, OPEN_CODE)
    with networked(two):
        sent(two, row)
        answer_register(two.receiver, row, RegisterAnswerIn(), actor=person(two.receiver, "lan"))
        rebuild(two.giver, actor=OPERATOR)
        assert shown(two.giver, row).state == "registered"
        asked(two.giver)
        assert both(two, row) == ("answered", "answered")


def test_doors_of_the_register(two: TwoArchives) -> None:
    row = to_send(two, OPEN_CODE)
    with networked(two) as url:
        sent(two, row)
        with two.giver.read_only() as session:
            kind, out = TransferMessageKind.REGISTER, TransferDirection.OUT
            message = newest_message(session, session.get_one(Transfer, row), kind, out)
            assert message is not None
            document = message.document.encode()
        token = partners_acts.token_for(two.giver, HISTORICAL_CODE)
        server = PartnerServer(url, token=token, timeout_s=20)
        asks: dict[str, Callable[[], object]] = {
            "delivery-other-giver": lambda: server.put_register(uuid4(), document),
            "delivery-no-answer": lambda: server.answer(row),
            "transfer-not-found": lambda: server.answer(uuid4()),
            "transfer-signature": lambda: server.put_register(
                row, document.replace(b'documents="', b'documents="1')
            ),
        }
        for code, ask in asks.items():
            with pytest.raises(ArchiveError) as refused:
                ask()
            assert refused.value.facts["said"] == code
        giver = two.giver.settings.archive.code
        told = Command(two.receiver.settings.home).ask("partner", "show", giver)
        no = PartnerFacts(gives=False, receives=True)
        drop = PartnerGiven(no, drop_agencies=told["agencies"])
        for change in (drop, PartnerGiven(PartnerFacts(gives=True))):
            partners_acts.change(two.receiver, giver, change, actor=OPERATOR)
        with pytest.raises(ArchiveError) as refused:
            server.put_register(row, document)
        assert refused.value.facts["said"] == "transfer-agency-not-its-own"
        server.close()
    moved_to(two.giver, "http://127.0.0.1:9")
    asked(two.giver)  # nobody is there: it is asked again later
    assert shown(two.giver, row).state == "registered"


def test_programs_send_and_answer_registers(two: TwoArchives) -> None:
    row = to_send(two, *BOTH)
    with networked(two):
        lan = program_of(create_app(two.giver), two.giver, "lan")
        at = f"/transfers/{row}/register-sending"
        unknown = lan.post(at, json={"to": "H40.97"})
        assert (unknown.status_code, unknown.get_json()["code"]) == (404, "partner-unknown")
        told = lan.post(at, json={"to": HISTORICAL_CODE, "number": "12/LT"})
        assert (told.status_code, told.get_json()["register_number"]) == (200, "12/LT")
        do_all(two.giver)
        there = program_of(create_app(two.receiver), two.receiver, "lan")
        found = there.get("/transfers?state=registered&direction=in").get_json()["transfers"]
        assert [entry["id"] for entry in found] == [str(row)]
        assert there.get("/transfers?late=true").get_json()["transfers"] == []
        said = {"declined": {OPEN_CODE: WHY}, "reason": "Nộp sớm"}
        told = there.post(f"/transfers/{row}/register-answer", json=said)
        assert (told.status_code, told.get_json()["state"]) == (200, "answered")
        told = lan.post(f"/transfers/{row}/exchange")
        assert (told.status_code, told.get_json()["answer_reason"]) == (200, "Nộp sớm")


def test_commands_send_registers_over_the_network(two: TwoArchives) -> None:
    row = to_send(two, OPEN_CODE)
    here, there = Command(two.giver.settings.home), Command(two.receiver.settings.home)
    with networked(two) as url:
        said = here.run("transfer", "send-register", row, "--to", url, account="lan")
        assert "qua mạng" in said.stderr
        do_all(two.giver)
        said = there.run("transfer", "answer-register", row, account="lan")
        assert "tự lấy về qua mạng" in said.stderr
        assert here.ask("transfer", "exchange", row, account="lan")["state"] == "answered"


def test_the_receiver_is_reminded_of_what_it_has_to_answer(two: TwoArchives) -> None:
    row = to_send(two, OPEN_CODE)
    with networked(two):
        sent(two, row)
        for services in (two.giver, two.receiver):
            with services.writing() as session:
                transfer = session.get_one(Transfer, row)
                transfer.answer_due = transfer.registered_on
            asked(services, PROPOSE_JOB)
        assert "transfer-unanswered" in notices(two.receiver)
        assert "transfer-answer-late" not in notices(two.receiver)
        assert "transfer-unanswered" not in notices(two.giver)
        assert "transfer-answer-late" not in notices(two.giver)  # it has the day itself
        answer_register(two.receiver, row, RegisterAnswerIn(), actor=person(two.receiver, "lan"))
        assert "transfer-unanswered" not in notices(two.receiver)


def replied_over(two: TwoArchives, folder: Path) -> UUID:
    """A transfer that went over the network, and whose reply was read."""
    row = to_send(two, *BOTH)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    sent(two, row)
    answer_register(two.receiver, row, RegisterAnswerIn(), actor=there)
    asked(two.giver)
    packages_build.build(two.giver, row, folder=folder, actor=lan)
    send(two, row)
    decide(two.receiver, row, Decision(), actor=there)
    do_all(two.receiver)
    reply(two.receiver, row, actor=there)
    asked(two.giver)
    return row


def test_minutes_that_are_signed_after_the_closing_reach_the_receiver(
    two: TwoArchives, tmp_path: Path
) -> None:
    with networked(two):
        row = replied_over(two, tmp_path / "out")
        lan = person(two.giver, "lan")
        close(two.giver, row, actor=lan)
        asked(two.giver)
        signed = countersign(two.giver, row, actor=lan)
        asked(two.giver)
        (there,) = (
            paper
            for paper in papers_of(two.receiver, row, actor=OPERATOR)
            if paper.kind == "minutes"
        )
        assert (there.sha256, len(there.signatures)) == (signed.sha256, 2)
        with two.giver.read_only() as session:
            assert not session.get_one(Transfer, row).minutes_untold


def test_a_reply_follows_by_itself_once_what_waited_is_stored(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = to_send(two, *BOTH)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    with networked(two):
        sent(two, row)
        answer_register(two.receiver, row, RegisterAnswerIn(), actor=there)
        asked(two.giver)
        packages_build.build(two.giver, row, folder=tmp_path / "out", actor=lan)
        send(two, row)
        decide(two.receiver, row, Decision(), actor=there)
        early = reply(two.receiver, row, actor=there)  # nothing is stored yet
        assert (early.state, early.reply.sequence) == ("decided", 1)
        do_all(two.receiver)
        told = shown(two.receiver, row)
        assert (told.state, told.reply_sequence, states(told)) == (
            "replied",
            2,
            ["stored", "stored"],
        )
        assert "transfer-replied-anew" in notices(two.receiver)
        asked(two.giver)
        assert states(shown(two.giver, row)) == ["receipted"] * 2
        papers = [paper.kind for paper in papers_of(two.giver, row, actor=OPERATOR) if paper.sha256]
        assert "minutes" in papers


def test_nothing_is_doubled_where_both_ways_are_taken(two: TwoArchives, tmp_path: Path) -> None:
    row = to_send(two, OPEN_CODE)
    with networked(two):
        sent(two, row)
        here = Command(two.giver.settings.home)
        here.ask("transfer", "send-register", row, "--to", tmp_path, account="lan")
        there = Command(two.receiver.settings.home)
        there.ask("transfer", "receive", tmp_path, account="lan")
        with two.receiver.read_only() as session:
            assert session.query(TransferItem).filter_by(transfer_id=row).count() == 1
            assert session.query(TransferMessage).filter_by(transfer_id=row).count() == 1
            (item,) = session.query(TransferItem).filter_by(transfer_id=row)
            assert item.state is TransferItemState.LISTED


def test_a_register_bound_to_one_archive_goes_to_no_other(two: TwoArchives) -> None:
    row = to_send(two, OPEN_CODE)
    with listening(two.receiver) as site:
        acquaint(two, site.url)
        sent(two, row)
        facts = PartnerFacts(name="Khác", receives=True, url=site.url)
        seal = [("seal.crt", two.receiver.signer().certificate.der)]
        other = PartnerGiven(facts, certificates=seal, token=b"x")
        partners_acts.add(two.giver, "H40.96", other, actor=OPERATOR)
        given, lan = RegisterSendingIn(to="H40.96"), person(two.giver, "lan")
        with pytest.raises(ArchiveError, match="transfer-other-partner"):
            network_exchange.send_register(two.giver, row, given, actor=lan)
