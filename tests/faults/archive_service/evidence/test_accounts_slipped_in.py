"""What explains the change of one account explains no other, and nothing for ever.

A partner's and a station's events are about their own accounts; a restore, a rebuild or an upgrade
explains what it brought, and not what an operator writes into the rows later.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from archive_service.audit import record_event
from archive_service.domain.people.account import Account, Role
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from digitize.stations.acts import NewStation, add_station, disable_station
from retention.transfer.partners.changing import add_partner, retire_partner
from retention.transfer.partners.rules import PartnerFacts
from tests.faults.archive_service.evidence.rewriting import sealed
from tests.faults.archive_service.evidence.slipped_in import (
    account_slipped_in,
    role_raised,
)
from tests.worlds.archive import OPERATOR, new_home, open_home


def station_added(services: Services) -> None:
    with services.unit_of_work() as uow:
        add_station(NewStation("tram-01", "Trạm 1"), actor=OPERATOR, uow=uow)
        uow.commit()


def partner_added(services: Services) -> None:
    pin = services.signer().certificate
    facts = PartnerFacts(name="Lưu trữ huyện", gives=True, certificates=[pin])
    with services.unit_of_work() as uow:
        add_partner("H99.01", facts, own_code="H40", actor=OPERATOR, uow=uow)
        uow.commit()


def came(tag: str) -> Callable[[Services], None]:
    """It brought back nothing that the log does not know, and the next checkpoint has seen so."""

    def come(services: Services) -> None:
        with services.writing() as session:
            record_event(session, tag, subject_id=None, actor=OPERATOR, data={"name": "x"})
        sealed(services)

    return come


BEFORE: dict[str, Callable[[Services], None]] = {
    "a station was added": station_added,
    "a partner was added": partner_added,
    "it was rebuilt": came("archive:rebuilt"),
    "it was restored": came("archive:restored"),
}


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after the next checkpoint"])
@pytest.mark.parametrize("attack", [role_raised, account_slipped_in])
@pytest.mark.parametrize("before", BEFORE)
def test_what_was_done_to_others_explains_no_change_of_an_account(
    tmp_path: Path, before: str, attack: Callable[[Services], str], *, again: bool
) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        sealed(services)
        BEFORE[before](services)
        assert prove_trail(services).ok
        name = attack(services)
        if again:
            sealed(services)
        assert prove_trail(services).first_bad == name


@pytest.mark.parametrize("tag", ["archive:rebuilt", "archive:restored", "archive:upgraded"])
def test_rules_replaced_after_it_are_named(tmp_path: Path, tag: str) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        rules = services.settings.home / "rule_sets"
        rules.mkdir(exist_ok=True)
        (rules / "own.toml").write_text("# own\n")
        sealed(services)
        came(tag)(services)
        assert prove_trail(services).ok
        (rules / "own.toml").write_text("# another\n")
        assert prove_trail(services).first_bad == "rules home/rule_sets/own.toml"


def test_what_a_restore_brought_is_explained_once(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        sealed(services)
        with services.writing() as session:
            record_event(session, "archive:restored", subject_id=None, actor=OPERATOR, data={})
        name = role_raised(services)  # as the backup had it
        assert prove_trail(services).ok
        sealed(services)
        assert prove_trail(services).ok
        with services.writing() as session:
            session.execute(update(Account).where(Account.name == "lan").values(role=Role.HEAD))
        assert prove_trail(services).first_bad == name


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after the next checkpoint"])
def test_partners_and_stations_that_end_are_no_misfit(tmp_path: Path, *, again: bool) -> None:
    ends: list[Callable[[Any], object]] = [
        lambda uow: disable_station("tram-01", actor=OPERATOR, uow=uow),
        lambda uow: retire_partner("H99.01", actor=OPERATOR, uow=uow),
    ]
    with open_home(new_home(tmp_path / "home")) as services:
        sealed(services)
        station_added(services)
        partner_added(services)
        for end in ends:
            if again:
                sealed(services)
            with services.unit_of_work() as uow:
                end(uow)
                uow.commit()
            assert prove_trail(services).ok
