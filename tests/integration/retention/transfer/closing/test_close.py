"""A transfer is closed by what the other archive acknowledged; the catalogue and receipts stay."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from archive_service import clock
from archive_service.app import create_app
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.holdings.texts import case_texts
from archive_service.document import NextActDocument
from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferState
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from retention.transfer.closing.close import TransferItemsOpenError, TransferReceiptError, close
from retention.transfer.closing.correct import correct
from retention.transfer.given import Correction, Registration
from retention.transfer.items import items_of
from retention.transfer.packages.build import build
from retention.transfer.refusals import TransferEmptyError
from retention.transfer.register import acts as register_acts
from retention.transfer.register.acts import NothingRegisteredError
from retention.transfer.register.deadlines import removable_from
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.transfer.replies import decided, replied, sent, shown, states
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def case(services: Services, code: str) -> dict[str, Any]:
    return queries.case_file(services, code, actor=OPERATOR).as_json()


def test_a_lawful_transfer_raises_no_alarm_on_either_side(two: TwoArchives, tmp_path: Path) -> None:
    both = two.giver, two.receiver
    for services in both:
        seal_log(services, services.signer(), actor=OPERATOR)
    close(two.giver, replied(two, tmp_path, *BOTH), actor=person(two.giver, "lan"))
    for services in both:
        for again in (False, True):
            assert prove_trail(services).first_bad is None, again
            tally = check_catalogue(services, actor=OPERATOR)
            assert tally.ok, (tally.differing, tally.acts, tally.log)
            seal_log(services, services.signer(), actor=OPERATOR)


def test_what_has_its_receipt_is_the_other_archives_and_can_be_read_still(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH)
    lan = person(two.giver, "lan")
    told = close(two.giver, row, actor=lan)
    assert (told.state, states(told)) == ("closed", ["transferred"] * 2)
    assert told.removable_on == removable_from(clock.today(), 3)
    for item in told.items:
        here = case(two.giver, item.code)
        assert (here["state"], here["standing"]) == ("transferred", "transferred")
        assert here["handed_over"]["receipt"] == item.receipt
        assert here["handed_over"]["receipt"]["archive"] == HISTORICAL_CODE
        assert (
            case(two.receiver, item.code)["arc_file_code"] == (item.receipt or {})["arc_file_code"]
        )
    assert case_texts(two.giver, OPEN_CODE, actor=lan).documents
    assert close(two.giver, row, actor=lan) == told, "closing twice changes nothing"
    with pytest.raises(Exception, match="case-file-state"):
        describe_case_file(two.giver, OPEN_CODE, {0: {"title": "Khác"}}, reason="Sửa", actor=lan)
    rebuild(two.giver, actor=OPERATOR)
    assert shown(two.giver, row) == told
    assert case(two.giver, OPEN_CODE)["state"] == "transferred"


def test_what_came_back_stays_and_may_stand_on_another_register(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    lan = person(two.giver, "lan")
    told = close(two.giver, row, actor=lan)
    assert states(told) == ["transferred", "returned"]
    assert case(two.giver, RESTRICTED_CODE)["state"] == "stored"
    again = register_acts.register(
        two.giver, Registration(codes=BOTH, to="Lưu trữ khác"), actor=lan
    )
    assert [transfer_item.state for transfer_item in again.items] == ["refused", "listed"]


def test_nothing_is_closed_while_something_is_on_its_way(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    lan = person(two.giver, "lan")
    with pytest.raises(Exception, match="transfer-state"):
        close(two.giver, row, actor=lan)
    with two.giver.writing() as session:
        session.get_one(Transfer, row).state = TransferState.REPLIED
    with pytest.raises(TransferItemsOpenError) as refused:
        close(two.giver, row, actor=lan)
    assert refused.value.code == "transfer-items-open"
    assert (refused.value.facts["count"], refused.value.facts["codes"]) == (2, list(BOTH))
    assert case(two.giver, OPEN_CODE)["state"] == "stored"


def test_a_receipt_that_does_not_agree_any_more_closes_nothing(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH)
    with two.giver.writing() as session:
        first: TransferItem = next(items_of(session, row))
        first.sha256 = "0" * 64
    with pytest.raises(TransferReceiptError) as refused:
        close(two.giver, row, actor=person(two.giver, "lan"))
    assert refused.value.code == "transfer-receipt-differs"
    assert refused.value.facts["codes"] == [OPEN_CODE]
    assert [case(two.giver, code)["state"] for code in BOTH] == ["stored"] * 2


def test_what_is_held_stays_ours_until_nothing_holds_it(two: TwoArchives, tmp_path: Path) -> None:
    row = replied(two, tmp_path, *BOTH)
    lan, hung = person(two.giver, "lan"), person(two.giver, "hung")
    (hold,) = place_holds(two.giver, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    told = close(two.giver, row, actor=lan)
    assert (told.state, states(told)) == ("closed", ["receipted", "transferred"])
    assert NextActDocument(act="close", role="archivist", needs=["hold-lifted"]) in told.next
    assert case(two.giver, OPEN_CODE)["state"] == "stored"
    assert close(two.giver, row, actor=lan) == told
    lift_hold(two.giver, hold.id, LiftIn(reason="Đã xong"), actor=hung)
    with pytest.raises(NothingRegisteredError) as none:
        register_acts.register(
            two.giver, Registration(codes=[OPEN_CODE], to="Lưu trữ khác"), actor=lan
        )
    (item,) = none.value.items
    assert (item.refusal or {})["code"] == "registered", "it has its receipt"
    told = close(two.giver, row, actor=lan)
    assert states(told) == ["transferred", "transferred"]


def test_what_was_to_go_once_more_and_is_held_keeps_nothing_else_waiting(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    lan, hung = person(two.giver, "lan"), person(two.giver, "hung")
    correct(two.giver, row, Correction(codes=[RESTRICTED_CODE]), actor=lan)
    with pytest.raises(TransferItemsOpenError):
        close(two.giver, row, actor=lan)
    place_holds(two.giver, [RESTRICTED_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    with pytest.raises(TransferEmptyError):
        build(two.giver, row, folder=tmp_path / "again", actor=lan)
    there = shown(two.giver, row)
    assert (there.state, states(there)) == ("answered", ["receipted", "stopped"])
    assert [next_act.act for next_act in there.next] == ["correct", "close"]
    told = close(two.giver, row, actor=lan)
    assert (told.state, states(told)) == ("closed", ["transferred", "stopped"])
    assert case(two.giver, RESTRICTED_CODE)["state"] == "stored"


def test_what_a_broken_building_stopped_is_told_before_the_transfer_closes(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = replied(two, tmp_path, *BOTH, returned=[RESTRICTED_CODE])
    lan, hung = person(two.giver, "lan"), person(two.giver, "hung")
    correct(two.giver, row, Correction(codes=[RESTRICTED_CODE]), actor=lan)
    place_holds(two.giver, BOTH, reason="Thanh tra", authority="12/QĐ", actor=hung)
    with pytest.raises(TransferEmptyError):
        build(two.giver, row, folder=tmp_path / "again", actor=lan)
    assert states(close(two.giver, row, actor=lan)) == ["receipted", "stopped"]
    assert check_catalogue(two.giver, actor=OPERATOR).acts == []


def test_what_changed_since_it_was_sent_stays_ours(two: TwoArchives, tmp_path: Path) -> None:
    row = replied(two, tmp_path, *BOTH)
    lan = person(two.giver, "lan")
    edits = {0: {"description": "Có thêm tài liệu"}}
    describe_case_file(two.giver, OPEN_CODE, edits, reason="Bổ sung", actor=lan)
    do_all(two.giver)
    told = close(two.giver, row, actor=lan)
    assert states(told) == ["stopped", "transferred"]
    assert (told.items[0].refusal or {})["code"] == "changed"
    assert case(two.giver, OPEN_CODE)["state"] == "stored"


def test_the_receiving_archive_closes_nothing(two: TwoArchives, tmp_path: Path) -> None:
    row = replied(two, tmp_path, *BOTH)
    with pytest.raises(Exception, match="transfer-direction"):
        close(two.receiver, row, actor=person(two.receiver, "lan"))


def test_commands_and_rest_tell_the_same(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    disk = tmp_path / "disk"
    decided(two, row, disk, returned=[RESTRICTED_CODE])
    there, here = Command(two.receiver.settings.home), Command(two.giver.settings.home)
    told = there.ask("transfer", "reply", row, "--to", disk, account="lan")
    assert told["reply"]["file"] == str(disk / "reply-001.xml")
    items = here.ask("transfer", "read-reply", disk, account="lan")["items"]
    assert [item["state"] for item in items] == [
        "receipted",
        "returned",
    ]
    lan = program_of(create_app(two.giver), two.giver, "lan")
    path = f"/transfers/{row}"
    corrected = lan.post(f"{path}/correction", json={"codes": [RESTRICTED_CODE]})
    assert corrected.status_code == 200
    items = corrected.get_json()["items"]
    assert [item["state"] for item in items] == ["receipted", "listed"]
    assert lan.post(f"{path}/closing").status_code == 409
    withdrawn = here.run("transfer", "close", row, "--json", account="lan")
    assert (withdrawn.code, withdrawn.error["code"]) == (4, "transfer-items-open")


def test_the_case_file_tells_where_it_went(two: TwoArchives, tmp_path: Path) -> None:
    row = replied(two, tmp_path, OPEN_CODE)
    here = Command(two.giver.settings.home)
    told = here.ask("transfer", "close", row, account="lan")
    arc_file_code = told["items"][0]["receipt"]["arc_file_code"]
    assert arc_file_code in here.run("case", "show", OPEN_CODE, account="lan").stdout
    day = f"{dt.date.fromisoformat(told['removable_on']):%d/%m/%Y}"
    assert day in here.run("transfer", "show", row, account="lan").stderr
    lan = program_of(create_app(two.giver), two.giver, "lan")
    answer = lan.get(f"/case-files/{OPEN_CODE}").get_json()
    assert answer["handed_over"]["receipt"]["arc_file_code"] == arc_file_code
    assert answer["handed_over"]["transfer"] == str(row)
