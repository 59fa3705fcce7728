"""Minutes between two archives: the receiver seals them, the giver signs the same bytes."""

import io
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.app import create_app
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.errors import ArchiveError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.signing.pdf.validate import inspect_signatures
from retention.transfer.given import Decision
from retention.transfer.network.exchange import exchange
from retention.transfer.papers.acts import (
    TransferPaperMissingError,
    TransferPaperUndecidedError,
    TransferPaperUnknownError,
    make_paper,
    papers_of,
    read_paper,
)
from retention.transfer.papers.given import WordsIn
from retention.transfer.papers.minutes import (
    FILE,
    TransferMinutesUnfitError,
    countersign,
    take_signed,
)
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.receive import receive
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.damage.broken_network import BrokenNetwork, Fault
from tests.worlds.papers.printed_text import read
from tests.worlds.transfer.networked import moved_to, networked, send
from tests.worlds.transfer.replies import WRONG, decided, packed, replied, sent
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
FIELDS = ["ChuKyBenNhan", "ChuKyBenGiao"]


def test_both_archives_sign_the_same_bytes_and_keep_them(
    two: TwoArchives, tmp_path: Path, tools: ModuleType
) -> None:
    row = replied(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    sealed = (tmp_path / "disk" / FILE).read_bytes()
    taken = papers_of(two.giver, row, actor=lan)[-1]
    made = papers_of(two.receiver, row, actor=there)[-1]
    assert (taken.signatures, taken.sha256) == (made.signatures, made.sha256)
    assert take_signed(two.giver, row, sealed, actor=lan) == taken
    signed = countersign(two.giver, row, actor=lan)
    assert countersign(two.giver, row, actor=lan) == signed
    assert take_signed(two.giver, row, sealed, actor=lan) == signed
    _, both = read_paper(two.giver, row, "minutes", actor=lan)
    assert both.startswith(sealed)
    kept = take_signed(two.receiver, row, both, actor=there)
    assert take_signed(two.receiver, row, both, actor=there) == kept
    assert (kept.sha256, kept.signatures) == (signed.sha256, signed.signatures)
    assert kept.number == signed.number == "01/BBGN-NL"
    assert make_paper(two.receiver, row, "minutes", WordsIn(), actor=there) == kept
    letter = make_paper(two.receiver, row, "answer", WordsIn(), actor=there)
    assert (letter.number, len(letter.signatures)) == ("01/TLNL-LT", 1)
    reply(two.receiver, row, folder=tmp_path / "disk", actor=there)
    assert (tmp_path / "disk" / FILE).read_bytes() == both
    paper = tmp_path / "minutes.pdf"
    paper.write_bytes(both)
    reports = inspect_signatures(paper, two.giver.trust)
    assert [(report.field, report.trusted) for report in reports] == [
        (field, True) for field in FIELDS
    ]
    (verdict,) = tools.verapdf([paper])
    assert (verdict.passed, verdict.details) == (True, "")
    said = read(paper).replace(". ", ".")
    with two.receiver.read_only() as session:
        new_code = get_case_file(session, OPEN_CODE, actor=OPERATOR).arc_file_code
    assert new_code in said
    assert WRONG in said
    assert "01 hồ sơ có tệp chưa được quét mã độc" in said  # these archives have no scanner
    for archive in (two.giver, two.receiver):
        rebuild(archive, actor=OPERATOR)
        assert read_paper(archive, row, "minutes", actor=OPERATOR)[1] == both


def test_minutes_wait_until_all_is_decided_and_stored(two: TwoArchives, tmp_path: Path) -> None:
    row, there = sent(two, tmp_path, *BOTH), person(two.receiver, "lan")
    with pytest.raises(TransferPaperMissingError):
        countersign(two.giver, row, actor=person(two.giver, "lan"))
    receive(two.receiver, tmp_path / "disk", actor=there)
    do_all(two.receiver)
    decide(two.receiver, row, Decision(returned={RESTRICTED_CODE: WRONG}), actor=there)
    with pytest.raises(TransferPaperUndecidedError):
        make_paper(two.receiver, row, "minutes", WordsIn(), actor=there)
    reply(two.receiver, row, folder=tmp_path / "back", actor=there)
    assert not (tmp_path / "back" / FILE).exists()
    do_all(two.receiver)
    reply(two.receiver, row, folder=tmp_path / "back", actor=there)
    assert (tmp_path / "back" / FILE).exists()
    with pytest.raises(TransferPaperUnknownError):
        countersign(two.receiver, row, actor=there)


def test_minutes_that_do_not_fit_are_refused_and_the_reply_is_taken(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, disk = sent(two, tmp_path, OPEN_CODE), tmp_path / "disk"
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    decided(two, row, disk)
    reply(two.receiver, row, folder=disk, actor=there)
    sealed = (disk / FILE).read_bytes()
    make_paper(two.giver, row, "media", WordsIn(), actor=lan)
    _, other = read_paper(two.giver, row, "media", actor=lan)
    flipped = bytearray(sealed)
    flipped[1000] ^= 1
    (disk / FILE).write_bytes(flipped)
    with pytest.raises(TransferMinutesUnfitError) as refused:
        read_replies(two.giver, disk, actor=lan)
    assert refused.value.facts["reason"] == "altered"
    for data, reason in ((b"%PDF-1.7", "unsigned"), (other, "unsigned")):
        with pytest.raises(TransferMinutesUnfitError) as refused:
            take_signed(two.giver, row, data, actor=lan)
        assert refused.value.facts["reason"] == reason
    take_signed(two.giver, row, sealed, actor=lan)
    countersign(two.giver, row, actor=lan)
    for data in (b"%PDF-1.7", sealed[:-10], other):
        with pytest.raises(TransferMinutesUnfitError):
            take_signed(two.receiver, row, data, actor=there)
    assert papers_of(two.receiver, row, actor=there)[-1].edition == 1


def test_where_certificates_are_pinned_no_other_signs_minutes(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, disk, lan = sent(two, tmp_path, OPEN_CODE), tmp_path / "disk", person(two.giver, "lan")
    decided(two, row, disk)
    reply(two.receiver, row, folder=disk, actor=person(two.receiver, "lan"))
    read_replies(two.giver, disk / "reply-001.xml", actor=lan)
    assert papers_of(two.giver, row, actor=lan)[-1].edition is None
    sealed = (disk / FILE).read_bytes()
    with two.giver.writing() as session:
        pinned = [{"sha256": "0" * 64}]
        other = TransferPartner(
            code=HISTORICAL_CODE, name="LS", certificates=pinned, added_at=clock.now()
        )
        session.add(other)
    with pytest.raises(TransferMinutesUnfitError) as refused:
        take_signed(two.giver, row, sealed, actor=lan)
    assert refused.value.facts["reason"] == "signer"
    with two.giver.writing() as session:
        own = {"sha256": two.receiver.signer().certificate.sha256}
        session.scalars(select(TransferPartner)).one().certificates = [own]
    assert len(take_signed(two.giver, row, sealed, actor=lan).signatures) == 1


def test_commands_and_programs_take_and_sign_minutes(two: TwoArchives, tmp_path: Path) -> None:
    row = replied(two, tmp_path, OPEN_CODE)
    sealed = tmp_path / "disk" / FILE
    giver = Command(two.giver.settings.home)
    told = giver.ask("transfer", "minutes", row, "--take", sealed, "--sign", account="lan")
    assert len(told["signatures"]) == 2
    both = tmp_path / "both.pdf"
    giver.ask("transfer", "paper", row, "--kind", "minutes", "--to", both, account="lan")
    lan = program_of(create_app(two.receiver), two.receiver, "lan")
    given = {"file": (io.BytesIO(both.read_bytes()), "bien-ban.pdf")}
    kept = lan.post(f"/transfers/{row}/minutes/signed", data=given).get_json()
    assert (kept["sha256"], kept["signatures"]) == (told["sha256"], told["signatures"])
    refused = lan.post(f"/transfers/{row}/minutes/signature")
    assert (refused.status_code, refused.get_json()["code"]) == (404, "transfer-paper-unknown")


def test_minutes_go_to_the_giver_and_back_by_network(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    with networked(two) as url:
        send(two, row)
        exchange(two.giver, row, actor=lan)
        assert papers_of(two.giver, row, actor=lan)[-1].sha256 is None
        decide(two.receiver, row, Decision(returned={RESTRICTED_CODE: WRONG}), actor=there)
        do_all(two.receiver)
        reply(two.receiver, row, actor=there)
        exchange(two.giver, row, actor=lan)
        made = papers_of(two.receiver, row, actor=there)[-1]
        assert papers_of(two.giver, row, actor=lan)[-1].sha256 == made.sha256
        signed = countersign(two.giver, row, actor=lan)
        with BrokenNetwork(url, Fault.CUT, 2) as network:  # where it would be handed over
            moved_to(two.giver, network.url)
            with pytest.raises(ArchiveError):
                exchange(two.giver, row, actor=lan)
        moved_to(two.giver, url)
        for _ in range(2):
            exchange(two.giver, row, actor=lan)
            kept = papers_of(two.receiver, row, actor=there)[-1]
            assert (kept.sha256, kept.edition) == (signed.sha256, 2)
    _, data = read_paper(two.receiver, row, "minutes", actor=there)
    assert data == read_paper(two.giver, row, "minutes", actor=lan)[1]
