"""Words of a filter are found in any order, with or without marks, by each database on its own."""

import pytest
from sqlalchemy import or_, select

from archive_service.db.unit_of_work import Database
from archive_service.db.words import Nearly, are_few, begins, has_words
from archive_service.domain.agencies.agency import Agency

NAMES = (
    "Sở Ồn Ào",
    "SỞ ĐỒNG BỘ 100%_[A]*?",
    "sở đồng bỏ",
    "Phòng Kế hoạch",
    r"Chi cục B/C \ D^E-F]",
    "Hồ sơ bàn giao trạm bơm Hoà Thuỷ 4",
    "Kĩ thuật khoá XIV, quí Hòa Thủy",
)


@pytest.fixture
def named(database: Database) -> Database:
    """With agencies of these names."""
    with database.writing() as session:
        session.add_all(Agency(code=str(at), name=name) for at, name in enumerate(NAMES))
    return database


def test_what_a_text_begins_with_is_told_in_any_order_of_texts(database: Database) -> None:
    names = ("a:b", "a;b", "a", "ab", "A:b", "a:", "a:\U0010fffe")
    with database.writing() as session:
        session.add_all(Agency(code=str(at), name=name) for at, name in enumerate(names))
    query = select(Agency.name).where(begins(Agency.name, "a:")).order_by(Agency.code)
    with database.read_only() as session:
        assert session.scalars(query).all() == ["a:b", "a:", "a:\U0010fffe"]


def test_whether_rows_are_few_is_told_by_their_number(named: Database) -> None:
    with named.read_only() as session:
        assert are_few(session, Agency.id, most=len(NAMES))
        assert not are_few(session, Agency.id, most=len(NAMES) - 1)


def found(database: Database, *words: str) -> list[int]:
    """Places in NAMES that have one of these words."""
    query = select(Agency.code).where(or_(*(has_words(word, Agency.name) for word in words)))
    with database.read_only() as session:
        return sorted(int(code) for code in session.scalars(query))


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("sở", [0, 1, 2]),
        ("SỞ", [0, 1, 2]),
        ("ồn", [0, 1, 2]),
        ("đồng BỘ", [1]),
        ("ĐỒNG B", [1, 2]),
        ("kế HOẠCH", [3]),
        ("ke hoach", [3]),
        ("“kế hoạch”", [3]),
        ("(kế hoạch),", [3]),
        ("kế hoạch.", [3]),
        ("k\u00adế \u200bhoạch", [3]),
        ("ｋế hoạch", [3]),
        ("HOẠCH phòng", [3]),
        ("bơm  trạm", [5]),
        ("TRAM bom", [5]),
        ("trâm", []),
        ("bạn giao", []),
        ("hòa thủy", [5, 6]),
        ("hoà thuỷ", [5, 6]),
        ("hoa thuy", [5, 6]),
        ("hõa thủy", []),
        ("khóa", [6]),
        ("kỹ thuật", [6]),
        ("ky", [6]),
        ("quý", [6]),
        ("tra\u0323m bo\u031bm", [5]),
        ("bàn \0 giao", [5]),
        ("4", [5]),
        ("giao 4 bom", [5]),
        ("0", []),
        ("00", []),
        ("100", [1]),
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("*" * 10_000, []),
        ("sở " * 5_000, [0, 1, 2]),
        ("k_ hoạch", []),
        ("PHÒNG%HOẠCH", []),
        ("phòng*", []),
        ("100%_[a]*?", [1]),
        ("ộ 100%_[a]*?", [1]),
        ("[ộ]", []),
        ("c/b", []),
        ("b/c", [4]),
        ("ục b/c \\ d^e-f]", [4]),
        ("a", [0, 1, 3, 5, 6]),
    ],
)
def test_words_stand_in_a_name(named: Database, words: str, places: list[int]) -> None:
    assert found(named, words) == places


def test_one_of_several_words_is_enough(named: Database) -> None:
    assert found(named, "KẾ", "cục") == [3, 4]


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("trajm bowm", [5]),
        ("tra5m bo7m", [5]),
        ("trạmbơm", [5]),
        ("trám bơm", [5]),
        ("tramm bom", [5]),
        ("tam bom", [5]),
        ("trqm bom", [5]),
        ("tarm bmo", [5]),
        ("Phogn kế hoạch", [3]),
        ("cục b-c", [4]),
        ("bơm 5", []),
        ("xyzt", []),
        ("*?[ ]_%", []),
        ("", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_words_with_a_slip_each_are_found_nearly(
    named: Database, typed: str, places: list[int]
) -> None:
    assert found(named, Nearly(typed)) == places
