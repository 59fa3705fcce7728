"""Resumable uploads: pieces in order, each sender's own, and what becomes of them."""

import base64
import hashlib
import io
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from archive_service.services import Services
from archive_service.storage.uploads import (
    TooManyUploadsError,
    Upload,
    UploadFolder,
    UploadSpaceError,
)
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import new_home
from tests.worlds.clients import Program, program_of, zip_bytes
from tests.worlds.papers.bad_input import small_case

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def officer(app: Flask, services: Services) -> Program:
    return program_of(app, services, "bach")


def begin(program: Program, name: str, size: int) -> TestResponse:
    told = base64.b64encode(name.encode()).decode()
    headers = {"Upload-Length": str(size), "Upload-Metadata": f"filename {told},path {told}"}
    return program.post("/uploads", headers={"Tus-Resumable": "1.0.0", **headers})


def send(
    program: Program, place: str, data: bytes, offset: int, checksum: str = ""
) -> TestResponse:
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    headers |= {"Upload-Checksum": checksum} if checksum else {}
    return program.ask("PATCH", f"/uploads/{place}", data=data, headers=headers)


def upload(program: Program, name: str, data: bytes) -> str:
    place = begin(program, name, len(data)).headers["Location"].rpartition("/")[2]
    assert send(program, place, data, 0).status_code == 204
    return place


def test_pieces_come_in_order_and_can_be_gone_on_with(officer: Program) -> None:
    begun = begin(officer, "ảnh/trang 1.jpg", 10)
    assert begun.status_code == 201
    place = begun.headers["Location"].rpartition("/")[2]
    assert send(officer, place, b"01234", 0).headers["Upload-Offset"] == "5"
    asked = officer.ask("HEAD", f"/uploads/{place}")
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("5", "10")
    assert send(officer, place, b"56789", 5).headers["Upload-Offset"] == "10"


def test_what_is_spoken_of_the_protocol_is_told(officer: Program, services: Services) -> None:
    told = officer.ask("OPTIONS", "/uploads")
    assert (told.status_code, told.headers["Tus-Version"]) == (204, "1.0.0")
    assert told.headers["Tus-Extension"] == "creation,termination,checksum"
    assert told.headers["Tus-Checksum-Algorithm"] == "sha256,sha1,md5"
    assert int(told.headers["Tus-Max-Size"]) == services.settings.limits.submission_bytes


def test_a_piece_at_another_place_is_refused(officer: Program) -> None:
    place = begin(officer, "a.pdf", 10).headers["Location"].rpartition("/")[2]
    refused = send(officer, place, b"x", 3)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "upload-offset")


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_piece_that_is_not_as_announced_is_not_kept(officer: Program, algorithm: str) -> None:
    def digest(data: bytes) -> str:
        made = hashlib.new(algorithm, data, usedforsecurity=False).digest()
        return f"{algorithm} {base64.b64encode(made).decode()}"

    place = begin(officer, "a.pdf", 10).headers["Location"].rpartition("/")[2]
    assert send(officer, place, b"01234", 0, digest(b"01234")).headers["Upload-Offset"] == "5"
    refused = send(officer, place, b"56x89", 5, digest(b"56789"))
    assert (refused.status_code, refused.get_json()["code"]) == (460, "upload-piece-damaged")
    assert officer.ask("HEAD", f"/uploads/{place}").headers["Upload-Offset"] == "5"
    assert send(officer, place, b"56789", 5, digest(b"56789")).headers["Upload-Offset"] == "10"


@pytest.mark.parametrize("announced", ["crc32 AAAA", "sha256", "sha256 ?", "sha256 é"])
def test_a_digest_that_nobody_can_compare_takes_no_piece(officer: Program, announced: str) -> None:
    place = begin(officer, "a.pdf", 3).headers["Location"].rpartition("/")[2]
    refused = send(officer, place, b"012", 0, announced)
    assert refused.status_code in (422, 460)
    assert officer.ask("HEAD", f"/uploads/{place}").headers["Upload-Offset"] == "0"


def test_more_than_was_announced_is_refused_and_not_kept(officer: Program) -> None:
    place = begin(officer, "a.pdf", 3).headers["Location"].rpartition("/")[2]
    refused = send(officer, place, b"0123456789", 0)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "upload-too-long")
    assert officer.ask("HEAD", f"/uploads/{place}").headers["Upload-Offset"] == "3"


def test_an_upload_is_its_senders_own(app: Flask, services: Services, officer: Program) -> None:
    place = begin(officer, "a.pdf", 3).headers["Location"].rpartition("/")[2]
    other = program_of(app, services, "stranger")
    assert other.ask("HEAD", f"/uploads/{place}").status_code == 404
    assert send(other, place, b"abc", 0).status_code == 404
    assert other.ask("DELETE", f"/uploads/{place}").status_code == 404
    assert begin(program_of(app, services, "binh"), "a.pdf", 3).status_code == 403


def test_an_upload_without_length_name_or_with_a_broken_name_is_refused(officer: Program) -> None:
    assert officer.post("/uploads").get_json()["code"] == "upload-header"
    length = {"Upload-Length": "3"}
    nameless = officer.post("/uploads", headers=length)
    assert nameless.get_json()["code"] == "upload-name-missing"
    broken = officer.post("/uploads", headers=length | {"Upload-Metadata": "filename %%%"})
    assert broken.get_json()["code"] == "upload-header"


def test_an_upload_larger_than_a_submission_may_be_is_refused(
    services: Services, officer: Program
) -> None:
    size = services.settings.limits.submission_bytes + 1
    assert begin(officer, "a.zip", size).status_code == 413


def test_open_uploads_of_an_account_have_a_limit_in_number_and_bytes(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path / "uploads", most=2, most_bytes=100)
    first = folder.begin(owner="bach", name="a.pdf", size_bytes=60)
    with pytest.raises(UploadSpaceError):
        folder.begin(owner="bach", name="b.pdf", size_bytes=41)
    folder.begin(owner="bach", name="b.pdf", size_bytes=40)
    with pytest.raises(TooManyUploadsError):
        folder.begin(owner="bach", name="c.pdf", size_bytes=0)
    folder.begin(owner="stranger", name="a.pdf", size_bytes=100)
    folder.discard([first.id])
    folder.begin(owner="bach", name="c.pdf", size_bytes=60)


def test_an_account_that_has_too_much_open_is_told_so(services: Services, officer: Program) -> None:
    limits = services.settings.limits
    for _ in range(limits.upload_bytes_per_account // limits.submission_bytes):
        assert begin(officer, "a.zip", limits.submission_bytes).status_code == 201
    refused = begin(officer, "a.zip", 1)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "uploads-too-large")


def test_who_goes_on_elsewhere_finds_what_broke_off_and_compares_it(
    app: Flask, services: Services, officer: Program
) -> None:
    folder = upload_folder(services)
    upload = folder.begin(owner="bach", name="dở.pdf", size_bytes=10, into="bản nháp")
    folder.begin(owner="bach", name="dở.pdf", size_bytes=10, into="another")
    folder.append(upload.id, io.BytesIO(b"01234"), owner="bach", offset=0)
    asked = "/uploads?into=b%E1%BA%A3n%20nh%C3%A1p"
    known = {"id": str(upload.id), "name": "dở.pdf", "size": 10, "received": 5}
    assert officer.get(asked).get_json() == {"uploads": [known]}
    stretch = f"/uploads/{upload.id}/sha256?offset=1&length=4"
    told = officer.get(stretch).get_json()
    assert told == {"sha256": hashlib.sha256(b"1234").hexdigest()}
    past = officer.get(f"/uploads/{upload.id}/sha256?offset=1&length=5")
    assert (past.status_code, past.get_json()["code"]) == (409, "upload-offset")
    assert officer.get("/uploads").status_code == 422
    stranger = program_of(app, services, "stranger")
    assert stranger.get(asked).get_json() == {"uploads": []}
    assert stranger.get(stretch).status_code == 404


def test_what_a_finished_upload_makes_needless_is_the_same_file_alone(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path / "uploads", most=9, most_bytes=100)

    def sent(data: bytes, *, size: int = 6, into: str = "draft") -> Upload:
        begun = folder.begin(owner="bach", name="a.pdf", size_bytes=size, into=into)
        return folder.append(begun.id, io.BytesIO(data), owner="bach", offset=0)

    whole, same = sent(b"abcdef"), sent(b"abc")
    sent(b"abX")  # another content under the same name
    sent(b"abc", size=7)
    sent(b"abc", into="another")
    assert folder.begun_same([whole], into="draft") == [same.id]


def test_a_piece_of_another_kind_is_refused(officer: Program) -> None:
    place = begin(officer, "a.pdf", 3).headers["Location"].rpartition("/")[2]
    refused = officer.ask("PATCH", f"/uploads/{place}", data=b"abc")
    assert (refused.status_code, refused.get_json()["code"]) == (415, "body-kind-unknown")
    assert "application/offset+octet-stream" in refused.get_json()["remedy"]


def test_an_upload_can_be_forgotten(officer: Program) -> None:
    place = begin(officer, "a.pdf", 3).headers["Location"].rpartition("/")[2]
    assert officer.ask("DELETE", f"/uploads/{place}").status_code == 204
    assert officer.ask("HEAD", f"/uploads/{place}").status_code == 404


def test_a_dropped_folder_becomes_a_submission_and_its_uploads_go(
    services: Services, officer: Program, tmp_path: Path
) -> None:
    case = small_case(tmp_path / "case", code=CODE)
    files = [
        {"upload": upload(officer, path.name, path.read_bytes()), "path": f"Hồ sơ/{path.name}"}
        for path in case.iterdir()
    ]
    sent = officer.post("/submissions/from-uploads", json={"files": files})
    (submission,) = sent.get_json()["submissions"]
    assert (submission["code"], submission["source"]) == (CODE, "Hồ sơ")
    assert list((services.settings.home / "uploads").iterdir()) == []


def test_an_uploaded_zip_becomes_a_submission(officer: Program, tmp_path: Path) -> None:
    place = upload(officer, "ho-so.zip", zip_bytes(tmp_path, code=CODE).getvalue())
    sent = officer.post(
        "/submissions/from-uploads", json={"files": [{"upload": place, "path": "ho-so.zip"}]}
    )
    (submission,) = sent.get_json()["submissions"]
    assert (submission["code"], submission["source"]) == (CODE, "ho-so.zip")


def test_a_form_with_uploaded_files_becomes_a_submission(officer: Program) -> None:
    place = upload(officer, "bien-ban.pdf", b"%PDF-1.7")
    documents = [{"fields": {"subject": "Biên bản"}, "files": [{"upload": place}]}]
    sent = officer.post(
        "/submissions/from-uploads",
        json={"case_file": {"fileCode": CODE, "title": "Hồ sơ"}, "documents": documents},
    )
    assert sent.get_json()["submissions"][0]["documents"] == 1


def test_an_unfinished_upload_is_not_submitted_and_stays(officer: Program) -> None:
    place = begin(officer, "a.zip", 10).headers["Location"].rpartition("/")[2]
    refused = officer.post("/submissions/from-uploads", json={"files": [{"upload": place}]})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "upload-incomplete")
    assert officer.ask("HEAD", f"/uploads/{place}").status_code == 200


def test_uploads_that_are_refused_stay_so_that_the_sender_may_go_on(
    officer: Program, tmp_path: Path
) -> None:
    cut = zip_bytes(tmp_path, code=CODE).getvalue()[700:]
    for data in (b"no zip", cut):
        place = upload(officer, "a.zip", data)
        refused = officer.post("/submissions/from-uploads", json={"files": [{"upload": place}]})
        assert (refused.status_code, refused.get_json()["code"]) == (422, "zip-damaged")
        assert "“a.zip”" in refused.get_json()["message"] or data is cut
        assert officer.ask("HEAD", f"/uploads/{place}").status_code == 200


@pytest.mark.parametrize("path", ["../../outside.xlsx", "/etc/outside.xlsx", "C:\\outside.xlsx"])
def test_a_path_that_leads_outside_reaches_nothing(
    services: Services, officer: Program, path: str
) -> None:
    files = [
        {"upload": upload(officer, "a.xlsx", b"x"), "path": path},
        {"upload": upload(officer, "b.xlsx", b"y"), "path": path},
    ]
    refused = officer.post("/submissions/from-uploads", json={"files": files})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "nothing-sent")
    assert not list(services.settings.home.rglob("outside*"))
