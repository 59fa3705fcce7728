"""The register goes to the other archive as a signed message, is answered, and comes back so."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from archive_service import clock
from archive_service.document import NextActDocument
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferMessageKind,
)
from archive_service.errors import ArchiveError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.port import Signer
from retention.transfer.disks.write import Onto, send
from retention.transfer.given import (
    Amendment,
    Approval,
    PaperAnswer,
    PaperSent,
    Registration,
    Withdrawal,
)
from retention.transfer.messages.form import D, Form, L, parse, signed
from retention.transfer.messages.kept import newest_message
from retention.transfer.messages.tables import (
    ANSWER_FORM,
    REGISTER_FORM,
    AnswerLine,
    RegisterLine,
)
from retention.transfer.packages import build as packages_build
from retention.transfer.papers.acts import papers_of
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from retention.transfer.register.answer import note_answer, note_sent, withdraw
from retention.transfer.register.read_answer import read_answers, take_answer
from retention.transfer.register.read_register import read_register
from retention.transfer.register.send_answer import RegisterAnswerIn, answer_register
from retention.transfer.register.send_register import send_register
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import HEAD
from tests.worlds.transfer.registers import announced, answer, to_send
from tests.worlds.transfer.replies import decided, shown, states
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
WHY = "Không thuộc thành phần nộp lưu"


def said_by(services: Services, row: UUID, kind: TransferMessageKind) -> bytes:
    """The newest message of this kind that went out there."""
    with services.read_only() as session:
        transfer = session.get_one(Transfer, row)
        message = newest_message(session, transfer, kind, TransferDirection.OUT)
        assert message is not None
        return message.document.encode()


def register_of(two: TwoArchives, row: UUID) -> bytes:
    return said_by(two.giver, row, TransferMessageKind.REGISTER)


def document_of(form: Form[D, L], head: D, lines: Sequence[L], signer: Signer) -> bytes:
    return signed(form, head, lines, signer).document


def test_a_register_is_announced_and_answered_on_a_disk(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path, *BOTH)
    here, there = shown(two.giver, row), shown(two.receiver, row)
    assert (here.state, there.state, there.direction) == ("registered", "registered", "in")
    assert (there.partner_number, states(there)) == (here.number, ["listed"] * 2)
    same = ("edition", "list_sha256", "registered_on", "register_number", "answer_due", "agency")
    assert [getattr(there, one) for one in same] == [getattr(here, one) for one in same]
    told = ("code", "title", "documents", "pages", "version", "due_on")
    assert [[getattr(transfer_item, name) for name in told] for transfer_item in there.items] == [
        [getattr(transfer_item, name) for name in told] for transfer_item in here.items
    ]
    assert there.fonds
    assert there.next == [NextActDocument(act="answer-register", role="archivist", needs=[])]
    assert (tmp_path / "dang-ky-nop-luu.pdf").is_file()

    back = answer(two, row, tmp_path, declined={RESTRICTED_CODE: WHY}, reason="Nộp trong quý I")
    there = shown(two.receiver, row)
    for told_there in (back, there):
        assert (told_there.state, states(told_there)) == ("answered", ["listed", "declined"])
        assert told_there.items[1].reason == WHY
        assert told_there.answer_reason == "Nộp trong quý I"
        assert told_there.answer_sequence == 1
    assert back.answer_number == there.answer_number != ""
    assert back.next == [NextActDocument(act="build", role="archivist", needs=[])]
    assert (tmp_path / "tra-loi-dang-ky.pdf").is_file()
    papers = papers_of(two.receiver, row, actor=OPERATOR)
    assert [paper.kind for paper in papers if paper.sha256] == ["register-answer"]
    for archive in (two.giver, two.receiver):
        before = shown(archive, row)
        rebuild(archive, actor=OPERATOR)
        assert shown(archive, row) == before


def test_what_was_announced_becomes_what_came(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path / "register", *BOTH)
    answer(two, row, tmp_path / "register")
    announcing = shown(two.receiver, row)
    lan = person(two.giver, "lan")
    packages_build.build(two.giver, row, folder=tmp_path / "built", actor=lan)
    send(two.giver, row, Onto(tmp_path / "disk"), actor=lan)
    decided(two, row, tmp_path / "disk")
    there = shown(two.receiver, row)
    assert (there.number, states(there)) == (announcing.number, ["stored", "stored"])
    days = [[transfer_item.due_on for transfer_item in each.items] for each in (announcing, there)]
    assert days[0] == days[1] != [None, None], "packages do not tell them, the register did"
    assert (there.registered_on, there.answered_on) == (clock.today(),) * 2


def test_the_same_again_and_an_older_one_change_nothing(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path / "one", *BOTH)
    first = register_of(two, row)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    again = send_register(two.giver, row, folder=tmp_path / "two", actor=lan)
    assert (again.announced.sequence, again.state) == (1, "registered")
    assert (tmp_path / "two" / "register-001.xml").read_bytes() == first
    register_acts.amend(two.giver, row, Amendment(drop=[RESTRICTED_CODE]), actor=lan)
    with pytest.raises(ArchiveError, match="transfer-state"):
        send_register(two.giver, row, folder=tmp_path / "two", actor=lan)  # approved anew first
    register_acts.approve(two.giver, row, Approval(), actor=person(two.giver, HEAD))
    told = send_register(two.giver, row, folder=tmp_path / "two", actor=lan)
    assert told.announced.sequence == 2
    receive(two.receiver, tmp_path / "two", actor=there)
    amended = shown(two.receiver, row)
    assert (amended.edition, states(amended)) == (2, ["listed"])
    for older in (first, register_of(two, row)):
        read = read_register(two.receiver, older, actor=there)
        assert read.model_copy(update={"items": []}) == amended.model_copy(update={"items": []})
    of_nothing = parse(REGISTER_FORM, first)
    forged = document_of(REGISTER_FORM, of_nothing, [], two.giver.signer())
    with pytest.raises(ArchiveError, match="transfer-message"):
        read_register(two.receiver, forged, actor=there)


def test_a_register_that_came_after_the_next_one_is_not_announced(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = to_send(two, *BOTH)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    send_register(two.giver, row, actor=lan)
    first = register_of(two, row)
    withdraw(two.giver, row, Withdrawal(reason="Nhầm phông"), actor=lan)
    told = send_register(two.giver, row, actor=lan)
    assert (told.announced.sequence, told.state) == (2, "withdrawn")
    read = read_register(two.receiver, register_of(two, row), actor=there)
    assert (read.state, read.reason, read.items) == ("withdrawn", "Nhầm phông", [])
    assert read_register(two.receiver, first, actor=there).state == "withdrawn"


def test_an_answer_to_an_amended_register_says_nothing(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path, *BOTH)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    answer_register(two.receiver, row, RegisterAnswerIn(), folder=tmp_path / "old", actor=there)
    register_acts.amend(two.giver, row, Amendment(drop=[RESTRICTED_CODE]), actor=lan)
    told = read_answers(two.giver, tmp_path / "old", actor=lan)
    assert (told.state, told.answer_sequence) == ("draft", 1)
    register_acts.approve(two.giver, row, Approval(), actor=person(two.giver, HEAD))
    send_register(two.giver, row, folder=tmp_path, actor=lan)
    assert shown(two.giver, row).state == "registered"
    receive(two.receiver, tmp_path, actor=there)
    assert shown(two.receiver, row).state == "registered"  # it is to be answered anew
    told = answer(two, row, tmp_path, wanted_on=clock.today() + dt.timedelta(days=30))
    assert (told.state, told.answer_sequence) == ("answered", 2)


def test_not_now_keeps_the_giver_from_building(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path, OPEN_CODE)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    with pytest.raises(ArchiveError, match="transfer-wanted-day"):
        answer_register(two.receiver, row, RegisterAnswerIn(wanted_on=clock.today()), actor=there)
    day = clock.today() + dt.timedelta(days=1)
    told = answer(two, row, tmp_path, wanted_on=day)
    assert told.wanted_on == day
    assert told.next[0].needs == ["wanted-day"]
    with pytest.raises(ArchiveError, match="transfer-not-yet-wanted"):
        packages_build.build(two.giver, row, folder=tmp_path / "built", actor=lan)
    told = answer(two, row, tmp_path)  # it was answered otherwise since
    assert (told.wanted_on, told.answer_sequence) == (None, 2)
    packages_build.build(two.giver, row, folder=tmp_path / "built", actor=lan)


def test_an_answer_again_is_the_last_one_and_declines_what_it_names(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = announced(two, tmp_path, *BOTH)
    there = person(two.receiver, "lan")
    refused = RegisterAnswerIn(declined={RESTRICTED_CODE: WHY})
    first = answer_register(two.receiver, row, refused, actor=there).answer
    assert answer_register(two.receiver, row, refused, actor=there).answer == first
    other = RegisterAnswerIn(declined={OPEN_CODE: WHY})
    told = answer_register(two.receiver, row, other, folder=tmp_path, actor=there)
    assert (told.answer.sequence, states(told)) == (2, ["declined", "listed"])
    read_answers(two.giver, tmp_path, actor=person(two.giver, "lan"))
    assert states(shown(two.giver, row)) == ["declined", "listed"]
    with pytest.raises(ArchiveError, match="transfer-items"):
        answer_register(two.receiver, row, RegisterAnswerIn(declined={"H40.99": WHY}), actor=there)


def test_packages_that_differ_from_the_answered_register_are_told(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = announced(two, tmp_path / "register", *BOTH)
    there = person(two.receiver, "lan")
    answer_register(two.receiver, row, RegisterAnswerIn(declined={OPEN_CODE: WHY}), actor=there)
    # The giver never reads that answer, and notes one by hand; its catalogue says more meanwhile.
    lan = person(two.giver, "lan")
    note_answer(two.giver, row, PaperAnswer(on=clock.today()), actor=lan)
    with two.receiver.writing() as session:
        item = session.get_one(Transfer, row).items.select().filter_by(code=RESTRICTED_CODE)
        found = session.scalars(item).one()
        found.registered = (found.registered or {}) | {"documents": 40}
    packages_build.build(two.giver, row, folder=tmp_path / "built", actor=lan)
    send(two.giver, row, Onto(tmp_path / "disk"), actor=lan)
    told = receive(two.receiver, tmp_path / "disk", actor=there)
    why = {trouble.code: trouble.refusal["code"] for trouble in told.troubles}
    assert why == {OPEN_CODE: "was-declined", RESTRICTED_CODE: "announced-differs"}
    assert WHY in told.items[0].reason


def test_what_the_manifest_leaves_out_or_adds_is_told(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path / "register", OPEN_CODE)
    first = parse(REGISTER_FORM, register_of(two, row))
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    note_answer(two.giver, row, PaperAnswer(on=clock.today()), actor=lan)
    lines: list[RegisterLine] = []
    REGISTER_FORM.each(first.document, lines.append)
    other = document_of(
        REGISTER_FORM,
        replace(first, sequence=2),
        [replace(lines[0], code=RESTRICTED_CODE)],
        two.giver.signer(),
    )
    read_register(two.receiver, other, actor=there)
    packages_build.build(two.giver, row, folder=tmp_path / "built", actor=lan)
    send(two.giver, row, Onto(tmp_path / "disk"), actor=lan)
    told = receive(two.receiver, tmp_path / "disk", actor=there)
    found = {
        transfer_item.code: (transfer_item.state, (transfer_item.refusal or {})["code"])
        for transfer_item in told.items
    }
    assert found == {
        RESTRICTED_CODE: ("recalled", "not-named"),
        OPEN_CODE: ("arrived", "not-announced"),
    }


def test_a_register_that_is_withdrawn_after_its_answer_leaves_both_clean(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = announced(two, tmp_path, *BOTH)
    answer(two, row, tmp_path)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    withdraw(two.giver, row, Withdrawal(reason="Hoãn nộp"), actor=lan)
    send_register(two.giver, row, folder=tmp_path, actor=lan)
    told = receive(two.receiver, tmp_path, actor=there)
    assert (told.state, states(told)) == ("withdrawn", ["recalled"] * 2)
    again = register_acts.register(
        two.giver, Registration(codes=BOTH, to="Lưu trữ khác"), actor=lan
    )
    assert states(again) == ["listed"] * 2
    with pytest.raises(ArchiveError, match="transfer-state"):
        answer_register(two.receiver, row, RegisterAnswerIn(), actor=there)


def test_what_others_send_is_refused(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path, OPEN_CODE)
    there, lan = person(two.receiver, "lan"), person(two.giver, "lan")
    document = register_of(two, row)
    head = parse(REGISTER_FORM, document)
    lines: list[RegisterLine] = []
    REGISTER_FORM.each(head.document, lines.append)
    signer = two.giver.signer()
    other = two.receiver.settings.archive.code
    for code, forged in {
        "transfer-signature": document.replace(b'documents="', b'documents="1'),
        "transfer-message": document.replace(b'withdrawn="false"', b'withdrawn="true"'),
        "transfer-register-contradicts": document_of(
            REGISTER_FORM, replace(head, reason="Khác"), lines, signer
        ),
        "transfer-register-other": document_of(
            REGISTER_FORM, replace(head, archive="H40.97", sequence=9), lines, signer
        ),
        "transfer-to-oneself": document_of(
            REGISTER_FORM, replace(head, archive=other), lines, signer
        ),
        "transfer-other-receiver": document_of(
            REGISTER_FORM, replace(head, receiver_archive="H40.96"), lines, signer
        ),
        "transfer-agency-unknown": document_of(
            REGISTER_FORM, replace(head, agency="H40.95"), lines, signer
        ),
    }.items():
        with pytest.raises(ArchiveError) as refused:
            read_register(two.receiver, forged, actor=there)
        assert refused.value.code == code
    assert shown(two.receiver, row).register_sequence == 1
    with pytest.raises(ArchiveError, match="transfer-not-historical"):
        read_register(two.giver, document, actor=lan)

    made = answer_register(two.receiver, row, RegisterAnswerIn(), folder=tmp_path, actor=there)
    document = Path(made.answer.file or "").read_bytes()
    said, signer = parse(ANSWER_FORM, document), two.receiver.signer()
    line = AnswerLine("H40.99", WHY)
    for code, forged in {
        "transfer-signature": document.replace(b'wantedOn=""', b'wantedOn="2099-01-01"'),
        "transfer-register-other": document_of(
            ANSWER_FORM, replace(said, giver="H40.97"), [], signer
        ),
        "transfer-not-found": document_of(ANSWER_FORM, replace(said, transfer=uuid4()), [], signer),
        "transfer-items": document_of(ANSWER_FORM, said, [line], signer),
        "transfer-message": document_of(ANSWER_FORM, said, [line, line], signer),
    }.items():
        with pytest.raises(ArchiveError) as refused:
            take_answer(two.giver, forged, actor=lan)
        assert refused.value.code == code
    take_answer(two.giver, document, actor=lan)
    with pytest.raises(ArchiveError, match="transfer-register-contradicts"):
        take_answer(
            two.giver, document_of(ANSWER_FORM, replace(said, reason="Khác"), [], signer), actor=lan
        )
    assert take_answer(two.giver, document, actor=lan).state == "answered"
    with pytest.raises(ArchiveError, match="transfer-answer-absent"):
        read_answers(two.giver, tmp_path / "nowhere", actor=lan)


def test_acts_of_one_side_are_not_the_other_ones(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path, OPEN_CODE)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    acts: list[tuple[Services, Callable[[], object]]] = [
        (two.receiver, lambda: send_register(two.receiver, row, actor=there)),
        (
            two.receiver,
            lambda: note_answer(two.receiver, row, PaperAnswer(on=clock.today()), actor=there),
        ),
        (two.receiver, lambda: register_acts.amend(two.receiver, row, Amendment(), actor=there)),
        (two.receiver, lambda: withdraw(two.receiver, row, Withdrawal(reason="Rút"), actor=there)),
        (two.giver, lambda: answer_register(two.giver, row, RegisterAnswerIn(), actor=lan)),
    ]
    for services, act in acts:
        with pytest.raises(ArchiveError, match="transfer-direction"):
            act()
        assert shown(services, row).state == "registered"
    with pytest.raises(ArchiveError, match="transfer-bound"):
        register_acts.amend(two.giver, row, Amendment(to="Lưu trữ khác"), actor=lan)


def test_a_register_that_went_on_paper_may_be_told_later(two: TwoArchives, tmp_path: Path) -> None:
    row = to_send(two, OPEN_CODE)
    lan = person(two.giver, "lan")
    note_sent(two.giver, row, PaperSent(on=clock.today(), number="112/LT"), actor=lan)
    send_register(two.giver, row, folder=tmp_path, actor=lan)
    told = receive(two.receiver, tmp_path, actor=person(two.receiver, "lan"))
    assert (told.state, told.register_number) == ("registered", "112/LT")


def test_packages_may_come_before_their_register(two: TwoArchives, tmp_path: Path) -> None:
    row = to_send(two, OPEN_CODE)
    lan, there = person(two.giver, "lan"), person(two.receiver, "lan")
    send_register(two.giver, row, actor=lan)
    note_answer(two.giver, row, PaperAnswer(on=clock.today()), actor=lan)
    packages_build.build(two.giver, row, folder=tmp_path / "built", actor=lan)
    send(two.giver, row, Onto(tmp_path / "disk"), actor=lan)
    receive(two.receiver, tmp_path / "disk", actor=there)
    told = read_register(two.receiver, register_of(two, row), actor=there)
    assert (told.state, told.register_sequence, states(told)) == ("received", 1, ["arrived"])
    decided(two, row, tmp_path / "disk")
    assert states(shown(two.receiver, row)) == ["stored"]
