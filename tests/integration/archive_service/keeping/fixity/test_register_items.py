"""Case files that somebody put on a register in the database alone are found."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.transfer.transfer import TransferItem
from archive_service.services import Services
from tests.integration.archive_service.keeping.fixity.changed_rows import told_otherwise
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
