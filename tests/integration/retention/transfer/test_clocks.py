"""Clocks of two archives are a day apart: what one signed is taken, and nothing goes any sooner."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from archive_service import clock
from retention.transfer.closing.close import close
from retention.transfer.messages.form import parse, signed
from retention.transfer.messages.signed_document import TransferSignatureError
from retention.transfer.messages.tables import NOTICE_FORM, NoticeLine
from retention.transfer.receiving.receive import receive
from retention.transfer.reply.read_reply import take_reply
from retention.transfer.reply.send_reply import reply
from retention.transfer.stopping.read_notice import read_notice
from retention.transfer.stopping.send_notice import notice
from tests.integration.retention.transfer.manifests import setting, signed_anew
from tests.integration.retention.transfer.stopping.held import hold
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.replies import (
    decided,
    forged,
    lines_of,
    newest_reply,
    sent,
    shown,
    states,
)
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
DAY = dt.timedelta(days=1)
COOLING_OFF = dt.timedelta(days=80)  # less than three months


def why(refused: pytest.ExceptionInfo[TransferSignatureError]) -> str:
    return str(refused.value.facts["why"])


@pytest.mark.parametrize("apart", [DAY, -DAY], ids=["ahead", "behind"])
def test_an_exchange_between_clocks_that_are_a_day_apart_comes_to_its_end(
    two: TwoArchives, tmp_path: Path, apart: dt.timedelta
) -> None:
    row, disk = sent(two, tmp_path, *BOTH), tmp_path / "disk"
    there = clock.now() - apart  # of the giver, as the receiver sees it
    signed_anew(disk, two.giver.signer(), setting(created=clock.iso(there)))
    decided(two, row, disk)
    reply(two.receiver, row, actor=person(two.receiver, "lan"))
    head, lines = newest_reply(two.receiver, row), lines_of(two.receiver, row)
    moved = [
        replace(line, receipt=replace(line.receipt, stored_at=clock.iso(clock.now() + apart)))
        for line in lines
        if line.receipt is not None
    ]
    document = forged(two.receiver, head, moved, sequence=7, created=clock.now() + apart)
    lan = person(two.giver, "lan")
    assert states(take_reply(two.giver, document, actor=lan)) == ["receipted"] * 2
    close(two.giver, row, actor=lan)
    told = shown(two.giver, row)
    assert told.state == "closed"
    removable = dt.date.fromisoformat(str(told.removable_on))
    assert removable > clock.today() + COOLING_OFF  # by our clock, whatever the receipts say


def test_what_is_dated_days_ahead_is_refused_and_changes_nothing(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, disk = sent(two, tmp_path, *BOTH), tmp_path / "disk"
    late = clock.now() + 3 * DAY
    told = receive(two.receiver, disk, actor=person(two.receiver, "lan"))
    hold(two.giver, OPEN_CODE)
    made = notice(two.giver, row, folder=tmp_path, actor=person(two.giver, "lan"))
    assert made.notice is not None
    said = parse(NOTICE_FORM, Path(made.notice.file or "").read_bytes())
    line = NoticeLine(OPEN_CODE, told.items[0].sha256 or "", "held")
    signer = two.giver.signer()
    early = signed(NOTICE_FORM, replace(said, created=late), [line], signer).document
    with pytest.raises(TransferSignatureError) as refused:
        read_notice(two.receiver, early, actor=person(two.receiver, "lan"))
    assert why(refused) == "ahead"
    assert states(shown(two.receiver, row)) == ["arrived"] * 2
    decided(two, row, disk)
    reply(two.receiver, row, actor=person(two.receiver, "lan"))
    before = shown(two.giver, row)
    head, lines = newest_reply(two.receiver, row), lines_of(two.receiver, row)
    document = forged(two.receiver, head, lines, sequence=7, created=late)
    with pytest.raises(TransferSignatureError) as refused:
        take_reply(two.giver, document, actor=person(two.giver, "lan"))
    assert why(refused) == "ahead"
    assert shown(two.giver, row) == before
    next_day = replace(said, created=clock.now() + DAY)
    tomorrow = signed(NOTICE_FORM, next_day, [line], signer).document
    read = read_notice(two.receiver, tomorrow, actor=person(two.receiver, "lan"))
    assert states(read) == ["stored"] * 2  # too late: the receipts tell so
