"""What was misread once was misread alike elsewhere: one correction is offered for all of it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.digitization.page_reading import WordCorrection
from archive_service.domain.digitization.scan_batch import ScanPage
from archive_service.services import Services
from digitize.batches.desk import acts as desk_acts
from digitize.ocr.reading_file import load_reading
from digitize.ocr.words import PageReading, Word
from digitize.proofreading import corrections
from digitize.proofreading.corrections import Correction, CorrectionNotFoundError
from digitize.proofreading.like_places import LikePlaces, correct_like, like_places
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import API, program_of, session_token
from tests.worlds.digitize.scanning import (
    CODE,
    folder_of_pages,
    import_batch,
    new_station,
    paper_case,
)

READ, MEANT = "hồ", "hổ"  # on every line but the first of each page


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a batch of two pages that are read, four places with the word on each."""
    folder = tmp_path_factory.mktemp("read")
    with open_home(new_home(folder / "home")) as opened:
        paper_case(opened, folder / "case")
        box = folder_of_pages(folder / "box", 2)
        import_batch(opened, box, new_station(opened), code=CODE)
    return folder / "home"


@pytest.fixture
def services(read: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(read, tmp_path / "home")) as opened:
        yield opened


def pages(services: Services) -> list[tuple[ScanPage, PageReading]]:
    with services.read_only() as session:
        rows = session.scalars(select(ScanPage).order_by(ScanPage.position)).all()
    found = []
    for row in rows:
        with services.staging.open(row.reading_sha256 or "") as source:
            found.append((row, load_reading(source.read())))
    return found


def words_of(reading: PageReading) -> list[Word]:
    return [word for word in reading.iter_words() if word.text == READ]


def put_right(services: Services, becomes: str = MEANT, *, page: int = 0) -> tuple[UUID, UUID]:
    """The first place of a page is put right: page and correction."""
    row, reading = pages(services)[page]
    word = words_of(reading)[0]
    correction = Correction(reading.on_page(word), word.text, becomes)
    corrections.correct_words(services, row.id, [correction], actor=person(services, "lan"))
    with services.read_only() as session:
        kept = session.scalars(
            select(WordCorrection.id).where(
                WordCorrection.image_sha256 == row.sha256, WordCorrection.undone_at.is_(None)
            )
        ).all()
    return row.id, kept[-1]


def offered(services: Services, page: UUID, correction: UUID) -> LikePlaces:
    return like_places(services, page, correction, actor=person(services, "lan"))


def test_all_like_places_of_the_batch_are_offered_and_the_chosen_put_right(
    services: Services,
) -> None:
    lan = person(services, "lan")
    (first, one), (second, other) = pages(services)
    there = len(words_of(one)) + len(words_of(other))
    assert there >= 6  # of eight; what was misread is not asked here
    page, correction = put_right(services)
    found = offered(services, page, correction)
    assert found.total == there - 1
    assert {place.page.page.id for place in found.places} == {first.id, second.id}
    assert {(place.was, place.becomes) for place in found.places} == {(READ, MEANT)}
    chosen = {(place.page.page.id, place.box) for place in found.places[:3]}
    elsewhere = {(second.id, (1, 1, 5, 5)), (uuid4(), found.places[4].box)}
    assert correct_like(services, page, correction, chosen | elsewhere, actor=lan) == 3
    assert offered(services, page, correction).total == there - 4
    assert correct_like(services, page, correction, chosen, actor=lan) == 0  # once


def test_capitals_and_marks_around_a_word_stay_those_of_its_place(services: Services) -> None:
    row, reading = pages(services)[0]
    word = next(word for word in reading.iter_words() if word.text == "lưu")
    one = Correction(reading.on_page(word), "“Hồ,", "“Hổ,")
    corrections.correct_words(services, row.id, [one], actor=person(services, "lan"))
    with services.read_only() as session:
        correction = session.scalars(select(WordCorrection.id)).one()
    assert not offered(services, row.id, correction).total  # no capital stands elsewhere
    one = Correction(one.box, "“hồ,", "“hổ,")
    corrections.correct_words(services, row.id, [one], actor=person(services, "lan"))
    with services.read_only() as session:
        correction = session.scalars(
            select(WordCorrection.id).where(WordCorrection.undone_at.is_(None))
        ).one()
    places = offered(services, row.id, correction).places
    assert {place.becomes for place in places} == {MEANT}


def test_nothing_is_offered_for_what_was_right_or_was_no_word(services: Services) -> None:
    page, correction = put_right(services, READ)
    assert not offered(services, page, correction).total
    lan, (row, reading) = person(services, "lan"), pages(services)[0]
    noise = Correction(reading.on_page(words_of(reading)[0]), READ, "", noise=True)
    corrections.correct_words(services, row.id, [noise], actor=lan)
    with pytest.raises(CorrectionNotFoundError):  # another stands in its place
        offered(services, page, correction)
    page, correction = put_right(services, page=1)
    with pytest.raises(CorrectionNotFoundError):  # of another page
        offered(services, row.id, correction)
    corrections.take_back(services, correction, page, actor=lan)
    with pytest.raises(CorrectionNotFoundError):
        offered(services, page, correction)


def test_a_page_that_was_taken_out_is_not_offered(services: Services) -> None:
    (_, _), (second, _) = pages(services)
    page, correction = put_right(services)
    with services.read_only() as session:
        number = offered(services, page, correction).places[0].page.batch.number
        assert session.get_one(ScanPage, second.id).removed_at is None
    lan = person(services, "lan")
    desk_acts.edit(
        services, number, "remove", {"page": str(second.id), "reason": "Trang thừa"}, actor=lan
    )
    found = offered(services, page, correction)
    assert {place.page.page.id for place in found.places} == {page}


def test_the_page_leads_there_and_back(services: Services) -> None:
    app = create_app(services)
    browser = browser_of(app, services, "lan")
    sent = {"headers": {"X-CSRFToken": session_token(browser)}}
    (row, reading), _ = pages(services)
    word = words_of(reading)[0]
    box = " ".join(str(side) for side in reading.on_page(word))
    form = {"box": box, "was": READ, "becomes": MEANT}
    with browser:
        at = f"/scanning/words/{row.id}"
        answer = browser.post(f"{at}/correct", data=form, follow_redirects=True, **sent)
        page = answer.get_data(as_text=True)
        assert "chỗ khác của lô" in page
        with services.read_only() as session:
            correction = session.scalars(select(WordCorrection.id)).one()
        like = f"{at}/like/{correction}"
        assert like in page
        shown = browser.get(like).get_data(as_text=True)
        places = offered(services, row.id, correction).places
        assert shown.count('name="place"') == len(places)
        value = " ".join(str(part) for part in (places[0].page.page.id, *places[0].box))
        told = browser.post(like, data={"place": value}, follow_redirects=True, **sent)
        assert "Đã sửa 1 chỗ." in told.get_data(as_text=True)
        assert offered(services, row.id, correction).total == len(places) - 1
        for bad in ("", "x", f"{row.id} 1 2 3", f"{row.id} a b c d"):
            assert browser.post(like, data={"place": bad}, **sent).status_code == 400
        assert browser.get(f"{at}/like/{uuid4()}").status_code == 404
    program = program_of(app, services, "lan")
    path = f"{API}/proofreading/pages/{row.id}/corrections/{correction}/like"
    answer = program.client.get(path, headers={"Authorization": f"Bearer {program.token}"})
    told = answer.get_json()
    assert answer.status_code == 200
    assert told["total"] == len(places) - 1
    assert {place["becomes"] for place in told["places"]} == {MEANT}
