"""Every change is a version that the judges accept: of changed packages is asked what new ones are.

One home goes through all of it: described, also by one order for many and in fields of the agency's
own, digitized, moved, reordered, split, merged, added to, replaced, corrected, recalled, its fonds
renamed and closed. Each version of each package is judged.
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.given import MergeGiven, MoveGiven, OrderIn, SplitIn
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.given import FondsChange, FondsClose, FondsIn
from archive_service.catalogue.linking import acts as linking_acts
from archive_service.catalogue.linking.given import LinkIn
from archive_service.catalogue.many import acts as many_acts
from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.catalogue.own_fields.given import OwnFieldIn
from archive_service.catalogue.recalls.acts import Wish, ask, confirm_recall
from archive_service.catalogue.recalls.given import DecisionIn
from archive_service.domain.agencies.own_field import OwnKind, OwnSubject
from archive_service.domain.case_files.recall import RecallKind
from archive_service.packaging.markup import parse_xml
from archive_service.packaging.model import RecordStatus
from archive_service.packaging.tree import CATALOGUE, FONDS, OWN
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, copy_home, mixed_case, new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.ingest.sent_packages import CODE, sip, with_fields, zipped
from tests.worlds.shelf import DATA, StoredObject, object_of, objects_of

THREE, MIXED, PART = "H40.18.2025.11.QLCT", "H40.18.2025.09.QLCT", "H40.18.2025.12.QLCT"
FONDS_CODE, NEXT_FONDS = "H40.18", "H40.18-P2"
REASON = "Chỉnh lý"
EAD_DOC = "representations/rep1/metadata/descriptive/EAD_doc_quyet dinh 1.xml"


def bring_in(services: Services, source: Path) -> UUID:
    (identifier,) = submit(source, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, identifier, actor=person(services, "lan"))
    do_all(services)
    return identifier


def three_documents(folder: Path) -> Path:
    folder.mkdir()
    rows = []
    for number, name in enumerate(("mot.pdf", "hai.pdf", "ba.pdf"), start=1):
        write_pdf(folder / name, words=f"Tài liệu {name}")
        rows.append(document_row(name, THREE, subject=f"Văn bản {number} về trạm bơm"))
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(THREE)], rows)
    return folder


def addition(folder: Path, status: RecordStatus, **fields: str) -> Path:
    folder.mkdir()
    own = {"docId": f"{CODE}.late", "docCode": f"{CODE}.0000009", "codeNumber": "99"} | fields
    files = with_fields(sip(folder, documents=1, record_status=status), EAD_DOC, **own)
    return zipped(folder / "addition.zip", files)


def receive(services: Services, folder: Path) -> None:
    """Three case files of three ways in, one of them with a sheet of paper to digitize."""
    bring_in(services, three_documents(folder / "three"))
    bring_in(services, mixed_case(folder / "mixed", code=MIXED))
    (folder / "sip").mkdir()
    bring_in(services, zipped(folder / "first.zip", sip(folder / "sip")))
    bring_in(services, addition(folder / "late", RecordStatus.SUPPLEMENT))
    newer = {"docId": f"{CODE}.2", "codeNumber": "2", "subject": "Mới"}
    bring_in(services, addition(folder / "new", RecordStatus.REPLACEMENT, **newer))


def arrange(services: Services) -> None:
    """All that may become of documents in custody."""
    lan = person(services, "lan")
    acts: tuple[Callable[[], object], ...] = (
        lambda: describe_case_file(
            services, THREE, {0: {"title": "Tên mới"}, 1: {"signer": "Lê A"}}, reason="x", actor=lan
        ),
        lambda: arranging_acts.move(
            services, THREE, MoveGiven(documents=[2], to=MIXED, reason=REASON), actor=lan
        ),
        lambda: arranging_acts.reorder(
            services, MIXED, OrderIn(order=[3, 1, 2], reason=REASON), actor=lan
        ),
        lambda: arranging_acts.split(
            services,
            THREE,
            SplitIn(documents=[3], code=PART, title="Hai", reason=REASON),
            actor=lan,
        ),
        lambda: linking_acts.link(services, CODE, 1, LinkIn(into=PART, reason=REASON), actor=lan),
        lambda: arranging_acts.merge(services, PART, MergeGiven(to=CODE, reason=REASON), actor=lan),
    )
    for act in acts:
        act()
        do_all(services)
    correction = Wish(
        kind=RecallKind.CORRECTION, reason="Sai ngày", successor=f"{CODE}.late", declared=True
    )
    for code, document, wish in (
        (CODE, "1", correction),
        (THREE, "1", Wish(kind=RecallKind.RECALL, reason="Sai thẩm quyền")),
    ):
        told = ask(services, code, document, wish, actor=person(services, "bach"))
        confirm_recall(services, told.id, DecisionIn(reason="Đồng ý"), actor=lan)
        do_all(services)


def describe_many(services: Services) -> None:
    """Two case files by one order, with fields of the agency's own; then one batch taken back."""
    lan = person(services, "lan")
    for subject in OwnSubject:
        own_fields_acts.define(
            services,
            OwnFieldIn(
                agency=FONDS_CODE, subject=subject, name="duAn", kind=OwnKind.TEXT, label="Dự án"
            ),
            actor=lan,
        )
    orders = [
        {"scope": "case-file", "field": "maintenance", "act": "set", "value": "01"},
        {"scope": "case-file", "field": "own:duAn", "act": "set", "value": "Hồ chứa"},
        {"scope": "documents", "field": "own:duAn", "act": "set", "value": "Kè & đập"},
    ]
    batch = many_acts.begin(services, orders, reason=REASON, actor=lan, codes=[THREE, MIXED])
    do_all(services)
    many_acts.apply(services, batch, actor=lan)
    do_all(services)
    back = many_acts.undo(services, batch, reason=REASON, actor=lan)
    do_all(services)
    many_acts.apply(services, back, actor=lan)
    do_all(services)


def close_the_fonds(services: Services) -> None:
    """Renamed, then closed with a successor, and one of its case files described anew."""
    lan = person(services, "lan")
    fonds_acts.open_fonds(
        services, FondsIn(code=NEXT_FONDS, agency=FONDS_CODE, name="Phông mới"), actor=lan
    )
    fields = {"name": "Phông Sở Công trình", "period": "1998-2025"}
    fonds_acts.describe_fonds(
        services, FONDS_CODE, FondsChange(fields=fields, reason=REASON), actor=lan
    )
    fonds_acts.close_fonds(
        services, FONDS_CODE, FondsClose(reason="Hợp nhất", successor=NEXT_FONDS), actor=lan
    )
    do_all(services)
    describe_case_file(services, CODE, {0: {"description": "Sau"}}, reason="x", actor=lan)
    do_all(services)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after all of it; only to be read."""
    place = tmp_path_factory.mktemp("changed")
    home = new_home(place / "home")
    with open_home(home) as services:
        receive(services, place)
        arrange(services)
        describe_many(services)
        close_the_fonds(services)
    return home


def versions(home: Path) -> Iterator[tuple[StoredObject, int]]:
    for stored in objects_of(home / "kho1"):
        for number in range(1, stored.versions + 1):
            yield stored, number


def told_of_fonds(stored: StoredObject, version: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stored.read(FONDS, version))
    return found


def test_the_walk_leaves_versions_of_every_kind(changed: Path) -> None:
    found = {
        stored_object.code: stored_object.versions for stored_object in objects_of(changed / "kho1")
    }
    assert set(found) == {THREE, MIXED, PART, CODE}
    assert found[CODE] >= 6
    owned = [
        stored_object.code
        for stored_object, number in versions(changed)
        if OWN in stored_object.state(number)
    ]
    assert sorted(owned) == sorted([THREE, MIXED])  # of each the version before the undo
    assert found[THREE] >= 4
    assert found[MIXED] >= 4
    assert found[PART] >= 3


def test_ocfl_py_finds_every_package_valid_in_each_copy(changed: Path, tools: ModuleType) -> None:
    for copy in ("kho1", "kho2"):
        roots = [stored_object.root for stored_object in objects_of(changed / copy)]
        valid, told = tools.ocfl_validate(*roots)
        assert (len(roots), valid) == (4, True), told


def failed(report: dict[str, Any]) -> set[str]:
    return {
        rule["id"]
        for rule in report["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }


def test_commons_ip_reports_of_every_version_what_the_circular_forces(
    changed: Path, tools: ModuleType, tmp_path: Path
) -> None:
    found = {}
    for stored_object, number in versions(changed):
        package = stored_object.extract(tmp_path / stored_object.code / str(number), version=number)
        found[f"{stored_object.code} v{number}"] = failed(tools.commons_ip(package))
    assert len(found) >= 16
    assert {name: ids for name, ids in found.items() if ids != {"CSIP1", "CSIP107"}} == {}


def wrong_in(package: Path) -> list[str]:
    """Metadata that the schemas lying beside it do not allow."""
    wrong = []
    for path in sorted(package.rglob("*.xml")):
        if "data" in path.parts or "documentation" in path.parts:
            continue
        stem = "_".join(path.stem.split("_")[:2])
        name = "premis" if stem.startswith("PREMIS") else stem
        schema = etree.XMLSchema(etree.parse(package / "schemas" / f"{name}.xsd"))
        if not schema.validate(parse_xml(path.read_bytes())):
            wrong.append(f"{path.name}: {schema.error_log}")
    return wrong


def test_the_metadata_of_every_version_obeys_its_schemas(changed: Path, tmp_path: Path) -> None:
    for stored_object, number in versions(changed):
        package = stored_object.extract(tmp_path / stored_object.code / str(number), version=number)
        assert wrong_in(package) == [], f"{stored_object.code} v{number}"


def test_verapdf_passes_every_pdf_that_was_made_of_paper(changed: Path, tools: ModuleType) -> None:
    made = {
        stored_object.file(DATA + file["path"], number)
        for stored_object, number in versions(changed)
        for document in json.loads(stored_object.read(CATALOGUE, number))["documents"]
        for file in document["files"]
        if file["role"] == "preservation"
    }
    receipts = sorted((changed / "kho1" / "acts" / "receipt").glob("*.pdf"))
    assert made
    assert len(receipts) == 5, "what was split off was handed in by nobody"
    for verdict in tools.verapdf([*sorted(made), *receipts]):
        assert verdict.passed, f"{verdict.path}: {verdict.details}"


def test_each_version_tells_the_fonds_as_it_was_then(changed: Path) -> None:
    grown = object_of(changed / "kho1", CODE)
    first, last = told_of_fonds(grown, 1), told_of_fonds(grown, grown.versions)
    assert (first["code"], first["state"], first["agency_code"]) == (FONDS_CODE, "open", "H40.18")
    assert "closed_on" not in first
    assert (last["name"], last["state"], last["period"]) == (
        "Phông Sở Công trình", "closed", "1998-2025",
    )  # fmt: skip
    assert (last["successor_code"], last["former_names"]) == (NEXT_FONDS, first["name"])
    untouched = object_of(changed / "kho1", MIXED)
    assert told_of_fonds(untouched, untouched.versions)["state"] == "open"


def test_exports_tell_the_fonds_as_it_is_now(changed: Path, tmp_path: Path) -> None:
    with open_home(copy_home(changed, tmp_path / "home")) as services:
        lan = person(services, "lan")
        told = export_case_file(services, MIXED, form="xml", folder=tmp_path / "x", actor=lan)
        root = etree.parse(told.path).getroot()
    named = "{urn:archive-service:case-file:1}"
    told_there = root.findall(f"{named}fonds/{named}fields/{named}field")
    fonds = {one.get("name"): one.text for one in told_there}
    assert (fonds["state"], fonds["successor_code"]) == ("closed", NEXT_FONDS)


@pytest.mark.parametrize("form", ["sip", "dip"])
def test_packages_that_go_out_tell_the_fonds_too(changed: Path, tmp_path: Path, form: str) -> None:
    with open_home(copy_home(changed, tmp_path / "home")) as services:
        lan = person(services, "lan")
        told = export_case_file(services, CODE, form=form, folder=tmp_path / "x", actor=lan)
    with zipfile.ZipFile(told.path) as packed:
        (name,) = [one for one in packed.namelist() if one.endswith(FONDS)]
        assert json.loads(packed.read(name))["successor_code"] == NEXT_FONDS


def test_a_rebuild_brings_back_the_fonds_of_its_acts_and_every_case_file(
    changed: Path, tmp_path: Path
) -> None:
    """The fonds as it was told last, not as the packages froze it."""
    with open_home(copy_home(changed, tmp_path / "home")) as services:
        lan = person(services, "lan")

        def seen() -> list[Any]:
            codes = (THREE, MIXED, PART, CODE)
            return [
                fonds_acts.fonds_with_series(services, FONDS_CODE, actor=lan),
                *(queries.case_file(services, code, actor=lan).documents for code in codes),
            ]

        before = seen()
        rebuild(services, actor=OPERATOR)
        assert seen() == before
        assert before[0].state == "closed"
