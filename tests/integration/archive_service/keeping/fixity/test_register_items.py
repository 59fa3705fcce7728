"""Registers that somebody changed in the database alone, and case files put on them, are found."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.transfer.transfer import TransferItem, TransferItemState
from archive_service.services import Services
from archive_service.signing.port import Signer
from retention.holds.acts import place_holds
from retention.transfer.given import Withdrawal
from retention.transfer.packages.build import build
from retention.transfer.refusals import TransferEmptyError
from retention.transfer.register.answer import withdraw
from tests.integration.archive_service.keeping.fixity.changed_rows import told_otherwise
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.transfers import answered


@pytest.mark.parametrize("ordinal", [2, 700], ids=["beside those of a part", "after the last"])
def test_a_case_file_slipped_onto_a_register_is_found(services: Services, ordinal: int) -> None:
    transfer_id: UUID = answered(services, OPEN_CODE)
    with services.unit_of_work() as uow:  # nothing of it is committed
        row = uow.session.scalars(select(TransferItem)).one()
        assert row.transfer_id == transfer_id
        assert "transfer" not in told_otherwise(uow.session)
        names = TransferItem.__table__.columns.keys()
        columns = {name: getattr(row, name) for name in names}
        another = select(CaseFile.id).where(CaseFile.code == RESTRICTED_CODE)
        case_file = uow.session.scalars(another).one()
        other = {"id": uuid4(), "ordinal": ordinal, "case_file_id": case_file}
        uow.session.execute(insert(TransferItem).values(columns | other))
        assert "transfer" in told_otherwise(uow.session)


OTHERWISE: dict[str, dict[str, Any]] = {
    "a receipt": {"receipt": {"archive": "H40.01", "package_sha256": "ab" * 32}},
    "its package": {"sha256": "ab" * 32},
    "what stops it": {"refusal": {"code": "held", "facts": {}}},
    "as if it were taken": {"state": TransferItemState.TRANSFERRED},
    "as if its bytes were gone": {"state": TransferItemState.REMOVED},
    "why it came back": {"reason": "Khác"},
}


@pytest.mark.parametrize("told", OTHERWISE)
def test_what_the_other_archive_never_said_of_a_case_file_is_found(
    services: Services, told: str
) -> None:
    answered(services, OPEN_CODE)
    with services.unit_of_work() as uow:  # nothing of it is committed
        assert "transfer" not in told_otherwise(uow.session)
        uow.session.execute(update(TransferItem).values(OTHERWISE[told]))
        uow.session.expire_all()
        assert "transfer" in told_otherwise(uow.session)


def by_hold(services: Services, transfer_id: UUID, folder: Path) -> None:
    """All of it is stopped: the building ends before it closes."""
    hung = person(services, "hung")
    place_holds(services, [OPEN_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    with pytest.raises(TransferEmptyError):
        build(services, transfer_id, folder=folder, actor=person(services, "lan"))


def by_signer(services: Services, transfer_id: UUID, folder: Path) -> None:
    """Packages are built, and the papers beside them cannot be sealed."""

    class Unsealed(Services):
        def signer(self, _agency: str | None = None) -> Signer:
            raise SignerAwayError

    unsealed = Unsealed(**{field.name: getattr(services, field.name) for field in fields(Services)})
    with pytest.raises(SignerAwayError):
        build(unsealed, transfer_id, folder=folder, actor=person(services, "lan"))


class SignerAwayError(Exception):
    """Nobody seals."""


BROKEN: dict[TransferItemState, Callable[[Services, UUID, Path], None]] = {
    TransferItemState.STOPPED: by_hold,
    TransferItemState.BUILT: by_signer,
}


@pytest.mark.parametrize("state", BROKEN)
@pytest.mark.parametrize("again", [False, True], ids=["first", "again"])
def test_a_building_that_stops_is_no_alarm_until_it_is_over(
    services: Services, tmp_path: Path, state: TransferItemState, *, again: bool
) -> None:
    transfer_id, lan = answered(services, OPEN_CODE), person(services, "lan")
    if again:
        build(services, transfer_id, folder=tmp_path / "first", actor=lan)
    BROKEN[state](services, transfer_id, tmp_path / "out")
    with services.unit_of_work() as uow:  # nothing of it is committed
        assert uow.session.scalars(select(TransferItem.state)).one() is state
        assert "transfer" not in told_otherwise(uow.session)
        uow.session.execute(update(TransferItem).values(receipt={"archive": "H40.01"}))
        uow.session.expire_all()
        assert "transfer" in told_otherwise(uow.session)
    withdraw(services, transfer_id, Withdrawal(reason="Nhầm"), actor=lan)
    with services.unit_of_work() as uow:  # neither of this
        assert "transfer" not in told_otherwise(uow.session)
        uow.session.execute(update(TransferItem).values(sha256="ab" * 32))
        uow.session.expire_all()
        assert "transfer" in told_otherwise(uow.session)
