"""An answer that declines very many: each item as it says, on both sides and in every copy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferItemState
from archive_service.evidence.write_out import write_out_evidence
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.transfer.custody_acts import add_items
from retention.transfer.items import AT_ONCE, items_of
from retention.transfer.refusals import TransferItemsError
from retention.transfer.register.declining import Declined, decline, declined_by
from retention.transfer.register.send_answer import RegisterAnswerIn, answer_register
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.registers import announced, answer
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)
MANY = [f"{OPEN_CODE}.{number:04}" for number in range(2 * AT_ONCE)]
WHY, OTHER = "Không thuộc thành phần nộp lưu", "Trùng hồ sơ đã nhận"


def add_many(services: Services, row: UUID) -> None:
    """More case files on a register, as if they had stood there when it was approved."""
    items = [
        {"ordinal": ordinal, "code": code, "title": code, "version": 1, "registered": {"pages": 1}}
        for ordinal, code in enumerate(MANY, start=len(BOTH) + 1)
    ]
    with services.writing() as session:
        add_items(session, row, items[: AT_ONCE - len(BOTH)])
        add_items(session, row, items[AT_ONCE - len(BOTH) :][:AT_ONCE])
        add_items(session, row, items[2 * AT_ONCE - len(BOTH) :])
    write_out_evidence(services)


def told_of(services: Services, row: UUID) -> dict[str, tuple[str, str, Any]]:
    """State, reason, and what was declined of it, of each item."""

    def told() -> Iterator[tuple[str, tuple[str, str, Any]]]:
        for item in items_of(session, row):
            why = (item.registered or {}).get("declined")
            yield item.code, (item.state.value, item.reason, why)

    with services.read_only() as session:
        return dict(told())


def test_very_many_are_declined_and_taken_back(two: TwoArchives, tmp_path: Path) -> None:
    row = announced(two, tmp_path, *BOTH)
    for archive in (two.giver, two.receiver):
        add_many(archive, row)
    first = dict.fromkeys(MANY[: AT_ONCE + 200], WHY)
    then = dict.fromkeys(MANY[AT_ONCE:], WHY) | {MANY[AT_ONCE]: OTHER}
    for declined in (first, then):
        answer(two, row, tmp_path, declined=declined)
        for archive, keeps_why in ((two.giver, False), (two.receiver, True)):
            expected = {
                code: ("declined", declined[code], declined[code] if keeps_why else None)
                if code in declined
                else ("listed", "", None)
                for code in (*BOTH, *MANY)
            }
            assert told_of(archive, row) == expected
    for archive in (two.giver, two.receiver):
        before = told_of(archive, row)
        rebuild(archive, actor=OPERATOR)
        assert told_of(archive, row) == before


def test_what_was_found_of_a_former_edition_is_found_again(
    two: TwoArchives, tmp_path: Path
) -> None:
    row, lan = announced(two, tmp_path, *BOTH), person(two.receiver, "lan")

    def found() -> Declined:
        with two.receiver.read_only() as session:
            return declined_by(session, session.get_one(Transfer, row), {OPEN_CODE: WHY})

    former = found()
    assert former.ordinals == [1]
    answer_register(two.receiver, row, RegisterAnswerIn(declined={RESTRICTED_CODE: WHY}), actor=lan)
    with two.receiver.writing() as session:
        transfer = session.get_one(Transfer, row)
        assert decline(session, transfer, {OPEN_CODE: WHY}, former) == [1, 2]
    assert [one[0] for one in told_of(two.receiver, row).values()] == ["declined", "listed"]
    former = found()
    with two.receiver.unit_of_work() as uow:  # as a building at its work: no answer reaches it
        item = uow.session.scalars(select(TransferItem).where(TransferItem.code == OPEN_CODE)).one()
        item.state = TransferItemState.BUILT
        uow.session.flush()
        transfer = uow.session.get_one(Transfer, row)
        with pytest.raises(TransferItemsError):
            decline(uow.session, transfer, {OPEN_CODE: WHY}, former)
