"""Minutes of an addition say what was added, those of the case file what came with it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.catalogue.holdings.rows import submissions_of
from archive_service.domain.intake.handover import HandoverItem, HandoverRecord
from archive_service.packaging.model import RecordStatus
from archive_service.services import Services
from ingest.handover import acts as handover_acts
from ingest.handover.acts import paper_said
from ingest.handover.papers import Handover, contents_of
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE, sip, with_fields, zipped

EAD_DOC = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh 1.xml"


def bring_in(services: Services, source: Path) -> UUID:
    (identifier,) = submit(source, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, identifier, actor=person(services, "lan"))
    do_all(services)
    return identifier


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A case file of two documents, and a late one in a version of its own."""
    (tmp_path / "late").mkdir()
    late = sip(tmp_path / "late", documents=1, record_status=RecordStatus.SUPPLEMENT)
    own = {"docId": f"{CODE}.late", "docCode": f"{CODE}.0000009", "codeNumber": "99"}
    with open_home(new_home(tmp_path / "home")) as opened:
        bring_in(opened, zipped(tmp_path / "first.zip", sip(tmp_path)))
        bring_in(opened, zipped(tmp_path / "late.zip", with_fields(late, EAD_DOC, **own)))
        yield opened


def ids(services: Services) -> tuple[UUID, UUID]:
    """The submission that became the case file, and the one that was added."""
    row = case_of(services, CODE)
    with services.read_only() as session:
        first, late = submissions_of(session, row.id)
    return first.id, late.id


def said(services: Services, *submissions: UUID) -> Handover:
    actor = person(services, "lan")
    told = handover_acts.make(services, actor=actor, submission_ids=list(submissions))
    with services.read_only() as session:
        return paper_said(session, services, session.get_one(HandoverRecord, told.id))


def test_minutes_of_an_addition_list_only_what_was_added(services: Services) -> None:
    paper = said(services, ids(services)[1])
    (listed,) = paper.case_files
    assert [document.number_and_symbol for document in listed.documents] == ["99/QĐ-UBND"]
    assert (listed.files, listed.pages, listed.sheets) == (1, 1, None)
    assert listed.note == f"Bổ sung vào hồ sơ {CODE}"
    assert any("2025" in line for line in contents_of(paper))


def test_minutes_of_the_case_file_leave_out_what_was_added_later(services: Services) -> None:
    (listed,) = said(services, ids(services)[0]).case_files
    assert [document.number_and_symbol for document in listed.documents] == [
        "1/QĐ-UBND",
        "2/QĐ-UBND",
    ]
    assert (listed.files, listed.pages, listed.note) == (2, 2, "")


def test_both_on_one_paper_of_an_outage_are_one_line_with_all_of_it(services: Services) -> None:
    first, late = ids(services)
    said(services, first)
    with services.unit_of_work() as uow:  # as minutes signed on paper may list them
        record = uow.session.scalars(select(HandoverRecord)).one()
        record.items.append(HandoverItem(submission_id=late, ordinal=2, case_code=CODE))
        uow.session.flush()
        (listed,) = paper_said(uow.session, services, record).case_files
    assert (len(listed.documents), listed.files, listed.pages) == (3, 3, 3)
