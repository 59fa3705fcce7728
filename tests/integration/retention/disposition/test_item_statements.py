"""A case file of a list is reviewed as cheaply on a long list, and after many earlier ones."""

import re
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import clock
from archive_service.bench.decided import decided_list
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import DispositionState
from archive_service.services import Services
from tests.worlds.browsers import browser_of, counted, more_case_files
from tests.worlds.clients import OPEN_CODE

FEW, MANY = 2, 60


def add_list(services: Services, number: int, state: DispositionState) -> UUID:
    """A list with all that is held on it."""
    with services.writing() as session:
        rows = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        row = decided_list(rows, number=number, state=state)
        session.add(row)
        session.flush()
        return row.id


def asked(services: Services, client: FlaskClient, list_id: UUID) -> tuple[int, str]:
    """How many statements the page of one case file takes the second time, and the page."""
    path = f"/dispositions/{list_id}/items/{OPEN_CODE}"
    client.get(path)
    with counted(services) as statements:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(statements), answer.text


def test_the_page_of_an_item_asks_as_much_for_many_as_for_few(
    app: Flask, services: Services
) -> None:
    lan = browser_of(app, services, "lan")
    add_list(services, 1, DispositionState.EXECUTED)
    few, short = asked(services, lan, add_list(services, 2, DispositionState.PROPOSED))
    more_case_files(services, MANY - FEW)
    for number in range(3, 15):
        add_list(services, number, DispositionState.EXECUTED)
    many, long = asked(services, lan, add_list(services, 15, DispositionState.PROPOSED))
    assert re.search(rf">\d+/{FEW}<", short)
    assert re.search(rf">\d+/{MANY}<", long)
    year = clock.today().year
    assert [f"01/{year}" in short, f"14/{year}" in long, f"03/{year}" in short] == [
        True,
        True,
        False,
    ]
    assert many == few
