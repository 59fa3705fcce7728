"""Orders for many case files, begun and applied."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.catalogue.holdings.listing import Narrowing
from archive_service.catalogue.many import acts as many_acts
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.description_batch import (
    DescriptionItem,
)
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.clients import add_person, do_all
from tests.worlds.holding import take_in

REASON = "Chuẩn hóa từ khóa toàn phông"
KEYWORD = {"scope": "case-file", "field": "keyword", "act": "add", "value": "chỉnh lý"}


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds five case files."""
    place = tmp_path_factory.mktemp("many")
    home = new_home(place / "home")
    with open_home(home) as services:
        add_person(services, "mai", Role.ARCHIVIST)
        take_in(services, place / "in", range(1, 6))
        do_all(services)
    return home


@pytest.fixture
def services(five: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(five, tmp_path / "home")) as opened:
        yield opened


def held(services: Services) -> list[CaseFile]:
    with services.read_only() as session:
        return list(session.scalars(select(CaseFile).order_by(CaseFile.code)))


def begun(services: Services, *orders: dict[str, str], **more: Any) -> UUID:
    given: dict[str, Any] = {"reason": REASON, "actor": person(services, "lan")}
    if "codes" not in more:
        given["narrowing"] = Narrowing()
    batch = many_acts.begin(services, orders or [KEYWORD], **given | more)
    do_all(services)
    return batch


def applied(services: Services, batch: UUID) -> None:
    many_acts.apply(services, batch, actor=person(services, "lan"))
    do_all(services)


def items(services: Services, batch: UUID) -> list[DescriptionItem]:
    with services.read_only() as session:
        return list(session.scalars(many_acts.items_of(batch).order_by(DescriptionItem.ordinal)))


def states(services: Services, batch: UUID) -> list[str]:
    return [description_item.state.value for description_item in items(services, batch)]
