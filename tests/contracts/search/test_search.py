"""Every search index keeps the same promises to those who search."""

import datetime as dt
import unicodedata
from dataclasses import replace
from itertools import product
from typing import get_args
from uuid import UUID, uuid4

import pytest

from search.order import By, Order
from search.port import END, FOUND, CursorInvalidError, Filters, SearchIndex, Visibility
from tests.worlds.servers.indexes import PHRASE, WARD, WORKS, entry, found, put, query


@pytest.mark.parametrize(
    "typed",
    [
        "bàn giao mặt bằng",
        "ban giao mat bang",
        "BAN GIAO Mặt bằng",
        '"bàn giao mặt bằng"',
        '"ban giao" cong',
        unicodedata.normalize("NFD", "mặt bằng"),
        "bằng mặt",
    ],
)
def test_a_page_is_found_with_or_without_marks(index: SearchIndex, typed: str) -> None:
    case_file_id = put(index, PHRASE, page=4)
    put(index, "Quyết định phê duyệt dự toán")
    (hit,) = index.search(query(typed)).hits
    assert (hit.case_file_id, hit.page) == (case_file_id, 4)


@pytest.mark.parametrize("typed", ["giao bàn mặt cầu", '"mặt bằng bàn giao"', "bang giaoo"])
def test_a_page_that_lacks_a_word_or_the_phrase_is_not_found(
    index: SearchIndex, typed: str
) -> None:
    put(index, PHRASE)
    assert found(index, typed) == []


def test_the_marks_that_were_typed_rank_first(index: SearchIndex) -> None:
    without = put(index, "ban can bo " * 3)
    other = put(index, "bán cân bò " * 3)
    exact = put(index, "bản cán bộ và nhiều chữ khác nữa để trang này dài hơn hai trang kia")
    assert found(index, "bản cán bộ")[0] == exact
    assert set(found(index, "bản cán bộ")) == {exact, without, other}
    assert set(found(index, "ban can bo")) == {exact, without, other}


@pytest.mark.parametrize("written", ["hủy bỏ", "huỷ bỏ"])
@pytest.mark.parametrize("typed", ["hủy bỏ", "huỷ bỏ"])
def test_the_place_of_a_tone_makes_no_difference(
    index: SearchIndex, written: str, typed: str
) -> None:
    put(index, "hụy bó " * 9)
    wanted = put(index, f"Quyết định {written} kết quả")
    assert found(index, typed)[0] == wanted


@pytest.mark.parametrize("typed", ["155/2020/NĐ-CP", '"155 2020 nd cp"', "155/2020/nd-cp"])
def test_a_code_is_found_however_it_is_written(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "Căn cứ Nghị định số 155/2020/NĐ-CP ngày 31/12/2020")
    put(index, "Số 155 năm 2020, CP và NĐ")
    assert found(index, typed) == [wanted]


def test_a_record_code_leads_to_its_case_file(index: SearchIndex) -> None:
    wanted = put(index, "Mã hồ sơ 000.00.18.H40.2011.01.TH", page=None, document_id=None)
    put(index, "Mã hồ sơ 000.00.18.H40.2011.02.TH", page=None, document_id=None)
    (hit,) = index.search(query("000.00.18.H40.2011.01.TH")).hits
    assert (hit.case_file_id, hit.page, hit.document_id) == (wanted, None, None)


@pytest.mark.parametrize(
    "typed", ['" OR 1', "NEAR(a b)", "folded:x", "a*", "(((b", "'; DROP TABLE entry;--", "AND"]
)
def test_what_looks_like_syntax_is_only_words(index: SearchIndex, typed: str) -> None:
    wanted = put(index, "or 1 near a b folded x drop table entry and")
    assert found(index, typed) == [wanted]


def test_a_snippet_marks_the_words_as_they_are_printed(index: SearchIndex) -> None:
    put(index, f"Phần đầu. {PHRASE} <b>công trình</b>\x02")
    (hit,) = index.search(query("ban giao mat bang")).hits
    for word in ("bàn", "giao", "mặt", "bằng"):
        assert f"{FOUND}{word}{END}" in hit.snippet
    assert hit.snippet.count(FOUND) == hit.snippet.count(END)
    assert "<b>" in hit.snippet


@pytest.mark.parametrize(
    "word",
    ["ß", "İstanbul", "Ⅷ", "x²", "½", "ﬁle", "漢字", "ไทย", "Đà", "ưỡ", "a" * 300, "số_1", "ª"],
)
def test_any_word_of_letters_and_digits_is_found(index: SearchIndex, word: str) -> None:
    wanted = put(index, f"trước {word} sau")
    put(index, "trước sau")
    assert found(index, word) == [wanted]
    assert found(index, f'"trước {word} sau"') == [wanted]


def test_an_account_finds_only_what_its_agencies_hold(index: SearchIndex) -> None:
    works = put(index, PHRASE)
    ward = put(index, PHRASE, agency_id=WARD)
    for agencies, wanted in [
        (None, {works, ward}),
        (frozenset({WORKS}), {works}),
        (frozenset({WARD}), {ward}),
        (frozenset[UUID](), set[UUID]()),
    ]:
        visible = Visibility(agencies, None)
        page = index.search(query("mặt bằng", visible=visible))
        assert {hit.case_file_id for hit in page.hits} == wanted
        assert (page.total, page.case_files) == (len(wanted), len(wanted))
        facets = index.facets(query("mặt bằng", visible=visible))
        assert sum(facets["agency"].values()) == len(wanted)


def test_every_case_file_that_is_found_is_named_once(index: SearchIndex) -> None:
    many = {put(index, PHRASE, agency_id=WARD) for _ in range(3)}
    works = put(index, PHRASE)
    put(index, "chuyện khác")
    asked = query("mặt bằng", limit=1)
    assert sorted(index.case_files(asked)) == sorted({*many, works})
    of_ward = query("mặt bằng", visible=Visibility(frozenset({WARD}), None), by="document")
    assert sorted(index.case_files(of_ward)) == sorted(many)
    narrowed = query("mặt bằng", filters=Filters(agencies=frozenset({WORKS})))
    assert list(index.case_files(narrowed)) == [works]


def test_a_filter_never_widens_what_one_may_see(index: SearchIndex) -> None:
    put(index, PHRASE, agency_id=WARD)
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}))
    filters = Filters(agencies=frozenset({WARD}))
    assert found(index, "mặt bằng", visible=visible, filters=filters) == []
    asked = index.facets(query("mặt bằng", visible=visible, filters=filters))
    assert not any(asked[dimension] for dimension in asked)


def test_conditional_material_is_found_by_its_reduced_data_and_by_nothing_else(
    index: SearchIndex,
) -> None:
    case_file_id = uuid4()
    pages = [
        entry(case_file_id, "Danh sách nhận tiền đền bù, hộ bà Mẫu", mode="02", page=None),
        entry(case_file_id, "Danh sách nhận tiền đền bù", mode="02", page=None, reduced=True),
        entry(case_file_id, "Nguyễn Văn Mẫu nhận tiền đền bù", mode="02", page=1),
    ]
    index.replace_many([case_file_id], pages)
    reader = Visibility(None, frozenset({"01"}))
    assert found(index, "đền bù", visible=reader) == []
    told = index.search(query("đền bù", visible=replace(reader, titles=True)))
    assert [(hit.page, hit.snippet) for hit in told.hits] == [(None, "")]
    assert told.total == 1
    for hidden in ("Nguyễn Văn Mẫu", "hộ bà Mẫu"):
        assert found(index, hidden, visible=replace(reader, titles=True)) == []
    for modes in (frozenset({"01", "02"}), None):
        for titles in (True, False):
            sees = Visibility(None, modes, titles=titles)
            assert len(found(index, "đền bù", visible=sees)) == 2
            assert len(found(index, "bà Mẫu", visible=sees)) == 1


@pytest.mark.parametrize("scope", ["case_file_id", "document_id", "fonds", "series", "agency_id"])
@pytest.mark.parametrize("by", ["page", "document"])
def test_what_is_granted_is_found_as_if_it_were_open_and_nothing_beside_it(
    index: SearchIndex, scope: str, by: By
) -> None:
    of = {"fonds": str(uuid4()), "series": str(uuid4())}
    mine, other = (
        entry(uuid4(), "hộ bà Mẫu nhận đền bù", mode="02", agency_id=agency, **part)
        for agency, part in ((WARD, of), (WORKS, {}))
    )
    for one in (mine, other):
        reduced = replace(one, text="đền bù", reduced=True, page=None)
        index.replace_many([one.case_file_id], [replace(one, page=None), reduced, one])
    granted = frozenset({(str(getattr(mine, scope)), "02")})
    reader = Visibility(None, frozenset({"01"}), granted=granted)
    told = index.search(query("bà Mẫu", visible=reader, by=by))
    assert {hit.case_file_id for hit in told.hits} == {mine.case_file_id}
    assert all("Mẫu" in hit.snippet.replace(FOUND, "").replace(END, "") for hit in told.hits)
    asked = query("đền bù", visible=replace(reader, titles=True), by=by)
    either = {hit.case_file_id: hit.reduced for hit in index.search(asked).hits}
    assert either == {mine.case_file_id: False, other.case_file_id: True}
    assert sum(index.facets(asked)["agency"].values()) == index.search(asked).total
    assert index.known(["mau"], reader) == {"mau"}
    under_another = frozenset({(str(getattr(mine, scope)), "03")})
    lower = Visibility(None, frozenset({"01"}), granted=under_another)
    for visible in (Visibility(None, frozenset({"01"})), lower):
        assert found(index, "bà Mẫu", visible=visible) == []
        assert index.known(["mau"], visible) == frozenset()
        assert index.begun(["ma"], visible, limit=9) == []
    seen = {begun.document_id for begun in index.begun(["ma"], reader, limit=9)}
    assert seen == {mine.document_id}


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), "abc"),
        (Filters(years=frozenset({2011})), "ab"),
        (Filters(years=frozenset({2011, 2019})), "abc"),
        (Filters(types=frozenset({"20"})), "ac"),
        (Filters(agencies=frozenset({WARD})), "c"),
        (Filters(from_on=dt.date(2011, 3, 18)), "abc"),
        (Filters(from_on=dt.date(2011, 3, 19)), "bc"),
        (Filters(to_on=dt.date(2011, 3, 18)), "ab"),
        (Filters(to_on=dt.date(2010, 12, 31)), ""),
        (Filters(years=frozenset({2011}), types=frozenset({"22"})), "b"),
        (Filters(sources=frozenset({"02"})), "c"),
        (Filters(fonds=frozenset({"f2"})), "c"),
        (Filters(series=frozenset({"s1"})), "a"),
        (Filters(issuers=frozenset({"UBND phường An Bình"})), "b"),
        (Filters(signers=frozenset({"Đỗ Văn Mẫu"}), terms=frozenset({"20"})), "b"),
        (Filters(terms=frozenset({"permanent", "20"})), "bc"),
        (Filters(formats=frozenset({"docx"})), "c"),
        (Filters(languages=frozenset({"02"}), years=frozenset({2011})), ""),
    ],
)
def test_filters_narrow_and_combine(index: SearchIndex, filters: Filters, wanted: str) -> None:
    cases = {
        put(index, PHRASE, series="s1"): "a",
        put(
            index,
            PHRASE,
            type="22",
            date="2011",
            issuer="UBND phường An Bình",
            signer="Đỗ Văn Mẫu",
            term="20",
        ): "b",
        put(
            index,
            PHRASE,
            agency_id=WARD,
            year=2019,
            date="2019-05-22",
            source="02",
            fonds="f2",
            term="permanent",
            format="docx",
            language="02",
        ): "c",
    }
    hits = found(index, "mặt bằng", filters=filters)
    assert "".join(sorted(cases[case_file_id] for case_file_id in hits)) == wanted


def test_facets_count_what_each_value_would_leave(index: SearchIndex) -> None:
    put(index, PHRASE)
    put(index, PHRASE, type="22")
    put(index, PHRASE, year=2019)
    facets = index.facets(query("mặt bằng", filters=Filters(types=frozenset({"20"}))))
    assert facets["type"] == {"20": 2, "22": 1}
    assert facets["year"] == {"2011": 1, "2019": 1}
    assert list(facets["mode"].items()) == [("01", 2)]
    assert facets["signer"] == {}


def test_the_search_within_one_case_file_finds_nothing_else(index: SearchIndex) -> None:
    wanted, _ = put(index, PHRASE), put(index, PHRASE)
    filters = Filters(case_files=frozenset({wanted}))
    assert found(index, "mặt bằng", filters=filters) == [wanted]
    assert index.facets(query("mặt bằng", filters=filters))["year"] == {"2011": 1}


@pytest.mark.parametrize("by", ["page", "document"])
def test_facets_tell_nothing_of_what_may_not_be_seen(index: SearchIndex, by: str) -> None:
    put(index, PHRASE, signer="Lê Thị Mẫu")
    asked = query("mặt bằng", by=by, visible=Visibility(None, frozenset({"01"})))
    before = index.facets(asked)
    put(index, PHRASE, mode="03", signer="Đỗ Văn Kín", series="s9", format="xlsx", term="5")
    assert index.facets(asked) == before


def test_titles_and_codes_are_in_vietnamese_order(index: SearchIndex) -> None:
    titles = ["Ân cần", "An bài", "Đất đai", "dân sinh", "Ăn ở", "ấn định", "E ngại"]
    made = {put(index, PHRASE, document_title=title): title for title in titles}
    hits = found(index, "mặt bằng", order="title")
    assert [made[case_file_id] for case_file_id in hits] == [
        "An bài", "Ăn ở", "Ân cần", "ấn định", "dân sinh", "Đất đai", "E ngại",
    ]  # fmt: skip


def test_hits_are_skipped_as_they_are_shown(index: SearchIndex) -> None:
    for year in range(10, 22):
        put(index, PHRASE, date=f"20{year}-01-01")
    asked = query("mặt bằng", order="oldest", limit=5)
    whole = [hit.date for hit in index.search(replace(asked, limit=20)).hits]
    assert whole == sorted(filter(None, whole))
    late = index.search(replace(asked, skip=10))
    assert ([hit.date for hit in late.hits], late.total) == (whole[10:], 12)
    assert index.search(replace(asked, skip=10**9)).hits == []


@pytest.mark.parametrize("by", ["page", "document"])
@pytest.mark.parametrize("order", get_args(Order))
def test_cursors_lead_through_every_hit_once(index: SearchIndex, by: str, order: str) -> None:
    put_in = {put(index, PHRASE, date=f"20{year}-01-01") for year in range(10, 22)}
    seen: list[UUID] = []
    asked = query("mặt bằng", by=by, order=order, limit=5)
    while True:
        page = index.search(asked)
        assert page.total == len(put_in)
        seen += [hit.case_file_id for hit in page.hits]
        if page.cursor is None:
            break
        asked = replace(asked, cursor=page.cursor)
    assert len(seen) == len(put_in)
    assert set(seen) == put_in


def test_newest_first_goes_by_the_date_of_the_document(index: SearchIndex) -> None:
    old = put(index, PHRASE, date="2010-01-01")
    none = put(index, PHRASE, date=None)
    new = put(index, PHRASE, date="2020-01-01")
    assert found(index, "mặt bằng", order="newest") == [new, old, none]


@pytest.mark.parametrize("cursor", ["", "x", "*", "NTpkZWFkYmVlZg", "é"])
def test_a_cursor_that_is_not_ours_is_refused(index: SearchIndex, cursor: str) -> None:
    with pytest.raises(CursorInvalidError):
        index.search(query("mặt bằng", cursor=cursor))


def test_a_cursor_of_another_query_is_refused(index: SearchIndex) -> None:
    for _ in range(3):
        put(index, PHRASE)
    cursor = index.search(query("mặt bằng", limit=1)).cursor
    assert cursor is not None
    with pytest.raises(CursorInvalidError):
        index.search(query("bàn giao", cursor=cursor))
    narrower = Visibility(frozenset({WORKS}), None)
    with pytest.raises(CursorInvalidError):
        index.search(query("mặt bằng", cursor=cursor, visible=narrower))


def test_a_document_is_one_hit_with_its_best_pages(index: SearchIndex) -> None:
    case_file_id = uuid4()
    texts = {1: "Mở đầu", 2: f"{PHRASE}. " * 3, 3: PHRASE + " và nhiều chữ khác", 4: PHRASE}
    index.replace_many(
        [case_file_id], [entry(case_file_id, texts[page], page=page) for page in texts]
    )
    put(index, PHRASE)
    page = index.search(query("mặt bằng", by="document"))
    assert (page.total, page.case_files, len(page.hits)) == (2, 2, 2)
    (hit,) = [hit for hit in page.hits if hit.case_file_id == case_file_id]
    assert hit.pages == 3
    assert sorted([hit.page or 0, *(more.page or 0 for more in hit.further)]) == [2, 3, 4]
    assert all(FOUND in more.snippet for more in hit.further)
    assert index.search(query("mặt bằng")).total == 4


def test_what_says_more_of_it_comes_first(index: SearchIndex) -> None:
    filling = "và nhiều chữ khác " * 40
    once = put(index, f"Giấy mời {filling} kè, rồi bờ")
    apart = put(index, f"Bờ {filling} kè {filling}")
    often = put(index, f"Kè {filling} bờ và kè và bờ và kè và bờ")
    short = put(index, "Kè bờ hữu sông")
    assert found(index, "ke bo") == [short, often, once, apart]


def seen(index: SearchIndex, visible: Visibility) -> list[object]:
    """All that these searches tell."""
    told: list[object] = []
    for typed in ("kè", "bờ", "ke bo", "kè bờ", '"bờ tả"', "ke va bo"):
        for by, order in product(("page", "document"), ("relevance", "newest")):
            asked = query(typed, visible=visible, by=by, order=order, limit=5)
            page = index.search(asked)
            told += [page, index.search(replace(asked, cursor=page.cursor)), index.facets(asked)]
            told.append(list(index.case_files(asked)))
    return told


def test_nothing_that_is_found_tells_of_what_one_may_not_see(index: SearchIndex) -> None:
    """How rare a word is would: hidden entries with the same words changed score and order."""
    texts = ("kè bờ hữu", "bờ tả, bờ tả", "kè và kè rồi kè", "kè", "bờ", "kè bờ kè bờ " * 30)
    for number, text in enumerate(texts):
        for more in ("", " và nhiều chữ khác" * 9 * number):
            put(index, text + more, agency_id=WORKS)
    visible = Visibility(frozenset({WORKS}), frozenset({"01"}), titles=True)
    before = seen(index, visible)
    for number in range(60):
        put(index, "kè " * number + "hữu tả", agency_id=WARD, mode="01")
        put(index, "bờ tả kè bờ", agency_id=WORKS, mode="02", page=1)
        put(index, "kè", agency_id=WORKS, mode="03")
    assert seen(index, visible) == before
