"""What every search index promises to those who write, and to those who read meanwhile."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from search.digest import digest_of
from search.port import CursorInvalidError, Entry, SearchIndex, SearchUnavailableError
from tests.worlds.servers.indexes import PHRASE, entry, found, put, query


def test_replacing_leaves_no_word_of_before(index: SearchIndex) -> None:
    case_file_id = put(index, "Văn bản cũ đã thu hồi")
    index.replace_many(
        [case_file_id], [entry(case_file_id, "Văn bản mới"), entry(case_file_id, "thứ hai")]
    )
    assert found(index, "thu hồi") == []
    assert found(index, "văn bản mới") == [case_file_id]
    assert index.count() == 2
    index.replace_many([case_file_id], [entry(case_file_id, "Văn bản mới")])
    assert index.count() == 1


def test_removing_takes_every_word_out_and_may_be_repeated(index: SearchIndex) -> None:
    kept = put(index, "Biên bản giữ lại")
    gone = put(index, "Biên bản đem hủy")
    for _ in range(2):
        index.remove([gone])
    assert found(index, "biên bản") == [kept]
    assert found(index, "đem hủy") == []


def test_bringing_together_what_was_written_changes_nothing_that_is_found(
    index: SearchIndex,
) -> None:
    ids = [put(index, f"Biên bản số {number}") for number in range(12)]
    gone = put(index, "Biên bản đem hủy")
    index.replace_many([gone], [])
    before = index.search(query("biên bản")).hits
    index.tidy(30)
    assert index.search(query("biên bản")).hits == before
    assert {hit.case_file_id for hit in before} == set(ids)


def test_a_replacement_that_fails_changes_nothing(index: SearchIndex) -> None:
    case_file_id = put(index, PHRASE)

    def breaks() -> Iterator[Entry]:
        yield entry(case_file_id, "Nửa chừng")
        raise RuntimeError("the text could not be read")

    with pytest.raises(RuntimeError):
        index.replace_many([case_file_id], breaks())
    assert found(index, "mặt bằng") == [case_file_id]
    assert found(index, "nửa chừng") == []


def test_many_case_files_are_replaced_at_once(index: SearchIndex) -> None:
    kept, first, second = (put(index, f"{PHRASE} cũ") for _ in range(3))
    texts = [(first, "thứ nhất"), (first, "trang hai"), (second, "thứ hai")]
    index.replace_many([first, second], (entry(of, f"Bản mới {text}") for of, text in texts))
    assert found(index, "mặt bằng cũ") == [kept]
    assert sorted(found(index, "bản mới")) == sorted([first, first, second])
    assert index.count() == 4
    index.replace_many([first, second], [])
    assert index.count() == 1


def test_many_replacements_that_fail_change_none(index: SearchIndex) -> None:
    first, second = put(index, PHRASE), put(index, PHRASE)

    def breaks() -> Iterator[Entry]:
        yield entry(first, "Nửa chừng")
        raise RuntimeError("the text of the second could not be read")

    with pytest.raises(RuntimeError):
        index.replace_many([first, second], breaks())
    assert set(found(index, "mặt bằng")) == {first, second}
    assert index.count() == 2


def test_readers_see_all_of_the_old_or_all_of_the_new(
    opened_index: Callable[[], SearchIndex],
) -> None:
    writer, reader = opened_index(), opened_index()
    case_file_id, pages = uuid4(), 7

    def bring(turn: str) -> None:
        writer.replace_many(
            [case_file_id], [entry(case_file_id, f"mặt bằng {turn}") for _ in range(pages)]
        )

    bring("lượt đầu")
    done = threading.Event()

    def keep_bringing() -> None:
        for number in range(6):
            bring(f"lượt {number}")
        done.set()

    writing = threading.Thread(target=keep_bringing)
    writing.start()
    seen = []
    while not done.is_set():
        page = reader.search(query("mặt bằng"))
        seen.append((page.total, len({hit.snippet for hit in page.hits})))
    writing.join()
    assert set(seen) == {(pages, 1)}
    assert reader.count() == pages


def test_writers_of_one_case_file_leave_the_entries_of_one_of_them(
    opened_index: Callable[[], SearchIndex],
) -> None:
    case_file_id = uuid4()

    def bring(number: int) -> None:
        index = opened_index()
        for turn in range(3):
            try:
                index.replace_many(
                    [case_file_id],
                    [entry(case_file_id, f"mặt bằng {number} {turn}") for _ in range(5)],
                )
            except SearchUnavailableError:  # the other was quicker: a worker tries again
                continue

    writers = [threading.Thread(target=bring, args=(number,)) for number in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    index = opened_index()
    page = index.search(query("mặt bằng"))
    assert (page.total, len({hit.snippet for hit in page.hits})) == (5, 1)
    index.replace_many([case_file_id], [entry(case_file_id, PHRASE)])
    assert index.count() == 1


def test_clearing_begins_anew(index: SearchIndex) -> None:
    put(index, PHRASE)
    index.clear()
    assert index.count() == 0
    assert found(index, "mặt bằng") == []
    put(index, PHRASE)
    assert index.count() == 1


def test_an_index_opened_twice_shows_the_same(opened_index: Callable[[], SearchIndex]) -> None:
    first, second = opened_index(), opened_index()
    case_file_id = put(first, PHRASE)
    assert found(second, "mặt bằng") == [case_file_id]
    second.replace_many([case_file_id], [])  # at once, where a server removes in half a minute
    assert found(first, "mặt bằng") == []


def test_an_index_keeps_its_identity_until_it_begins_empty(index: SearchIndex) -> None:
    first = index.identity()
    put(index, PHRASE)
    assert index.identity() == first
    index.clear()
    assert index.identity() != first


def test_a_replacement_never_holds_all_entries_in_memory(index: SearchIndex) -> None:
    case_file_id, size = uuid4(), 200_000

    def entries() -> Iterator[Entry]:
        for number in range(30):
            yield entry(case_file_id, f"so{number} " + "x" * size, page=number + 1)

    tracemalloc.start()
    try:
        index.replace_many([case_file_id], entries())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert index.count() == 30
    assert peak < 20 * size
    assert found(index, "so29") == [case_file_id]


def test_a_replacement_that_breaks_off_leaves_what_was_there(index: SearchIndex) -> None:
    case_file_id = put(index, PHRASE)

    def entries() -> Iterator[Entry]:
        yield entry(case_file_id, "thay thế")
        raise CursorInvalidError(cursor="any refusal while the words are fetched")

    with pytest.raises(CursorInvalidError):
        index.replace_many([case_file_id], entries())
    assert found(index, PHRASE) == [case_file_id]


def test_contents_are_told_by_digests_that_do_not_hang_on_the_order(index: SearchIndex) -> None:
    assert list(index.contents()) == []
    first, second = put(index, "thứ nhất"), put(index, "thứ hai")
    pages = [entry(first, "trang một"), entry(first, "trang hai", page=2)]
    index.replace_many([first], pages)
    told = dict(index.contents())
    assert told == {first: digest_of(pages), second: digest_of([entry(second, "thứ hai")])}
    assert told[first] == digest_of(reversed(pages))
    assert dict(index.contents([second])) == {second: told[second]}
    index.replace_many([first], pages[:1])
    assert dict(index.contents([first])) != {first: told[first]}
    index.replace_many([first], [])
    assert dict(index.contents()) == {second: told[second]}


def test_one_filled_beside_takes_the_place_of_the_one_in_use(
    opened_index: Callable[[], SearchIndex],
) -> None:
    index, reader = opened_index(), opened_index()
    with pytest.raises(SearchUnavailableError):
        index.take_over()
    first, second, gone = put(index, PHRASE), put(index, PHRASE), put(index, "đem hủy")
    assert index.beside() is None
    index.begin_beside()
    index.begin_beside()  # in place of the one before
    beside = opened_index().beside()
    assert beside
    assert (beside.count(), reader.count()) == (0, 3)
    beside.replace_many([first, gone], [*index.entries([first]), *index.entries([gone])])
    index.replace_many([first], [entry(first, "mặt bằng sau")])
    assert beside.holds([first, gone]) == {gone: 1}, "what was changed is to be put in once more"
    beside.replace_many([first, second], [*index.entries([first]), *index.entries([second])])
    index.remove([gone])
    assert beside.count() == 2
    before = reader.identity()
    coming = beside.identity()
    index.take_over()
    assert (before != coming, reader.identity()) == (True, coming)
    assert set(found(reader, "mặt bằng")) == {first, second}
    assert found(reader, "mặt bằng sau") == [first]
    assert reader.beside() is None
    assert put(reader, "thêm sau") in found(index, "thêm sau")


def test_clearing_forgets_the_one_that_was_filled_beside(index: SearchIndex) -> None:
    put(index, PHRASE)
    index.begin_beside()
    index.clear()
    assert index.beside() is None
    assert index.count() == 0


def test_readers_see_one_index_or_the_other(opened_index: Callable[[], SearchIndex]) -> None:
    index, reader, pages = opened_index(), opened_index(), 5
    case_file_id = uuid4()
    index.replace_many([case_file_id], [entry(case_file_id, "mặt bằng cũ")] * pages)
    done = threading.Event()

    def take_over() -> None:
        for number in range(3):
            beside = index.begin_beside()
            several = [entry(case_file_id, f"mặt bằng {number}")] * pages
            beside.replace_many([case_file_id], several)
            index.take_over()
        done.set()

    filling = threading.Thread(target=take_over)
    filling.start()
    seen = []
    while not done.is_set():
        page = reader.search(query("mặt bằng"))
        seen.append((page.total, len({hit.snippet for hit in page.hits})))
    filling.join()
    assert set(seen) == {(pages, 1)}
