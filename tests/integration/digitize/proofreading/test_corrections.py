"""Words that people put right: a layer of their own that feeds list, queue and search."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service import messages
from archive_service.app import create_app
from archive_service.domain.digitization.page_reading import WordCorrection
from archive_service.domain.digitization.scan_batch import ScanBatch, ScanPage
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.errors import NotFoundError
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.ocr.reading_file import load_reading
from digitize.ocr.words import PageReading
from digitize.proofreading import acts as proofreading_acts
from digitize.proofreading import corrections
from digitize.proofreading.corrections import Correction
from digitize.proofreading.put_right import put_in_place
from search import acts as search_acts
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import program_of, session_token
from tests.worlds.command import Command
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    import_batch,
    new_station,
    paper_case,
    scanned_page,
    text_of_page,
)

PLACE = "Khuổi Lạnh"  # what a person reads where the engine read something else


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a batch whose only page is read."""
    folder = tmp_path_factory.mktemp("read")
    with open_home(new_home(folder / "home")) as services:
        paper_case(services, folder / "case")
        (folder / "box").mkdir()
        scanned_page(folder / "box" / "001.jpg", *text_of_page(1))
        import_batch(services, folder / "box", new_station(services), code=CODE)
    return folder / "home"


@pytest.fixture
def services(read: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(read, tmp_path / "home")) as opened:
        yield opened


def a_page(services: Services) -> tuple[str, ScanPage, PageReading]:
    """The only page; its batch, its row and what was read of it."""
    with services.read_only() as session:
        number = session.scalars(select(ScanBatch)).one().number
        page = session.scalars(select(ScanPage)).one()
    with services.staging.open(page.reading_sha256 or "") as source:
        return number, page, load_reading(source.read())


def put_right(
    services: Services, page: ScanPage, reading: PageReading, at: int, becomes: str, by: Actor
) -> int:
    word = list(reading.iter_words())[at]
    correction = Correction(reading.on_page(word), word.text, becomes)
    return corrections.correct_words(services, page.id, [correction], actor=by)


def test_a_word_put_right_is_found_and_what_was_read_stays(services: Services) -> None:
    lan = person(services, "lan")
    number, page, reading = a_page(services)
    before = page.reading_sha256
    for one in (PLACE, "Nà Phặc", PLACE):  # the last word on a place counts
        put_right(services, page, reading, 0, one, lan)
    desk_acts.release(services, number, actor=lan)
    work(services, until_empty=True)

    def found(words: str) -> list[str]:
        hits = search_acts.find(services, f'"{words}"', actor=lan).hits
        return [hit.code for hit in hits if hit.page == 1]

    assert found(PLACE) == [CODE]
    assert found("Nà Phặc") == []
    assert found("báo cáo năm 2025") == [CODE]  # what was read is there as well
    put_right(services, page, reading, 1, "Nậm Rốm", lan)  # after it was stored, too
    work(services, until_empty=True)
    assert found("Nậm Rốm") == [CODE]
    with services.read_only() as session:
        assert session.get_one(ScanPage, page.id).reading_sha256 == before
        tags = [row.tag for row in session.scalars(select(AuditEvent))]
        assert len(session.scalars(select(WordCorrection)).all()) == 4
    assert tags.count("word:corrected") == 4


def test_the_queue_runs_by_what_is_left_and_the_list_learns(services: Services) -> None:
    lan = person(services, "lan")
    _, page, reading = a_page(services)
    words = list(reading.iter_words())
    with services.writing() as session:  # as if the scan had been a poor one
        session.get_one(ScanPage, page.id).doubtful_words = 3
    (waiting,), total = proofreading_acts.pages_left(services, actor=lan, limit=10)
    assert (waiting.id, waiting.doubtful, waiting.first, total) == (page.id, 3, True, 1)
    left = put_right(services, page, reading, 2, words[2].text, lan)  # it was right
    after, _ = proofreading_acts.pages_left(services, actor=lan, limit=10)
    assert [page_left.doubtful for page_left in after] == ([left] if left else [])
    put_right(services, page, reading, 3, "Nậm Rốm", lan)
    listed = corrections.listed_words(services, actor=lan)
    assert {entry["word"]: entry["was"] for entry in listed} == {
        words[2].text: [],
        "Nậm Rốm": [words[3].text],
    }
    shown = proofreading_acts.page_to_read(services, page.id, actor=lan)
    told = {word.number: word.becomes for word in shown.words if word.becomes}
    assert told == {2: words[2].text, 3: "Nậm Rốm"}
    row = next(word for word in shown.words if word.number == 3)
    assert row.correction_id is not None
    corrections.take_back(services, row.correction_id, page.id, actor=lan)
    assert [
        listed_word["word"] for listed_word in corrections.listed_words(services, actor=lan)
    ] == [words[2].text]
    with pytest.raises(corrections.CorrectionNotFoundError):
        corrections.take_back(services, row.correction_id, page.id, actor=lan)


def test_what_says_nothing_or_points_nowhere_is_refused(services: Services) -> None:
    lan = person(services, "lan")
    _, page, reading = a_page(services)
    stranger = new_station(services, "tram-2")
    box = reading.on_page(next(reading.iter_words()))
    for bad in (
        Correction(box, "a", " "),
        Correction(box, "a", "b" * 201),
        Correction((5, 5, 5, 9), "a", "b"),
        Correction((0, 0, page.width_px + 1, 10), "a", "b"),
    ):
        with pytest.raises(corrections.WordMissingError):
            corrections.correct_words(services, page.id, [bad], actor=lan)
    good = Correction(box, "a", "b")
    for who, which in ((lan, UUID(int=1)), (stranger, page.id)):
        with pytest.raises(NotFoundError):
            corrections.correct_words(services, which, [good], actor=who)


def test_programs_and_commands_do_the_same(services: Services) -> None:
    _, page, reading = a_page(services)
    word = next(reading.iter_words())
    with services.writing() as session:  # as if the scan had been a poor one
        session.get_one(ScanPage, page.id).doubtful_words = 3
    program = program_of(create_app(services), services, STATION)
    (waiting,) = program.get("/proofreading").get_json()["pages"]
    assert (waiting["page"], waiting["doubtful"]) == (str(page.id), 3)
    asked = {"box": list(reading.on_page(word)), "was": word.text, "becomes": PLACE}
    where = f"/proofreading/pages/{page.id}"
    answer = program.post(f"{where}/corrections", json={"words": [asked]})
    assert answer.status_code == 200, answer.json
    (shown,) = [one for one in program.get(where).get_json()["words"] if one["becomes"]]
    assert shown["becomes"] == PLACE
    command = Command(services.settings.home)
    listed = command.ask("scan", "words")
    assert [(one["word"], one["was"]) for one in listed["words"]] == [(PLACE, [word.text])]
    back = program.ask("DELETE", f"{where}/corrections/{shown['correction']}")
    assert back.status_code == 200
    assert program.get("/proofreading/words").json == {"words": []}
    box = [str(side) for side in asked["box"]]
    given = ("--box", *box, "--was", word.text, "--becomes", word.text)
    assert command.ask("scan", "correct", page.id, *given)["page"] == str(page.id)
    assert command.ask("scan", "proofread", page.id)["words"][0]["becomes"] == word.text
    assert command.ask("scan", "proofread")["total"] in (0, 1)


def test_what_a_person_copies_where_nothing_was_read_is_found_and_goes_again(
    services: Services,
) -> None:
    lan = person(services, "lan")
    number, page, reading = a_page(services)
    place = (0.1, 0.9, 0.4, 0.93)  # below all that is printed
    proofreading_acts.copy_words(services, page.id, "  đã xem  Khuổi Lạnh ", place, actor=lan)
    read = proofreading_acts.page_to_read(services, page.id, actor=lan)
    (copied,) = read.copied
    assert copied.text == f"đã xem {PLACE}"
    assert all(abs(a - b) < 0.001 for a, b in zip(copied.shown, place, strict=True))
    assert copied.box[2] <= reading.width_px
    listed = corrections.listed_words(services, actor=lan)
    assert listed[0]["was"] == []
    desk_acts.release(services, number, actor=lan)
    work(services, until_empty=True)

    def found() -> int:
        found = search_acts.find(services, f'"đã xem {PLACE}"', actor=lan)
        return 0 if found.told else len(found.hits)

    assert found() == 1
    corrections.take_back(services, copied.correction_id, page.id, actor=lan)
    work(services, until_empty=True)
    assert found() == 0


def test_what_is_copied_over_print_takes_no_word_of_it_away(services: Services) -> None:
    lan = person(services, "lan")
    _, page, reading = a_page(services)
    for text, place in (("bút phê toàn trang", (0, 0, 1, 1)), ("ghi nhỏ", (0.4, 0.8, 0.5, 0.84))):
        proofreading_acts.copy_words(services, page.id, text, place, actor=lan)
    read = proofreading_acts.page_to_read(services, page.id, actor=lan)
    assert [one.text for one in read.copied] == ["bút phê toàn trang", "ghi nhỏ"]
    with services.read_only() as session:
        told = corrections.corrections_of(session, [page.sha256])[(page.sha256, 0)]
    right, beside = put_in_place(reading, told)
    assert right.lines == reading.lines
    assert [one.becomes for one in beside] == ["bút phê toàn trang", "ghi nhỏ"]
    put_right(services, page, reading, 0, PLACE, lan)
    assert len(proofreading_acts.page_to_read(services, page.id, actor=lan).copied) == 2


@pytest.mark.parametrize("odd", ["inf", "nan", "1e308", "-5", "x"])
def test_an_odd_place_is_refused_and_what_was_typed_stays(services: Services, odd: str) -> None:
    _, page, _ = a_page(services)
    browser = browser_of(create_app(services), services, "lan")
    form = {"area-left": odd, "area-top": "5", "area-width": "5", "area-height": "5"}
    token = {"X-CSRFToken": session_token(browser), "Accept": "text/html"}
    where = f"/scanning/words/{page.id}/copy"
    answer = browser.post(where, data=form | {"becomes": "đã xem"}, headers=token)
    assert answer.status_code == 422
    assert 'value="đã xem"' in answer.text
    none = messages.error("not-number", "vi", {"text": "x"}).message
    assert (none in answer.text) is (odd == "x")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("\u202e", (0.1, 0.1, 0.2, 0.2)),
        ("a\u202eb", (0.1, 0.1, 0.2, 0.2)),
        ("", (0.1, 0.1, 0.2, 0.2)),
        ("chữ", (0.3, 0.1, 0.3, 0.2)),
        ("chữ", (0.9, 0.9, 1.2, 0.95)),
    ],
)
def test_nothing_is_copied_without_words_or_off_the_page(
    services: Services, text: str, place: tuple[float, float, float, float]
) -> None:
    lan = person(services, "lan")
    _, page, _ = a_page(services)
    with pytest.raises(corrections.WordMissingError):
        proofreading_acts.copy_words(services, page.id, text, place, actor=lan)
