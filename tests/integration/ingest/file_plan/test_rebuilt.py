"""File plans come back from the copies with headings, amendments, outside entries and papers."""

from pathlib import Path
from uuid import UUID

import pytest

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import write_file_plan
from archive_service.domain.agencies.file_plan import Numbering
from archive_service.domain.people.account import Role
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.desk.acts import seal_request
from archive_service.signing.seals.acts import hand_over
from ingest.file_plan import edit_acts as edits
from ingest.file_plan.acts import approve_plan, import_plan
from ingest.file_plan.documents import FilePlanWhole
from ingest.file_plan.papers import ask_for_signature, read_paper
from ingest.file_plan.views import open_plan
from tests.worlds.archive import OPERATOR, head_of_agency, new_home, person

YEAR = clock.today().year


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def told(services: Services, plan_id: UUID) -> FilePlanWhole:
    return open_plan(services, plan_id, actor=OPERATOR)


def sealed(services: Services, plan_id: UUID) -> None:
    with services.unit_of_work() as uow:
        agency_id = get_agency(uow.session, "H40.18").id
        add_account("thu", role=Role.CLERK, actor=OPERATOR, uow=uow, agency_id=agency_id)
        uow.commit()
    hand_over(services, "H40.18", to="thu", by="Giám đốc Sở", actor=OPERATOR)
    lan = person(services, "lan")
    asked = ask_for_signature(services, plan_id, account="thu", with_seal=True, actor=lan)
    assert seal_request(services, asked.id, actor=person(services, "thu")).accepted


def test_all_of_a_plan_comes_back_from_one_copy(services: Services, tmp_path: Path) -> None:
    lan = person(services, "lan")
    write_file_plan(tmp_path / "p.xlsx", SAMPLE_AGENCY)
    made = import_plan(services, tmp_path / "p.xlsx", agency="H40.18", year=YEAR, actor=lan)
    plan_id = made.id
    edits.renumber(services, plan_id, Numbering.HEADING, actor=lan)
    approve_plan(services, plan_id, actor=head_of_agency(services))
    sealed(services, plan_id)
    outside = {"title": "Hồ sơ bão", "term": "20 năm", "creator": "An"}
    for notation in ("08.QLCT", "09.QLCT"):
        given = outside | {"notation": notation}
        edits.open_outside(services, plan_id, given, started_on=clock.today(), actor=lan)
    edits.approve_amendment(services, plan_id, actor=head_of_agency(services))
    edits.begin_amendment(services, plan_id, "Tách phòng", actor=lan)
    edits.put_change(services, plan_id, "drop", {"notation": "09.QLCT"}, actor=lan)
    new_term = {"notation": "02.TH", "title": "Hồ sơ hội nghị", "term": "70 năm"}
    edits.put_change(services, plan_id, "change", new_term, actor=lan)
    edits.approve_amendment(services, plan_id, actor=head_of_agency(services))
    given = outside | {"notation": "10.QLCT"}
    edits.open_outside(services, plan_id, given, started_on=clock.today(), actor=lan)
    edits.approve_amendment(services, plan_id, actor=head_of_agency(services))
    before = told(services, plan_id)
    paper = read_paper(services, plan_id, 1, actor=lan)

    rebuild(services, actor=OPERATOR, copy="kho2")

    after = told(services, plan_id)
    assert after == before
    assert read_paper(services, plan_id, 1, actor=lan) == paper
    assert (after.version, after.numbering, after.counts["outside"]) == (4, "heading", 2)
    rebuild(services, actor=OPERATOR, copy="kho2")
    assert told(services, plan_id) == before
