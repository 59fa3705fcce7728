"""An agency's seal: handed to a clerk in writing, used by nobody else, given back, rebuilt."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pikepdf
import pytest
from sqlalchemy import select

from archive_service.accounts.acts import AccountNotFoundError, add_account
from archive_service.catalogue.agencies.acts import get_agency, make_agency_key
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.signing.seal_custody import SealCustody
from archive_service.errors import NotAllowedError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.seals import acts as seals_acts
from archive_service.signing.seals.acts import SealClerkError, SealNotHeldError, SealNotOutError
from archive_service.signing.seals.documents import SealCustodyDocument
from tests.worlds.archive import COPIES, OPERATOR, OTHER_AGENCY, new_home, open_home, person

CODE = SAMPLE_AGENCY.new_code
HEAD = "Nguyễn Văn An, Giám đốc"


@pytest.fixture(scope="module")
def clerks_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clerks of the sample's agency, one of the other, and the agency's head."""
    home = new_home(tmp_path_factory.mktemp("clerks") / "home")
    with open_home(home) as opened, opened.unit_of_work() as uow:
        for name, role, code in (
            ("thu", Role.CLERK, CODE),
            ("van", Role.CLERK, CODE),
            ("khac", Role.CLERK, OTHER_AGENCY),
            ("an", Role.AGENCY_HEAD, CODE),
        ):
            agency = get_agency(uow.session, code)
            add_account(
                name,
                role=role,
                actor=OPERATOR,
                uow=uow,
                agency_id=agency.id,
                display_name=f"Bà {name.capitalize()}",
            )
        uow.commit()
    return home


@pytest.fixture
def services(clerks_home: Path, tmp_path: Path) -> Iterator[Services]:
    shutil.copytree(clerks_home, tmp_path / "home")
    with open_home(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    file = tmp_path / "paper.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(file)
    return file


def seal(services: Services, paper: Path, name: str) -> Path:
    target = paper.with_name("sealed.pdf")
    seals_acts.seal_pdf(
        services, paper, target, agency=CODE, actor=person(services, name), field="Seal"
    )
    return target


def tags(services: Services) -> list[str]:
    with services.read_only() as session:
        found = session.scalars(select(AuditEvent.tag).order_by(AuditEvent.number))
        return [tag for tag in found if tag.startswith("seal:")]


def test_the_clerk_it_was_handed_to_seals_and_nobody_else(services: Services, paper: Path) -> None:
    with pytest.raises(SealNotHeldError):
        seal(services, paper, "thu")
    document = seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=person(services, "an"))
    assert document.number == "01/BB-BGKBM"
    (report,) = inspect_signatures(seal(services, paper, "thu"), services.trust)
    assert report.trusted
    assert report.organization == SAMPLE_AGENCY.name[:64]
    for name in ("van", "khac", "bach", "lan", "hung", "an"):
        with pytest.raises(NotAllowedError):
            seal(services, paper, name)
    told = tags(services)
    assert told.count("seal:handed-over") == told.count("seal:used") == 1
    assert told.count("seal:refused") == 7


def test_handing_over_twice_keeps_the_first_minutes(services: Services) -> None:
    first = seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=OPERATOR)
    again = seals_acts.hand_over(services, CODE, to="thu", by="Người khác", actor=OPERATOR)
    assert again == first
    other = seals_acts.hand_over(services, CODE, to="van", by=HEAD, actor=OPERATOR)
    assert other.number == "02/BB-BGKBM"


def test_a_seal_that_was_given_back_is_used_no_more(services: Services, paper: Path) -> None:
    seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=OPERATOR)
    document = seals_acts.take_back(services, CODE, account="thu", to=HEAD, actor=OPERATOR)
    assert document.returned_number == "02/BB-BGKBM"
    with pytest.raises(SealNotHeldError):
        seal(services, paper, "thu")
    with pytest.raises(SealNotOutError):
        seals_acts.take_back(services, CODE, account="thu", to=HEAD, actor=OPERATOR)


def test_a_renewed_key_is_handed_over_anew(services: Services, paper: Path) -> None:
    seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=OPERATOR)
    for suffix in (".p12", ".pass"):
        (services.settings.home / "keys" / f"{CODE}{suffix}").unlink()
    with services.read_only() as session:
        agency = get_agency(session, CODE)
    assert make_agency_key(services, agency.code, agency.name)
    with pytest.raises(SealNotHeldError):
        seal(services, paper, "thu")
    taken = seals_acts.take_back(services, CODE, account="thu", to=HEAD, actor=OPERATOR)
    assert taken.returned_at


def test_a_lost_key_can_still_be_given_back(services: Services) -> None:
    seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=OPERATOR)
    (services.settings.home / "keys" / f"{CODE}.p12").unlink()
    taken = seals_acts.take_back(services, CODE, account="thu", to=HEAD, actor=OPERATOR)
    assert taken.returned_at


@pytest.mark.parametrize("name", ["khac", "bach", "lan"])
def test_only_a_clerk_of_the_agency_is_given_its_seal(services: Services, name: str) -> None:
    with pytest.raises(SealClerkError):
        seals_acts.hand_over(services, CODE, to=name, by=HEAD, actor=OPERATOR)
    with pytest.raises(AccountNotFoundError):
        seals_acts.hand_over(services, CODE, to="nobody", by=HEAD, actor=OPERATOR)


def test_who_may_not_hand_over_does_not(services: Services) -> None:
    for name in ("thu", "bach", "hung"):
        with pytest.raises(NotAllowedError):
            seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=person(services, name))
    with pytest.raises(NotAllowedError):  # the head of another agency
        seals_acts.hand_over(
            services, OTHER_AGENCY, to="khac", by=HEAD, actor=person(services, "an")
        )


def test_the_archive_signs_with_its_own_key_as_before(services: Services, paper: Path) -> None:
    services.signer().sign_pdf(paper, paper, field="Archive")
    assert inspect_signatures(paper, services.trust)[0].trusted


def test_the_minutes_are_pdf_a_beside_their_act_in_every_copy(
    services: Services, tools: ModuleType
) -> None:
    seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=OPERATOR)
    seals_acts.take_back(services, CODE, account="thu", to=HEAD, actor=OPERATOR)
    papers = []
    for copy in COPIES:
        acts = sorted((services.settings.home / copy / "acts" / "seal-custody").glob("*.json"))
        assert len(acts) == 2
        papers += [act.with_suffix(".pdf") for act in acts]
        bodies = [json.loads(act.read_text())["body"] for act in acts]
        assert [body["returned_number"] for body in bodies] == ["", "02/BB-BGKBM"]
    assert [verdict.passed for verdict in tools.verapdf(papers)] == [True] * 4


def test_rebuild_brings_custody_and_numbers_back(services: Services, paper: Path) -> None:
    seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=OPERATOR)
    seals_acts.hand_over(services, CODE, to="van", by=HEAD, actor=OPERATOR)
    seals_acts.take_back(services, CODE, account="thu", to=HEAD, actor=OPERATOR)
    before = _custodies(services)
    rebuild(services, actor=OPERATOR)
    assert _custodies(services) == before
    assert seal(services, paper, "van").is_file()
    with pytest.raises(SealNotHeldError):
        seal(services, paper, "thu")
    again = seals_acts.hand_over(services, CODE, to="thu", by=HEAD, actor=OPERATOR)
    assert again.number == "04/BB-BGKBM"


def _custodies(services: Services) -> list[SealCustodyDocument]:
    with services.read_only() as session:
        rows = session.scalars(select(SealCustody).order_by(SealCustody.number))
        return [SealCustodyDocument.of(row, CODE) for row in rows]


def test_an_actor_of_the_command_line_has_no_seal(services: Services, paper: Path) -> None:
    with pytest.raises(NotAllowedError):
        seals_acts.seal_pdf(services, paper, paper, agency=CODE, actor=OPERATOR, field="Seal")
    everywhere = Actor("x", Role.CLERK)  # of no agency
    with pytest.raises(NotAllowedError):
        seals_acts.seal_pdf(services, paper, paper, agency=CODE, actor=everywhere, field="Seal")
