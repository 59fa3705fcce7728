"""Vietnamese text has one form, folds to bare letters, and shows when it is in an old encoding."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.text import (
    detect_legacy,
    fold,
    from_telex,
    from_vni,
    is_nfd,
    is_unseen,
    nfc,
    place_tones,
    same_words,
    telling,
    telling_line,
    unturned,
)

VIETNAMESE = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọ"
    "ồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ ABCDĐEÊỨỪỰỲÝ0123456789/-."
)


def test_fold_takes_marks_case_and_d_bar_away() -> None:
    assert fold("Quyết định số 155/2020/NĐ-CP") == "quyet dinh so 155/2020/nd-cp"


@given(VIETNAMESE)
def test_fold_gives_the_same_for_composed_and_decomposed_text(text: str) -> None:
    assert fold(text) == fold(unicodedata.normalize("NFD", text))


@given(VIETNAMESE)
def test_fold_keeps_the_number_of_letters_and_is_stable(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_placing_tones_changes_neither_length_nor_folded_form(text: str) -> None:
    placed = place_tones(text)
    assert len(placed) == len(text)
    assert fold(placed) == fold(text)
    assert place_tones(placed) == placed


@pytest.mark.parametrize(
    ("written", "placed"),
    [
        ("hoà bình", "hòa bình"),
        ("huỷ", "hủy"),
        ("uỷ ban", "ủy ban"),
        ("khoẻ", "khỏe"),
        ("TOÀ ÁN", "TÒA ÁN"),
        ("quý", "quý"),
        ("QUỸ", "QUỸ"),
        ("hoàn toàn", "hoàn toàn"),
        ("khuỷu", "khuỷu"),
    ],
)
def test_tones_come_to_one_place(written: str, placed: str) -> None:
    assert place_tones(written) == placed


def test_words_are_the_same_whatever_form_they_came_in() -> None:
    assert same_words(unicodedata.normalize("NFD", "Thuỷ HOÁ")) == same_words("thủy hóa")


def test_decomposed_text_is_noticed_and_composed() -> None:
    apart = unicodedata.normalize("NFD", "Biên bản")
    assert is_nfd(apart)
    assert not is_nfd(nfc(apart))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "TCVN3"),
        ("§éc lËp - Tù do - H¹nh phóc", "TCVN3"),
        ("QuyÕt ®Þnh vÒ viÖc phª duyÖt", "TCVN3"),
        ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "VNI"),
        ("Ñoäc laäp - Töï do - Haïnh phuùc", "VNI"),
        ("Quyeát ñònh veà vieäc pheâ duyeät", "VNI"),
    ],
)
def test_text_in_an_old_encoding_is_told(text: str, encoding: str) -> None:
    assert detect_legacy(text) == encoding


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Cộng hòa xã hội chủ nghĩa Việt Nam",
        "UY BAN NHAN DAN TINH",
        "bàn và hoà",
        "Giáo án khoá toán",
        "Bản vẽ © 2011, 30 °C, 5 µm",
        "Công ty TNHH",
        "155/2020/NĐ-CP",
        "Invoice no. 12 for the café",
    ],
)
def test_unicode_text_is_left_in_peace(text: str) -> None:
    assert detect_legacy(text) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("trajm", "trạm"),
        ("bowm", "bơm"),
        ("dduwowngf", "đường"),
        ("quyeets", "quyết"),
        ("hoaf", "hòa"),
        ("nguowif", "người"),
        ("gias", "giá"),
        ("suawr", "sửa"),
        ("awn", "ăn"),
        ("quawngj", "quặng"),
        ("quowr", "quở"),
        ("thuowr", "thuở"),
        ("mua", None),
    ],
)
def test_keys_of_telex(typed: str, meant: str | None) -> None:
    assert from_telex(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("tra5m", "trạm"), ("d9u7o7ng2", "đường"), ("quye6t1", "quyết"), ("2025", None)],
)
def test_keys_of_vni(typed: str, meant: str | None) -> None:
    assert from_vni(typed) == meant


@pytest.mark.parametrize(
    "signs", ["", " ", "...", "-", "…", "\u200b", "\ufeff\u2060", "?!", "( )", "_", "\u3164"]
)
def test_signs_alone_tell_nothing(signs: str) -> None:
    assert telling(signs) == telling_line(signs) == ""


@pytest.mark.parametrize("words", ["x", "Trả lại!", "3", "  Thiếu\nphụ lục ", "№ 5", "không"])
def test_words_tell_something_and_stay_as_they_are(words: str) -> None:
    assert telling(words) == nfc(words.strip())
    assert telling_line(words) == " ".join(words.split())


def test_a_mark_that_turns_letters_around_is_shown_by_its_number() -> None:
    assert unturned("Hồ sơ \u202eiàn giao") == "Hồ sơ <U+202E>iàn giao"
    assert unturned("số 12\u200f/2025 \u2067x\u2069") == "số 12<U+200F>/2025 <U+2067>x<U+2069>"
    plain = "Hồ sơ 👩‍💼 bàn\u200b giao"
    assert unturned(plain) == plain


@pytest.mark.parametrize("text", ["", " ", "\u200b\u00a0", "\u3164", "\t\n"])
def test_nothing_is_seen_of_blanks_and_of_signs_without_width(text: str) -> None:
    assert is_unseen(text)


@pytest.mark.parametrize("text", ["a", "...", " – ", "\u202e"])
def test_a_sign_alone_is_seen(text: str) -> None:
    assert not is_unseen(text)
