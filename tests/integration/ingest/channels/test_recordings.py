"""Photographs and recordings by their own sheets: from the door to custody, on pages, and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from archive_service.app import create_app
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.domain.intake.submission import Submission
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.door import (
    case_row,
    codes,
    document_row,
    finding,
    open_door,
    write_pdf,
    write_sheet,
)
from tests.worlds.holding import case_of
from tests.worlds.papers.recordings import cut, make_avi, make_mp3, make_mp4, make_wav

CODE = "H40.18.2025.08.QLCT"
DOCUMENT = f"/case-files/{CODE}/documents"


def media_row(files: str, **changed: str) -> dict[str, Any]:
    told = {"fileCode": CODE, "files": files, "typeMedia": "Video", "eventName": "Lễ bàn giao"}
    return told | {"movieTitle": "Lễ bàn giao", "recordDate": "12/04/2025"} | changed


def picture_row(files: str, **changed: str) -> dict[str, Any]:
    told = {"fileCode": CODE, "files": files, "typePic": "Ảnh", "imageTitle": "Trạm bơm"}
    return told | {"eventName": "Lễ bàn giao", "photoTime": "12/04/2025"} | changed


def folder_with(folder: Path, *media: dict[str, Any], picture: dict[str, Any]) -> Path:
    """A letter, a photograph and recordings; the files lie there already."""
    write_pdf(folder / "bien ban.pdf", words="bàn giao")
    more = {sheet_name("picture"): [picture], sheet_name("media"): list(media)}
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE)], [document_row("bien ban.pdf")], more)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "source"
    made.mkdir()
    return made


def checked(tmp_path: Path, source: Path) -> Submission:
    with open_door(tmp_path / "door") as door:
        return door.checked(source)


def good(folder: Path) -> Path:
    """A photograph, sound in two forms and a film as the circular wants them."""
    Image.new("RGB", (60, 40), "navy").save(folder / "tram.jpg", dpi=(300, 300))
    make_wav(folder / "phat bieu.wav", seconds=3)
    make_mp3(folder / "phong van.mp3")
    make_mp4(folder / "le.mp4", seconds=2)
    sound = {"typeMedia": "Âm thanh"}
    return folder_with(
        folder,
        media_row("phat bieu.wav", playTime="00:00:03", **sound),
        media_row("phong van.mp3", **sound),
        media_row("le.mp4", playTime="00:00:02"),
        picture=picture_row("tram.jpg", colour="Màu", typePic="Phim âm bản"),
    )


def test_what_is_as_the_circular_wants_it_has_no_finding(tmp_path: Path, folder: Path) -> None:
    submission = checked(tmp_path, good(folder))
    assert codes(submission, Severity.ERROR) == []
    told = [code for code in codes(submission) if code.startswith(("recording", "photograph"))]
    assert told == []
    sound = next(file for file in submission.files if file.path == "phat bieu.wav").recording
    assert sound is not None
    assert (sound["duration_s"], sound["bit_rate_kbps"], sound["channels"]) == (3.0, 256.0, 1)
    assert all(file.recording is None for file in submission.files if file.path.endswith("pdf"))


def test_what_is_below_a_limit_or_broken_is_told_of_each_file(tmp_path: Path, folder: Path) -> None:
    Image.new("RGB", (60, 40)).convert("L").save(folder / "tram.jpg", dpi=(150, 150))
    make_mp3(folder / "nho.mp3", kbps=112)
    make_avi(folder / "nho.avi", seconds=2, kbps=900)
    cut(make_mp4(folder / "cut.mp4"))
    submission = checked(
        tmp_path,
        folder_with(
            folder,
            media_row("nho.mp3", typeMedia="Âm thanh"),
            media_row("nho.avi", playTime="00:10:00"),
            media_row("cut.mp4"),
            picture=picture_row("tram.jpg", colour="Màu", typePic="Phim âm bản"),
        ),
    )
    low = {
        row.place: (row.facts["value"], row.facts["limit"])
        for row in submission.findings
        if row.code == "recording-bit-rate-low"
    }
    assert low == {"nho.mp3": (112, 128), "nho.avi": (900, 1500)}
    assert finding(submission, "recording-duration-differs").facts["found"] == "00:00:02"
    assert finding(submission, "recording-cut-off").severity is Severity.ERROR
    assert finding(submission, "photograph-coarse").facts["value"] == 150
    assert finding(submission, "photograph-not-colour").facts["value"] == 8


@pytest.fixture
def stored(tmp_path: Path, folder: Path) -> Iterator[Services]:
    """The good ones, taken into custody."""
    with open_home(new_home(tmp_path / "home")) as services:
        (identifier,) = submit(good(folder), actor=person(services, "bach"), services=services)
        while run_one(services, subject_id=identifier, names=("check-submission",)):
            pass
        accept(services, identifier, actor=person(services, "lan"))
        work(services, until_empty=True)
        yield services


@pytest.fixture
def app(stored: Services) -> Flask:
    return create_app(stored)


def test_pages_tell_it_and_play_it_in_ranges(app: Flask, stored: Services) -> None:
    client = browser_of(app, stored, "lan")
    kinds = [document.kind for document in case_of(stored, CODE).documents]
    assert sorted(kinds) == ["document", "media", "media", "media", "picture"]
    ordinals = {
        document.files[0].name: document.ordinal for document in case_of(stored, CODE).documents
    }
    answer = client.get(f"{DOCUMENT}/{ordinals['phat bieu.wav']}")
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "Thời lượng 00:00:03, 256 kbps, 1 kênh, 16 kHz" in answer.text
    source = answer.text.partition("<audio")[2].partition('src="')[2].partition('"')[0]
    part = client.get(source, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data, part.mimetype) == (206, b"RIFF", "audio/wav")
    shown = client.get(f"/case-files/{CODE}?document={ordinals['le.mp4']}").text
    assert "<video" in shown
    assert "640 × 480" in shown
    assert "<video" not in client.get(f"/case-files/{CODE}?document={ordinals['tram.jpg']}").text


def test_all_of_it_comes_back_from_the_copies(stored: Services) -> None:
    lan = person(stored, "lan")
    numbers = range(1, 6)

    def told() -> list[Any]:
        records = [document_record(stored, CODE, number, actor=lan) for number in numbers]
        return [[record[name] for name in ("kind", "fields", "files")] for record in records]

    before = told()
    heard = [file["recording"] for one in before for file in one[2] if file["recording"]]
    assert sorted(entry["container"] for entry in heard) == ["MP3", "MP4", "WAVE"]
    rebuild(stored, actor=OPERATOR)
    assert told() == before
