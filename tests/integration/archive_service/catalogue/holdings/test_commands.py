"""What is held, on the command line: shown, read, written out, found, and why it is kept."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pikepdf
import pypdfium2
import pytest
from lxml import etree

from archive_service.packaging import schema_files
from tests.worlds.command import Command
from tests.worlds.main_job import A_CODE, B_CODE, Held
from tests.worlds.papers.bad_input import small_case, write_small_sheet
from tests.worlds.shelf import object_of, tree_of

CASE = {
    "code", "title", "state", "digitization", "indexed", "agency", "year", "number", "symbol",
    "access", "retention", "holds", "documents", "package",
}  # fmt: skip
DOCUMENT = {
    "id", "ordinal", "title", "number", "symbol", "date", "type", "pages", "files", "signatures",
    "quarantined",
}  # fmt: skip
FILE = {"role", "name", "media_type", "puid", "size_bytes", "sha256"}
HIT = {"code", "document", "page", "title", "snippet", "score"}
XML = "{urn:archive-service:case-file:1}"
RESTRICTED = "H40.18.2025.08.QLCT"


@pytest.fixture(scope="module")
def restricted(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A copy of the archive that also holds a case file open on conditions only."""
    place = tmp_path_factory.mktemp("restricted")
    archive = held.copied(place / "home").archive
    case = small_case(place / "case", code=RESTRICTED)
    write_small_sheet(case, code=RESTRICTED, mode="02")
    answer = archive.run("submit", case, "--wait", "--json", account="canbo")
    (sent,) = answer.document["submissions"]
    archive.ask("submission", "accept", sent["id"], account="luutru")
    archive.started("work", "--until-empty")
    return archive


def exported(archive: Command, code: str, form: str, folder: Path) -> tuple[dict[str, Any], Path]:
    """Document and file of ``case export``."""
    document = archive.ask(
        "case", "export", code, "--form", form, "--to", folder, account="luutru"
    )  # fmt: skip
    return document, Path(document["path"])


@pytest.mark.parametrize("code", [A_CODE, B_CODE])
def test_a_case_file_has_the_fields_of_the_contract(held: Held, code: str) -> None:
    case = held.archive.ask("case", "show", code)
    assert set(case) >= CASE
    assert set(case["retention"]) >= {"rule", "citation", "starts_on", "ends_on", "permanent"}
    assert set(case["package"]) >= {"ocfl_id", "version", "copies"}
    assert all(set(copy) >= {"copy", "state", "verified_at"} for copy in case["package"]["copies"])
    for document in case["documents"]:
        assert set(document) >= DOCUMENT
        assert all(set(file) >= FILE for file in document["files"])
    assert (case["code"], case["state"], case["indexed"]) == (code, "stored", True)
    assert [copy["copy"] for copy in case["package"]["copies"]] == ["kho1", "kho2"]


def test_the_born_digital_case_file_tells_its_signatures(held: Held) -> None:
    case = held.archive.ask("case", "show", A_CODE)
    assert (case["digitization"], case["package"]["version"]) == ("none", 1)
    assert [len(document["signatures"]) for document in case["documents"]] == [0, 2, 0, 0, 2]
    signed = case["documents"][1]["signatures"]
    assert all(entry["intact"] and entry["trusted"] for entry in signed)
    assert [file["role"] for file in case["documents"][0]["files"]] == ["original"]
    assert case["documents"][0]["files"][0]["puid"].startswith("fmt/")


def test_the_paper_case_file_holds_images_pdf_and_text(held: Held) -> None:
    case = held.archive.ask("case", "show", B_CODE)
    assert (case["digitization"], case["package"]["version"]) == ("done", 2)
    for document in case["documents"]:
        roles = [file["role"] for file in document["files"]]
        assert set(roles) == {"original", "preservation", "text"}
        assert roles.count("original") == document["pages"]


def test_the_digests_shown_are_those_of_the_stored_bytes(held: Held) -> None:
    for code in (A_CODE, B_CODE):
        stored = object_of(held.home / "kho2", code)
        there = {hashlib.sha256(data).hexdigest() for data in tree_of(stored.root).values()}
        case = held.archive.ask("case", "show", code)
        shown = {file["sha256"] for document in case["documents"] for file in document["files"]}
        assert shown <= there


def test_case_files_are_listed_and_narrowed(held: Held) -> None:
    rows = held.archive.ask("case", "list")["cases"]
    assert [row["code"] for row in rows] == [B_CODE, A_CODE]
    assert [row["code"] for row in held.archive.ask("case", "list", "--year", 2025)["cases"]] == [
        A_CODE
    ]
    text = held.archive.ask("case", "list", "--text", "trạm bơm")["cases"]
    assert [row["code"] for row in text] == [A_CODE]
    assert len(held.archive.ask("case", "list", "--limit", 1)["cases"]) == 1


def test_the_words_of_a_scan_come_with_their_confidence(held: Held) -> None:
    told = held.archive.ask("case", "text", B_CODE, account="docgia")
    assert set(told) == {"code", "documents"}
    pages = [page for document in told["documents"] for page in document["pages"]]
    assert len(pages) == 13
    assert {"number", "text", "confidence"} <= set(pages[0])
    assert "bãi đúc cấu kiện Soi Trám" in " ".join(page["text"] for page in pages).replace(
        "\n", " "
    )
    assert all(0 <= page["confidence"] <= 100 for page in pages if page["confidence"] is not None)
    born = held.archive.ask("case", "text", A_CODE, account="docgia")
    assert all(page["confidence"] is None for d in born["documents"] for page in d["pages"])


@pytest.mark.parametrize("code", [A_CODE, B_CODE])
def test_an_aip_is_one_zip_with_one_folder_that_validates(
    held: Held, tools: ModuleType, tmp_path: Path, code: str
) -> None:
    document, path = exported(held.archive, code, "aip", tmp_path / "out")
    assert set(document) == {"path", "files", "size_bytes", "sha256"}
    data = path.read_bytes()
    assert (document["size_bytes"], document["sha256"]) == (
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    stored = object_of(held.home / "kho1", code)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "unpacked")
    assert {name.partition("/")[0] for name in names} == {stored.folder_name}
    assert len(names) == document["files"]
    package = tmp_path / "unpacked" / stored.folder_name
    assert tree_of(package) == {name: stored.read(name) for name in stored.state()}
    failed = {
        rule["id"]
        for rule in tools.commons_ip(package)["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }
    assert failed == {"CSIP1", "CSIP107"}


def test_the_same_package_is_exported_to_the_same_bytes(held: Held, tmp_path: Path) -> None:
    first, _ = exported(held.archive, A_CODE, "aip", tmp_path / "one")
    second, _ = exported(held.archive, A_CODE, "aip", tmp_path / "two")
    assert first["sha256"] == second["sha256"]


@pytest.mark.parametrize("code", [A_CODE, B_CODE])
def test_the_pdf_holds_an_index_and_every_document_in_order_of_time(
    held: Held, tmp_path: Path, code: str
) -> None:
    document, path = exported(held.archive, code, "pdf", tmp_path)
    case = held.archive.ask("case", "show", code)
    ordered = sorted(case["documents"], key=lambda row: (row["date"], row["ordinal"]))
    with pikepdf.open(path) as pdf:
        pages = len(pdf.pages)
        with pdf.open_outline() as outline:
            titles = [str(item.title) for item in outline.root]
    assert document["size_bytes"] == path.stat().st_size
    assert len(titles) == len(ordered)
    assert all(row["title"] in title for row, title in zip(ordered, titles, strict=True))
    assert pages > sum(row["pages"] for row in ordered)
    reader = pypdfium2.PdfDocument(path)
    try:
        front = "".join(reader[number].get_textpage().get_text_range() for number in range(3))
    finally:
        reader.close()
    assert "MỤC LỤC VĂN BẢN" in front
    assert code in front


@pytest.mark.parametrize("code", [A_CODE, B_CODE])
def test_the_xml_obeys_its_schema_and_names_every_file(
    held: Held, tmp_path: Path, code: str
) -> None:
    _, path = exported(held.archive, code, "xml", tmp_path)
    schema = etree.XMLSchema(etree.parse(schema_files.FOLDER / "case_file.xsd"))
    root = etree.parse(path)
    assert schema.validate(root), schema.error_log
    case = held.archive.ask("case", "show", code)
    named = {file.get("sha256") for file in root.iter(f"{XML}file")}
    assert named == {file["sha256"] for row in case["documents"] for file in row["files"]}
    history = [event.get("type") for event in root.iter(f"{XML}event")]
    assert "case-file:stored" in history


def test_what_is_only_accepted_is_not_exported_yet(spoilt: Held, tmp_path: Path) -> None:
    archive = spoilt.archive
    case = small_case(tmp_path / "case")
    answer = archive.run("submit", case, "--wait", "--json", account="canbo")
    (sent,) = answer.document["submissions"]
    archive.ask("submission", "accept", sent["id"], account="luutru")
    told = archive.run(
        "case", "export", sent["code"], "--form", "pdf", "--to", tmp_path, "--json",
        account="luutru",
    )  # fmt: skip
    assert (told.code, told.error["code"]) == (4, "not-stored-yet")


def test_an_export_fails_where_no_copy_is_sound_and_leaves_nothing(
    spoilt: Held, tmp_path: Path
) -> None:
    for copy in ("kho1", "kho2"):
        stored = object_of(spoilt.home / copy, A_CODE)
        file = stored.file(next(path for path in stored.state() if path.endswith(".pdf")))
        file.write_bytes(file.read_bytes()[:-1])
    for form in ("aip", "pdf"):
        told = spoilt.archive.run(
            "case", "export", A_CODE, "--form", form, "--to", tmp_path / "out", "--json",
            account="luutru",
        )  # fmt: skip
        assert (told.code, told.error["code"]) == (5, "no-sound-copy")
        assert list((tmp_path / "out").iterdir()) == []


def test_an_export_stands_in_the_trail(spoilt: Held, tmp_path: Path) -> None:
    exported(spoilt.archive, A_CODE, "xml", tmp_path)
    _, path = exported(spoilt.archive, A_CODE, "xml", tmp_path)
    history = [event.get("type") for event in etree.parse(path).iter(f"{XML}event")]
    assert "case-file:exported" in history


@pytest.mark.parametrize("form", ["aip", "pdf", "xml"])
def test_readers_and_officers_export_nothing(held: Held, tmp_path: Path, form: str) -> None:
    for account in ("docgia", "canbo", "thanhtra"):
        told = held.archive.run(
            "case", "export", A_CODE, "--form", form, "--to", tmp_path, "--json", account=account
        )  # fmt: skip
        assert (told.code, told.error["code"]) == (4, "act-not-allowed")


def test_what_is_restricted_stays_closed_to_operator_and_reader(
    restricted: Command, tmp_path: Path
) -> None:
    shown = restricted.run("case", "show", RESTRICTED, "--json")
    assert shown.document["documents"][0]["files"]
    for account in (None, "docgia"):
        assert restricted.ask("case", "text", RESTRICTED, account=account)["documents"] == []
        hits = restricted.ask("search", "Khe Lạnh", account=account)["hits"]
        assert RESTRICTED not in {hit["code"] for hit in hits if hit["page"]}
    told = restricted.run("case", "export", RESTRICTED, "--form", "aip", "--to", tmp_path, "--json")
    assert (told.code, told.error["code"]) == (4, "content-restricted")
    assert restricted.ask("case", "text", RESTRICTED, account="luutru")["documents"]
    assert restricted.ask("search", "Khe Lạnh", account="luutru")["total"] >= 1


def test_reading_what_is_restricted_leaves_one_event(restricted: Command) -> None:
    def uses() -> int:
        restricted.run("fixity", "check", "--limit", "1")  # writes the running segment out
        return sum(
            json.loads(line)["tag"] == "document:read"
            for segment in sorted((restricted.home / "kho1" / "audit").iterdir())
            for line in segment.read_text("utf-8").splitlines()[1:]
        )

    before = uses()
    for _ in range(3):
        restricted.ask("case", "text", RESTRICTED, account="phutrach")
    assert uses() == before + 1


@pytest.mark.parametrize("words", ["bãi đúc cấu kiện Soi Trám", "bai duc cau kien soi tram"])
def test_words_printed_on_paper_are_found_with_and_without_marks(held: Held, words: str) -> None:
    found = held.archive.ask("search", f'"{words}"', account="docgia")
    assert set(found) == {"total", "hits", "cursor", "took_ms"}
    assert found["total"] == 1
    (hit,) = found["hits"]
    assert set(hit) >= HIT
    assert (hit["code"], hit["page"]) == (B_CODE, 2)
    assert "«" in hit["snippet"]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], {A_CODE, B_CODE}),
        (["--year", "2011"], {B_CODE}),
        (["--agency", "H40.18"], {A_CODE, B_CODE}),
        (["--agency", "000.00.18.H40"], {A_CODE, B_CODE}),
        (["--agency", "H40.20"], set()),
        (["--from", "2025-01-01"], {A_CODE}),
        (["--to", "31/12/2012"], {B_CODE}),
        (["--type", "Biên bản", "--year", "2011"], {B_CODE}),
        (["--type", "20", "--year", "2011"], {B_CODE}),
    ],
)
def test_a_search_is_narrowed(held: Held, options: list[str], codes: set[str]) -> None:
    found = held.archive.ask("search", "công trình", "--limit", 200, *options, account="docgia")
    assert {hit["code"] for hit in found["hits"]} == codes
    assert found["total"] == len(found["hits"])


def test_pages_of_hits_follow_each_other_without_gap_or_double(held: Held) -> None:
    def key(hit: dict[str, Any]) -> tuple[str, str | None, int | None]:
        return hit["code"], hit["document"], hit["page"]

    whole = held.archive.ask("search", "công trình", "--limit", 200, account="luutru")
    seen, cursor = [], None
    while True:
        more = () if cursor is None else ("--cursor", cursor)
        page = held.archive.ask("search", "công trình", "--limit", 3, *more, account="luutru")
        assert page["total"] == whole["total"]
        seen += [key(hit) for hit in page["hits"]]
        if (cursor := page["cursor"]) is None:
            break
    assert seen == [key(hit) for hit in whole["hits"]]
    assert len(set(seen)) == len(seen) > 3


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["search", "   "], "empty-query"),
        (["search", "kè", "--cursor", "không phải"], "cursor-invalid"),
        (["search", "kè", "--type", "thơ"], "unknown-code"),
    ],
)
def test_a_search_that_cannot_be_is_refused(held: Held, line: list[str], code: str) -> None:
    answer = held.archive.run(*line, "--json", account="docgia")
    assert (answer.code, answer.error["code"]) == (2, code)


def test_retention_is_explained_step_by_step_with_its_citations(held: Held) -> None:
    told = held.archive.ask("retention", "explain", A_CODE)
    assert told.keys() >= {"code", "steps", "ends_on", "permanent"}
    assert len(told["steps"]) >= 3
    assert all(step["text"] and step["citation"] for step in told["steps"])
    assert told["ends_on"] == "2045-12-31"
    case = held.archive.ask("case", "show", A_CODE)["retention"]
    assert (case["ends_on"], case["permanent"]) == (told["ends_on"], told["permanent"])
    english = held.archive.ask("retention", "explain", A_CODE, "--lang", "en")
    assert english["steps"] != told["steps"]


def test_what_is_due_depends_on_the_day(held: Held) -> None:
    assert held.archive.ask("retention", "due")["due"] == []
    last = held.archive.ask("retention", "due", "--on", "2045-12-31")["due"]
    assert [row["code"] for row in last] == [B_CODE]
    (row,) = [
        row
        for row in held.archive.ask("retention", "due", "--on", "01/01/2046")["due"]
        if row["code"] == A_CODE
    ]
    assert set(row) == {"code", "ends_on", "rule", "citation", "held"}
    assert row["ends_on"] == "2045-12-31"


def test_case_show_is_the_same_in_both_languages_but_for_words(held: Held) -> None:
    one = held.archive.ask("case", "show", B_CODE, "--lang", "en")
    assert one == held.archive.ask("case", "show", B_CODE)


def test_an_export_needs_a_place_and_a_known_form(held: Held, tmp_path: Path) -> None:
    line = ("case", "export", A_CODE, "--form")
    for rest in (("zip", "--to", tmp_path), ("pdf",)):
        answer = held.archive.run(*line, *rest, "--json", account="luutru")
        assert (answer.code, answer.error["code"]) == (2, "command-usage")
    shutil.rmtree(tmp_path / "deep", ignore_errors=True)
    assert exported(held.archive, A_CODE, "xml", tmp_path / "deep" / "er")[1].is_file()
