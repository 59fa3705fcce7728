"""What people see of a duplicate: on its list, beside what keeps it, and afterwards."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from archive_service.app import create_app
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.domain.case_files.document import Document
from archive_service.services import Services
from archive_service.worker import run_one
from retention.destruction.acts import claim_items
from retention.disposition import acts as disposition_acts
from retention.disposition.duplicates import view as duplicates_view
from retention.terms.acts import explain_case_file
from tests.integration.retention.disposition.duplicates.duplicates import (
    FIRST,
    OTHER,
    SECOND,
    case_row_of,
    decided_as_duplicate,
    doubled_home,
)
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.retention.removing import without_grace


@pytest.fixture(scope="module")
def stored_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the same document in two case files."""
    return doubled_home(tmp_path_factory.mktemp("doubled-seen"))


@pytest.fixture
def services(stored_home: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it for one test, whose staging has no time of grace."""
    with without_grace(stored_home, tmp_path / "home") as opened:
        yield opened


def proposed(services: Services) -> str:
    """The id of the list that the sweep makes."""
    with services.writing() as session:
        services.jobs.add(session, "propose-due")
    assert run_one(services, names=("propose-due",)) == "done"
    (made,) = disposition_acts.list_all(services, actor=OPERATOR)
    return str(made.id)


def test_the_list_leads_to_both_side_by_side(services: Services) -> None:
    row = proposed(services)
    lan = browser_of(create_app(services), services, "lan")
    page = lan.get(f"/dispositions/{row}").text
    assert f"/case-files/{FIRST}" in page
    at = f"/dispositions/{row}/kept/{SECOND}"
    assert at in page
    beside = lan.get(at).text
    assert FIRST in beside
    assert SECOND in beside
    assert beside.count("Biên bản bàn giao") == 2
    assert "Mọi tài liệu đều có" in beside
    assert lan.get(f"/dispositions/{row}/kept/{OTHER}").status_code == 404
    with services.writing() as session:
        own = Document.case_file_id == case_row_of(services, FIRST).id
        session.execute(update(Document).where(own).values(quarantined=True))
    beside = lan.get(at).text
    assert "Không có tài liệu thay" in beside
    assert "Nay không hủy được" in beside


def test_a_program_reads_both_side_by_side(services: Services) -> None:
    row = proposed(services)
    app = create_app(services)
    lan = program_of(app, services, "lan")
    told = lan.get(f"/dispositions/{row}/kept/{SECOND}").get_json()
    assert (told["code"], told["keeper"], told["ground"]) == (SECOND, FIRST, "duplicate")
    assert told["reason"] == ""
    (pair,) = told["documents"]
    assert pair["going"]["title"] == pair["staying"]["title"] == "Biên bản bàn giao"
    assert pair["staying"]["files"] == 1
    with services.writing() as session:
        own = Document.case_file_id == case_row_of(services, FIRST).id
        session.execute(update(Document).where(own).values(quarantined=True))
    told = lan.get(f"/dispositions/{row}/kept/{SECOND}").get_json()
    assert told["documents"][0]["staying"] is None
    assert told["reason"] != ""
    assert lan.get(f"/dispositions/{row}/kept/{OTHER}").status_code == 404
    reader = program_of(app, services, "binh")
    assert reader.get(f"/dispositions/{row}/kept/{SECOND}").status_code == 403


def test_what_is_no_duplicate_has_nothing_beside_it(services: Services) -> None:
    row = proposed(services)
    with pytest.raises(CaseFileNotFoundError):
        duplicates_view.compared(services, UUID(row), OTHER, actor=person(services, "lan"))


def test_its_term_and_the_commands_tell_the_ground(services: Services) -> None:
    row = proposed(services)
    told = explain_case_file(services, SECOND, actor=person(services, "lan"))
    assert any("01/" in step.text and FIRST in step.text for step in told.steps)
    kept = explain_case_file(services, FIRST, actor=person(services, "lan"))
    assert not any(SECOND in step.text for step in kept.steps)
    command = Command(services.settings.home)
    (item,) = command.ask("disposition", "show", row)["items"]
    assert (item["ground"], item["keeper"]) == ("duplicate", FIRST)


def test_the_page_of_what_is_kept_tells_what_went_for_it(services: Services) -> None:
    lan = browser_of(create_app(services), services, "lan")
    item = decided_as_duplicate(services, SECOND, FIRST)
    assert SECOND not in lan.get(f"/case-files/{FIRST}").text
    with services.writing() as session:
        claim_items(services, session, [item])
    assert f"{SECOND} đang được hủy" in lan.get(f"/case-files/{FIRST}").text
    do_all(services)
    assert f"{SECOND} đã hủy lúc" in lan.get(f"/case-files/{FIRST}").text
    assert FIRST in lan.get(f"/case-files/{SECOND}").text
    binh = person(services, "binh")
    assert duplicates_view.gone_for(services, FIRST, actor=binh) == []
