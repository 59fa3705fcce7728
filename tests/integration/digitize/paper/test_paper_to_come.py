"""A case file whose paper is still to come, and the sheet that declared it: both are kept."""

import hashlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pikepdf
import pypdfium2
import pytest

from archive_service.catalogue.holdings.opening import read_receipt
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.case_files import SHEET_NAME
from archive_service.demo.sheets import write_submission_sheet
from archive_service.storage.needed import needed_digests
from tests.worlds.archive import open_home, person
from tests.worlds.command import Command
from tests.worlds.main_job import A_CODE, B_CODE, Held
from tests.worlds.papers.bad_input import small_case, write_small_sheet
from tests.worlds.shelf import DATA, StoredObject, object_of, tree_of

CODE = "H40.18.2025.08.QLCT"
OTHER = "H40.18.2025.05.QLCT"
LIST = f"{DATA}muc-luc-van-ban.pdf"


def stored(archive: Command, folder: Path, code: str = CODE) -> StoredObject:
    """The package of a case file that was submitted, accepted and stored."""
    answer = archive.run("submit", folder, "--wait", "--json", account="canbo")
    assert answer.code == 0, answer.stdout
    for row in answer.document["submissions"]:
        archive.ask("submission", "accept", row["id"], account="luutru")
    done = archive.run("work", "--until-empty", "--json")
    assert done.document["dead"] == 0, done
    return object_of(archive.home / "kho1", code)


@pytest.fixture(scope="module")
def paper(held: Held, tmp_path_factory: pytest.TempPathFactory) -> tuple[Command, StoredObject]:
    """An archive that holds a case file with its list of documents, and no page of it."""
    place = tmp_path_factory.mktemp("paper")
    archive = held.copied(place / "home").archive
    (place / "case").mkdir()
    write_small_sheet(place / "case", code=CODE, files="", confidenceLevel="Số hóa")
    return archive, stored(archive, place / "case")


def failed(report: dict[str, Any]) -> set[str]:
    return {
        rule["id"]
        for rule in report["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }


def test_version_1_holds_the_list_of_documents_as_pdf_a(
    paper: tuple[Command, StoredObject], tools: ModuleType
) -> None:
    _, package = paper
    assert [path for path in package.state() if path.startswith(DATA)] == [LIST]
    (verdict,) = tools.verapdf([package.file(LIST)])
    assert verdict.passed, verdict.details
    assert verdict.flavour == "2b"


def test_the_list_names_every_document_that_is_to_come(
    paper: tuple[Command, StoredObject],
) -> None:
    archive, package = paper
    case = archive.ask("case", "show", CODE)
    reader = pypdfium2.PdfDocument(package.file(LIST))
    try:
        text = " ".join(page.get_textpage().get_text_range() for page in reader)
    finally:
        reader.close()
    words = " ".join(text.split())
    assert "MỤC LỤC VĂN BẢN" in words
    assert CODE in words
    for document in case["documents"]:
        assert document["number"] in words
    with pikepdf.open(package.file(LIST)) as pdf:
        assert case["title"] in str(pdf.docinfo["/Title"])


def test_such_a_package_is_valid_like_any_other(
    paper: tuple[Command, StoredObject], tools: ModuleType, tmp_path: Path
) -> None:
    archive, package = paper
    assert failed(tools.commons_ip(package.extract(tmp_path))) == {"CSIP1", "CSIP107"}
    assert tools.ocfl_validate(package.root)[0]
    shown = archive.ask("case", "show", CODE)
    assert (shown["state"], shown["digitization"]) == ("stored", "waiting")
    assert shown["documents"][0]["files"] == []


def test_its_receipt_says_that_the_paper_is_still_to_come(
    paper: tuple[Command, StoredObject],
) -> None:
    archive, _ = paper
    case = archive.ask("case", "show", CODE)
    assert (case["complete"], case["paper"]["state"]) == (False, "expected")
    with open_home(archive.home) as services:
        _, data = read_receipt(services, CODE, actor=person(services, "luutru"))
    reader = pypdfium2.PdfDocument(data)
    words = " ".join(" ".join(p.get_textpage().get_text_range() for p in reader).split())
    assert "Phần giấy Còn chờ giao nhận" in words


def test_a_rebuild_gives_back_a_case_file_without_pages(
    paper: tuple[Command, StoredObject],
) -> None:
    archive, package = paper
    before, bytes_before = archive.ask("case", "show", CODE), tree_of(package.root)
    archive.ask("rebuild", "--copy", "kho2")
    assert archive.ask("case", "show", CODE) == before
    assert archive.run("work", "--until-empty").code == 0
    assert tree_of(package.root) == bytes_before


@pytest.mark.parametrize(("code", "name"), [(A_CODE, "A"), (B_CODE, "B")])
def test_the_sheet_that_declared_it_lies_in_the_package(held: Held, code: str, name: str) -> None:
    package = object_of(held.home / "kho1", code)
    for version in range(1, package.versions + 1):
        (path,) = (path for path in package.state(version) if path.startswith("documentation/0"))
        assert path.endswith(".xlsx")
        assert package.read(path, version) == (held.sample / name / SHEET_NAME).read_bytes()


def test_the_record_tells_the_name_under_which_the_sheet_came(held: Held) -> None:
    package = object_of(held.home / "kho1", A_CODE)
    record = json.loads(package.read("metadata/descriptive/catalogue.json"))
    assert SHEET_NAME in [file["path"] for file in record["submission"]["files"]]


def test_commons_ip_sees_the_documentation(held: Held, tools: ModuleType, tmp_path: Path) -> None:
    report = tools.commons_ip(object_of(held.home / "kho1", A_CODE).extract(tmp_path))
    told = {rule["id"]: rule["testing"]["outcome"] for rule in report["validation"]}
    assert told["CSIPSTR16"] == "PASSED"


def test_each_case_file_of_one_sheet_keeps_it(held: Held, tmp_path: Path) -> None:
    archive = held.copied(tmp_path / "home").archive
    case = small_case(tmp_path / "case", code=CODE)
    small_case(tmp_path / "other", code=OTHER, file="02 Biên bản.pdf")
    (tmp_path / "other" / "02 Biên bản.pdf").rename(case / "02 Biên bản.pdf")
    with (case / "02 Biên bản.pdf").open("ab") as pdf:
        pdf.write(b"% another one")  # what is held already would be told before it is accepted
    common = {"language": "Tiếng Việt", "mode": "Công khai", "confidenceLevel": "Gốc điện tử"}
    common |= {"riskRecovery": "Không"}
    days = {"startDate": "2025-03-01", "endDate": "2025-03-31", "maintenance": "20 năm"}
    issued = {"typeName": "Biên bản", "codeNotation": "BB-SCT"}
    issued |= {"issuedDate": "2025-03-02", "organName": SAMPLE_AGENCY.name, "process": "Không"}
    rows, documents = [], []
    for code, file in ((CODE, "01 Biên bản bàn giao.pdf"), (OTHER, "02 Biên bản.pdf")):
        rows.append({"fileCode": code, "title": f"Hồ sơ {code}"} | days | common)
        named = {"fileCode": code, "files": file, "subject": f"Bàn giao {code}"}
        named["codeNumber"] = str(len(rows))
        documents.append(named | issued | common)
    write_submission_sheet(case / SHEET_NAME, rows, documents, vietnamese=True)
    stored(archive, case)
    sent = (case / SHEET_NAME).read_bytes()
    for code in (CODE, OTHER):
        package = object_of(archive.home / "kho2", code)
        (path,) = (path for path in package.state() if path.startswith("documentation/0"))
        assert package.read(path) == sent


def test_staging_keeps_the_sheet_until_every_copy_has_it(held: Held, tmp_path: Path) -> None:
    archive = held.copied(tmp_path / "home").archive
    case = small_case(tmp_path / "case", code=CODE)
    answer = archive.run("submit", case, "--wait", "--json", account="canbo")
    (sent,) = answer.document["submissions"]
    archive.ask("submission", "accept", sent["id"], account="luutru")
    digest = hashlib.sha256((case / SHEET_NAME).read_bytes()).hexdigest()

    def is_needed() -> bool:
        with open_home(archive.home) as services, services.read_only() as session:
            return digest in needed_digests(session)

    assert is_needed()
    assert archive.run("work", "--until-empty").code == 0
    assert not is_needed()


def test_a_sheet_that_tells_of_a_state_secret_is_kept_by_nobody(held: Held, tmp_path: Path) -> None:
    archive = held.copied(tmp_path / "home").archive
    before = {path.name for path in (archive.home / "staging").rglob("*") if path.is_file()}
    case = small_case(tmp_path / "case", code=CODE)
    write_small_sheet(case, code=CODE, mode="03")
    archive.run("submit", case, "--wait", "--json", account="canbo")
    after = {path.name for path in (archive.home / "staging").rglob("*") if path.is_file()}
    assert after == before
