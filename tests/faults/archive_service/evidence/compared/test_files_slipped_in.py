"""An operator writes an act, or a segment of the trail, into every copy: no row tells of it.

A rebuild from such a copy would take it in.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from archive_service import clock
from archive_service.audit import segment_key
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.keeping.fixity.check import FixityRun, iter_check
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from archive_service.storage.acts import iter_acts, written_act
from archive_service.storage.fixity.verdict import Fixity
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.reading_again import open_troubles_of, read_everything


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        yield services


def put(services: Services, key: str, data: bytes) -> None:
    for copy in services.stores:
        file = services.settings.home / copy.name / key
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)


def act_of(services: Services, name: str) -> str:
    """A receipt once more, whole and with its digest beside it, under a name of its own."""
    real = next(iter_acts(services.stores[0], "receipt"))
    act = written_act("receipt", name, real.said())
    for key, data in (*act.beside.items(), (act.key, act.data)):
        put(services, key, data)
    return act.key


def new_act(services: Services) -> str:
    return act_of(services, f"20260101T000000000000-{uuid4()}")


def known_act_of_another_moment(services: Services) -> str:
    real = next(iter_acts(services.stores[0], "receipt"))
    return act_of(services, f"20260101T000000000000-{real.document['id']}")


def act_without_an_id(services: Services) -> str:
    return act_of(services, f"20260101T000000000000-{'-' * 36}")


def paper_beside_a_real_act(services: Services) -> str:
    real = next(iter_acts(services.stores[0], "receipt"))
    key = f"{real.key.removesuffix('.json')}.docx"
    put(services, key, b"PK")
    return key


def act_whose_name_is_no_text(services: Services) -> str:
    put(services, "acts/receipt/\udcff.json", b"{}")
    return "acts/receipt/\\udcff.json"


def segment(services: Services) -> str:
    put(services, segment_key(7_000_000), b"{}\n")
    return segment_key(7_000_000)


ATTACKS = [
    *(new_act, known_act_of_another_moment, act_without_an_id, paper_beside_a_real_act),
    *(act_whose_name_is_no_text, segment),
]


def unexpected(services: Services) -> set[str]:
    results = iter_check(services, FixityRun(clock.now()))
    wrong = [result for result in results if result.status is not Fixity.INTACT]
    assert {result.status for result in wrong} <= {Fixity.UNEXPECTED}
    return {result.key for result in wrong}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_file_that_no_row_knows_is_named(
    services: Services, attack: Callable[[Services], str]
) -> None:
    assert check_catalogue(services, actor=OPERATOR).ok
    assert not unexpected(services)
    before = files(services)
    key = attack(services)
    named = check_catalogue(services, actor=OPERATOR).acts
    assert {copy for name, copy in named if name == key} == {it.name for it in services.stores}
    assert key in unexpected(services)
    with services.read_only() as session:
        assert key in {incident.subject for incident in open_incidents(session)}
    for file in files(services) - before:
        file.unlink()
    assert check_catalogue(services, actor=OPERATOR).ok
    with services.read_only() as session:
        assert not open_incidents(session)


@pytest.mark.parametrize("attack", [known_act_of_another_moment, act_whose_name_is_no_text])
def test_the_calendar_names_it_too(services: Services, attack: Callable[[Services], str]) -> None:
    key = attack(services)
    read_everything(services)
    found = {(row.copy, row.status) for row in open_troubles_of(services) if row.key == key}
    assert found == {(copy.name, "unexpected") for copy in services.stores}


def files(services: Services) -> set[Path]:
    return {
        file
        for copy in services.stores
        for file in (services.settings.home / copy.name).rglob("*")
        if file.is_file()
    }
