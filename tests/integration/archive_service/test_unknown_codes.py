"""Who types many codes is told every unknown one at once: on pages, by command, over REST."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import SeriesPut
from archive_service.domain.retention.disposition import DispositionKind
from archive_service.errors import NotFoundError
from archive_service.services import Services
from digitize.rereading import acts as rereading_acts
from retention.disposition import acts as disposition_acts
from retention.disposition import proposal
from retention.disposition.given import Proposal
from retention.holds.acts import place_holds
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, program_of
from tests.worlds.command import Command

UNKNOWN = ("H40.18.1990.01.KHONG", "H40.18.1990.02.CO")
TYPED = (UNKNOWN[0], OPEN_CODE, UNKNOWN[1])
WORDS = {"reason": "Thanh tra việc giao đất", "authority": "12/QĐ-TTT ngày 03/02/2026"}
DESTROY = DispositionKind.DESTROY

ACTS: dict[str, Callable[[Services], object]] = {
    "hold": lambda services: place_holds(
        services, TYPED, actor=person(services, "hung"), reason="x", authority="y"
    ),
    "propose": lambda services: disposition_acts.propose(
        services,
        Proposal(codes=TYPED, kind=DESTROY, reason="Hết hạn"),
        actor=person(services, "lan"),
    ),
    "look": lambda services: proposal.look(
        services, TYPED, kind=DESTROY, actor=person(services, "lan")
    ),
    "series": lambda services: fonds_acts.put_in_series(
        services,
        "I",
        SeriesPut(codes=list(TYPED), reason="Chỉnh lý"),
        actor=person(services, "lan"),
    ),
    "read-again": lambda services: rereading_acts.propose(
        services, codes=TYPED, actor=person(services, "lan")
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_on_many_codes_names_all_that_are_unknown(services: Services, act: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        ACTS[act](services)
    assert refused.value.code == "case-file-not-found"
    assert str(refused.value.facts["code"]) == ", ".join(sorted(UNKNOWN))


def test_commands_name_all_of_them(home: Path) -> None:
    archive = Command(home)
    words = ("--reason", WORDS["reason"], "--authority", WORDS["authority"])
    asked = {
        "case-file-not-found": ("hold", "place", *TYPED, *words, "--json"),
        "paper-case-file-not-found": (
            ("paper", "receive", *(f"{code}:2" for code in TYPED), "--giver", "Hoa", "--json")
        ),
    }
    for code, command in asked.items():
        refused = archive.run(*command, account="hung" if command[0] == "hold" else "lan")
        assert (refused.code, refused.error["code"]) == (3, code)
        assert ", ".join(UNKNOWN) in refused.error["message"]


def test_pages_and_rest_name_all_of_them(app: Flask, services: Services) -> None:
    given = {"codes": list(TYPED), **WORDS}
    refused = program_of(app, services, "hung").post("/holds", json=given)
    assert (refused.status_code, refused.get_json()["code"]) == (404, "case-file-not-found")
    assert ", ".join(UNKNOWN) in refused.get_json()["message"]
    lan = browser_of(app, services, "lan")
    form = {"kind": "destroy", "reason": "Hết hạn", "codes": "\n".join(TYPED)}
    page = post(lan, "/dispositions", **form)
    assert page.status_code == 404
    assert ", ".join(UNKNOWN) in page.text
