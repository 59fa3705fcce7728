"""Late documents and corrections: one more version, its own receipt, all back after a rebuild."""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import run
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.catalogue.holdings.rows import submissions_of, whole_case_file
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionState,
    UnresolvedFindingsError,
)
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import FormNumber
from archive_service.packaging.catalogue import catalogue_bytes
from archive_service.packaging.model import RecordStatus
from archive_service.recovery.drill.comparison import record_of
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.export.court.pack import write_court_pack
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.acceptance.additions import AdditionBusyError, AdditionHeldError, AdditionTargetError
from ingest.submissions.acts import accept, submit
from retention.holds.acts import place_holds
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE, edited, put, sip, with_fields, zipped

REP = "representations/rep1/"
EAD_DOC = REP + "metadata/descriptive/EAD_doc_quyet dinh {}.xml"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one case file of two documents in custody."""
    folder = tmp_path_factory.mktemp("held")
    home = new_home(folder / "home")
    with open_home(home) as services:
        bring_in(services, zipped(folder / "first.zip", sip(folder)))
    return home


@pytest.fixture
def services(first: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(first, tmp_path / "home")) as opened:
        yield opened


def sent(services: Services, source: Path, **more: Any) -> UUID:
    """Handed in and checked."""
    (one,) = submit(source, actor=person(services, "bach"), services=services, **more)
    while run_one(services, subject_id=one, names=("check-submission",)):
        pass
    return one


def bring_in(services: Services, source: Path, **more: Any) -> UUID:
    """Handed in, checked, accepted, stored."""
    one = sent(services, source, **more)
    accept(services, one, actor=person(services, "lan"))
    work(services, until_empty=True)
    return one


def found(services: Services, submission: UUID) -> dict[str, FindingRow]:
    with services.read_only() as session:
        rows = session.scalars(select(FindingRow).where(FindingRow.submission_id == submission))
        return {row.code: row for row in rows}


def addition(folder: Path, status: RecordStatus, **fields: str) -> Path:
    """One document with a number of its own."""
    folder.mkdir()
    files = sip(folder, documents=1, record_status=status)
    own = {"docId": f"{CODE}.late", "docCode": f"{CODE}.0000009", "codeNumber": "99"} | fields
    changed = with_fields(files, EAD_DOC.format(1), **own)
    return zipped(folder / "addition.zip", changed)


def rows(services: Services) -> list[Submission]:
    with services.read_only() as session:
        return list(session.scalars(select(Submission).order_by(Submission.received_at)))


def test_a_late_document_is_one_more_version_with_its_own_receipt(
    services: Services, tmp_path: Path
) -> None:
    before = case_of(services, CODE)
    one = bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    row = case_of(services, CODE)
    assert (row.id, row.version_stored, row.state) == (before.id, 2, CaseState.STORED)
    assert [document.ordinal for document in row.documents] == [1, 2, 3]
    assert row.documents[2].code_number == "99"
    assert {file.version_added for file in row.documents[2].files} == {2}
    assert row.total_doc == 3
    assert row.receipt_number == before.receipt_number
    with services.read_only() as session:
        submission = session.get_one(Submission, one)
        receipts = session.scalars(select(Act).where(Act.kind == RECEIPT)).all()
        drawn = session.scalars(select(FormNumber.last).where(FormNumber.form == "receipt")).one()
    assert submission.state is SubmissionState.STORED
    assert (submission.case_file_id, submission.version) == (row.id, 2)
    assert submission.receipt_issued_at is not None
    assert submission.receipt_number not in (None, before.receipt_number)
    assert drawn == 2
    assert {act.document["version"] for act in receipts} == {1, 2}
    assert {act.document["submission"] for act in receipts} == {str(one), str(row.id)}


def test_a_court_pack_holds_the_receipt_of_an_addition_too(
    services: Services, tmp_path: Path
) -> None:
    bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    told = write_court_pack(services, CODE, folder=tmp_path, actor=person(services, "hung"))
    pack = Path(told["path"])
    for papers, code in ((2, 3), (1, 1)):  # it agrees; one left out is refused
        held = sorted((pack / "receipts").glob("*.pdf"))
        assert len(held) == papers
        assert run([sys.executable, str(pack / "verify.py")], check=False).returncode == code
        held[0].unlink()


def test_accepting_an_addition_twice_changes_nothing(services: Services, tmp_path: Path) -> None:
    one = bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    again = accept(services, one, actor=person(services, "lan"))
    assert again.case_file == CODE
    assert case_of(services, CODE).version_wanted == 2
    work(services, until_empty=True)
    assert case_of(services, CODE).version_stored == 2


def test_the_old_version_stays_readable(services: Services, tmp_path: Path) -> None:
    bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    lan = person(services, "lan")
    names = {}
    for version in (1, 2):
        told = export_case_file(
            services, CODE, form="aip", folder=tmp_path / str(version), actor=lan, version=version
        )
        with zipfile.ZipFile(told.path) as packed:
            names[version] = {name.partition("/")[2] for name in packed.namelist()}
    added = names[2] - names[1]
    assert any(name.startswith(f"{REP}data/0003/original/") for name in added)
    assert not any(name.startswith(f"{REP}data/0003/") for name in names[1])
    assert {name for name in names[1] - names[2] if "/data/" in name} == set()


def test_what_came_beside_both_stands_in_the_package(services: Services, tmp_path: Path) -> None:
    bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    told = export_case_file(
        services, CODE, form="aip", folder=tmp_path / "out", actor=person(services, "lan")
    )
    with zipfile.ZipFile(told.path) as packed:
        mets = [name for name in packed.namelist() if name.endswith("-mets.xml")]
        premis = next(name for name in packed.namelist() if name.endswith("PREMIS_rep1.xml"))
        events = packed.read(premis).decode()
    assert len(mets) == 4  # of the root and of rep1, of either package
    assert events.count("<eventType>ingestion</eventType>") == 2
    assert events.count("<eventType>modification</eventType>") == 1


def test_a_replacement_stands_for_what_it_names_and_the_old_one_stays(
    services: Services, tmp_path: Path
) -> None:
    source = addition(
        tmp_path / "new", RecordStatus.REPLACEMENT, docId=f"{CODE}.2", codeNumber="2", subject="Mới"
    )
    one = sent(services, source)
    assert found(services, one)["replaces"].facts["ordinal"] == 2
    accept(services, one, actor=person(services, "lan"))
    work(services, until_empty=True)
    row = case_of(services, CODE)
    old, new = row.documents[1], row.documents[2]
    assert (old.replaced_in, new.replaced_in) == (2, None)
    assert [(one.relation, one.target_id) for one in new.relations] == [("replaces", old.id)]
    assert old.files
    assert new.doc_code != old.doc_code
    assert row.total_doc == 2


def test_a_replacement_may_correct_what_is_said_of_the_case_file(
    services: Services, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    files = sip(folder, documents=1, record_status=RecordStatus.REPLACEMENT)
    files = with_fields(files, "metadata/descriptive/EAD.xml", title="Tiêu đề đã sửa")
    one = bring_in(services, zipped(folder / "new.zip", files))
    assert case_of(services, CODE).title == "Tiêu đề đã sửa"
    with services.read_only() as session:
        event = session.scalars(
            select(AuditEvent).where(
                AuditEvent.tag == "submission:accepted", AuditEvent.subject_id == str(one)
            )
        ).one()
    assert event.data["corrected"]["title"][1] == "Tiêu đề đã sửa"
    assert event.data["replaced"] == [{"ordinal": 1, "by": 3}]


def test_a_longer_term_of_a_late_document_is_that_of_the_case_file(tmp_path: Path) -> None:
    """Of what a case file holds the longest term counts."""
    with open_home(new_home(tmp_path / "home")) as services:
        (tmp_path / "a").mkdir()
        files = sip(tmp_path / "a")
        for number in (1, 2):
            files = with_fields(files, EAD_DOC.format(number), maintenance="05")
        files = with_fields(files, "metadata/descriptive/EAD.xml", maintenance="05")
        bring_in(services, zipped(tmp_path / "a.zip", files))
        before = case_of(services, CODE)
        assert (before.permanent, before.rule["years"]) == (False, 20)
        bring_in(services, addition(tmp_path / "b", RecordStatus.SUPPLEMENT, maintenance="01"))
        after = case_of(services, CODE)
        assert (after.permanent, after.ends_on) == (True, None)
        with services.read_only() as session:
            tags = session.scalars(select(AuditEvent.tag)).all()
        assert tags.count("case-file:retention-recomputed") == 1


def test_everything_comes_back_after_a_rebuild(services: Services, tmp_path: Path) -> None:
    bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    source = addition(tmp_path / "new", RecordStatus.REPLACEMENT, docId=f"{CODE}.1")
    bring_in(services, source)
    row = case_of(services, CODE)
    with services.read_only() as session:
        before = record_of(session, row.id)
    receipts = [(one.receipt_number, one.state, one.version) for one in rows(services)]
    assert len(before["additions"]) == 2
    rebuild(services, actor=person(services, "lan"))
    work(services, until_empty=True)
    with services.read_only() as session:
        assert record_of(session, row.id) == before
    assert [(one.receipt_number, one.state, one.version) for one in rows(services)] == receipts
    assert case_of(services, CODE).receipt_due_in is None


def test_what_is_not_held_cannot_be_added_to(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        one = sent(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
        assert "addition-not-held" in found(services, one)
        with pytest.raises(UnresolvedFindingsError):
            accept(services, one, actor=person(services, "lan"))


def test_a_new_case_file_of_a_code_that_is_held_is_still_refused(
    services: Services, tmp_path: Path
) -> None:
    one = sent(services, addition(tmp_path / "late", RecordStatus.NEW))
    assert "code-taken" in found(services, one)


def test_a_document_that_is_there_already_is_named_exactly(
    services: Services, tmp_path: Path
) -> None:
    source = addition(tmp_path / "late", RecordStatus.SUPPLEMENT, docId="X", codeNumber="2")
    told = found(services, sent(services, source))["addition-document-held"]
    assert (told.facts["value"], told.facts["ordinal"]) == ("2/QĐ-UBND", 2)


def test_a_replacement_that_names_nothing_is_refused(services: Services, tmp_path: Path) -> None:
    told = found(services, sent(services, addition(tmp_path / "new", RecordStatus.REPLACEMENT)))
    assert {"replacement-names-nothing", "replacement-without-target"} <= set(told)


def test_a_hold_forbids_replacing_and_allows_adding(services: Services, tmp_path: Path) -> None:
    replacing = sent(
        services, addition(tmp_path / "new", RecordStatus.REPLACEMENT, docId=f"{CODE}.1")
    )
    place_holds(
        services, [CODE], reason="Thanh tra", authority="QĐ 1", actor=person(services, "hung")
    )
    work(services, until_empty=True)
    with pytest.raises(AdditionHeldError):
        accept(services, replacing, actor=person(services, "lan"))
    again = sent(services, addition(tmp_path / "two", RecordStatus.REPLACEMENT, docId=f"{CODE}.2"))
    assert "addition-on-hold" in found(services, again)
    bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    assert case_of(services, CODE).version_stored == 2


def test_nothing_is_added_to_a_case_file_that_is_not_in_custody_any_more(
    services: Services, tmp_path: Path
) -> None:
    late = sent(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    with services.writing() as session:
        session.get_one(CaseFile, case_of(services, CODE).id).state = CaseState.TRANSFERRED
    with pytest.raises(AdditionTargetError) as refused:
        accept(services, late, actor=person(services, "lan"))
    assert refused.value.facts == {"code": CODE, "state": CaseState.TRANSFERRED}
    assert len(case_of(services, CODE).documents) == 2


def test_two_additions_at_once_go_in_one_after_the_other(
    services: Services, tmp_path: Path
) -> None:
    lan = person(services, "lan")
    one = sent(services, addition(tmp_path / "a", RecordStatus.SUPPLEMENT))
    source = addition(
        tmp_path / "b", RecordStatus.SUPPLEMENT, docId=f"{CODE}.b", docCode="", codeNumber="100"
    )
    two = sent(services, source)
    accept(services, one, actor=lan)
    with pytest.raises(AdditionBusyError):
        accept(services, two, actor=lan)
    work(services, until_empty=True)
    accept(services, two, actor=lan)
    work(services, until_empty=True)
    row = case_of(services, CODE)
    assert (row.version_stored, len(row.documents)) == (3, 4)


def test_the_status_may_be_given_beside_the_package(services: Services, tmp_path: Path) -> None:
    source = addition(tmp_path / "late", RecordStatus.NEW)
    bring_in(services, source, record_status="SUPPLEMENT")
    assert len(case_of(services, CODE).documents) == 3


def linking(folder: Path, target: str) -> Path:
    """A case file whose second document is but a link to one that is held."""
    folder.mkdir()
    code = "H40.18.2025.09.QLCT"
    plain = sip(folder, code=code, ocfl_id="urn:uuid:0E9B6C0E-6F0C-4B52-9B0D-3A6C1D0F9E22")
    path = REP + "data/quyet dinh 2.pdf"
    del plain[path]
    plain[f"{path}.fetch.txt"] = f"{target}\n".encode()
    moved = edited(
        plain,
        REP + "METS.xml",
        ("quyet%20dinh%202.pdf", "quyet%20dinh%202.pdf.fetch.txt"),
    )
    return zipped(folder / "link.zip", put(moved, f"{path}.fetch.txt", plain[f"{path}.fetch.txt"]))


def test_a_link_to_a_document_in_custody_is_a_reference(services: Services, tmp_path: Path) -> None:
    one = bring_in(services, linking(tmp_path / "link", f"{CODE}.1"))
    row = case_of(services, "H40.18.2025.09.QLCT")
    assert row.id == one
    assert [document.ordinal for document in row.documents] == [1]
    (link,) = row.links
    held = case_of(services, CODE)
    assert (link.ordinal, link.source_id, link.document_id) == (2, held.id, held.documents[0].id)
    assert (row.version_stored, row.total_doc) == (1, 1)
    assert [each.case_file_id for each in held.linked_elsewhere] == [row.id]


def test_an_addition_may_name_a_document_in_custody_too(services: Services, tmp_path: Path) -> None:
    bring_in(services, linking(tmp_path / "link", f"{CODE}.1"))
    code = "H40.18.2025.09.QLCT"
    for number, target in enumerate((f"{CODE}.2", f"{CODE}.2"), start=3):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_pdf(folder / "them.pdf", words=str(number))
        rows = [
            document_row("them.pdf", code, codeNumber=str(number), subject=f"Văn bản {number}"),
            document_row(
                "", code, codeNumber="1", subject="Đã có", relatesTo=target, relation="Dẫn chiếu"
            ),
        ]
        write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], rows)
        bring_in(services, folder, record_status="SUPPLEMENT")
    row = case_of(services, code)
    assert [link.ordinal for link in row.links] == [2, 4]
    assert [document.ordinal for document in row.documents] == [1, 3, 5, 6]
    assert [one.target for one in row.documents[3].relations] == [f"{CODE}.2"]  # linked already


def test_a_link_to_nothing_is_an_error(services: Services, tmp_path: Path) -> None:
    one = sent(services, linking(tmp_path / "link", "H40.18.2025.77.X.1"))
    assert found(services, one)["link-unknown"].facts["target"] == "H40.18.2025.77.X.1"


def test_the_record_of_a_version_is_the_same_at_every_build(
    services: Services, tmp_path: Path
) -> None:
    bring_in(services, addition(tmp_path / "late", RecordStatus.SUPPLEMENT))
    row = case_of(services, CODE)
    with services.read_only() as session:
        whole = whole_case_file(session, row.id)
        told = [catalogue_bytes(whole, submissions_of(session, row.id)) for _ in range(2)]
    assert told[0] == told[1]
