"""Rows of transfers out of their acts: memory is that of one message, however many there are."""

import tracemalloc
from hashlib import sha256
from random import Random

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferMessageKind,
)
from archive_service.services import Services
from retention.transfer.custody_acts import restore_transfers, tell
from retention.transfer.messages.kept import add_message
from tests.worlds.archive import person

LONG = 1 << 20  # bytes of a message
MESSAGES = 24
ITEMS = 1100  # of three parts


def composed(session: Session, services: Services) -> Transfer:
    agency_id = session.scalars(select(Agency.id).limit(1)).one()
    row = Transfer(
        agency_id=agency_id,
        direction=TransferDirection.IN,
        number=1,
        year=2026,
        partner="Lưu trữ Một",
        list_sha256="0" * 64,
        composed_by="lan",
        composed_at=clock.now(),
    )
    session.add(row)
    session.flush()
    for ordinal in range(1, ITEMS + 1):
        session.add(
            TransferItem(
                transfer_id=row.id,
                ordinal=ordinal,
                code=f"H40.18.{ordinal}",
                title="Hồ sơ",
                state=TransferItemState.AWAITED,
                version=1,
            )
        )
    tell(session, row, "transfer:received", actor=person(services, "lan"), items=True)
    return row


def told(session: Session) -> dict[int, str]:
    rows = session.scalars(select(TransferMessage).execution_options(yield_per=1))
    return {row.sequence: sha256(row.kept.read()).hexdigest() for row in rows}


def test_messages_and_items_come_back_one_body_at_a_time(services: Services) -> None:
    with services.writing() as session:
        row = composed(session, services)
        for number in range(1, MESSAGES + 1):
            document = Random(number).randbytes(LONG)
            said = (number, document)
            message = add_message(
                session, row, TransferMessageKind.REPLY, said, TransferDirection.OUT
            )
            session.expunge(message)
    with services.read_only() as session:
        before = told(session)
    with services.writing() as session:
        for table in (TransferMessage, TransferItem, Transfer):
            session.execute(delete(table))
        session.expunge_all()
        tracemalloc.start()
        try:
            restore_transfers(session)
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert held < MESSAGES * LONG / 2
    with services.read_only() as session:
        assert told(session) == before
        ordinals = select(TransferItem.ordinal).order_by(TransferItem.ordinal)
        assert session.scalars(ordinals).all() == list(range(1, ITEMS + 1))
