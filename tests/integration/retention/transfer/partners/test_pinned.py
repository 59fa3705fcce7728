"""A partner signs with certificates of its own; a trusted root alone makes nobody a partner."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from archive_service.domain.transfer.partner import TransferPartner
from archive_service.services import Services
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.pins import PartnerUnpinnedError, pinned_certificates
from retention.transfer.partners.rules import PartnerFacts, find_partner
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, open_home
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of
from tests.worlds.command import Command

CODE, NAME = "H40.97", "Lưu trữ Sở Y tế"
URL = "https://luutru.example"
NETWORK = [{"receives": True}, {"gives": True, "url": URL}, {"receives": True, "url": URL}]


def seal(services: Services) -> list[tuple[str, bytes]]:
    return [("seal.crt", services.signer().certificate.der)]


@pytest.mark.parametrize("sides", NETWORK)
def test_for_network_and_replies_none_is_added_without_its_certificate(
    services: Services, sides: dict[str, object]
) -> None:
    facts = PartnerFacts(name=NAME, **sides)  # type: ignore[arg-type]  # each field has its own
    with pytest.raises(PartnerUnpinnedError, match="partner-unpinned"):
        partners_acts.add(services, CODE, PartnerGiven(facts), actor=OPERATOR)
    with services.read_only() as session:
        assert find_partner(session, CODE) is None
    told, _ = partners_acts.add(
        services, CODE, PartnerGiven(facts, certificates=seal(services)), actor=OPERATOR
    )
    assert len(told.certificates) == 1


def test_who_gives_signs_with_a_certificate_of_its_own(services: Services) -> None:
    """By network and by hand: whoever has one under a trusted root could sign in its name."""
    for agencies in ([], [OTHER_AGENCY]):
        told = PartnerGiven(PartnerFacts(name=NAME, gives=True), agencies=agencies)
        with pytest.raises(PartnerUnpinnedError):
            partners_acts.add(services, CODE, told, actor=OPERATOR)


def test_of_a_partner_of_an_older_release_nothing_is_taken_until_it_has_one(
    services: Services,
) -> None:
    told = PartnerGiven(PartnerFacts(name=NAME, receives=True), certificates=seal(services))
    partners_acts.add(services, CODE, told, actor=OPERATOR)
    with services.writing() as session:
        session.execute(update(TransferPartner).values(certificates=[]))
    with services.read_only() as session, pytest.raises(PartnerUnpinnedError):
        pinned_certificates(session, CODE)
    partners_acts.change(services, CODE, PartnerGiven(PartnerFacts(name="Tên mới")), actor=OPERATOR)
    partners_acts.change(
        services, CODE, PartnerGiven(PartnerFacts(), certificates=seal(services)), actor=OPERATOR
    )
    with services.read_only() as session:
        assert pinned_certificates(session, CODE) == {services.signer().certificate.sha256}


def test_the_last_one_may_be_let_go_and_then_nothing_is_taken(services: Services) -> None:
    told = PartnerGiven(PartnerFacts(name=NAME, receives=True), certificates=seal(services))
    made, _ = partners_acts.add(services, CODE, told, actor=OPERATOR)
    gone = PartnerFacts(drop_certificates=[made.certificates[0].sha256])
    partners_acts.change(services, CODE, PartnerGiven(gone), actor=OPERATOR)
    with services.read_only() as session, pytest.raises(PartnerUnpinnedError):
        pinned_certificates(session, CODE)


def test_with_agency_and_certificate_it_gives_and_else_that_is_asked_first(
    home: Path, tmp_path: Path
) -> None:
    archive = Command(home)
    with open_home(home) as services:
        (tmp_path / "seal.crt").write_bytes(services.signer().certificate.der)
    (tmp_path / "bad.crt").write_bytes(b"xin chao")
    file = tmp_path / "giver.token"
    keys = ("--agency", OTHER_AGENCY, "--certificate", tmp_path / "seal.crt")
    told = archive.ask("partner", "add", CODE, "--name", NAME, *keys)
    assert (told["gives"], told["receives"], bool(told["token"])) == (True, False, True)
    wrong = ("--certificate", tmp_path / "bad.crt", "--url", "khong", "--token-to", file)
    refused = archive.run("partner", "add", "X1", "--name", NAME, *wrong, "--json")
    assert (refused.code, refused.error["code"]) == (2, "partner-sides")
    assert not file.exists()
    taker = archive.run("partner", "add", "X1", "--name", NAME, *keys, "--receives", "--json")
    assert (taker.document["gives"], taker.document["receives"]) == (False, True)


def test_pages_and_programs_refuse_it_too(app: Flask, services: Services) -> None:
    admin = "quan"
    form = {"code": CODE, "name": NAME, "receives": "1", "quota": ""}
    page = post(browser_of(app, services, admin), "/nop-luu/doi-tac", **form)
    assert (page.status_code, "chưa có chứng thư riêng" in page.text) == (409, True)
    given = {"code": CODE, "name": NAME, "receives": True}
    answer = program_of(app, services, admin).post("/partners", json=given)
    assert answer.get_json()["code"] == "partner-unpinned"
