"""A word that is proposed keeps the capitals and the marks of its place."""

import pytest

from digitize.ocr.word_list import dressed, learned, suggestions


@pytest.mark.parametrize(
    ("word", "like", "shown"),
    [
        ("sơn", "Sơm", "Sơn"),
        ("sơn", "SƠM,", "SƠN,"),
        ("sơn", "“sơm”.", "“sơn”."),
        ("lộc", "(Lóc", "(Lộc"),
        ("hđnd", "HĐNd", "HĐND"),  # one small letter among capitals was misread
        ("ở", "Ô", "Ở"),
        ("17/qđ", "17/QD", "17/QĐ"),
        ("sơn", "—", "sơn"),  # nothing but marks: nothing to go by
        ("sơn", "s.ơ.m.", "sơn."),
    ],
)
def test_capitals_and_marks_are_those_of_the_place(word: str, like: str, shown: str) -> None:
    assert dressed(word, like) == shown


@pytest.mark.parametrize(
    ("was", "becomes", "kept"),
    [
        ("Lóc,", "Lộc,", "lộc"),
        ("LÓC", "LỘC", "lộc"),
        ("Sonla", "Sơn La", "Sơn La"),  # the person wrote a name: its capitals are its own
        ("sơnr", "sơn,", "sơn,"),  # a mark that was read as a letter
        ("la", "La", "La"),
    ],
)
def test_what_is_learned_is_bare_unless_a_person_changed_marks(
    was: str, becomes: str, kept: str
) -> None:
    assert learned(was, becomes) == kept


def test_suggestions_stand_as_the_word_they_are_for() -> None:
    seen = {"lóc": ["lộc", "Lạc La"]}
    assert suggestions("LÓC;", seen=seen, known=()) == ["LỘC;", "Lạc La"]
    assert suggestions("(Lóc", seen=seen, known=["lóc", "lộc", "lọc"]) == ["(Lộc", "Lạc La", "(Lọc"]
    assert suggestions("lóc.", seen={}, known=["lóc"]) == []  # as it was read is no proposal
    assert suggestions("Lộc", seen={"lộc": ["Lộc", "lạc"]}, known=()) == ["Lạc"]
