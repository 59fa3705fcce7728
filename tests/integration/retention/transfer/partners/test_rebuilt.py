"""Partners come back from the copies alone, and what is on its way between archives goes on."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.accounts.acts import add_account
from archive_service.accounts.sessions import actor_of_token
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Role
from archive_service.domain.transfer.partner import PARTNER, SENDING
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.setup import acts as setup_acts
from retention.transfer.given import Decision
from retention.transfer.network import send as network_send
from retention.transfer.network.exchange import exchange
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts, partner_of
from retention.transfer.receiving.decide import decide
from retention.transfer.register import acts as register_acts
from retention.transfer.reply.send_reply import reply
from tests.worlds.archive import (
    HISTORICAL_CODE,
    OPERATOR,
    OTHER_AGENCY,
    Backends,
    new_home,
    open_home,
    person,
)
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.servers.backends import empty_database
from tests.worlds.site import listening
from tests.worlds.transfer.networked import acquaint, moved_to, send
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives, add_givers, built, two_archives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture(params=["sqlite", "postgresql"])
def backends(request: pytest.FixtureRequest) -> Backends:
    if request.param == "sqlite":
        return Backends()
    return Backends(postgresql=request.getfixturevalue("postgresql"))


def lose(home: Path) -> None:
    """Nothing is left but copies, keys and settings."""
    for file in (*home.glob("archive.db*"), *home.glob("search.db*")):
        file.unlink()
    empty_database(home)


def known(services: Services) -> list[dict[str, Any]]:
    return [partner.as_json() for partner in partners_acts.list_all(services, actor=OPERATOR)]


def states(services: Services, row: UUID) -> tuple[str, set[str]]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return told.state, {transfer_item.state for transfer_item in told.items}


def add_archivist(services: Services) -> None:
    """Accounts come from a backup; here a new one is made."""
    with services.unit_of_work() as uow:
        add_account("lan", role=Role.ARCHIVIST, actor=OPERATOR, uow=uow)
        uow.commit()


def add_more(services: Services) -> None:
    """One with another quota than at first, and one that is retired by now."""
    gives = PartnerFacts(name="Lưu trữ Sở Y tế", gives=True)
    seal = [("seal.crt", services.signer().certificate.der)]
    told = PartnerGiven(gives, agencies=[OTHER_AGENCY], certificates=seal)
    partners_acts.add(services, "A.1", told, actor=OPERATOR)
    takes = PartnerFacts(quota_bytes=7, gives=False, receives=True)
    less = PartnerGiven(takes, drop_agencies=[OTHER_AGENCY])
    partners_acts.change(services, "A.1", less, actor=OPERATOR)
    old = PartnerGiven(PartnerFacts(name="Sở Cũ", gives=True), certificates=seal)
    partners_acts.add(services, "A.2", old, actor=OPERATOR)
    partners_acts.retire(services, "A.2", actor=OPERATOR)


def test_what_is_on_its_way_goes_on_after_a_rebuild_of_both(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    with listening(two.receiver) as site:
        acquaint(two, site.url, quota_bytes=10**9)
        add_more(two.receiver)
        lan = person(two.giver, "lan")
        network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan)
        before = known(two.giver), known(two.receiver)
        for archive in (two.giver, two.receiver):
            rebuild(archive, actor=OPERATOR)
        assert (known(two.giver), known(two.receiver)) == before
        do_all(two.giver)  # its job came back, and the token is taken still
        do_all(two.receiver)
        told = network_send.sending_of(two.giver, row, actor=OPERATOR)
        assert told is not None
        assert told.trouble is None
        assert states(two.giver, row) == ("sent", {"sent"})
        came = partners_acts.list_givers(two.receiver, actor=OPERATOR)
        sent = network_send.sending_of(two.giver, row, actor=OPERATOR)
        for archive in (two.giver, two.receiver):
            rebuild(archive, actor=OPERATOR)
        assert partners_acts.list_givers(two.receiver, actor=OPERATOR) == came
        assert network_send.sending_of(two.giver, row, actor=OPERATOR) == sent
        lan = person(two.receiver, "lan")
        decide(two.receiver, row, Decision(), actor=lan)
        do_all(two.receiver)
        reply(two.receiver, row, actor=lan)
        exchange(two.giver, row, actor=person(two.giver, "lan"))
        assert states(two.giver, row) == ("replied", {"receipted"})


def test_where_databases_are_lost_partners_come_back_and_new_tokens_are_given(
    held_home: Path, tmp_path: Path, backends: Backends
) -> None:
    with two_archives(held_home, tmp_path, backends) as two:
        row = built(two.giver, tmp_path / "out", *BOTH)
        with listening(two.receiver) as site:
            old = acquaint(two, site.url, quota_bytes=10**9)
            add_more(two.receiver)
            send(two, row)
        before = known(two.giver), known(two.receiver)
        code = two.giver.settings.archive.code
    homes = [tmp_path / "giver", tmp_path / "receiver"]
    for home in homes:
        lose(home)
        Command(home).ask("rebuild")
    assert tuple(Command(home).ask("partner", "list")["partners"] for home in homes) == before
    with open_home(homes[0]) as giver, open_home(homes[1]) as receiver:
        add_archivist(giver)
        add_archivist(receiver)
        with receiver.read_only() as session:
            assert actor_of_token(session, old, idle_days=9) is None
        with listening(receiver) as site:
            moved_to(giver, site.url)
            token = partners_acts.make_token(receiver, code, actor=OPERATOR)
            ours = PartnerGiven(PartnerFacts(), token=token.encode())
            partners_acts.change(giver, HISTORICAL_CODE, ours, actor=OPERATOR)
            exchange(giver, row, actor=person(giver, "lan"))
            do_all(giver)  # what was not decided on yet was in no copy, and is sent again
            do_all(receiver)
            lan = person(receiver, "lan")
            decide(receiver, row, Decision(), actor=lan)
            do_all(receiver)
            reply(receiver, row, actor=lan)
            exchange(giver, row, actor=person(giver, "lan"))
            assert states(giver, row) == ("replied", {"receipted"})


def test_partners_of_an_older_release_are_told_once(services: Services) -> None:
    """A row without an act, as releases left it that wrote none."""

    def acts() -> int:
        with services.read_only() as session:
            query = select(Act.id).where(Act.kind.in_((PARTNER, SENDING)))
            return len(session.scalars(query).all())

    with services.writing() as session:
        add_givers(session, 2)
    before = known(services)
    assert acts() == 0
    rebuild(services, actor=OPERATOR)
    assert known(services) == before
    assert acts() == 2
    with services.writing() as session:
        add_givers(session, 1)
    setup_acts.init_archive(services, actor=OPERATOR)
    setup_acts.init_archive(services, actor=OPERATOR)
    assert acts() == 3


def test_who_was_retired_after_the_backup_is_so_after_its_restore(tmp_path: Path) -> None:
    home, medium = new_home(tmp_path / "home"), tmp_path / "medium"
    tokens = {}
    with open_home(home) as services:
        seal = [("seal.crt", services.signer().certificate.der)]
        for code in ("A.1", "A.2", "A.3"):
            facts = PartnerFacts(name=f"Lưu trữ {code}", gives=True)
            told = PartnerGiven(facts, certificates=seal)
            _, tokens[code] = partners_acts.add(services, code, told, actor=OPERATOR)
    Command(home).ask("backup", "--to", medium, "--objects")
    with open_home(home) as services:
        partners_acts.retire(services, "A.1", actor=OPERATOR)
        partners_acts.make_token(services, "A.2", actor=OPERATOR)  # the former was lost
        before = known(services)
    new = tmp_path / "new"
    new.mkdir()
    for name in ("kho1", "kho2", "backup-keys", "archive.toml", "keys"):
        shutil.move(home / name, new / name)
    empty_database(new)
    Command(new).ask("restore", "--from", medium, "--keys", new / "backup-keys")
    with open_home(new) as services, services.read_only() as session:
        assert known(services) == before
        for code, token in tokens.items():
            found = actor_of_token(session, token or "", idle_days=9)
            assert (found is not None) == (code == "A.3")
        bearer = actor_of_token(session, tokens["A.3"] or "", idle_days=9)
        assert bearer is not None
        assert partner_of(session, bearer[0]).code == "A.3"
