"""Who decided on a list, and what is in it, stands in acts: a row that tells otherwise is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.keeping.act import Act
from archive_service.domain.retention.disposition import (
    CouncilMember,
    Disposition,
    DispositionState,
)
from archive_service.domain.retention.hold import HoldOrder
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.keeping.fixity.told_rows import contradicted
from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.destroyed import approved, open_due

ATTACKS = {
    "decided by": ("disposition", update(Disposition).values(decided_by="lan")),
    "decision": ("disposition", update(Disposition).values(decision_number="99/QĐ-SCT")),
    "state": ("disposition", update(Disposition).values(state=DispositionState.PROPOSED)),
    "another list": ("disposition", update(Disposition).values(list_sha256="ab" * 32)),
    "opinion": ("disposition", update(CouncilMember).values(agrees=False)),
    "member": ("disposition", delete(CouncilMember)),
    "reason of a hold": ("hold-order", update(HoldOrder).values(reason="Khác")),
    "agency": ("agency", update(Agency).values(name="Sở Khác")),
    "fonds": ("agency", update(Fonds).values(name="Phông khác")),
}


@pytest.fixture(scope="module")
def services(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A list that the head decided on, and a hold on another case file."""
    home = tmp_path_factory.mktemp("told") / "home"
    with open_due(held_home, home, OPEN_CODE) as (services, secret):
        approved(services, secret, OPEN_CODE)
        hung, code = person(services, "hung"), [RESTRICTED_CODE]
        place_holds(services, code, reason="Thanh tra", authority="7/QĐ-TTT", actor=hung)
        yield services


def told_otherwise(session: Session) -> set[str]:
    return {act.kind for act in contradicted(session, session.scalars(select(Act)).all())}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_row_that_its_newest_act_contradicts_is_found(services: Services, attack: str) -> None:
    kind, statement = ATTACKS[attack]
    with services.unit_of_work() as uow:  # nothing of it is committed
        assert not told_otherwise(uow.session)
        uow.session.execute(statement)
        uow.session.expire_all()
        assert told_otherwise(uow.session) == {kind}


def test_the_comparison_names_the_act(services: Services) -> None:
    assert not check_catalogue(services, actor=OPERATOR).acts
    _, statement = ATTACKS["decided by"]
    with services.writing() as session:
        session.execute(statement)
    (named,) = check_catalogue(services, actor=OPERATOR).acts
    assert named[0].startswith("acts/disposition/")
