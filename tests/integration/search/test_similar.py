"""Similar documents: those with the words that set one apart, and nothing of what is hidden."""

from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.catalogue.holdings.opening import DocumentUnknownError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from search.similar import similar_documents
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.servers.indexes import entry

_FURTHER = "Kiểm tra an toàn cầu treo Bản Vường"


def document_of(services: Services, code: str) -> UUID:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        return row.documents[0].id


def codes(services: Services, code: str, name: str) -> list[str]:
    found = similar_documents(services, document_of(services, code), actor=person(services, name))
    return [hit.code for hit in found.hits]


def test_a_document_with_the_same_words_is_similar_and_itself_is_not(services: Services) -> None:
    assert RESTRICTED_CODE in codes(services, OPEN_CODE, "lan")
    assert OPEN_CODE not in codes(services, OPEN_CODE, "lan")
    far = uuid4()
    services.index.replace_many([far], [entry(far, "Danh sách cấp nước sinh hoạt", code="KHAC")])
    assert "KHAC" not in codes(services, OPEN_CODE, "lan")


def test_a_reader_learns_of_what_is_restricted_its_title_alone(services: Services) -> None:
    document = document_of(services, OPEN_CODE)
    found = similar_documents(services, document, actor=person(services, "binh")).hits
    restricted = next(hit for hit in found if hit.code == RESTRICTED_CODE)
    assert (restricted.locked, restricted.snippet) == (True, "")


@pytest.mark.parametrize(
    ("name", "hiding"), [("binh", {"mode": "03"}), ("bach", {"agency_id": UUID(int=9)})]
)
def test_nothing_hidden_changes_what_is_similar_or_its_order(
    services: Services, name: str, hiding: dict[str, object]
) -> None:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        agency, document = row.agency_id, row.documents[0].id
    for number in range(4):
        other = uuid4()
        text = " ".join(_FURTHER.split()[: 4 + number])
        services.index.replace_many([other], [entry(other, text, agency_id=agency)])
    actor = person(services, name)
    before = similar_documents(services, document, actor=actor)
    assert len(before.hits) > 1
    for _ in range(12):
        hidden = uuid4()
        text = f"{_FURTHER} {_FURTHER} bí mật"
        services.index.replace_many([hidden], [entry(hidden, text, **hiding)])
    assert similar_documents(services, document, actor=actor) == before


def test_what_may_not_be_known_has_no_similar_documents(services: Services) -> None:
    document = document_of(services, OPEN_CODE)
    with pytest.raises(DocumentUnknownError):
        similar_documents(services, document, actor=person(services, "stranger"))
    with pytest.raises(ActNotAllowedError):
        similar_documents(services, document, actor=person(services, "quan"))


def test_page_and_program_tell_the_same(app: Flask, services: Services) -> None:
    document = document_of(services, OPEN_CODE)
    browser = browser_of(app, services, "binh")
    address = f"/search/similar/{document}"
    assert address in browser.get(f"/case-files/{OPEN_CODE}/documents/1").text
    page = browser.get(address)
    told = program_of(app, services, "binh").get(f"/search/similar/{document}").get_json()
    assert page.status_code == 200
    assert told["hits"]
    for hit in told["hits"]:
        assert f"/case-files/{hit['code']}?document={hit['document']}" in page.text
    assert page.text.count("<article") == len(told["hits"])
    assert browser_of(app, services, "stranger").get(address).status_code == 404
