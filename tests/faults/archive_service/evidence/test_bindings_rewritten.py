"""Whom an account is at the identity provider, rewritten in its row, is named by the log."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from archive_service import clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.oidc.bindings import bind_own, end_binding
from archive_service.accounts.oidc.provider import Identity
from archive_service.domain.people.oidc import OidcBinding
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, new_home, open_home, person

ISSUER = "https://id.example"


def slipped_in(services: Services) -> str:
    with services.writing() as session:
        row = get_account(session, "lan")
        at = clock.now()
        session.add(
            OidcBinding(account_id=row.id, issuer=ISSUER, subject="x", bound_by="", bound_at=at)
        )
    return "account lan binding"


def to_another(services: Services) -> str:
    with services.writing() as session:
        session.execute(update(OidcBinding).values(subject="another"))
    return "account bach binding"


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after the next checkpoint"])
@pytest.mark.parametrize("attack", [slipped_in, to_another])
def test_a_binding_that_nobody_made_is_named(
    tmp_path: Path, attack: Callable[[Services], str], *, again: bool
) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        seal_log(services, services.signer(), actor=OPERATOR)
        own = Identity(ISSUER, "bach", by_factor=False)
        bind_own(services, own, actor=person(services, "bach"))
        seal_log(services, services.signer(), actor=OPERATOR)
        assert prove_trail(services).ok
        name = attack(services)
        if again:
            seal_log(services, services.signer(), actor=OPERATOR)
        assert prove_trail(services).first_bad == name


def test_a_binding_that_its_owner_ended_is_no_misfit(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        bach = person(services, "bach")
        seal_log(services, services.signer(), actor=OPERATOR)
        bind_own(services, Identity(ISSUER, "bach", by_factor=False), actor=bach)
        seal_log(services, services.signer(), actor=OPERATOR)
        end_binding(services, "bach", actor=bach)
        bind_own(services, Identity(ISSUER, "other", by_factor=False), actor=bach)
        seal_log(services, services.signer(), actor=OPERATOR)
        assert prove_trail(services).ok
