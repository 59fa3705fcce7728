"""An operator changes in the settings what two people, a factor or time are asked for."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from archive_service.domain.people.account import Account
from archive_service.domain.people.incident import Incident
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.acknowledging import DifferenceKnown, acknowledge_difference
from archive_service.keeping.fixity.catalogue import check_catalogue
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.servers.backends import read_settings, write_settings

WEAKER: dict[str, dict[str, Any]] = {
    "destruction": {"unsigned": "Không chờ chữ ký"},
    "accounts": {"second_factor": []},
    "web": {"inside": ["0.0.0.0/0"]},
    "web.networks": {"proxies": 1},
    "fixity": {"every_days": 36500},
    "oidc": {"trusted_factors": ["pwd"]},
    "storage": {"lock_years": 1},
}


@pytest.mark.parametrize("weaker", WEAKER)
def test_a_setting_that_decides_is_named_until_a_person_knows_why(
    tmp_path: Path, weaker: str
) -> None:
    home = new_home(tmp_path / "home")
    section = weaker.partition(".")[0]
    with open_home(home) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert prove_trail(services).ok
    before = read_settings(home)
    write_settings(home, before | {section: before.get(section, {}) | WEAKER[weaker]})
    with open_home(home) as services:
        assert prove_trail(services).first_bad == f"settings {weaker}"
        assert not check_catalogue(services, actor=OPERATOR).ok
        with services.read_only() as session:
            known = select(Incident).where(Incident.kind == "rules-differ")
            (incident,) = session.scalars(known).all()
        given = DifferenceKnown(reason="Theo quyết định của giám đốc")
        acknowledge_difference(services, incident.id, given, actor=person(services, "hung"))
        assert prove_trail(services).ok
        assert check_catalogue(services, actor=OPERATOR).ok


FEWER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("evidence.witnesses", {"witnesses": ["/media/auditor"]}, {"witnesses": []}),
    ("evidence.mail_to", {"mail_to": ["kiem.toan@example.vn"]}, {}),
    ("evidence.give_to", {"give_to": ["/media/auditor"]}, {}),
    ("evidence.witnesses_wanted", {"witnesses_wanted": 2}, {"witnesses_wanted": 1}),
    ("timestamp.services", {"url": "http://tsa.example.vn/"}, {"url": "none:"}),
    ("malware.scanner", {"url": "clamd://127.0.0.1:3310"}, {"url": "none:"}),
]
OTHERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("evidence.witnesses", {"witnesses": ["/media/auditor"]}, {"witnesses": ["/tmp/own"]}),
    ("evidence.mail_to", {"mail_to": ["kiem.toan@example.vn"]}, {"mail_to": ["a@example.vn"]}),
    ("evidence.give_to", {"give_to": ["/media/auditor"]}, {"give_to": ["/tmp/own"]}),
    ("timestamp.services", {"url": "http://tsa.vn/"}, {"url": "http://127.0.0.1/"}),
    ("timestamp.services", {"second_url": "http://tsa.vn/"}, {"second_url": ""}),
]


@pytest.mark.parametrize("sealed_again", [False, True], ids=["at once", "after a checkpoint"])
@pytest.mark.parametrize(("name", "more", "fewer"), FEWER + OTHERS)
def test_fewer_or_others_who_are_asked_outside_are_named_and_more_are_not(
    tmp_path: Path,
    name: str,
    more: dict[str, Any],
    fewer: dict[str, Any],
    *,
    sealed_again: bool,
) -> None:
    home = new_home(tmp_path / "home")
    before, section = read_settings(home), name.partition(".")[0]
    with open_home(home) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    write_settings(home, before | {section: more})
    with open_home(home) as services:
        assert prove_trail(services).ok
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert prove_trail(services).ok
    write_settings(home, before | {section: fewer})
    with open_home(home) as services:
        if sealed_again:
            assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert prove_trail(services).first_bad == f"settings {name}"
        assert not check_catalogue(services, actor=OPERATOR).ok
        with services.read_only() as session:
            known = select(Incident).where(Incident.kind == "rules-differ")
            (incident,) = session.scalars(known).all()
        assert incident.subject == f"settings {name}"
        given = DifferenceKnown(reason="Theo quyết định của giám đốc")
        acknowledge_difference(services, incident.id, given, actor=person(services, "hung"))
        assert prove_trail(services).ok


def test_the_same_in_another_order_or_by_another_password_is_no_difference(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    before = read_settings(home)
    first = {"witnesses": ["/media/one", "/media/two"]}, {"url": "http://a:b@tsa.vn/"}
    then = {"witnesses": ["/media/two", "/media/one"]}, {"url": "http://a:c@tsa.vn/"}
    for evidence, stamps in (first, then):
        write_settings(home, before | {"evidence": evidence, "timestamp": stamps})
        with open_home(home) as services:
            assert prove_trail(services).ok
            assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint


def test_settings_that_decide_nothing_may_differ(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    with open_home(home) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    settings = read_settings(home)
    settings.setdefault("transfer", {})["hours"] = "20:00-06:00"
    settings.setdefault("destruction", {})["rewrite_hours"] = [1, 4]
    settings.setdefault("fixity", {})["threads"] = 2
    settings.setdefault("malware", {})["timeout_s"] = 60
    write_settings(home, settings)
    with open_home(home) as services:
        assert prove_trail(services).ok


def test_who_heads_a_unit_is_named_where_no_act_said_so(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        with services.writing() as session:
            bach = update(Account).where(Account.name == "bach")
            session.execute(bach.values(unit="Phòng Kế hoạch", is_unit_head=True))
        assert prove_trail(services).first_bad == "account bach unit"
