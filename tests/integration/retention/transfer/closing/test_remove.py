"""The bytes of what another archive keeps leave this one by the one gate, and nothing else does."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.app import create_app
from archive_service.bootstrap import open_gate
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.holdings.texts import case_texts
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER, Role
from archive_service.domain.retention.hold import Hold
from archive_service.domain.retention.removal import CaseFileHandedOverError, Removal, RemovalGround
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferState,
)
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.ocfl.root import object_root
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from retention.transfer.closing.remove import RESUME_JOB, TransferCoolingOffError, remove
from retention.transfer.documents import TransferDocument
from retention.transfer.given import RemovalApproval
from search import acts as search_acts
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.retention.orders import order_row
from tests.worlds.retention.removing import graceless
from tests.worlds.transfer.replies import closed, is_over, shown, states
from tests.worlds.transfer.transfers import NewArchives, TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def two(two: NewArchives) -> TwoArchives:
    """The giver's staging has no time of grace."""
    two.change_giver(graceless)
    return two


@pytest.fixture
def row(two: TwoArchives, tmp_path: Path) -> UUID:
    """A transfer that was closed long ago."""
    made = closed(two, tmp_path, *BOTH)
    is_over(two.giver, made)
    return made


@pytest.fixture
def giver(two: TwoArchives, row: UUID) -> Services:
    """Opened when it has gone that way: both begin where others of the way ended."""
    return two.giver


def let_go(services: Services, row: UUID) -> TransferDocument:
    otp = new_otp(services, HEAD)
    return remove(services, row, RemovalApproval(otp=otp), actor=person(services, HEAD))


def left_of(services: Services, code: str) -> int:
    """Files of it in all copies."""
    with services.read_only() as session:
        ocfl_id = session.scalars(select(CaseFile.ocfl_id).where(CaseFile.code == code)).one()
    root = f"{object_root(ocfl_id)}/"
    return sum(1 for copy in services.stores for _ in copy.iter_keys(root))


def test_bytes_go_and_catalogue_and_receipt_stay(giver: Services, row: UUID) -> None:
    before = queries.case_file(giver, OPEN_CODE, actor=OPERATOR).as_json()
    assert let_go(giver, row).removal_by == HEAD
    assert left_of(giver, OPEN_CODE), "jobs do it"
    do_all(giver)
    assert [left_of(giver, code) for code in BOTH] == [0, 0]
    told = shown(giver, row)
    assert (told.state, states(told)) == ("closed", ["removed"] * 2)
    after = queries.case_file(giver, OPEN_CODE, actor=OPERATOR).as_json()
    assert (after["state"], after["standing"], after["documents"]) == (
        "transferred",
        "transferred",
        [],
    )
    assert after["handed_over"] == before["handed_over"]
    for field in ("title", "keyword", "description", "start_date", "end_date", "document_count"):
        assert after[field] == before[field]
    with giver.read_only() as session:
        removals = session.scalars(select(Removal)).all()
        assert {removal.ground for removal in removals} == {RemovalGround.TRANSFER}
        assert all(removal.done_at for removal in removals)


def test_it_is_found_in_the_catalogue_alone(giver: Services, row: UUID) -> None:
    lan = person(giver, "lan")
    before = search_acts.find(giver, "Khe Lạnh", actor=lan)
    assert before.total > 0
    let_go(giver, row)
    do_all(giver)
    assert search_acts.find(giver, "Khe Lạnh", actor=lan).total == 0
    listed = queries.list_case_files(giver, actor=lan)
    assert {entry.code: entry.standing for entry in listed} == dict.fromkeys(BOTH, "transferred")
    with pytest.raises(CaseFileHandedOverError) as refused:
        place_holds(
            giver, [OPEN_CODE], reason="Thanh tra", authority="1", actor=person(giver, "hung")
        )
    assert refused.value.code == "case-file-handed-over"
    assert case_texts(giver, OPEN_CODE, actor=lan).documents == []


def test_a_rebuild_brings_back_the_catalogue_and_no_byte(giver: Services, row: UUID) -> None:
    let_go(giver, row)
    do_all(giver)
    told = shown(giver, row)
    case = queries.case_file(giver, OPEN_CODE, actor=OPERATOR).as_json()
    rebuild(giver, actor=OPERATOR)
    assert shown(giver, row) == told
    assert queries.case_file(giver, OPEN_CODE, actor=OPERATOR).as_json() == case
    assert [left_of(giver, code) for code in BOTH] == [0, 0]


def test_a_rebuild_between_closing_and_removal_knows_what_was_closed(
    giver: Services, row: UUID
) -> None:
    let_go(giver, row)
    rebuild(giver, actor=OPERATOR)
    told = shown(giver, row)
    assert (told.state, states(told)) == ("closed", ["transferred"] * 2)
    assert all(transfer_item.receipt for transfer_item in told.items)


def test_what_is_held_is_left_out_and_says_so(giver: Services, row: UUID) -> None:
    """Also by a hold that came after the head let it go."""
    hung = person(giver, "hung")
    let_go(giver, row)
    (hold,) = place_holds(giver, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    do_all(giver)
    told = shown(giver, row)
    assert states(told) == ["transferred", "removed"]
    assert (told.items[0].refusal or {})["code"] == "held"
    assert left_of(giver, OPEN_CODE)
    lift_hold(giver, hold.id, LiftIn(reason="Đã xong"), actor=hung)
    with giver.writing() as session:
        giver.jobs.add(session, RESUME_JOB)
    do_all(giver)
    assert states(shown(giver, row)) == ["transferred", "removed"], "the head is asked again"
    let_go(giver, row)
    do_all(giver)
    assert states(shown(giver, row)) == ["removed", "removed"]


def test_nothing_goes_before_the_cooling_off_is_over(two: TwoArchives, tmp_path: Path) -> None:
    row = closed(two, tmp_path, OPEN_CODE)
    with pytest.raises(TransferCoolingOffError) as refused:
        let_go(two.giver, row)
    assert refused.value.code == "transfer-cooling-off"
    assert str(refused.value.facts["on"]) > str(clock.today())


def test_only_the_head_lets_go_and_with_a_code_that_fits(giver: Services, row: UUID) -> None:
    head = person(giver, HEAD)
    otp = new_otp(giver, HEAD)
    with pytest.raises(Exception, match="act-not-allowed"):
        remove(giver, row, RemovalApproval(otp=otp), actor=person(giver, "lan"))
    with pytest.raises(Exception, match="second-factor-missing"):
        remove(giver, row, RemovalApproval(), actor=head)
    with pytest.raises(Exception, match="second-factor-wrong"):
        remove(giver, row, RemovalApproval(otp="000000"), actor=head)
    assert shown(giver, row).removal_by is None
    remove(giver, row, RemovalApproval(otp=otp), actor=head)
    with pytest.raises(Exception, match="second-factor-wrong"):
        remove(giver, row, RemovalApproval(otp=otp), actor=head)
    do_all(giver)
    assert remove(giver, row, RemovalApproval(), actor=head).counts == {"removed": 2}, (
        "nothing is left to go"
    )


def test_who_closed_it_does_not_let_it_go(giver: Services, row: UUID) -> None:
    with giver.writing() as session:
        session.get_one(Transfer, row).closed_by = HEAD
    with pytest.raises(Exception, match="transfer-own"):
        let_go(giver, row)


def test_the_head_of_another_agency_knows_nothing_of_it(giver: Services, row: UUID) -> None:
    with giver.unit_of_work() as uow:
        stranger = person(giver, "stranger")
        add_account(
            "other-head",
            role=Role.AGENCY_HEAD,
            actor=OPERATOR,
            uow=uow,
            agency_id=stranger.agency_id,
        )
        uow.commit()
    with pytest.raises(Exception, match="transfer-not-found"):
        remove(giver, row, RemovalApproval(otp="000000"), actor=person(giver, "other-head"))


def transfer_of(session: Session) -> Transfer:
    return session.scalars(select(Transfer)).one()


def item_of(session: Session) -> TransferItem:
    query = select(TransferItem).where(TransferItem.code == OPEN_CODE)
    return session.scalars(query).one()


def case_of(session: Session) -> CaseFile:
    return session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()


def hold_it(session: Session) -> None:
    order = order_row()
    session.add(Hold(case_file_id=case_of(session).id, order=order, placed_at=order.placed_at))


def forget_replies(session: Session) -> None:
    for message in session.scalars(select(TransferMessage)):
        session.delete(message)


def _set(of: Callable[[Session], Any], name: str, value: Any) -> Callable[[Session], None]:
    return lambda session: setattr(of(session), name, value)


REFUSALS: dict[str, tuple[str, Callable[[Session], None]]] = {
    "a transfer that is not closed": (
        "not-approved",
        _set(transfer_of, "state", TransferState.REPLIED),
    ),
    "nobody let it go": ("not-approved", _set(transfer_of, "removal_by", None)),
    "who composed it let it go": ("not-approved", _set(transfer_of, "removal_by", "lan")),
    "an item that is only receipted": (
        "not-approved",
        _set(item_of, "state", TransferItemState.RECEIPTED),
    ),
    "a case file that is ours": ("not-stored", _set(case_of, "state", CaseState.STORED)),
    "a version that is not safe": ("not-stored", _set(case_of, "version_wanted", 9)),
    "the cooling-off runs": (
        "cooling-off",
        _set(transfer_of, "removable_on", dt.date(2999, 1, 1)),
    ),
    "a row that says it is over, closed just now": (
        "cooling-off",
        _set(transfer_of, "closed_at", dt.datetime(2999, 1, 1, tzinfo=dt.UTC)),
    ),
    "no receipt": ("no-receipt", _set(item_of, "receipt", None)),
    "a receipt of another package": ("no-receipt", _set(item_of, "sha256", "0" * 64)),
    "no signed reply that gave it": ("no-receipt", forget_replies),
    "a hold": ("held", hold_it),
    "another version than was sent": ("changed", _set(item_of, "version", 7)),
    "it was let go in a time to come": (
        "clock",
        _set(transfer_of, "removal_at", dt.datetime(2999, 1, 1, tzinfo=dt.UTC)),
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_the_gate_trusts_no_caller(giver: Services, row: UUID, what: str) -> None:
    let_go(giver, row)
    reason, act = REFUSALS[what]
    with giver.writing() as session:
        act(session)
    with giver.writing() as session:
        item = item_of(session).id
        told = open_gate(giver, []).claim_handed_over(session, [item], actor=WORKER)[item]
        assert isinstance(told, RemovalRefusedError)
        assert told.facts == {"code": OPEN_CODE, "reason": reason}
    with giver.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Removal)) == 0
        assert session.scalar(select(Act).where(Act.kind == "removal")) is None
    assert left_of(giver, OPEN_CODE)


def test_two_who_claim_make_one_removal(giver: Services, row: UUID) -> None:
    let_go(giver, row)
    gate = open_gate(giver, [])
    found = []
    for _ in range(2):
        with giver.writing() as session:
            item = item_of(session).id
            told = gate.claim_handed_over(session, [item], actor=WORKER)[item]
            assert isinstance(told, Removal)
            found.append(told.id)
    assert found[0] == found[1]


def test_commands_rest_and_page(giver: Services, row: UUID) -> None:
    home = giver.settings.home
    refused = Command(home).run("transfer", "remove", row, "--json", account=HEAD)
    assert (refused.code, refused.error["code"]) == (4, "second-factor-missing")
    head = program_of(create_app(giver), giver, HEAD)
    assert head.post(f"/transfers/{row}/removal", json={"otp": "1"}).status_code == 403
    otp = new_otp(giver, HEAD)
    told = head.post(f"/transfers/{row}/removal", json={"otp": otp})
    assert (told.status_code, told.get_json()["removal_by"]) == (200, HEAD)
    do_all(giver)
    text = Command(home).run("case", "show", OPEN_CODE, account="lan").stdout
    receipt = shown(giver, row).items[0].receipt
    assert receipt is not None
    assert receipt["arc_file_code"] in text
    page = browser_of(create_app(giver), giver, "lan").get(f"/case-files/{OPEN_CODE}").text
    for words in ("Đã nộp vào lưu trữ khác", "Các bản ở đây đã xóa", receipt["arc_file_code"]):
        assert words in page
    assert "quyết định hủy" not in page
