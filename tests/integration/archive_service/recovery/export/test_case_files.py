"""A case file goes out as SIP, DIP or bag: what others read with tools of their own."""

import hashlib
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import etree

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.packaging.model import PackageKind
from archive_service.packaging.schema_files import xml_schema
from archive_service.recovery.export.case_file import export_case_file
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.digitize.scanned import scanned_case
from tests.worlds.main_job import A_CODE, B_CODE, Held
from tests.worlds.shelf import object_of, tree_of

EAD = "metadata/descriptive/EAD.xml"
DATA = "representations/rep1/data/"
PAPER_CODE = "H40.18.2025.11.QLCT"
# What the circular forces (docs/packages.md), and no more.
FORCED = {"sip": {"CSIP107", "SIP2"}, "dip": {"CSIP107", "CSIP2"}}


def exported(archive: Command, code: str, form: str, folder: Path) -> tuple[dict[str, Any], Path]:
    """Document of ``case export``, and the folder at the root of what was written."""
    document = archive.ask(
        "case", "export", code, "--form", form, "--to", folder, account="luutru"
    )  # fmt: skip
    with zipfile.ZipFile(document["path"]) as zipped:
        zipped.extractall(folder / "unpacked")
        assert len(zipped.namelist()) == document["files"]
    (root,) = (folder / "unpacked").iterdir()
    return document, root


def must_errors(tools: ModuleType, folder: Path) -> set[str]:
    return {
        rule["id"]
        for rule in tools.commons_ip(folder)["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }


def described(root: Path, name: str = EAD) -> dict[str, str]:
    return {each.tag: each.text or "" for each in etree.parse(root / name).getroot()}


def digests_of(root: Path) -> set[str]:
    return {hashlib.sha256(data).hexdigest() for data in tree_of(root / DATA).values()}


def test_a_sip_holds_what_was_submitted_and_is_told_valid(
    held: Held, tools: ModuleType, tmp_path: Path
) -> None:
    document, root = exported(held.archive, A_CODE, "sip", tmp_path)
    case = held.archive.ask("case", "show", A_CODE)
    originals = {
        file["sha256"]
        for each in case["documents"]
        for file in each["files"]
        if file["role"] == "original"
    }
    assert digests_of(root) == originals
    assert document["missing"] == []
    assert described(root)["fileCode"] == A_CODE
    assert not [path for path in tree_of(root) if "PREMIS" in path]
    assert must_errors(tools, root) == FORCED["sip"]
    schema = xml_schema("EAD.xsd", PackageKind.SIP)
    assert schema.validate(etree.parse(root / EAD)), schema.error_log


def test_what_was_digitized_never_goes_out_as_sip(held: Held, tmp_path: Path) -> None:
    told = held.archive.run(
        "case", "export", B_CODE, "--form", "sip", "--to", tmp_path, "--json", account="luutru"
    )
    assert (told.code, told.error["code"]) == (4, "digitized-needs-aip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [A_CODE, B_CODE])
def test_a_dip_tells_who_asked_and_what_each_document_is(
    held: Held, tools: ModuleType, tmp_path: Path, code: str
) -> None:
    document, root = exported(held.archive, code, "dip", tmp_path)
    case = held.archive.ask("case", "show", code)
    request = described(root)
    assert request["requestID"].startswith(code)
    assert (request["purpose"], request["description"]) == ("02", "luutru")
    assert document["missing"] == []
    first = described(root, "representations/rep1/metadata/descriptive/EAD_doc_0001.xml")
    assert first["arcDocCode"].endswith(f"{code}.0000001")
    assert first["maintenance"]
    assert len(digests_of(root)) == len(
        {file["sha256"] for each in case["documents"] for file in each["files"]}
    )
    assert not (root / "metadata/descriptive/catalogue.json").exists()
    assert must_errors(tools, root) == FORCED["dip"]
    for name, form in ((EAD, "EAD.xsd"),):
        schema = xml_schema(form, PackageKind.DIP)
        assert schema.validate(etree.parse(root / name)), schema.error_log


def test_a_bag_names_every_file_of_the_stored_package(held: Held, tmp_path: Path) -> None:
    _, root = exported(held.archive, B_CODE, "bag", tmp_path)
    stored = object_of(held.home / "kho1", B_CODE)
    assert tree_of(root / "data" / stored.folder_name) == {
        path: stored.read(path) for path in stored.state()
    }
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (root / manifest).read_text("utf-8").splitlines():
            digest, path = line.split("  ", 1)
            assert hashlib.sha256((root / path).read_bytes()).hexdigest() == digest
    lines = (root / "manifest-sha256.txt").read_text("utf-8").splitlines()
    info = (root / "bag-info.txt").read_text("utf-8")
    size_bytes = sum(len(data) for data in tree_of(root / "data").values())
    assert f"Payload-Oxum: {size_bytes}.{len(lines)}\n" in info
    assert len(lines) == len(stored.state())


def test_what_waits_for_its_version_goes_out_from_staging(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    with open_home(home) as services:
        folder = scanned_case(tmp_path / "case", code=PAPER_CODE, documents=1)
        (identifier,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, identifier, actor=person(services, "lan"))
        while not is_digitized(services):
            assert run_one(services) is not None
        before = export_case_file(
            services, PAPER_CODE, form="dip", folder=tmp_path / "one", actor=person(services, "lan")
        )
        work(services, until_empty=True)
        after = export_case_file(
            services, PAPER_CODE, form="dip", folder=tmp_path / "two", actor=person(services, "lan")
        )
    with zipfile.ZipFile(before.path) as one_, zipfile.ZipFile(after.path) as two:
        kept = [name for name in two.namelist() if f"/{DATA}" in name]
        assert {name: one_.read(name) for name in kept} == {name: two.read(name) for name in kept}


def is_digitized(services: Services) -> bool:
    """Its PDF/A lies in staging, and no version in the copies has it yet."""
    with services.read_only() as session:
        row = session.query(CaseFile).one_or_none()
        return row is not None and row.version_wanted > row.version_stored > 0
