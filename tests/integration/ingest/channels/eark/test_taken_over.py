"""What one archive packs for a historical one is the same case file there, and tells where it was.

Two archives that know nothing of each other: what the second knows stands in the package.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.holdings.texts import case_texts
from archive_service.domain.case_files.case_file import CaseState, Digitization
from archive_service.domain.case_files.document import FileRole
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import Job
from archive_service.packaging.premis import PREMIS
from archive_service.packaging.tree import CATALOGUE, OWN
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from ingest.submissions.acts import submit
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all, program_of
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.holding import case_of
from tests.worlds.papers import incoming_pdfs as pdfs
from tests.worlds.papers.bad_input import small_case
from tests.worlds.shelf import object_of
from tests.worlds.transfer.handed_over import (
    brought_in,
    checked,
    described,
    opened_historical,
    own_fields_there,
    packed,
    rich_case,
    taken_over,
)
from tests.worlds.transfer.transfers import make_permanent

CODE, PAPER_CODE = "H40.18.2020.08.QLCT", "H40.18.2020.09.QLCT"
DATA = "representations/rep1/data/"
RECALLED = "Bản thu hồi"


@dataclass(frozen=True)
class Handed:
    """What a giver packed, and what it kept of it."""

    sip: Path
    aip: Path
    bags: dict[str, Path]
    written: dict[str, Any]  # the case file of the SIP
    digitized: dict[str, Any]  # that of the AIP
    words: list[Any]
    ocfl_id: str


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    place = tmp_path_factory.mktemp("giver")
    with open_home(new_home(place / "home")) as giver:
        own_fields_there(giver)
        written_case(giver, place / "written")
        rich_case(giver, place / "digitized", PAPER_CODE)
        digitized = case_of(giver, PAPER_CODE)
        out = place / "out"
        return Handed(
            packed(giver, CODE, out, form="sip"),
            packed(giver, PAPER_CODE, out, form="aip"),
            {
                "sip": packed(giver, CODE, place / "bags", form="sip", bag=True),
                "aip": packed(giver, PAPER_CODE, place / "bags", form="aip", bag=True),
            },
            described(case_of(giver, CODE)),
            described(digitized),
            texts(giver),
            digitized.ocfl_id,
        )


@pytest.fixture
def taker(tmp_path: Path) -> Iterator[Services]:
    with opened_historical(tmp_path / "historical") as services:
        own_fields_there(services)
        yield services


def written_case(services: Services, folder: Path) -> None:
    """Three PDFs of two documents that say all that a sheet can say."""
    folder.mkdir()
    names = ["01 Tờ trình.pdf", "02 Quyết định.pdf", "03 Phụ lục.pdf"]
    for name in names:
        write_pdf(folder / name, words=name, pages=2)
    said = {
        "keyword": "một", "autograph": "Đồng ý", "signer": "Trần Văn A", "urgency": "Khẩn",
        "signerPosition": "Giám đốc", "receivers": "Sở Tài chính", "arrivalNumber": "7",
        "soKho": "K-2",
    }  # fmt: skip
    relation = {"relation": "Phụ lục", "relatesTo": "08/BB-SCT", "description": "hai"}
    rows = [
        document_row(f"{names[0]};{names[2]}", CODE, **said),
        document_row(names[1], CODE, codeNumber="77", **relation),
    ]
    case = case_row(
        CODE, keyword="thử", creator="Lê Thị B", procedureCode="1.0001", duAn="Hồ Khe Lạnh",
        startDate="01/03/2020", endDate="30/06/2020", description="Đủ",
    )  # fmt: skip
    write_sheet(folder / "Hồ sơ.xlsx", [case], rows)
    brought_in(services, folder)
    make_permanent(services, CODE)


def texts(services: Services) -> list[Any]:
    """The words of the pages, document by document."""
    told = case_texts(services, PAPER_CODE, actor=person(services, "lan"))
    return [document.pages for document in told.documents]


def codes(services: Services, submission: Any, severity: Severity | None = None) -> set[str]:
    with services.read_only() as session:
        rows = session.get_one(Submission, submission).findings
        return {row.code for row in rows if severity in (None, row.severity)}


def test_a_sip_is_the_same_case_file_there(taker: Services, handed: Handed) -> None:
    taken_over(taker, handed.sip)
    came = case_of(taker, CODE)
    assert described(came) == handed.written
    assert (came.state, came.permanent, came.maintenance) == (CaseState.STORED, True, "01")


@pytest.mark.parametrize("form", ["sip", "aip"])
def test_the_same_in_a_bag(taker: Services, handed: Handed, form: str) -> None:
    taken_over(taker, handed.bags[form])
    code = {"sip": CODE, "aip": PAPER_CODE}[form]
    told = handed.written if form == "sip" else handed.digitized
    assert described(case_of(taker, code)) == told


def test_an_aip_brings_what_was_made_and_nothing_is_made_anew(
    taker: Services, handed: Handed
) -> None:
    taken_over(taker, handed.aip)
    came = case_of(taker, PAPER_CODE)
    assert described(came) == handed.digitized
    assert texts(taker) == handed.words
    assert came.digitization is Digitization.DONE
    assert (came.permanent, came.total_doc, came.version_stored) == (True, 5, 1)
    with taker.read_only() as session:
        assert "digitize-case-file" not in set(session.scalars(select(Job.name)))
        row = session.scalars(select(Submission)).one()
        assert row.channel == "aip"
    rebuild(taker, actor=OPERATOR)
    assert described(case_of(taker, PAPER_CODE)) == handed.digitized


def test_the_aip_made_of_it_tells_where_it_was(
    taker: Services, handed: Handed, tools: ModuleType, tmp_path: Path
) -> None:
    taken_over(taker, handed.aip)
    came = case_of(taker, PAPER_CODE)
    assert came.arc_file_code == f"{HISTORICAL_CODE}.{PAPER_CODE}"
    assert came.ocfl_id != handed.ocfl_id
    stored = object_of(taker.settings.home / "kho1", PAPER_CODE)
    premis = etree.fromstring(stored.read("metadata/preservation/PREMIS.xml"))
    (event,) = premis.iter(f"{{{PREMIS}}}event")
    said = " ".join(" ".join(str(part) for part in event.itertext()).split())
    assert "information package creation" in said
    linked = {
        element.findtext(f"{{{PREMIS}}}linkingObjectRole"): element.findtext(
            f"{{{PREMIS}}}linkingObjectIdentifierValue"
        )
        for element in event.iter(f"{{{PREMIS}}}linkingObjectIdentifier")
    }
    assert linked == {"source": handed.ocfl_id, "outcome": came.ocfl_id}
    assert "Lưu trữ tỉnh Sơn Lam" in said
    assert f"H40.99.{PAPER_CODE}" in said, "its code there stays readable"
    document = "representations/rep1/metadata/descriptive/EAD_doc_0001.xml"
    said = etree.fromstring(stored.read(document)).findtext("arcFileCode") or ""
    assert said == f"{HISTORICAL_CODE}.{PAPER_CODE}"
    with zipfile.ZipFile(handed.aip) as package:
        root = package.namelist()[0].partition("/")[0]
        for path in (
            "METS.xml",
            "metadata/preservation/PREMIS.xml",
            "representations/rep1/METS.xml",
            "representations/rep1/metadata/preservation/PREMIS_rep1.xml",
        ):
            assert stored.read(f"documentation/received/{path}") == package.read(f"{root}/{path}")
    failed = {
        rule["id"]
        for rule in tools.commons_ip(stored.extract(tmp_path))["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }
    assert failed == {"CSIP1", "CSIP107"}


def test_an_aip_of_another_program_is_told_by_mets_and_premis_alone(
    taker: Services, tmp_path: Path
) -> None:
    """Roles, names and what was made of what; neither is anything of it made anew."""
    with open_home(new_home(tmp_path / "giver")) as giver:
        scans(giver, tmp_path / "scans")
        told = described(case_of(giver, PAPER_CODE))["documents"]
        package = packed(giver, PAPER_CODE, tmp_path / "out", form="aip")
    taken_over(taker, without_record(package, tmp_path / "bare.zip"))
    came = case_of(taker, PAPER_CODE)
    for document, sent in zip(described(came)["documents"], told, strict=True):
        for name in ("role", "name", "sha256", "page_image", "derived_from", "is_twin"):
            here, there = ([file[name] for file in each["files"]] for each in (document, sent))
            assert here == there, (document["subject"], name)
    assert came.digitization is Digitization.DONE
    assert came.version_stored == 1
    with taker.read_only() as session:
        assert "digitize-case-file" not in set(session.scalars(select(Job.name)))
    stored = object_of(taker.settings.home / "kho1", PAPER_CODE)
    premis = stored.read("representations/rep1/metadata/preservation/PREMIS_rep1.xml")
    (digitized,) = (
        event
        for event in etree.fromstring(premis).iter(f"{{{PREMIS}}}event")
        if event.findtext(f"{{{PREMIS}}}eventType") == "transfer"
    )
    agent = "{0}linkingAgentIdentifier/{0}linkingAgentIdentifierValue".format(f"{{{PREMIS}}}")
    assert digitized.findtext(agent) == "Lưu trữ tỉnh Sơn Lam", "not by this archive"


def scans(services: Services, folder: Path) -> None:
    """A sheet of paper, and a PDF of images; both read, and searchable."""
    (folder / "Biên bản").mkdir(parents=True)
    pdfs.of_images(folder / "Bản quét.pdf", pdfs.sheet(folder / "Biên bản" / "001.jpg"))
    rows = [document_row("Biên bản", PAPER_CODE, confidenceLevel="02")]
    rows += [document_row("Bản quét.pdf", PAPER_CODE, codeNumber="2")]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(PAPER_CODE)], rows)
    brought_in(services, folder)


def without_record(package: Path, target: Path) -> Path:
    """The package as a program would make it that knows the standards alone."""
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            path, data = name.partition("/")[2], source.read(name)
            if path in (CATALOGUE, OWN):
                continue
            if path == "METS.xml":
                root = etree.fromstring(data)
                for section in root.findall("{*}dmdSec"):
                    if section[0].get("OTHERMDTYPE") in ("CATALOGUE", "OWNFIELDS"):
                        root.remove(section)
                data = etree.tostring(root)
            out.writestr(name, data)
    return target


def test_who_kept_it_before_is_told_everywhere(taker: Services, handed: Handed) -> None:
    taken_over(taker, handed.aip)
    former = queries.case_file(taker, PAPER_CODE, actor=person(taker, "lan")).former_custody
    assert former is not None
    assert former.as_json() == {
        "archive": "Lưu trữ tỉnh Sơn Lam",
        "archive_code": "H40.99",
        "arc_file_code": f"H40.99.{PAPER_CODE}",
        "fonds": "H40.18",
        "kind": "AIP",
        "package": handed.ocfl_id,
    }
    app = create_app(taker)
    page = browser_of(app, taker, "lan").get(f"/case-files/{PAPER_CODE}").text
    assert f"H40.99.{PAPER_CODE}" in page
    assert program_of(app, taker, "lan").get(f"/case-files/{PAPER_CODE}").json == (
        queries.case_file(taker, PAPER_CODE, actor=person(taker, "lan")).as_json()
    )


def test_a_flipped_bit_in_what_was_made_is_told_by_its_file(
    taker: Services, handed: Handed, tmp_path: Path
) -> None:
    came = next(
        file["sha256"]
        for document in handed.digitized["documents"]
        for file in document["files"]
        if file["role"] is FileRole.PRESERVATION
    )
    spoilt, place = tmp_path / "spoilt.zip", ""
    with zipfile.ZipFile(handed.aip) as package, zipfile.ZipFile(spoilt, "w") as target:
        for name in package.namelist():
            data = package.read(name)
            if hashlib.sha256(data).hexdigest() == came:
                data, place = data[:-1] + bytes([data[-1] ^ 1]), name.partition("/")[2]
            target.writestr(name, data)
    submission = checked(taker, spoilt)
    with taker.read_only() as session:
        rows = session.get_one(Submission, submission).findings
        assert [(row.code, row.place) for row in rows if row.severity is Severity.ERROR] == [
            ("package-digest-differs", place)
        ]


def test_the_same_package_again_is_the_same_submission(taker: Services, handed: Handed) -> None:
    first = taken_over(taker, handed.aip)
    assert checked(taker, handed.aip) == first
    assert checked(taker, handed.bags["aip"]) == first


def test_a_code_that_is_taken_is_told(taker: Services, handed: Handed, tmp_path: Path) -> None:
    taken_over(taker, handed.sip)
    small_case(tmp_path / "other", code=CODE)
    assert "code-taken" in codes(taker, checked(taker, tmp_path / "other"), Severity.ERROR)


def test_a_current_archive_takes_an_aip_as_what_it_received(handed: Handed, tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "current")) as services:
        (identifier,) = submit(handed.aip, actor=person(services, "bach"), services=services)
        do_all(services)
        assert "package-not-sip" in codes(services, identifier)
        with services.read_only() as session:
            row = session.get_one(Submission, identifier)
            assert all(not document.made_paths for document in row.case_file().documents)
            assert row.declared["custody"] == {}


def test_what_the_agency_has_no_field_for_is_told_and_kept(handed: Handed, tmp_path: Path) -> None:
    with opened_historical(tmp_path / "bare") as taker:
        identifier = taken_over(taker, handed.sip)
        with taker.read_only() as session:
            rows = session.get_one(Submission, identifier).findings
            unknown = {row.facts["heading"] for row in rows if row.code == "column-unknown"}
        assert unknown == {"duAn", "soKho"}
        stored = object_of(taker.settings.home / "kho1", CODE)
        kept = "documentation/received/metadata/descriptive/own-fields.json"
        assert "Hồ Khe Lạnh" in stored.read(kept).decode()
