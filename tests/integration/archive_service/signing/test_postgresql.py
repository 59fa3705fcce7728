"""Seals and papers on PostgreSQL, where two acts at once do not wait for each other."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from sqlalchemy import func, select

from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.domain.signing.seal_custody import SEAL_CUSTODY
from archive_service.domain.signing.signing_request import SIGNED_PAPER
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.copies.issuing import issue_copy
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.seals import acts as seals_acts
from tests.services.servers import PostgreSql
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, Backends, new_home, open_home, person
from tests.worlds.at_once import at_once
from tests.worlds.digitize.copies_waiting import WAITING_CODE, waiting_home
from tests.worlds.digitize.scanned import CLERK

CODE = SAMPLE_AGENCY.new_code


@pytest.fixture
def services(tmp_path: Path, postgresql: PostgreSql) -> Iterator[Services]:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with open_home(home) as opened:
        with opened.unit_of_work() as uow:
            agency = get_agency(uow.session, CODE)
            for name in ("thu", "van"):
                add_account(name, role=Role.CLERK, actor=OPERATOR, uow=uow, agency_id=agency.id)
            uow.commit()
        yield opened


def acts(services: Services, kind: str) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).where(Act.kind == kind)) or 0


def paper_of(folder: Path) -> Path:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(folder / "paper.pdf")
    return folder / "paper.pdf"


def test_a_seal_that_four_hand_over_at_once_has_one_custody_and_one_number(
    services: Services,
) -> None:
    told = at_once(lambda _: seals_acts.hand_over(services, CODE, to="thu", by="A", actor=OPERATOR))
    assert [entry.number for entry in told] == ["01/BB-BGKBM"] * 4
    assert acts(services, SEAL_CUSTODY) == 1
    back = at_once(
        lambda _: seals_acts.take_back(services, CODE, account="thu", to="A", actor=OPERATOR)
    )
    assert back.count("seal-not-out") == 3
    other = seals_acts.hand_over(services, CODE, to="van", by="A", actor=OPERATOR)
    assert other.number == "03/BB-BGKBM"
    rebuild(services, actor=OPERATOR)
    again = seals_acts.hand_over(services, CODE, to="thu", by="A", actor=OPERATOR)
    assert again.number == "04/BB-BGKBM"


def test_minutes_of_two_agencies_at_once_have_no_double_and_no_gap(services: Services) -> None:
    with services.unit_of_work() as uow:
        other = get_agency(uow.session, OTHER_AGENCY)
        add_account("khac", role=Role.CLERK, actor=OPERATOR, uow=uow, agency_id=other.id)
        uow.commit()
    to = [(CODE, "thu"), (CODE, "van"), (OTHER_AGENCY, "khac")]
    told = at_once(
        lambda n: seals_acts.hand_over(services, to[n][0], to=to[n][1], by="A", actor=OPERATOR),
        len(to),
    )
    assert {entry.number for entry in told} == {f"0{n}/BB-BGKBM" for n in (1, 2, 3)}


def test_of_four_who_bring_the_same_paper_back_one_is_taken(
    services: Services, tmp_path: Path
) -> None:
    paper = paper_of(tmp_path)
    asked = desk_acts.request_signature(
        services, paper, account="thu", actor=person(services, "lan")
    )
    request, clerk = asked.id, person(services, "thu")
    services.authority.issue_key(Subject("thu", "", SignerKind.PERSON), tmp_path / "k.p12")
    paper.write_bytes(desk_acts.send_out(services, request, actor=clerk)[1])
    own = open_pkcs12("pkcs12:k.p12", home=tmp_path)
    for number in range(4):
        own.sign_pdf(paper, tmp_path / f"{number}.pdf", field=f"Ky{number}")

    def bring(number: int) -> Any:
        file = tmp_path / f"{number}.pdf"
        return desk_acts.take_return(services, request, file, actor=clerk).state

    assert sorted(at_once(bring)) == ["signed"] + ["signing-request-state"] * 3
    assert acts(services, SIGNED_PAPER) == 1
    _, data = desk_acts.read_signed(services, request, actor=clerk)
    before = desk_acts.list_requests(services, actor=OPERATOR)
    shutil.rmtree(services.settings.home / "staging")
    rebuild(services, actor=OPERATOR)
    assert desk_acts.list_requests(services, actor=OPERATOR) == before
    assert desk_acts.read_signed(services, request, actor=clerk)[1] == data


def test_of_four_who_seal_one_paper_at_once_one_uses_the_key(
    services: Services, tmp_path: Path
) -> None:
    lan, clerk = person(services, "lan"), person(services, "thu")
    asked = desk_acts.request_signature(
        services, paper_of(tmp_path), account="thu", with_seal=True, actor=lan
    )
    seals_acts.hand_over(services, CODE, to="thu", by="A", actor=OPERATOR)

    def press(_: int) -> Any:
        return desk_acts.seal_request(services, asked.id, actor=clerk).state

    answers = at_once(press)
    assert answers.count("signed") == 1
    assert {*answers} <= {"signed", "seal-at-work", "signing-request-state"}
    with services.read_only() as session:
        used = select(func.count()).where(AuditEvent.tag == "seal:used")
        assert session.scalar(used) == 1


def test_of_four_who_send_one_form_at_once_one_gets_a_copy(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    home = waiting_home(tmp_path, copies=0, backends=Backends(postgresql=postgresql))
    with open_home(home) as services:
        clerk = person(services, CLERK)

        def issue(_: int) -> str:
            told, _data = issue_copy(
                services, WAITING_CODE, 1, form="sao-y", actor=clerk, request="mot-lan"
            )
            return str(told["form"])

        assert sorted(at_once(issue)) == ["copy-asked-twice"] * 3 + ["sao-y"]
        with services.read_only() as session:
            used = select(func.count()).where(AuditEvent.tag == "seal:used")
            assert session.scalar(used) == 1
