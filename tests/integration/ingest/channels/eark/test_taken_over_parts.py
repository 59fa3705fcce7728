"""Parts of a case file that are handed over: where they belong, whose they are, what is refused."""

import datetime as dt
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.catalogue.arranging.acts import move
from archive_service.catalogue.arranging.given import MoveGiven
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import FondsClose, FondsIn
from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.acceptance.acts import NoFondsError
from ingest.channels.eark.xml import PackageDoctypeError
from ingest.submissions.acts import accept, submit
from tests.services.tools import commons_ip_create
from tests.worlds.archive import OPERATOR, copy_home, mixed_case, new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE, put, sip, zipped
from tests.worlds.papers.bad_input import small_case
from tests.worlds.transfer.handed_over import (
    brought_in,
    checked,
    opened_historical,
    packed,
    taken_over,
)

HERE, THERE = "H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT"
MOVE = MoveGiven(documents=[1], to=HERE, reason="Xếp nhầm")
AGENCY, SUCCESSOR = "H40.18", "H40.77"
CATALOGUE = "metadata/descriptive/catalogue.json"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One case file of a PDF, and one of a PDF and a sheet of paper."""
    place = tmp_path_factory.mktemp("giver")
    home = new_home(place / "home")
    with open_home(home) as services:
        brought_in(services, small_case(place / "a", code=HERE))
        brought_in(services, mixed_case(place / "b", code=THERE))
    return home


@pytest.fixture(scope="module")
def aip(given: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of them as it is stored."""
    with open_home(given) as services:
        return packed(services, HERE, tmp_path_factory.mktemp("aip"), form="aip")


@pytest.fixture
def giver(given: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(given, tmp_path / "giver")) as services:
        yield services


@pytest.fixture
def taker(tmp_path: Path) -> Iterator[Services]:
    with opened_historical(tmp_path / "taker") as services:
        yield services


def fonds_of(services: Services, code: str) -> str:
    with services.read_only() as session:
        return session.get_one(Fonds, case_of(services, code).fonds_id).code


def close_fonds(services: Services) -> None:
    fonds_acts.close_fonds(
        services, AGENCY, FondsClose(reason="Cơ quan giải thể"), actor=person(services, "lan")
    )


def told(services: Services, submission: UUID) -> dict[str, Severity]:
    with services.read_only() as session:
        rows = session.get_one(Submission, submission).findings
        return {row.code: row.severity for row in rows}


def edited(package: Path, target: Path, path: str, change: Callable[[bytes], bytes]) -> Path:
    """The package with one of its files written anew; METS says what it said."""
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            data = source.read(name)
            out.writestr(name, change(data) if name.partition("/")[2] == path else data)
    return target


def test_a_closed_fonds_is_completed_by_a_historical_archive_alone(
    giver: Services, taker: Services, tmp_path: Path
) -> None:
    package = packed(giver, HERE, tmp_path / "out", form="sip")
    close_fonds(taker)
    taken_over(taker, package)
    assert fonds_of(taker, HERE) == AGENCY
    with open_home(new_home(tmp_path / "current")) as current:
        identifier = checked(current, package)
        close_fonds(current)
        with pytest.raises(NoFondsError):
            accept(current, identifier, actor=person(current, "lan"))


def test_a_successor_delivers_into_the_fonds_of_its_predecessor(
    giver: Services, taker: Services, tmp_path: Path
) -> None:
    """The agency was merged into another one, which hands over what it took over itself."""
    package = packed(giver, HERE, tmp_path / "out", form="sip")
    enlist_agency(
        taker, SUCCESSOR, "Sở Xây dựng và Công trình tỉnh Sơn Lam", actor=OPERATOR,
        successor_of=AGENCY, valid_from=dt.date(2026, 1, 1),
    )  # fmt: skip
    close_fonds(taker)
    taken_over(taker, package)
    row = case_of(taker, HERE)
    assert (fonds_of(taker, HERE), row.agency_code) == (AGENCY, AGENCY)


def test_the_fonds_is_the_one_of_its_giver_where_there_are_several(
    giver: Services, taker: Services, tmp_path: Path
) -> None:
    for services in (giver, taker):
        given = FondsIn(code="H40.18-1", agency=AGENCY, name="Phông cũ")
        fonds_acts.open_fonds(services, given, actor=person(services, "lan"))
    package = packed(giver, HERE, tmp_path / "out", form="sip")
    assert fonds_of(giver, HERE) == AGENCY
    taken_over(taker, package)
    assert fonds_of(taker, HERE) == AGENCY


def test_an_identifier_out_of_the_year_of_the_records_is_told(
    giver: Services, taker: Services, tmp_path: Path
) -> None:
    """The agency bears another identifier since: what is older than it is right, later is odd."""
    package = packed(giver, HERE, tmp_path / "out", form="sip")
    name = "Sở Công trình tỉnh Sơn Lam"
    enlist_agency(
        taker, "H40.19", name, actor=OPERATOR, same_as=AGENCY, valid_from=dt.date(2024, 1, 1)
    )
    identifier = checked(taker, package)
    assert told(taker, identifier)["identifier-out-of-period"] is Severity.WARNING
    small_case(tmp_path / "older", code="H40.18.2020.08.QLCT")
    assert "identifier-out-of-period" not in told(taker, checked(taker, tmp_path / "older"))


@pytest.mark.parametrize("form", ["aip", "sip"])
def test_a_document_of_another_case_file_is_stored_once_again(
    giver: Services, taker: Services, tmp_path: Path, form: str
) -> None:
    link(giver, THERE, 1, LinkIn(into=HERE, reason="Dùng chung"), actor=person(giver, "lan"))
    do_all(giver)
    source = packed(giver, THERE, tmp_path / "out", form="aip")
    package = packed(giver, HERE, tmp_path / "out2", form=form)
    taken_over(taker, source)
    taken_over(taker, package)
    row = case_of(taker, HERE)
    (found,) = row.standing_links
    assert found.document_id == case_of(taker, THERE).documents[0].id
    assert [document.ordinal for document in row.documents] == [1]


@pytest.mark.parametrize("form", ["aip", "sip"])
def test_where_the_other_case_file_did_not_come_the_document_is_whole(
    giver: Services, taker: Services, tmp_path: Path, form: str
) -> None:
    link(giver, THERE, 1, LinkIn(into=HERE, reason="Dùng chung"), actor=person(giver, "lan"))
    do_all(giver)
    original = case_of(giver, THERE).documents[0].files[0]
    taken_over(taker, packed(giver, HERE, tmp_path / "out", form=form))
    _, came = case_of(taker, HERE).documents
    assert [(file.sha256, file.name) for file in came.files][:1] == [
        (original.sha256, original.name if form == "sip" else came.files[0].name)
    ]
    assert [relation.relation for relation in came.relations] == ["reference"]


@pytest.mark.parametrize("form", ["aip", "sip"])
def test_what_was_moved_to_another_case_file_comes_with_that_one(
    giver: Services, taker: Services, tmp_path: Path, form: str
) -> None:
    move(giver, THERE, MOVE, actor=person(giver, "lan"))
    do_all(giver)
    identifier = taken_over(taker, packed(giver, THERE, tmp_path / "out", form="aip"))
    assert "package-document-moved" in told(taker, identifier)
    taken_over(taker, packed(giver, HERE, tmp_path / "out", form=form))
    for code in (HERE, THERE):
        there = [item for item in case_of(giver, code).documents if item.moved_to is None]
        came = case_of(taker, code)
        assert [item.subject for item in came.documents] == [item.subject for item in there]
        assert came.total_doc == len(there)
    digests = {file.sha256 for item in case_of(taker, THERE).documents for file in item.files}
    moved = {file.sha256 for file in case_of(taker, HERE).documents[-1].files}
    assert digests.isdisjoint(moved)


def test_a_sip_leaves_out_what_was_moved_to_another_case_file(
    giver: Services, taker: Services, tmp_path: Path
) -> None:
    third, folder = "H40.18.2025.10.QLCT", tmp_path / "third"
    folder.mkdir()
    for name in ("một.pdf", "hai.pdf"):
        write_pdf(folder / name, words=name)
    rows = [document_row("một.pdf", third, subject="Một")]
    rows += [document_row("hai.pdf", third, subject="Hai", codeNumber="2")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(third)], rows)
    brought_in(giver, folder)
    move(giver, third, MOVE, actor=person(giver, "lan"))
    do_all(giver)
    taken_over(taker, packed(giver, third, tmp_path / "out", form="sip"))
    assert [document.subject for document in case_of(taker, third).documents] == ["Hai"]


def test_a_record_of_another_program_is_kept_and_not_read(taker: Services, tmp_path: Path) -> None:
    files = put(sip(tmp_path), CATALOGUE, json.dumps({"format": "other/9"}).encode())
    mets = files["METS.xml"].decode()
    section = mets[mets.index("<dmdSec") : mets.index("</dmdSec>") + len("</dmdSec>")]
    listed = section.replace("EAD.xml", "catalogue.json").replace('ID="uuid-', 'ID="uuid-9')
    files["METS.xml"] = mets.replace("</dmdSec>", f"</dmdSec>{listed}", 1).encode()
    identifier = checked(
        taker, zipped(tmp_path / "sip.zip", put(files, CATALOGUE, files[CATALOGUE]))
    )
    assert told(taker, identifier)["package-record-not-read"] is Severity.WARNING
    with taker.read_only() as session:
        assert session.get_one(Submission, identifier).code == CODE


def test_a_package_of_commons_ip_is_read_there_as_everywhere(
    taker: Services, tmp_path: Path
) -> None:
    (tmp_path / "goc").mkdir()
    write_pdf(tmp_path / "goc" / "một + hai.pdf", words="một trang")
    described = tmp_path / "mo-ta.xml"
    described.write_text(
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Hồ sơ</dc:title>'
        f"<dc:identifier>{HERE}</dc:identifier></metadata>",
        encoding="utf-8",
    )
    package = commons_ip_create(
        tmp_path / "out", {"rep1": tmp_path / "goc"}, metadata=described, metadata_type="DC"
    )
    identifier = checked(taker, package)
    with taker.read_only() as session:
        row = session.get_one(Submission, identifier)
        assert (row.code, row.channel, len(row.named_files())) == (HERE, "sip", 1)
        assert row.declared["custody"] == {"kind": "SIP", "package": row.package_id}
    assert "package-file-absent" not in told(taker, identifier)


@pytest.mark.parametrize(
    "path",
    [
        "METS.xml",
        "metadata/descriptive/EAD.xml",
        "metadata/preservation/PREMIS.xml",
        "representations/rep1/METS.xml",
        "representations/rep1/metadata/descriptive/EAD_doc_0001.xml",
        "representations/rep1/metadata/preservation/PREMIS_rep1.xml",
    ],
)
def test_an_entity_from_outside_is_refused_wherever_it_stands(
    taker: Services, aip: Path, tmp_path: Path, path: str
) -> None:
    doctype = b'?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    spoilt = edited(
        aip, tmp_path / "spoilt.zip", path, lambda data: data.replace(b"?>", doctype, 1)
    )
    with pytest.raises(PackageDoctypeError) as refused:
        submit(spoilt, actor=person(taker, "lan"), services=taker)
    assert refused.value.facts["path"] == path
    with taker.read_only() as session:
        assert session.query(CaseFile).count() == session.query(Submission).count() == 0
    assert list(taker.staging.iter_digests()) == []
