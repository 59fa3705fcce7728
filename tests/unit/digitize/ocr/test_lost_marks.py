"""Where copying took marks away, the words beside it tell which; else nothing is proposed."""

from digitize.ocr.lost_marks import lost_marks, shipped_alike
from digitize.ocr.words import Line, PageReading, Word

SURE, FAINT = 95.0, 30.0
GOOD = "Căn cứ Luật Lưu trữ và Nghị định về công tác lưu trữ của cơ quan nhà nước"


def page(*lines: str, lost: str = "") -> PageReading:
    """A page of these lines; the words of ``lost`` were read faintly."""
    faint = lost.split()
    made = []
    for at, line in enumerate(lines):
        words = tuple(
            Word(word, FAINT if word in faint else SURE, 100 * n, 100 * at, 100 * n + 90, 100)
            for n, word in enumerate(line.split())
        )
        made.append(Line(words, 0, 100 * at, 2000, 100 * at + 40, 0.0, 0.0, starts_block=False))
    return PageReading(2480, 3508, 300.0, tuple(made))


def proposed(reading: PageReading, *known: str) -> dict[str, str]:
    words = [word.text for word in reading.iter_words()]
    return {words[at]: maybe[0] for at, maybe in lost_marks(reading, known, sure=60).items()}


def test_the_words_beside_it_tell_what_a_word_was() -> None:
    reading = page(GOOD, "Hồ sơ được bao quan tại kho lưu trư", lost="bao quan trư")
    assert proposed(reading) == {"bao": "bảo", "quan": "quản", "trư": "trữ"}


def test_a_wrong_mark_is_a_lost_one_too() -> None:
    assert proposed(page(GOOD, "Quyết đính của Ủy bàn nhân dân tỉnh", lost="đính bàn")) == {
        "đính": "định",
        "bàn": "ban",
    }


def test_what_is_known_of_the_case_file_speaks_for_its_names() -> None:
    reading = page(GOOD, "Trạm bơm Khuôi Lanh thuộc xã", lost="Khuôi Lanh")
    assert "Khuôi" not in proposed(reading)
    told = proposed(reading, "Xây dựng trạm bơm Khuổi Lạnh")
    assert told == {"Khuôi": "khuổi", "Lanh": "lạnh"}


def test_the_page_itself_speaks_for_a_word_that_it_says_again() -> None:
    again = "Ông Nông Văn Phìn ký; ông Nông Văn Phìn nhận; ông Nông Văn Phin về"
    assert proposed(page(GOOD, again, lost="Phin"))["Phin"] == "phìn"


def test_a_page_typed_without_marks_lost_none() -> None:
    assert not proposed(page("Can cu Luat Luu tru va Nghi dinh ve cong tac luu tru", "bao quan"))


def test_what_was_read_well_is_left_alone() -> None:
    assert not proposed(page(GOOD, "Hồ sơ được bảo quản tại kho lưu trữ của cơ quan"))
    assert not lost_marks(PageReading(2480, 3508, 300.0))
    assert not proposed(page("2025 12/3 H40.18"))


def test_the_shipped_texts_are_of_this_language() -> None:
    alike = shipped_alike()
    assert {"lưu", "lựu"} & set(alike["luu"])
    assert len(alike) > 600
