"""Case files through the API: who may read what, in whole files and in ranges."""

import gc
import hashlib
import warnings

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, file_of, file_path, program_of


def test_another_agency_sees_and_opens_nothing(app: Flask, services: Services) -> None:
    stranger = program_of(app, services, "stranger")
    archivist = program_of(app, services, "lan")
    submission = archivist.get("/submissions").get_json()["submissions"][0]["id"]
    assert stranger.get("/case-files").get_json()["cases"] == []
    assert stranger.get("/submissions").get_json()["submissions"] == []
    assert stranger.get(f"/case-files/{OPEN_CODE}").status_code == 404
    assert stranger.get(file_path(archivist, OPEN_CODE)).status_code == 404
    assert stranger.get(f"/submissions/{submission}").status_code == 404


def test_a_case_file_tells_where_it_lies(archivist: Program) -> None:
    case = archivist.get(f"/case-files/{OPEN_CODE}").get_json()
    assert [copy["copy"] for copy in case["package"]["copies"]] == ["kho1", "kho2"]
    spec = archivist.get("/openapi.json").get_json()["components"]["schemas"]
    described = next(part for name, part in spec.items() if name.endswith("CopyDocument"))
    assert set(described["properties"]) == {"copy", "state", "verified_at"}


def test_a_file_that_the_case_file_does_not_have_is_told_as_that(archivist: Program) -> None:
    other = file_path(archivist, RESTRICTED_CODE).rpartition("/")[2]
    answer = archivist.get(f"/case-files/{OPEN_CODE}/files/{other}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "file-unknown")


def test_a_whole_file_is_what_was_submitted(archivist: Program) -> None:
    file = file_of(archivist, OPEN_CODE)
    answer = archivist.get(file_path(archivist, OPEN_CODE))
    assert hashlib.sha256(answer.data).hexdigest() == file["sha256"]
    assert answer.headers["ETag"] == f'"{file["sha256"]}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert int(answer.headers["Content-Length"]) == file["size_bytes"]
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("0-99", 0, 100), ("100-199", 100, 200), ("-50", -50, None), ("-999999999", 0, None)],
)
def test_a_range_is_a_part_of_the_file(
    archivist: Program, asked: str, start: int, stop: int | None
) -> None:
    place = file_path(archivist, OPEN_CODE)
    whole = archivist.get(place).data
    answer = archivist.get(place, headers={"Range": f"bytes={asked}"})
    assert (answer.status_code, answer.data) == (206, whole[start:stop])
    assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize("asked", ["bytes=5-2", "abc", "lines=1-2", "bytes=-", "bytes=0-1,4-5"])
def test_a_range_that_is_none_is_passed_over_and_all_is_sent(
    archivist: Program, asked: str
) -> None:
    place = file_path(archivist, OPEN_CODE)
    answer = archivist.get(place, headers={"Range": asked})
    assert (answer.status_code, answer.data) == (200, archivist.get(place).data)


def test_a_range_outside_the_file_is_refused_with_its_size(archivist: Program) -> None:
    place = file_path(archivist, OPEN_CODE)
    size = file_of(archivist, OPEN_CODE)["size_bytes"]
    answer = archivist.get(place, headers={"Range": "bytes=999999999-"})
    assert (answer.status_code, answer.get_json()["code"]) == (416, "range-not-satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{size}"


def test_a_file_the_client_has_is_not_sent_again(archivist: Program) -> None:
    place = file_path(archivist, OPEN_CODE)
    etag = archivist.get(place).headers["ETag"]
    answer = archivist.get(place, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_the_head_of_a_file_opens_no_copy(services: Services, archivist: Program) -> None:
    place = file_path(archivist, OPEN_CODE)
    for copy in ("kho1", "kho2"):
        (services.settings.home / copy).rename(services.settings.home / f"{copy}-away")
    answer = archivist.ask("HEAD", place)
    assert (answer.status_code, answer.data) == (200, b"")
    gone = archivist.get(place)
    assert gone.status_code == 503
    assert gone.headers["Retry-After"]


def test_a_damaged_copy_is_passed_over(services: Services, archivist: Program) -> None:
    file = file_of(archivist, OPEN_CODE)
    held = next((services.settings.home / "kho1").rglob(str(file["path"]).rpartition("/")[2]))
    held.chmod(0o644)
    held.write_bytes(b"%" * held.stat().st_size)
    answer = archivist.get(file_path(archivist, OPEN_CODE))
    assert hashlib.sha256(answer.data).hexdigest() == file["sha256"]


def test_conditional_content_is_closed_to_a_reader_and_its_data_is_not(
    archivist: Program, reader: Program
) -> None:
    assert reader.get(f"/case-files/{RESTRICTED_CODE}").status_code == 200
    refused = reader.get(file_path(archivist, RESTRICTED_CODE))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "content-restricted")
    assert reader.get(f"/case-files/{RESTRICTED_CODE}/text").get_json()["documents"] == []
    document = archivist.get(f"/case-files/{RESTRICTED_CODE}").get_json()["documents"][0]["id"]
    assert reader.get(f"/documents/{document}").get_json()["code"] == RESTRICTED_CODE
    assert reader.get(f"/documents/{document}/text").status_code == 403


def test_of_restricted_material_others_learn_titles_and_neither_files_nor_descriptions(
    app: Flask, services: Services, archivist: Program, reader: Program
) -> None:
    with services.writing() as session:
        case_file = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE))
        row = case_file.one()
        row.mode, row.keyword, row.description = "02", "đền bù", "Danh sách hộ được đền bù"
    whole = archivist.get(f"/case-files/{RESTRICTED_CODE}").get_json()
    assert whole["description"]
    assert whole["documents"][0]["files"]
    for program in (reader, program_of(app, services, "kiem")):
        told = program.get(f"/case-files/{RESTRICTED_CODE}").get_json()
        assert set(told) == set(whole)
        assert (told["keyword"], told["description"]) == (None, None)
        (document,) = told["documents"]
        assert (document["files"], document["signatures"]) == ([], [])
        assert document["title"] == whole["documents"][0]["title"]
        alone = program.get(f"/documents/{document['id']}").get_json()
        assert (alone["files"], alone["signatures"]) == ([], [])
        assert program.get(f"/case-files/{OPEN_CODE}").get_json()["documents"][0]["files"]


def test_an_administrator_sees_no_content(app: Flask, services: Services) -> None:
    administrator = program_of(app, services, "quan")
    assert administrator.get(f"/case-files/{OPEN_CODE}").status_code == 404
    assert administrator.get("/search?q=tram").status_code == 403


def test_reading_conditional_content_is_one_event_however_many_ranges(
    app: Flask, services: Services, archivist: Program
) -> None:
    auditor = program_of(app, services, "kiem")
    place = file_path(archivist, RESTRICTED_CODE)
    for start in (0, 10, 20):
        archivist.get(place, headers={"Range": f"bytes={start}-{start + 9}"})
    archivist.get(f"/case-files/{RESTRICTED_CODE}/text")
    program_of(app, services, "hung").get(place)
    archivist.get(file_path(archivist, OPEN_CODE))
    events = auditor.get("/audit-events?tag=document:read").get_json()["events"]
    assert [event["account"] for event in events] == ["hung", "lan"]
    assert events[0]["data"]["code"] == RESTRICTED_CODE


def test_a_document_gives_its_words_page_by_page(reader: Program) -> None:
    document = reader.get(f"/case-files/{OPEN_CODE}").get_json()["documents"][0]["id"]
    text = reader.get(f"/documents/{document}/text").get_json()
    assert "mố neo" in text["pages"][0]["text"]
    assert reader.get("/documents/00000000-0000-4000-8000-000000000000").status_code == 404


def test_the_words_of_a_case_file_come_document_by_document(
    services: Services, archivist: Program
) -> None:
    place = f"/case-files/{OPEN_CODE}/text"
    answer = archivist.get(place)
    assert (answer.mimetype, answer.is_streamed) == ("application/json", True)
    (document,) = answer.get_json()["documents"]
    assert "mố neo" in document["pages"][0]["text"]
    for copy in ("kho1", "kho2"):
        (services.settings.home / copy).rename(services.settings.home / f"{copy}-away")
    assert archivist.get(place).status_code == 503


def test_words_are_found_within_what_one_may_see(archivist: Program, reader: Program) -> None:
    found = archivist.get("/search", query_string={"q": "mo neo"}).get_json()
    assert {hit["code"] for hit in found["hits"]} == {OPEN_CODE, RESTRICTED_CODE}
    seen = reader.get("/search", query_string={"q": "mo neo"}).get_json()
    assert {hit["code"] for hit in seen["hits"]} == {OPEN_CODE}
    empty = reader.get("/search", query_string={"q": "..."})
    assert (empty.status_code, empty.get_json()["code"]) == (422, "empty-query")


def test_the_term_is_explained_in_the_language_asked_for(archivist: Program) -> None:
    place = f"/case-files/{OPEN_CODE}/retention"
    told = archivist.get(place, headers={"Accept-Language": "en"}).get_json()
    assert told["ends_on"].endswith("-12-31")
    assert all(step["citation"] for step in told["steps"])
    assert told["steps"] != archivist.get(place).get_json()["steps"]


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [
        ("aip", "application/zip", b"PK"),
        ("bag", "application/zip", b"PK"),
        ("xml", "application/xml", b"<?xml"),
    ],
)
def test_a_case_file_is_written_out(
    services: Services, archivist: Program, form: str, media_type: str, begins: bytes
) -> None:
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        answer = archivist.get(f"/case-files/{OPEN_CODE}/export?form={form}")
        assert (answer.mimetype, answer.data[: len(begins)]) == (media_type, begins)
        assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
        answer.close()
        assert list(services.work_folder.glob("export-*")) == []
        gc.collect()
    assert [str(warning.message) for warning in left if "export-" in str(warning.message)] == []


def test_a_reader_writes_nothing_out(services: Services, reader: Program) -> None:
    assert reader.get(f"/case-files/{OPEN_CODE}/export").status_code == 403
    assert list(services.work_folder.glob("export-*")) == []
