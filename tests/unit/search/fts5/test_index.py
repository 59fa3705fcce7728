"""The embedded index is one file for many processes, and says when it cannot be read."""

import multiprocessing
import sqlite3
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from search.fts5 import sql
from search.fts5.index import Fts5Index
from search.port import (
    Entry,
    Query,
    SearchIndexDamagedError,
    SearchIndexOldError,
    SearchUnavailableError,
    Visibility,
)
from search.query import parse_query

ALL = Visibility(None, None)


def entry(case_file_id: UUID, text: str) -> Entry:
    return Entry(case_file_id, "H40.18.2025.07.TH", text, UUID(int=1), 2025, "01")


def total(index: Fts5Index, text: str) -> int:
    return index.search(Query(parse_query(text), ALL)).total


def write_many(path: Path, number: int) -> None:
    """What each of several processes does at once."""
    index = Fts5Index(path)
    own, shared = UUID(int=number + 100), UUID(int=1)
    for turn in range(10):
        index.replace_many([own], [entry(own, f"lượt {turn} của tiến trình {number}")])
        index.replace_many([shared], [entry(shared, f"dùng chung {page}") for page in range(3)])


def test_many_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(path, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    index = Fts5Index(path)
    assert index.count() == 3 + 3
    assert total(index, "lượt 9") == 3
    assert total(index, "lượt 8") == 0
    assert total(index, "dùng chung") == 3


def segments(index: Fts5Index) -> list[int]:
    with index._file.reading() as db:
        return [db.execute(statement).fetchone()[0] for statement in sql.COUNT_SEGMENTS]


def test_what_was_written_at_many_times_is_brought_together_within_the_time(
    tmp_path: Path,
) -> None:
    index = Fts5Index(tmp_path / "search.db")
    ids = [UUID(int=number + 1) for number in range(30)]
    for identifier in ids:
        index.replace_many([identifier], [entry(identifier, f"trạm bơm số {identifier.int}")])
    before = segments(index)
    assert min(before) > 2
    index.tidy(0)
    assert segments(index) == before
    index.tidy(30)
    assert segments(index) == [1, 1]
    index.remove(ids[1:])
    assert (total(index, "trạm bơm"), total(index, "số 2")) == (1, 0)
    assert len(list(index.contents())) == 1


def test_the_words_taken_out_are_just_those_put_in(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    index = Fts5Index(path)
    case_file_id = uuid4()
    texts = ["Huỷ bỏ ß İ 155/2020/NĐ-CP", "_x_ é Ⅷ ½ ﬁ", "", "\x00\x02"]
    for _ in range(2):
        index.replace_many([case_file_id], [entry(case_file_id, text) for text in texts])
    index.remove([case_file_id])
    with sqlite3.connect(path) as db:
        db.execute("CREATE VIRTUAL TABLE left_over USING fts5vocab('entry_words', 'row')")
        assert db.execute("SELECT * FROM left_over").fetchall() == []
        db.execute("INSERT INTO entry_words (entry_words) VALUES ('integrity-check')")
    db.close()


def of_another_form(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 1")
    db.close()


def test_an_index_of_another_form_without_a_column_is_told_as_that(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    index = Fts5Index(path)
    index.replace_many([kept := uuid4()], [entry(kept, "mặt bằng")])
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE entry RENAME COLUMN mode TO access")
    db.close()
    with pytest.raises(SearchUnavailableError, match="mode"):
        total(index, "mat bang")
    of_another_form(path)
    with pytest.raises(SearchIndexOldError):
        total(index, "mat bang")
    index.begin_beside().replace_many([kept], [entry(kept, "mặt bằng")])
    index.take_over()
    assert total(index, "mat bang") == 1


def test_an_index_of_another_form_answers_until_another_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    index = Fts5Index(path)
    kept, changed = uuid4(), uuid4()
    for case_file_id in (kept, changed):
        index.replace_many([case_file_id], [entry(case_file_id, "mặt bằng")])
    of_another_form(path)
    assert index.is_outdated()
    assert total(index, "mat bang") == 2
    index.replace_many([changed], [entry(changed, "mặt bằng mật")])
    assert total(index, "mat bang") == 1, "nothing of before it was changed is told any more"
    beside = index.beside()
    assert beside
    assert total(beside, "mat bang") == 1
    beside.replace_many([kept], [entry(kept, "mặt bằng")])
    index.take_over()
    assert (index.is_outdated(), index.beside()) == (False, None)
    assert (total(index, "mat bang"), total(index, "mat")) == (2, 2)


def test_an_index_of_another_form_keeps_no_word_of_what_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    index = Fts5Index(path)
    gone = uuid4()
    index.replace_many([gone], [entry(gone, "zyxwvut")])
    of_another_form(path)
    with pytest.raises(SearchUnavailableError):
        index.remove([gone])
    assert total(index, "zyxwvut") == 0
    index.begin_beside()
    index.take_over()
    index.remove([gone])
    assert [each for each in tmp_path.iterdir() if b"zyxwvut" in each.read_bytes()] == []


def test_a_file_that_is_no_index_is_told_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    path.write_bytes(b"this is not an index" * 100)
    with pytest.raises(SearchIndexDamagedError):
        Fts5Index(path).count()


def test_a_place_that_cannot_be_written_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SearchUnavailableError):
        Fts5Index(tmp_path / "file" / "search.db").count()
