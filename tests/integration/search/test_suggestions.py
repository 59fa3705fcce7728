"""Suggestions while typing: codes, titles and signers, of what the account may find alone."""

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from search.suggest import suggest
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, program_of


def texts(services: Services, typed: str, name: str = "lan") -> list[tuple[str, str]]:
    found = suggest(services, typed, actor=person(services, name)).suggestions
    return [(suggestion.kind, suggestion.code or suggestion.text) for suggestion in found]


@pytest.fixture
def signed(services: Services) -> Services:
    with services.writing() as session:
        for row in session.scalars(select(CaseFile)):
            signer = "Đỗ Văn Mẫu" if row.code == OPEN_CODE else "Lê Thị Kín"
            for document in row.documents:
                document.signer = signer
            row.version_indexed = 0
            services.jobs.add(session, "index-case-file", subject_id=row.id)
    do_all(services)
    return services


def test_the_beginning_of_a_code_a_title_and_a_signer(signed: Services) -> None:
    code = OPEN_CODE[:11].lower()
    assert texts(signed, code)[0][0] == "case-file"
    assert {text for _, text in texts(signed, code)} >= {OPEN_CODE, RESTRICTED_CODE}
    assert ("document", OPEN_CODE) in texts(signed, "cau tre")
    assert ("signer", "Đỗ Văn Mẫu") in texts(signed, "do va")
    assert ("signer", "Lê Thị Kín") not in texts(signed, "do va")
    assert texts(signed, "x") == texts(signed, "---") == texts(signed, "khongco") == []


def test_nothing_is_suggested_beyond_rights(signed: Services) -> None:
    assert texts(signed, "cau tre", "stranger") == []
    reader = texts(signed, "cau tre", "binh")
    assert ("document", RESTRICTED_CODE) in reader  # its title may be known
    before = texts(signed, "giai t", "binh")  # of words like them that may be seen
    assert ("document", RESTRICTED_CODE) not in before
    with signed.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        row.documents[0].keyword = "giải tỏa"
        row.version_indexed = 0
        signed.jobs.add(session, "index-case-file", subject_id=row.id)
    do_all(signed)
    assert texts(signed, "giai t", "binh") == before
    assert texts(signed, "giai t") == [("document", RESTRICTED_CODE)]


def test_page_and_program_tell_the_same(app: Flask, signed: Services) -> None:
    asked = {"q": "cầu tr"}
    told = browser_of(app, signed, "binh").get("/search/suggestions", query_string=asked)
    program = program_of(app, signed, "binh").get("/search/suggestions", query_string=asked)
    entries, found = told.get_json()["entries"], program.get_json()["suggestions"]
    assert [entry["text"] for entry in entries] == [entry["text"] for entry in found]
    assert all(entry["href"].startswith("/case-files/") for entry in entries)
    signer = browser_of(app, signed, "binh").get("/search/suggestions?q=mẫu").get_json()
    assert "/search?q=signer:%22" in str(signer)
    assert browser_of(app, signed, "quan").get("/search/suggestions?q=mau").status_code == 403
