"""An operator replaces on the disk what decides whom the archive trusts and by which rules.

No act of the archive does so: each change is named until a person says that they know of it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.people.incident import Incident
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.acknowledging import DifferenceKnown, acknowledge_difference
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.recovery.upgrade.acts import UpgradeOrder, upgrade_archive
from archive_service.services import Services
from archive_service.signing.trust.demo_authority import DemoAuthority
from tests.faults.archive_service.evidence.rewriting import change, sealed
from tests.worlds.archive import COPIES, OPERATOR, new_home, open_home, person

OWN = Path("rule_sets", "signature_rules.toml")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    home = new_home(tmp_path / "home")
    (home / OWN).parent.mkdir()
    (home / OWN).write_text("# as the agency wrote it\n", "utf-8")
    with open_home(home) as services:
        sealed(services)
        yield services


def root_slipped_in(services: Services) -> str:
    folder = services.settings.home / "trust"
    folder.mkdir(exist_ok=True)
    root = DemoAuthority.open_or_make(folder.parent / "another").root_certificate()
    (folder / "another.der").write_bytes(root)
    return "trust whom"


def rule_switched_off(services: Services) -> str:
    (services.settings.home / OWN).write_text("# nothing is asked\n", "utf-8")
    return f"rules home/{OWN.as_posix()}"


def rule_laid_down(services: Services) -> str:
    (services.settings.home / OWN).with_name("answers.toml").write_text("# own\n", "utf-8")
    return "rules home/rule_sets/answers.toml"


def rule_taken_away(services: Services) -> str:
    (services.settings.home / OWN).unlink()
    return f"rules home/{OWN.as_posix()}"


def copy_told_as_joining(services: Services) -> str:
    """It is neither compared nor waited for: what is changed in it shows nowhere."""
    second = update(EnrolledCopy).where(EnrolledCopy.name == COPIES[1])
    change(services, second.values(state=CopyStanding.JOINING))
    return f"copies {COPIES[1]}"


def copy_forgotten(services: Services) -> str:
    change(services, delete(EnrolledCopy).where(EnrolledCopy.name == COPIES[1]))
    return f"copies {COPIES[1]}"


ATTACKS = (
    root_slipped_in,
    rule_switched_off,
    rule_laid_down,
    rule_taken_away,
    copy_told_as_joining,
    copy_forgotten,
)


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after the next checkpoint"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_replaced_is_named_until_a_person_knows_why(
    services: Services, attack: Callable[[Services], str], *, again: bool
) -> None:
    assert prove_trail(services).ok
    name = attack(services)
    if again:
        sealed(services)
    assert prove_trail(services).first_bad == name
    told = check_catalogue(services, actor=OPERATOR)
    assert [misfit.name for misfit in told.log] == [name]
    known(services, name)
    assert prove_trail(services).ok
    sealed(services)
    assert check_catalogue(services, actor=OPERATOR).ok


def known(services: Services, name: str) -> None:
    with services.read_only() as session:
        here = Incident.kind == "rules-differ", Incident.closed_at.is_(None)
        row = session.scalars(select(Incident).where(*here)).one()
    assert row.subject == name
    why = DifferenceKnown(reason="Bổ sung theo quyết định")
    assert acknowledge_difference(services, row.id, why, actor=person(services, "hung")).closed


def test_what_was_known_is_no_leave_for_the_next_change(services: Services) -> None:
    name = rule_switched_off(services)
    check_catalogue(services, actor=OPERATOR)
    known(services, name)
    (services.settings.home / OWN).write_text("# and more\n", "utf-8")
    assert prove_trail(services).first_bad == name


def test_what_is_put_back_at_once_is_no_misfit(services: Services) -> None:
    before = (services.settings.home / OWN).read_bytes()
    name = rule_switched_off(services)
    assert prove_trail(services).first_bad == name
    (services.settings.home / OWN).write_bytes(before)
    assert prove_trail(services).ok


def test_an_upgrade_is_no_leave_for_rules_of_the_home(services: Services) -> None:
    name = rule_switched_off(services)
    upgrade_archive(services, UpgradeOrder(without_backup="kiểm thử"), actor=OPERATOR)
    assert prove_trail(services).first_bad == name


def test_revocation_lists_come_each_day_and_are_no_misfit(services: Services) -> None:
    folder = services.settings.home / "trust"
    folder.mkdir(exist_ok=True)
    (given,) = DemoAuthority.open_or_make(folder.parent / "another").folder.glob("root*.crl")
    (folder / "another.crl").write_bytes(given.read_bytes())
    assert prove_trail(services).ok
    sealed(services)
    assert prove_trail(services).ok
