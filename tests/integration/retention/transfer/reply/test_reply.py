"""The reply of the historical archive: receipts, what comes back, and replies that cannot be."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.incident import Incident
from archive_service.domain.transfer.transfer import TransferMessage, TransferMessageKind
from archive_service.errors import ArchiveError
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.recovery.rebuild.acts import rebuild
from retention.holds.acts import place_holds
from retention.transfer.closing.close import close
from retention.transfer.closing.correct import TransferNotFreeError, correct
from retention.transfer.disks.write import Onto, send
from retention.transfer.given import Correction
from retention.transfer.messages.tables import Reply, ReplyLine
from retention.transfer.packages import build as packages_build
from retention.transfer.refusals import TransferEmptyError
from retention.transfer.reply.read_reply import (
    INCIDENT,
    TransferReplyAbsentError,
    TransferReplyContradictsError,
    read_replies,
    take_reply,
)
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.at_once import at_once
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.transfer.replies import (
    WRONG,
    decided,
    forged,
    lines_of,
    newest_reply,
    replied,
    shown,
    states,
    taken,
)
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def test_the_giver_has_the_receipts_that_the_receiver_gave(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH)
    here, there = shown(two.giver, row), shown(two.receiver, row)
    assert (here.state, states(here)) == ("replied", ["receipted"] * 2)
    assert (there.state, states(there)) == ("replied", ["stored"] * 2)
    assert [transfer_item.receipt for transfer_item in here.items] == [
        transfer_item.receipt for transfer_item in there.items
    ]
    for transfer_item in here.items:
        assert (transfer_item.receipt or {})["package_sha256"] == transfer_item.sha256
        assert (
            (transfer_item.receipt or {})["archive"],
            (transfer_item.receipt or {})["reply"],
        ) == (
            HISTORICAL_CODE,
            1,
        )
    assert (here.partner_code, here.partner_number) == (HISTORICAL_CODE, there.number)
    for archive in (two.giver, two.receiver):
        told = shown(archive, row)
        rebuild(archive, actor=OPERATOR)
        assert shown(archive, row) == told


def test_a_reply_says_the_same_until_there_is_more_to_say(two: TwoArchives, tmp_path: Path) -> None:
    row = taken(two, tmp_path, *BOTH)
    lan = person(two.receiver, "lan")
    first = reply(two.receiver, row, folder=tmp_path / "disk", actor=lan)
    again = reply(two.receiver, row, folder=tmp_path / "else", actor=lan)
    assert first.reply.sha256 == again.reply.sha256
    assert (tmp_path / "disk" / "reply-001.xml").read_bytes() == (
        tmp_path / "else" / "reply-001.xml"
    ).read_bytes()
    assert shown(two.receiver, row).reply_sequence == 1


def test_a_reply_that_is_damaged_or_that_nobody_can_read_is_replaced(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, disk = taken(two, tmp_path, *BOTH), tmp_path / "disk"
    lan = person(two.receiver, "lan")
    reply(two.receiver, row, folder=disk, actor=lan)
    (disk / "reply-001.xml").write_bytes(b"<half")
    reply(two.receiver, row, folder=disk, actor=lan)
    assert (disk / "reply-001.xml").read_bytes() == newest_reply(two.receiver, row).document
    altered = newest_reply(two.receiver, row).document + b"\n"
    for number, document in enumerate((b"<half", b"<reply/>", altered)):
        with two.receiver.writing() as session:
            mine = TransferMessage.kind == TransferMessageKind.REPLY
            session.execute(update(TransferMessage).where(mine).values(document=document.decode()))
        told = reply(two.receiver, row, folder=disk, actor=lan)
        assert told.reply.sequence == number + 2
    told = reply(two.receiver, row, folder=disk, anew=True, actor=lan)
    assert told.reply.sequence == 5
    again = reply(two.receiver, row, folder=disk, actor=lan)
    assert again.reply.sequence == 5
    newest = newest_reply(two.receiver, row).document
    read = take_reply(two.giver, newest, actor=person(two.giver, "lan"))
    assert (read.state, states(read)) == ("replied", ["receipted"] * 2)


def test_a_late_reply_leaves_nothing_untold_of_a_broken_building(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    lan, hung = person(two.giver, "lan"), person(two.giver, "hung")
    head, lines = newest_reply(two.receiver, row), lines_of(two.receiver, row)
    correct(two.giver, row, Correction(codes=[RESTRICTED_CODE]), actor=lan)
    again = tmp_path / "again"
    packages_build.build(two.giver, row, folder=again, actor=lan)
    place_holds(two.giver, BOTH, reason="Thanh tra", authority="12/QĐ", actor=hung)
    with pytest.raises(TransferEmptyError):
        packages_build.build(two.giver, row, folder=again, actor=lan)
    read = take_reply(two.giver, forged(two.receiver, head, lines, sequence=2), actor=lan)
    assert (read.state, states(read)) == ("replied", ["receipted", "stopped"])
    assert check_catalogue(two.giver, actor=OPERATOR).acts == []


def test_what_came_back_is_corrected_and_goes_with_the_same_transfer(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    lan = person(two.giver, "lan")
    told = shown(two.giver, row)
    assert states(told) == ["receipted", "returned"]
    assert told.items[1].reason == WRONG
    before = told.items[1].sha256
    edits = {0: {"description": "Đã quét lại"}}
    describe_case_file(two.giver, RESTRICTED_CODE, edits, reason="Bên nhận trả lại", actor=lan)
    do_all(two.giver)
    told = correct(two.giver, row, Correction(codes=[RESTRICTED_CODE]), actor=lan)
    assert (told.state, states(told)) == ("answered", ["receipted", "listed"])
    packages_build.build(two.giver, row, folder=tmp_path / "again", actor=lan)
    send(two.giver, row, Onto(tmp_path / "disk2"), actor=lan)
    decided(two, row, tmp_path / "disk2")
    reply(two.receiver, row, folder=tmp_path / "disk2", actor=person(two.receiver, "lan"))
    told = read_replies(two.giver, tmp_path / "disk2", actor=lan)
    assert (told.state, states(told)) == ("replied", ["receipted"] * 2)
    assert told.items[1].sha256 != before
    assert [(transfer_item.receipt or {})["reply"] for transfer_item in told.items] == [1, 2]


def test_what_is_held_does_not_go_once_more(two: TwoArchives, tmp_path: Path) -> None:
    row = replied(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    hung = person(two.giver, "hung")
    place_holds(two.giver, [RESTRICTED_CODE], reason="Thanh tra", authority="QĐ 1", actor=hung)
    with pytest.raises(TransferNotFreeError) as refused:
        correct(two.giver, row, Correction(codes=[RESTRICTED_CODE]), actor=person(two.giver, "lan"))
    assert refused.value.code == "transfer-not-free"
    assert refused.value.facts["why"] == "held"
    assert states(shown(two.giver, row)) == ["receipted", "returned"]


def test_an_older_reply_and_the_same_one_change_nothing(two: TwoArchives, tmp_path: Path) -> None:
    row = taken(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    head, lines = reply_of(two, row), lines_of(two.receiver, row)
    lan = person(two.giver, "lan")
    waiting = [replace(line, outcome="waiting", receipt=None, reason="") for line in lines]
    early = forged(two.receiver, head, waiting)
    late = forged(two.receiver, head, lines, sequence=7)
    told = take_reply(two.giver, late, actor=lan)
    assert states(told) == ["receipted", "returned"]
    for document in (late, early, late):
        assert take_reply(two.giver, document, actor=lan) == told


def reply_of(two: TwoArchives, row: UUID) -> Reply:
    reply(two.receiver, row, actor=person(two.receiver, "lan"))
    return newest_reply(two.receiver, row)


Forgery = Callable[[TwoArchives, Reply, list[ReplyLine]], bytes]


def _other_digest(lines: list[ReplyLine]) -> list[ReplyLine]:
    first, *others = lines
    assert first.receipt is not None
    receipt = replace(first.receipt, package_sha256="0" * 64)
    return [replace(first, sha256="0" * 64, receipt=receipt), *others]


FORGED: dict[str, tuple[str, Forgery]] = {
    "to another transfer": (
        "transfer-not-found",
        lambda two, head, lines: forged(two.receiver, head, lines, transfer=uuid4()),
    ),
    "to another archive": (
        "transfer-reply-other",
        lambda two, head, lines: forged(two.receiver, head, lines, giver="000.00.00.X99"),
    ),
    "signed by one whom nobody here trusts": (
        "transfer-signature",
        lambda two, head, lines: forged(two.receiver, head, lines).replace(
            b'archiveName="', b'archiveName="X'
        ),
    ),
    "a digit of it altered": (
        "transfer-signature",
        lambda two, head, lines: forged(two.receiver, head, lines).replace(
            b'version="1"', b'version="2"'
        ),
    ),
    "of a case file that did not go": (
        "transfer-reply-codes",
        lambda two, head, lines: forged(
            two.receiver, head, [*lines, replace(lines[0], code="H40.18.2025.99.QLCT")]
        ),
    ),
    "of a case file twice": (
        "transfer-message",
        lambda two, head, lines: forged(two.receiver, head, [*lines, lines[0]]),
    ),
    "with a receipt of another package": (
        "transfer-reply-contradicts",
        lambda two, head, lines: forged(two.receiver, head, _other_digest(lines)),
    ),
    "cut off": (
        "xml-broken",
        lambda two, head, lines: forged(two.receiver, head, lines)[:-20],
    ),
    "with an entity": (
        "xml-forbidden",
        lambda two, head, lines: forged(two.receiver, head, lines).replace(
            b"?>", b'?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', 1
        ),
    ),
    "another kind of document": (
        "transfer-message",
        lambda two, head, lines: forged(two.receiver, head, lines).replace(b"transferReply", b"x"),
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_reply_that_cannot_be_is_refused_whole(
    two: TwoArchives, tmp_path: Path, what: str
) -> None:
    row = taken(two, tmp_path, *BOTH)
    head, lines = reply_of(two, row), lines_of(two.receiver, row)
    before = shown(two.giver, row)
    code, forge = FORGED[what]
    with pytest.raises(ArchiveError) as refused:
        take_reply(two.giver, forge(two, head, lines), actor=person(two.giver, "lan"))
    assert refused.value.code == code
    assert shown(two.giver, row) == before


def test_a_reply_of_an_archive_that_is_not_trusted_or_is_ours_is_refused(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = taken(two, tmp_path, *BOTH)
    head, lines = reply_of(two, row), lines_of(two.receiver, row)
    lan = person(two.giver, "lan")
    for trusted in (two.giver.settings.home / "trust").iterdir():
        trusted.unlink()
    with pytest.raises(ArchiveError, match="transfer-signature"):
        take_reply(two.giver, head.document, actor=lan)
    assert lines
    with pytest.raises(ArchiveError, match="transfer-direction"):
        take_reply(two.receiver, head.document, actor=person(two.receiver, "lan"))


def _with_other_code(line: ReplyLine) -> ReplyLine:
    assert line.receipt is not None
    return replace(line, receipt=replace(line.receipt, arc_file_code="other"))


CONTRADICTIONS: dict[str, tuple[str, int, Callable[[list[ReplyLine]], list[ReplyLine]]]] = {
    "a receipt is missing": ("taken-back", 2, lambda lines: lines[1:]),
    "a receipt became a return": (
        "taken-back",
        2,
        lambda lines: [replace(lines[0], outcome="returned", receipt=None), *lines[1:]],
    ),
    "a receipt is another one": (
        "taken-back",
        2,
        lambda lines: [_with_other_code(lines[0]), *lines[1:]],
    ),
    "the same sequence, and something else": (
        "sequence",
        1,
        lambda lines: [
            replace(reply_line, outcome="waiting", receipt=None) for reply_line in lines
        ],
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_what_was_acknowledged_is_never_taken_back(
    two: TwoArchives, tmp_path: Path, what: str
) -> None:
    row = replied(two, tmp_path, *BOTH)
    head, lines = newest_reply(two.receiver, row), lines_of(two.receiver, row)
    before, lan = shown(two.giver, row), person(two.giver, "lan")
    why, sequence, change = CONTRADICTIONS[what]
    wrong = forged(two.receiver, head, change(lines), sequence=sequence)
    with pytest.raises(TransferReplyContradictsError) as refused:
        take_reply(two.giver, wrong, actor=lan)
    assert refused.value.facts["why"] == why
    assert shown(two.giver, row) == before
    incident = select(Incident).where(Incident.kind == INCIDENT, Incident.closed_at.is_(None))
    with two.giver.read_only() as session:
        assert session.scalars(incident).one().facts["why"] == why
    take_reply(two.giver, forged(two.receiver, head, lines, sequence=3), actor=lan)
    with two.giver.read_only() as session:
        assert session.scalar(incident) is None, "a sound reply ends it"


def test_the_newest_reply_of_a_disk_is_read_and_none_is_told(
    two: TwoArchives, tmp_path: Path
) -> None:
    lan = person(two.giver, "lan")
    with pytest.raises(TransferReplyAbsentError) as refused:
        read_replies(two.giver, tmp_path, actor=lan)
    assert refused.value.code == "transfer-reply-absent"
    row = replied(two, tmp_path, *BOTH)
    (tmp_path / "disk" / "reply-x.xml").write_text("no reply", "utf-8")
    (tmp_path / "disk" / "dia-01").mkdir()
    head, lines = newest_reply(two.receiver, row), lines_of(two.receiver, row)
    newer = forged(
        two.receiver, head, lines, sequence=2, created=clock.now().replace(microsecond=0)
    )
    (tmp_path / "disk" / "dia-01" / "reply-002.xml").write_bytes(newer)
    assert read_replies(two.giver, tmp_path / "disk", actor=lan).reply_sequence == 2


def test_what_several_do_at_the_same_moment_is_done_once(two: TwoArchives, tmp_path: Path) -> None:
    row = taken(two, tmp_path, *BOTH)
    there, lan = person(two.receiver, "lan"), person(two.giver, "lan")
    at_once(lambda _number: reply(two.receiver, row, folder=tmp_path / "disk", actor=there))
    assert shown(two.receiver, row).reply_sequence == 1
    at_once(lambda _number: read_replies(two.giver, tmp_path / "disk", actor=lan))
    assert states(shown(two.giver, row)) == ["receipted"] * 2
    at_once(lambda _number: close(two.giver, row, actor=lan))
    told = shown(two.giver, row)
    assert (told.state, states(told)) == ("closed", ["transferred"] * 2)
    with two.giver.read_only() as session:
        tags = Counter(session.scalars(select(AuditEvent.tag)))
    assert (tags["transfer:reply-read"], tags["transfer:closed"]) == (1, 1)
    assert tags["transfer:handed-over"] == len(BOTH)
