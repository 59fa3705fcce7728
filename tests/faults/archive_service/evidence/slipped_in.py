"""Rows that somebody with the keys slips in or rewrites."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from archive_service.accounts.acts import get_account
from archive_service.domain.people.account import Account, Role
from archive_service.services import Services
from tests.faults.archive_service.evidence.rewriting import change
from tests.worlds.archive import open_home
from tests.worlds.backed_up import stocked_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        yield services


def role_raised(services: Services) -> str:
    change(services, update(Account).where(Account.name == "lan").values(role=Role.ADMIN))
    return "account lan rights"


def account_slipped_in(services: Services) -> str:
    with services.writing() as session:
        row = get_account(session, "lan")
        values = {column.key: getattr(row, column.key) for column in Account.__table__.columns}
        del values["id"]
        session.add(Account(**values | {"name": "ghost", "role": Role.ADMIN}))
    return "account ghost rights"
