"""A hold in the middle of a transfer, and one that is withdrawn: both archives are told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.errors import ArchiveError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.port import Signer
from retention.holds.acts import lift_hold
from retention.holds.given import LiftIn
from retention.transfer.closing.correct import correct
from retention.transfer.disks.write import Onto, send
from retention.transfer.documents import ReceivedDocument
from retention.transfer.given import Correction, Decision, Registration, Withdrawal
from retention.transfer.messages.form import parse, signed
from retention.transfer.messages.tables import NOTICE_FORM, Notice, NoticeLine
from retention.transfer.packages import build as packages_build
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from retention.transfer.register.answer import TransferAcknowledgedError, withdraw
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import reply
from retention.transfer.stopping.read_notice import read_notice
from retention.transfer.stopping.send_notice import notice
from tests.integration.retention.transfer.stopping.held import hold
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.transfer.replies import decided, replied, sent, shown, states
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def noticed(two: TwoArchives, row: UUID, disk: Path) -> ReceivedDocument:
    """The giver's notice lies on the disk, and the receiver reads it."""
    told = notice(two.giver, row, folder=disk, actor=person(two.giver, "lan"))
    assert told.notice is not None
    assert told.notice.file == str(disk / f"notice-{told.notice.sequence:03}.xml")
    return receive(two.receiver, disk, actor=person(two.receiver, "lan"))


def submissions(services: Services, state: SubmissionState) -> int:
    with services.read_only() as session:
        query = select(func.count()).select_from(Submission).where(Submission.state == state)
        return session.scalar(query) or 0


def stopping(head: Notice, lines: Sequence[NoticeLine], signer: Signer) -> bytes:
    return signed(NOTICE_FORM, head, lines, signer).document


def test_a_hold_after_sending_stops_it_at_both(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    disk, lan = tmp_path / "disk", person(two.receiver, "lan")
    receive(two.receiver, disk, actor=lan)
    do_all(two.receiver)
    hold(two.giver, OPEN_CODE)
    do_all(two.giver)
    told = shown(two.giver, row)
    assert (states(told), (told.items[0].refusal or {})["code"]) == (["stopped", "sent"], "held")
    there = noticed(two, row, disk)
    assert (states(there), there.notice_sequence) == (["recalled", "arrived"], 1)
    assert submissions(two.receiver, SubmissionState.WITHDRAWN) == 1
    decide(two.receiver, row, Decision(), actor=lan)
    do_all(two.receiver)
    reply(two.receiver, row, folder=disk, actor=lan)
    told = read_replies(two.giver, disk, actor=person(two.giver, "lan"))
    assert states(told) == ["stopped", "receipted"]
    assert states(shown(two.receiver, row)) == ["recalled", "stored"]
    for archive in (two.giver, two.receiver):
        before = shown(archive, row)
        rebuild(archive, actor=OPERATOR)
        assert shown(archive, row) == before


def test_a_hold_that_comes_after_the_receipt_is_too_late(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    disk = tmp_path / "disk"
    decided(two, row, disk)
    hold(two.giver, OPEN_CODE)
    there = noticed(two, row, disk)
    assert states(there) == ["stored", "stored"]
    assert states(shown(two.giver, row)) == ["stopped", "sent"]
    reply(two.receiver, row, folder=disk, actor=person(two.receiver, "lan"))
    told = read_replies(two.giver, disk, actor=person(two.giver, "lan"))
    assert states(told) == ["receipted", "receipted"], "a receipt wins over a later hold"


def test_what_was_stopped_goes_when_nothing_holds_it(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    disk, lan = tmp_path / "disk", person(two.giver, "lan")
    receive(two.receiver, disk, actor=person(two.receiver, "lan"))
    placed = hold(two.giver, OPEN_CODE)
    noticed(two, row, disk)
    lift_hold(two.giver, placed, LiftIn(reason="Đã xong"), actor=person(two.giver, "hung"))
    correct(two.giver, row, Correction(codes=[OPEN_CODE]), actor=lan)
    packages_build.build(two.giver, row, folder=tmp_path / "again", actor=lan)
    send(two.giver, row, Onto(tmp_path / "disk2"), actor=lan)
    decided(two, row, tmp_path / "disk2")
    assert states(shown(two.receiver, row)) == ["stored", "stored"]


def test_what_came_back_goes_again_while_something_else_is_held(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = sent(two, tmp_path, *BOTH)
    disk, lan = tmp_path / "disk", person(two.giver, "lan")
    receive(two.receiver, disk, actor=person(two.receiver, "lan"))
    hold(two.giver, OPEN_CODE)
    noticed(two, row, disk)
    decided(two, row, disk, returned=[RESTRICTED_CODE])
    reply(two.receiver, row, folder=disk, actor=person(two.receiver, "lan"))
    assert states(read_replies(two.giver, disk, actor=lan)) == ["stopped", "returned"]
    correct(two.giver, row, Correction(codes=[RESTRICTED_CODE]), actor=lan)
    packages_build.build(two.giver, row, folder=tmp_path / "built", actor=lan)
    send(two.giver, row, Onto(tmp_path / "disk2"), actor=lan)
    assert states(shown(two.giver, row)) == ["stopped", "sent"]
    assert len(list((tmp_path / "disk2" / "packages").iterdir())) == 1
    decided(two, row, tmp_path / "disk2")
    assert states(shown(two.receiver, row)) == ["recalled", "stored"]


def test_a_withdrawn_transfer_leaves_both_sides_clean(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    disk, lan = tmp_path / "disk", person(two.giver, "lan")
    receive(two.receiver, disk, actor=person(two.receiver, "lan"))
    do_all(two.receiver)
    told = withdraw(two.giver, row, Withdrawal(reason="Nhầm phông"), actor=lan)
    assert (told.state, states(told)) == ("withdrawn", ["stopped"] * 2)
    there = noticed(two, row, disk)
    assert (there.state, states(there)) == ("withdrawn", ["recalled"] * 2)
    assert there.reason == "Nhầm phông"
    assert submissions(two.receiver, SubmissionState.WITHDRAWN) == 2
    again = register_acts.register(
        two.giver, Registration(codes=BOTH, to="Lưu trữ khác"), actor=lan
    )
    assert states(again) == ["listed"] * 2


def test_a_withdrawal_that_comes_too_late_is_answered_by_receipts(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = sent(two, tmp_path, *BOTH)
    disk, lan = tmp_path / "disk", person(two.giver, "lan")
    decided(two, row, disk, returned=[RESTRICTED_CODE])
    withdraw(two.giver, row, Withdrawal(reason="Nhầm phông"), actor=lan)
    there = noticed(two, row, disk)
    assert states(there) == ["stored", "recalled"]
    assert there.state != "withdrawn"
    reply(two.receiver, row, folder=disk, actor=person(two.receiver, "lan"))
    told = read_replies(two.giver, disk, actor=lan)
    assert (told.state, states(told)) == ("replied", ["receipted", "stopped"])
    with pytest.raises(TransferAcknowledgedError) as refused:
        withdraw(two.giver, row, Withdrawal(reason="Nhầm phông"), actor=lan)
    assert refused.value.code == "transfer-acknowledged"


def test_nothing_is_told_where_nothing_is_stopped_and_the_same_is_told_once(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = sent(two, tmp_path, *BOTH)
    lan = person(two.giver, "lan")
    assert notice(two.giver, row, folder=tmp_path / "n", actor=lan).notice is None
    hold(two.giver, OPEN_CODE)
    first = notice(two.giver, row, folder=tmp_path / "n", actor=lan).notice
    assert notice(two.giver, row, folder=tmp_path / "n", actor=lan).notice == first
    hold(two.giver, RESTRICTED_CODE)
    second = notice(two.giver, row, folder=tmp_path / "n", actor=lan).notice
    assert first
    assert second
    assert (first.sequence, second.sequence) == (1, 2)
    receive(two.receiver, tmp_path / "disk", actor=person(two.receiver, "lan"))
    lines = {name: (tmp_path / "n" / f"notice-00{name}.xml").read_bytes() for name in (1, 2)}
    there = person(two.receiver, "lan")
    told = read_notice(two.receiver, lines[2], actor=there)
    assert states(told) == ["recalled"] * 2
    for older in (lines[1], lines[2]):
        assert read_notice(two.receiver, older, actor=there) == told
    other = replace(parse(NOTICE_FORM, lines[2]), reason="Khác")
    forged = stopping(other, [], two.giver.signer())
    with pytest.raises(ArchiveError, match="transfer-notice-contradicts"):
        read_notice(two.receiver, forged, actor=there)


def test_a_notice_of_another_is_refused(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    there = person(two.receiver, "lan")
    told = receive(two.receiver, tmp_path / "disk", actor=there)
    hold(two.giver, OPEN_CODE)
    made = notice(two.giver, row, folder=tmp_path, actor=person(two.giver, "lan"))
    assert made.notice is not None
    document = Path(made.notice.file or "").read_bytes()
    head: Notice = parse(NOTICE_FORM, document)
    line = NoticeLine(RESTRICTED_CODE, told.items[1].sha256 or "", "held")
    for code, forged in {
        "transfer-notice-other": stopping(
            replace(head, giver="H40.97"), [line], two.giver.signer()
        ),
        "transfer-signature": document.replace(b'reason="held"', b'reason="listed"'),
        "transfer-message": document.replace(b'reason="held"', b'reason="whatever"'),
        "transfer-not-found": stopping(
            replace(head, transfer=UUID(int=1)), [line], two.giver.signer()
        ),
    }.items():
        with pytest.raises(ArchiveError) as refused:
            read_notice(two.receiver, forged, actor=there)
        assert refused.value.code == code
    assert shown(two.receiver, row).notice_sequence == 0
    with pytest.raises(ArchiveError, match="transfer-direction"):
        read_notice(two.giver, document, actor=person(two.giver, "lan"))


def test_a_hold_on_what_is_receipted_waits_for_the_closing(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH)
    hold(two.giver, OPEN_CODE)
    told = notice(two.giver, row, actor=person(two.giver, "lan"))
    assert (told.notice, states(told)) == (None, ["receipted"] * 2)


def test_the_command_tells_the_other_archive(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, OPEN_CODE)
    here = Command(two.giver.settings.home)
    said = here.run("transfer", "notice", row, "--to", tmp_path / "n", account="lan")
    assert "Không có gì phải thông báo" in said.stderr
    hold(two.giver, OPEN_CODE)
    said = here.run("transfer", "notice", row, "--to", tmp_path / "n", account="lan")
    assert str(tmp_path / "n" / "notice-001.xml") in said.stderr
