"""Every number of minutes of mixed content is the one that the store gives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import find_account
from archive_service.app import create_app
from archive_service.catalogue.holdings.rows import submissions_of
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.handover import HandoverRecord
from archive_service.domain.intake.submission import Submission
from archive_service.packaging.model import RecordStatus
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.reports.registers import rows_of_year
from archive_service.services import Services
from ingest.handover import acts as handover_acts
from ingest.handover import paper_files
from ingest.handover.acts import paper_said
from ingest.handover.listing import list_handovers
from ingest.handover.minutes import HandoverAdditionError
from ingest.handover.papers import Handover, contents_of, lists_of
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE, sip, with_fields, zipped

OTHER = "H40.18.2025.09.QLCT"
EAD_DOC = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh 1.xml"


@dataclass(frozen=True)
class Mixed:
    """Two new case files, and what was added to and replaced in the first, each on a paper."""

    services: Services
    papers: list[Handover]
    ids: list[UUID]

    @property
    def year(self) -> int:
        """Of the registers."""
        return clock.local(clock.now()).year


def bring_in(services: Services, source: Path) -> None:
    (identifier,) = submit(source, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, identifier, actor=person(services, "lan"))
    do_all(services)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    folder = tmp_path_factory.mktemp("mixed")
    for name in ("first", "other", "late", "anew"):
        (folder / name).mkdir()
    late = sip(folder / "late", documents=1, record_status=RecordStatus.SUPPLEMENT)
    own = {"docId": f"{CODE}.late", "docCode": f"{CODE}.0000009", "codeNumber": "99"}
    late = with_fields(late, EAD_DOC, **own, numberOfPage="1")
    anew = sip(folder / "anew", documents=1, record_status=RecordStatus.REPLACEMENT)
    with open_home(new_home(folder / "home")) as services:
        other = sip(folder / "other", documents=3, code=OTHER)
        bring_in(services, zipped(folder / "first.zip", sip(folder / "first")))
        bring_in(services, zipped(folder / "other.zip", other))
        bring_in(services, zipped(folder / "late.zip", late))
        bring_in(services, zipped(folder / "anew.zip", anew))
        told = handover_acts.make(services, actor=person(services, "lan"))
        ids = [told.id, *(minutes.id for minutes in told.also)]
        with services.read_only() as session:
            records = [session.get_one(HandoverRecord, identifier) for identifier in ids]
            papers = [paper_said(session, services, record) for record in records]
        yield Mixed(services, papers, ids)


def amounts(paper: Handover) -> list[int]:
    """Case files, documents and files, as the minutes say them."""
    (line,) = [content for content in contents_of(paper) if content.startswith("b)")]
    return [int(one) for one in re.findall(r"\d+", line)]


def sent(mixed: Mixed, paper: UUID) -> list[int]:
    """The same, and the pages, as the senders declared what came with these submissions."""
    with mixed.services.read_only() as session:
        record = session.get_one(HandoverRecord, paper)
        rows = [
            session.get_one(Submission, handover_item.submission_id)
            for handover_item in record.items
        ]
        documents = [document for row in rows for document in row.case_file().documents]
        files = [file for document in documents for file in document.files]
        pages = sum(int(document.fields["numberOfPage"]) for document in documents)
        return [len({row.code for row in rows}), len(documents), len(files), pages]


def test_new_case_files_share_minutes_and_each_addition_has_its_own(mixed: Mixed) -> None:
    listed = [[case_file.code for case_file in paper.case_files] for paper in mixed.papers]
    assert listed == [[CODE, OTHER], [CODE], [CODE]]
    assert [paper.number for paper in mixed.papers] == [f"0{n}/BBGN-LT" for n in (1, 2, 3)]


def test_every_number_of_each_paper_is_what_was_sent(mixed: Mixed) -> None:
    assert [amounts(paper) for paper in mixed.papers] == [[2, 5, 5], [1, 1, 1], [1, 1, 1]]
    for paper, handover in zip(mixed.papers, mixed.ids, strict=True):
        cases, documents, files, pages = sent(mixed, handover)
        assert amounts(paper) == [cases, documents, files]
        assert sum(case_file.pages for case_file in paper.case_files) == pages
        first, *others = lists_of(paper)
        assert len(first.rows) == cases
        assert sum(len(table_form.rows) for table_form in others) == documents


def test_each_document_has_the_pages_that_are_its_own_in_the_case_file(mixed: Mixed) -> None:
    places = [
        {
            case_file.code: [each.pages for each in case_file.documents]
            for case_file in paper.case_files
        }
        for paper in mixed.papers
    ]
    new, late, anew = places
    assert new == {CODE: ["", "1"], OTHER: ["1", "2", "3"]}, "another stands for the first"
    assert (late, anew) == ({CODE: ["2"]}, {CODE: ["3"]})
    for paper in mixed.papers:
        told = [row.cells[5] for table_form in list(lists_of(paper))[1:] for row in table_form.rows]
        assert told == [
            each.pages for case_file in paper.case_files for each in case_file.documents
        ]


def test_pages_lists_and_registers_tell_the_numbers_of_the_paper(mixed: Mixed) -> None:
    lan = person(mixed.services, "lan")
    found = list_handovers(mixed.services, actor=lan).handovers
    counted = {minutes.number: minutes.count for minutes in found}
    with mixed.services.read_only() as session:
        rows = list(rows_of_year(session, "handovers", mixed.year))
    in_register = {row[1]: int(row[6]) for row in rows}
    for paper, handover in zip(mixed.papers, mixed.ids, strict=True):
        lines = paper_files.lines_of(mixed.services, handover, actor=lan)
        opened = handover_acts.open_handover(mixed.services, handover, actor=lan)
        told = [len(lines), *(sum(line[key] for line in lines) for key in ("documents", "files"))]
        assert told == amounts(paper)
        assert opened.count == counted[paper.number] == in_register[paper.number] == told[0]


def test_the_page_names_each_case_file_once_by_its_title(mixed: Mixed) -> None:
    client = browser_of(create_app(mixed.services), mixed.services, "lan")
    with mixed.services.read_only() as session:
        title = session.scalars(select(CaseFile.title).where(CaseFile.code == CODE)).one()
    page = client.get(f"/handovers/{mixed.ids[2]}").text
    assert page.count(f"/case-files/{CODE}") == 1
    assert escape(title) in page
    assert f"Bổ sung vào hồ sơ {CODE}" in page


def test_what_replaces_and_what_is_replaced_say_so(mixed: Mixed) -> None:
    new, _, anew = mixed.papers
    (replacing,) = anew.case_files[0].documents
    assert replacing.note == "Thay văn bản 1/QĐ-UBND (thứ tự 1 trong hồ sơ)"
    notes = [document.note for document in new.case_files[0].documents]
    assert notes == ["Đã được thay bằng văn bản thứ tự 4 trong hồ sơ", ""]
    _, listed, _ = lists_of(new)
    assert "1 văn bản" in listed.totals[1] or "01 văn bản" in listed.totals[1]


def test_an_addition_is_refused_on_the_paper_of_others(tmp_path: Path) -> None:
    (tmp_path / "late").mkdir()
    late = sip(tmp_path / "late", documents=1, record_status=RecordStatus.SUPPLEMENT)
    own = {"docId": f"{CODE}.late", "docCode": f"{CODE}.0000009", "codeNumber": "99"}
    with open_home(new_home(tmp_path / "home")) as services:
        bring_in(services, zipped(tmp_path / "first.zip", sip(tmp_path)))
        bring_in(services, zipped(tmp_path / "late.zip", with_fields(late, EAD_DOC, **own)))
        case_id = case_of(services, CODE).id
        with services.read_only() as session:
            both = [submission.id for submission in submissions_of(session, case_id)]
        with pytest.raises(HandoverAdditionError):
            handover_acts.make(services, actor=person(services, "lan"), submission_ids=both)
        assert list_handovers(services, actor=person(services, "lan")).total == 0


def test_registers_name_the_person_and_the_title_that_was_on_the_receipt(mixed: Mixed) -> None:
    with mixed.services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OTHER)).one()
        before, row.title = row.title, f"{row.title} (đã sửa)"
        officer = find_account(session, "bach")
        assert officer is not None
        officer.display_name = "Trần Văn Bách"
    with mixed.services.read_only() as session:
        receipts = [row for row in rows_of_year(session, "receipts", mixed.year) if OTHER in row]
        came = list(rows_of_year(session, "submissions", mixed.year))
    assert [row[4] for row in receipts] == [before]
    assert {row[5] for row in came} == {"Trần Văn Bách"}


def test_a_rebuilt_archive_tells_the_same_numbers(mixed: Mixed) -> None:
    do_all(mixed.services)
    rebuild(mixed.services, actor=OPERATOR)
    with mixed.services.read_only() as session:
        records = [session.get_one(HandoverRecord, identifier) for identifier in mixed.ids]
        again = [paper_said(session, mixed.services, record) for record in records]
    assert [amounts(paper) for paper in again] == [amounts(paper) for paper in mixed.papers]
    for handover, other in zip(again, mixed.papers, strict=True):
        assert [each.documents for each in handover.case_files] == [
            each.documents for each in other.case_files
        ]
