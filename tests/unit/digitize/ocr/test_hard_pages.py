"""Face, tone and trust: what decides how a hard page is read, and how far it is believed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from archive_service.demo.drawn_papers import drawn_pages
from archive_service.demo.old_papers.kinds import old_pages
from digitize.ocr.clean import INK, Image
from digitize.ocr.hard_pages.evened import evened
from digitize.ocr.hard_pages.face import FITS, face_fit, has_book_face, has_drawn_face
from digitize.ocr.hard_pages.tone import Tone, tone_of
from digitize.ocr.hard_pages.trust import (
    are_lost_in_ink,
    as_trusted,
    mean_confidence,
    without_guesses,
)
from digitize.ocr.words import Line, Word
from tests.unit.digitize.ocr.printed_line import printed_line

PRINT = "Quyết định này được công nhân huyện chuyển hoàn thành nhanh chóng"


def pixels(file: bytes) -> Image:
    decoded = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8)


def old(kind: str) -> Image:
    return pixels(next(old_pages(kind, 7, 1)).file)


def line(*words: tuple[str, float]) -> Line:
    made = tuple(Word(text, sure, 0, 0, 9, 9) for text, sure in words)
    return Line(made, 0, 0, 9, 9, 9.0, 9.0, True)


def test_print_fits_its_drawing_and_letters_of_another_width_do_not() -> None:
    printed, grey = printed_line(PRINT, confidence=95.0)
    fit = face_fit([printed], grey)
    assert fit is not None
    assert fit > 0.9
    worn = cv2.erode(cv2.GaussianBlur(grey, (0, 0), 2.0), np.ones((5, 1), np.uint8))
    worse = face_fit([printed], worn.astype(np.uint8))
    assert worse is not None
    assert worse < fit
    assert has_book_face(fit)
    assert not has_book_face(FITS - 0.01)
    assert has_drawn_face(fit)
    assert not has_drawn_face(0.875)  # Charis, Gentium, Libertine: print, but with other marks


def test_of_a_page_with_few_sure_words_nothing_is_known_and_mends_may_run() -> None:
    unsure, grey = printed_line(PRINT, confidence=50.0)
    assert face_fit([unsure], grey) is None
    assert has_book_face(None)


@pytest.mark.parametrize(
    ("kind", "tone"),
    [
        ("carbon", Tone(pale=True, uneven=False)),
        ("typed", Tone(pale=True, uneven=False)),
        ("needles", Tone(pale=True, uneven=False)),
        ("thermal", Tone(pale=True, uneven=False)),
        ("telephone", Tone(pale=False, uneven=True)),
        ("folded", Tone(pale=False, uneven=True)),
        ("stamped", Tone(pale=False, uneven=False)),
        ("holes", Tone(pale=False, uneven=False)),
    ],
)
def test_pale_ink_and_shaded_paper_are_seen_before_anything_is_read(kind: str, tone: Tone) -> None:
    assert tone_of(old(kind), dpi=200) == tone


def test_ordinary_scans_are_neither_pale_nor_uneven() -> None:
    for page in drawn_pages(77, 3):
        assert tone_of(pixels(page.jpeg), dpi=200) == Tone(pale=False, uneven=False)


def test_even_tones_take_shade_and_red_ink_and_keep_pale_ink() -> None:
    _, grey = printed_line(PRINT)
    pale = (210 + 0.15 * grey.astype(np.float32)) * np.linspace(1.0, 0.6, grey.shape[1])
    made = evened(pale.astype(np.uint8), dpi=200).image
    assert (made < INK).mean() == pytest.approx((grey < INK).mean(), rel=0.4)
    edge = made[:20]
    assert edge.min() > 200
    stamped = np.dstack([grey, grey, grey])
    stamped[10:30, 100:400] = (60, 60, 220)
    assert evened(stamped, dpi=200).image[12:28, 110:390].min() > 200


def test_lines_of_guesses_go_and_a_page_that_is_mostly_guessed_has_no_words() -> None:
    read = line(("Quyết", 92.0), ("định", 88.0))
    guessed = line(("el", 20.0), ("tủ", 31.0))
    assert without_guesses([read, guessed]) == (read,)
    assert without_guesses([read, *[guessed] * 9]) == ()
    kept = line(("el", 20.0), ("Quyết", 80.0))
    assert without_guesses([read, kept]) == (read, kept)
    assert without_guesses([]) == ()


def test_a_sign_among_much_other_ink_was_not_read_and_a_page_number_was() -> None:
    page = np.full((700, 900), 255, np.uint8)
    page[20:40, 400:412] = 0
    word = Word("1", 92.0, 398, 18, 414, 42)
    number = Line((word,), 398, 18, 414, 42, 40.0, 40.0, True)
    assert not are_lost_in_ink([number], page)
    page[100:600, 100:800] = 60  # a stain
    assert are_lost_in_ink([number], page)
    assert not are_lost_in_ink([line(("Quyết", 92.0), ("định", 88.0))], page)
    assert not are_lost_in_ink([], page)


def test_a_page_in_another_language_is_no_guess() -> None:
    foreign = [
        replace(row, words=tuple(replace(word, possible=False) for word in row.words))
        for row in (
            line(("linzen", 90.0), ("wassen,", 81.0), ("|", 30.0)),
            line(("kopjes", 86.0), ("l1l1berm", 29.0)),
            line(("LAURIER", 83.0), ("krmuidnaøel", 47.0)),
        )
    ]
    assert without_guesses(foreign) == tuple(foreign)
    doubtful = [
        replace(row, words=tuple(replace(word, confidence=60.0) for word in row.words))
        for row in foreign
    ]
    assert without_guesses(doubtful) == ()


def test_figures_are_no_reading_of_another_script_but_a_list_of_them_is() -> None:
    script = [
        line(("203", 93.0), ("UlOØ1113", 7.0), ("511", 96.0), ("13A@A1OXDAD", 40.0)),
        line(("O1", 89.0), ("ơƠUao", 55.0), ("110", 92.0), ("9311Uớ", 35.0)),
    ]
    assert without_guesses(script) == ()
    figures = [line(("203", 93.0), ("12.458", 88.0)), line(("511", 96.0), ("7", 70.0))]
    assert without_guesses(figures) == tuple(figures)


def test_worn_letters_are_believed_less_than_the_engine_does() -> None:
    read = line(("Quyết", 96.0), ("định", 94.0))
    paper = np.full((40, 400), 255, np.uint8)
    assert as_trusted([read], None, paper) == (read,)
    assert as_trusted([read], 0.9, paper) == (read,)
    (worn,) = as_trusted([read], 0.65, paper)
    assert mean_confidence([worn]) < 75 < mean_confidence([read])
    (lost,) = as_trusted([read], 0.0, paper)
    assert mean_confidence([lost]) == pytest.approx(0.7 * mean_confidence([read]), abs=0.1)
    assert replace(worn, words=read.words) == read


SANS = "../pdfjs/standard_fonts/LiberationSans-Regular.ttf"


@pytest.mark.parametrize(
    "words", ["trong phong hanh cho ban " * 3, "trong phong hanh trong cho ban xin phong thu"]
)
def test_sharp_print_in_a_face_without_serifs_is_believed_and_worn_print_is_not(
    words: str,
) -> None:
    """What tells them apart is how alike the same word is where it stands twice."""
    read, grey = printed_line(words.strip(), confidence=96.0, face=SANS)
    assert as_trusted([read], 0.65, grey) == (read,)

    rng = np.random.default_rng(1)
    gaps = cv2.GaussianBlur(rng.random(grey.shape).astype(np.float32), (0, 0), 2.5)
    worn = np.where(gaps > np.percentile(gaps, 60), 230, grey).astype(np.uint8)
    (doubted,) = as_trusted([read], 0.65, worn)
    assert mean_confidence([doubted]) < 75
    unsure = replace(read, words=tuple(replace(word, confidence=85.0) for word in read.words))
    assert mean_confidence(as_trusted([unsure], 0.65, grey)) < 70


def test_a_page_that_is_sure_throughout_is_believed_in_a_face_whose_words_are_unlike() -> None:
    words = [onset + rime for onset in "bcdđghklmn" for rime in "aoô"]
    blank = np.full((20, 20), 255, np.uint8)
    told = line(*((word, 96.0) for word in words))
    assert as_trusted([told], 0.5, blank) == (told,)
    for less in (
        line(*((word, 95.0) for word in words)),
        line(*((word, 96.0) for word in words[1:])),
        replace(told, words=(*told.words[1:], replace(told.words[0], possible=False))),
    ):
        assert mean_confidence(as_trusted([less], 0.5, blank)) < 75
