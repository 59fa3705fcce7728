"""Linked documents and fields of an agency's own, on files and on servers; and after a rebuild."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.given import MoveGiven, UndoIn
from archive_service.catalogue.case_files import queries
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.holdings.opening import readable_file
from archive_service.catalogue.linking.acts import end_link, link
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.catalogue.own_fields.given import OwnFieldChange, OwnFieldIn
from archive_service.domain.agencies.own_field import OwnKind, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from search.acts import find
from tests.worlds.archive import OPERATOR, Backends, copy_home, new_home, open_home, person
from tests.worlds.clients import OPEN_CODE, do_all
from tests.worlds.ingest.three_documents import THREE, three_documents
from tests.worlds.papers.bad_input import small_case

AGENCY, REASON = "H40.18", "Hai hồ sơ cùng một việc"
INTO_OPEN = MoveGiven(documents=[2], to=OPEN_CODE, reason=REASON)


@pytest.fixture(scope="module", params=["files", "servers"])
def catalogued_home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two case files; a document of one belongs to the other too, and both have own fields."""
    backends = Backends()
    if request.param == "servers":
        backends = Backends(
            postgresql=request.getfixturevalue("postgresql"),
            minio=request.getfixturevalue("minio"),
            elasticsearch=request.getfixturevalue("elasticsearch"),
        )
    place = tmp_path_factory.mktemp("catalogued")
    home = new_home(place / "home", backends)
    small_case(place / "open", code=OPEN_CODE)
    three_documents(place / "three")
    with open_home(home) as opened:
        lan = person(opened, "lan")
        for name in ("open", "three"):
            (sent,) = submit(place / name, actor=person(opened, "bach"), services=opened)
            do_all(opened)
            accept(opened, sent, actor=lan)
        do_all(opened)
        link(opened, THREE, 2, LinkIn(into=OPEN_CODE, reason=REASON), actor=lan)
        link(opened, THREE, 1, LinkIn(into=OPEN_CODE, reason=REASON), actor=lan)
        end_link(opened, OPEN_CODE, 3, UnlinkIn(reason="Gắn nhầm"), actor=lan)
        for name, subject in (("duAn", OwnSubject.CASE_FILE), ("soTo", OwnSubject.DOCUMENT)):
            own_fields_acts.define(
                opened,
                OwnFieldIn(
                    agency=AGENCY,
                    subject=subject,
                    name=name,
                    kind=OwnKind.TEXT,
                    label=f"Trường {name}",
                ),
                actor=lan,
            )
        edits = {0: {"own:duAn": "Hồ chứa Nậm Pông"}, 2: {"own:soTo": "Tờ Tam Đảo"}}
        describe_case_file(opened, THREE, edits, reason=REASON, actor=lan)
        do_all(opened)
    return home


@pytest.fixture
def services(catalogued_home: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(catalogued_home, tmp_path / "home")) as opened:
        yield opened


def case(services: Services, code: str) -> dict[str, Any]:
    return queries.case_file(services, code, actor=person(services, "lan")).as_json()


def hits(services: Services, words: str) -> list[tuple[str, Any]]:
    found = find(services, words, actor=person(services, "lan"))
    as_typed = [] if found.told else found.hits  # what is nearly meant counts for nothing
    return [(hit.code, [dict(place) for place in hit.also_in]) for hit in as_typed]


def all_told(services: Services) -> dict[str, Any]:
    """What both case files say of links and own fields, and what is found."""
    lan = person(services, "lan")
    told = {code: case(services, code) for code in (OPEN_CODE, THREE)}
    return {
        "links": told[OPEN_CODE]["links"],
        "documents": told[THREE]["documents"],
        "own": [told[code]["own_fields"] for code in told],
        "fields": own_fields_acts.list_all(services, actor=lan),
        "by_case": hits(services, '"Nậm Pông"'),
        "by_document": hits(services, '"Tam Đảo"'),
        "linked": hits(services, '"Văn bản 2 về trạm bơm"'),
    }


def test_a_linked_document_is_read_found_and_led_along(services: Services) -> None:
    lan = person(services, "lan")
    (linked,) = case(services, OPEN_CODE)["links"]
    assert linked["kept_in"] == {"code": THREE, "ordinal": 2}
    opened = readable_file(services, OPEN_CODE, UUID(linked["files"][0]["id"]), actor=lan)
    assert opened.read(services).startswith(b"%PDF")
    assert hits(services, '"Văn bản 2 về trạm bơm"') == [
        (THREE, [{"code": OPEN_CODE, "ordinal": 2}])
    ]
    told = arranging_acts.move(services, THREE, INTO_OPEN, actor=lan).as_json()
    do_all(services)
    assert case(services, OPEN_CODE)["links"] == []
    arranging_acts.undo(
        services, OPEN_CODE, told["moved"][0]["to"], UndoIn(reason=REASON), actor=lan
    )
    do_all(services)
    assert case(services, OPEN_CODE)["links"][0]["kept_in"] == {"code": THREE, "ordinal": 2}
    end_link(services, OPEN_CODE, 2, UnlinkIn(reason="Nhầm"), actor=lan)
    do_all(services)
    assert case(services, OPEN_CODE)["links"] == []
    assert case(services, THREE)["documents"][1]["also_in"] == []


def test_a_bag_of_a_former_version_has_the_bytes_that_this_version_names(
    services: Services, tmp_path: Path
) -> None:
    lan = person(services, "lan")
    own = case(services, THREE)["documents"][1]["files"][0]
    data = readable_file(services, THREE, UUID(own["id"]), actor=lan).read(services)
    kept_in = case(services, THREE)["package"]["ocfl_id"].replace(":", "_")
    end_link(services, OPEN_CODE, 2, UnlinkIn(reason="Gắn nhầm"), actor=lan)
    do_all(services)
    arranging_acts.move(services, THREE, INTO_OPEN, actor=lan)
    do_all(services)

    def bag(version: int) -> dict[str, bytes]:
        told = export_case_file(
            services, OPEN_CODE, form="bag", folder=tmp_path, actor=lan, version=version
        )
        with zipfile.ZipFile(told.path) as archive:
            return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}

    place = f"data/linked/{kept_in}/representations/rep1/data/{own['path']}"
    former = bag(2)
    assert former[place] == data
    assert f"{own['sha256']}  {place}" in former["manifest-sha256.txt"].decode()
    for version in (1, 3, 4):
        assert not any(path.startswith("data/linked/") for path in bag(version))


def test_own_fields_are_found_and_searched_no_more(services: Services) -> None:
    lan = person(services, "lan")
    assert [code for code, _ in hits(services, '"Nậm Pông"')] == [THREE]
    assert [code for code, _ in hits(services, '"Tam Đảo"')] == [THREE]
    for entry in own_fields_acts.list_all(services, actor=lan):
        own_fields_acts.change(
            services, UUID(entry.id), OwnFieldChange(searchable=False), actor=lan
        )
    do_all(services)
    assert hits(services, '"Nậm Pông"') == hits(services, '"Tam Đảo"') == []
    with services.read_only() as session:
        assert all(row.indexed for row in session.scalars(select(CaseFile)))


def test_a_rebuild_brings_links_and_own_fields_back_and_finds_them(services: Services) -> None:
    before = all_told(services)
    assert before["by_case"]
    assert before["by_document"]
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert all_told(services) == before
    again = link(
        services, THREE, 1, LinkIn(into=OPEN_CODE, reason=REASON), actor=person(services, "lan")
    )
    assert again.ordinal == 4  # the number of the link that ended is not given again
