"""What people who scan do wrong is doubted, with both pages; good batches are left in peace."""

import dataclasses
import random
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from archive_service import messages
from archive_service.domain.intake.finding import Severity
from digitize.batches.doubts.doubts import batch_doubts
from digitize.batches.doubts.seen import Doubt, ListedDocument, SeenDocument, SeenPage
from digitize.batches.doubts.traits import PageTraits, traits_of
from digitize.page_one.proposals import Proposal, read_page_one
from tests.worlds.papers.nd30_papers import Made, make_document, read_print, with_words

CODE = "H40.18.2025.07.QLCT"
SEED = 63_000


class Batch:
    """Pages and documents in the order of the scanner, to be disturbed."""

    def __init__(self, made: Sequence[Made]) -> None:
        self.pages: list[SeenPage] = []
        self.documents: list[SeenDocument] = []
        for ordinal, one in enumerate(made, start=1):
            key = uuid4()
            self.documents.append(SeenDocument(key, CODE, ordinal, read_page_one(one.readings)))
            for number, reading in enumerate(one.readings, start=1):
                name = f"{ordinal}-{number}.jpg"
                self.pages.append(SeenPage(uuid4(), name, key, traits_of(reading)))

    def doubts(self, listed: Sequence[ListedDocument] = ()) -> list[Doubt]:
        return batch_doubts(self.pages, self.documents, listed)

    def told(self, listed: Sequence[ListedDocument] = ()) -> list[tuple[str, ...]]:
        return [(doubt.code, *(page.name for page in doubt.pages)) for doubt in self.doubts(listed)]

    def at(self, name: str) -> int:
        return next(at for at, page in enumerate(self.pages) if page.name == name)


@pytest.mark.parametrize("error_rate", [0.0, 0.02])
def test_forty_good_documents_raise_no_doubt(tmp_path: Path, error_rate: float) -> None:
    batch = Batch(
        [make_document(SEED + number, tmp_path, error_rate=error_rate) for number in range(40)]
    )
    assert len(batch.pages) > 50
    assert batch.told() == []


def test_a_missing_page_is_seen_by_the_printed_numbers(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED, tmp_path, pages=4)])
    del batch.pages[batch.at("1-3.jpg")]
    assert batch.told() == [("page-number-gap", "1-4.jpg", "1-2.jpg")]
    (doubt,) = batch.doubts()
    assert (doubt.facts["before"], doubt.facts["after"], doubt.facts["missing"]) == (2, 4, 1)


def test_a_blank_page_may_be_counted_as_in_a_book_and_a_missing_one_is_seen_all_the_same(
    tmp_path: Path,
) -> None:
    """Its number is nobody's; where backs are blank throughout, no number counts them."""
    book = Batch([make_document(SEED, tmp_path, pages=4)])
    third = book.at("1-3.jpg")
    book.pages[third] = dataclasses.replace(book.pages[third], traits=None, blank=True)
    assert book.told() == []
    single = Batch([make_document(SEED, tmp_path, pages=4)])
    del single.pages[single.at("1-3.jpg")]
    for page in list(single.pages):
        back = SeenPage(uuid4(), f"{page.name} back", page.document, None, blank=True)
        single.pages.insert(single.at(page.name) + 1, back)
    assert single.told() == [("page-number-gap", "1-4.jpg", "1-2.jpg")]


def test_the_second_of_three_sheets_is_missed_though_a_blank_back_stands_in_its_place(
    tmp_path: Path,
) -> None:
    batch = Batch([make_document(SEED, tmp_path, pages=3)])
    del batch.pages[batch.at("1-2.jpg")]
    for page in list(batch.pages):
        back = SeenPage(uuid4(), f"{page.name} back", page.document, None, blank=True)
        batch.pages.insert(batch.at(page.name) + 1, back)
    assert [code for code, *_ in batch.told()] == ["page-number-first"]


def test_a_document_that_begins_in_the_middle_misses_its_first_page(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED, tmp_path, pages=3)])
    del batch.pages[0]
    assert batch.told() == [("page-number-first", "1-2.jpg")]


def test_pages_in_wrong_order_are_seen_by_the_printed_numbers(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED, tmp_path, pages=4)])
    batch.pages[1], batch.pages[2] = batch.pages[2], batch.pages[1]
    assert {code for code, *_ in batch.told()} == {"page-order"}, "none of them is missing"


def test_a_misread_number_is_no_gap(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED, tmp_path, pages=4)])
    at = batch.at("1-3.jpg")
    batch.pages[at] = _with(batch.pages[at], printed=8)
    assert batch.told() == []


def test_numbers_that_were_not_read_say_nothing(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED, tmp_path, pages=4)])
    for at, page in enumerate(batch.pages):
        batch.pages[at] = _with(page, printed=None)
    assert batch.told() == []


@pytest.mark.parametrize(
    ("printed", "left", "top"),
    [
        ("3", 0.88, 0.955),  # as before 2020
        ("- 3 -", 0.48, 0.955),
        ("Trang 3/5", 0.82, 0.955),
        ("Trang 3", 0.47, 0.03),
        ("3/5", 0.48, 0.03),
        ("ii", 0.48, 0.03),
        ("3", 0.88, 0.85),  # the last cell of a table
        ("3", 0.9, 0.03),  # the number of a sheet, which goes on through the whole case file
    ],
)
def test_a_page_number_is_known_in_either_margin(
    tmp_path: Path, printed: str, left: float, top: float
) -> None:
    reading = make_document(SEED, tmp_path, pages=1).readings[0]
    numbered = traits_of(with_words(reading, printed, left=left, top=top))
    outside = top > 0.9 or (top < 0.1 and left < 0.6)
    assert numbered.printed == (3 if outside and printed != "ii" else None)


@pytest.mark.parametrize("item", ["a) Phòng Tổng hợp", "2. Kinh phí từ", "- các phòng liên quan"])
def test_an_item_of_a_list_goes_on_with_no_sentence(tmp_path: Path, item: str) -> None:
    reading = make_document(SEED, tmp_path, pages=2).readings[1]
    traits = traits_of(with_words(reading, f"{item} thực hiện việc", left=0.2, top=0.05))
    assert traits.continues is False
    word = traits_of(with_words(reading, "các phòng liên quan thực hiện", left=0.2, top=0.05))
    assert word.continues


def test_an_annex_that_counts_anew_is_no_gap(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED, tmp_path, pages=3)])
    annex = make_document(SEED + 1, tmp_path, pages=3)
    for number, reading in enumerate(annex.readings, start=1):
        traits = dataclasses.replace(traits_of(reading), opens=False, codes=frozenset())
        name, document = f"annex-{number}.jpg", batch.documents[0].id
        batch.pages.append(SeenPage(uuid4(), name, document, traits))
    assert [code for code, *_ in batch.told() if "number" in code or "order" in code] == []


def test_sentences_tell_the_order_where_no_number_stands() -> None:
    def page(name: str, *, continues: bool, goes_on: bool, opens: bool = False) -> SeenPage:
        traits = PageTraits(opens=opens, continues=continues, goes_on=goes_on, words=(name,) * 9)
        return SeenPage(uuid4(), name, document, traits)

    document = uuid4()
    good = [
        page("a", continues=False, goes_on=True, opens=True),
        page("b", continues=True, goes_on=False),
        page("c", continues=False, goes_on=False),
    ]
    documents = [SeenDocument(document, CODE, 1)]
    assert batch_doubts(good, documents, []) == []
    swapped = [good[0], good[2], good[1]]
    assert [batch_doubt.code for batch_doubt in batch_doubts(swapped, documents, [])] == [
        "page-order-text"
    ]


def test_a_page_scanned_twice_is_seen_though_it_was_read_otherwise(tmp_path: Path) -> None:
    made = make_document(SEED + 5, tmp_path, pages=2)
    batch = Batch([made, make_document(SEED + 6, tmp_path)])
    again = list(read_print(made.pdf, random.Random(1), error_rate=0.02))[1]
    twin = SeenPage(uuid4(), "again.jpg", batch.documents[0].id, traits_of(again))
    batch.pages.insert(2, twin)
    assert batch.told() == [("page-scanned-twice", "again.jpg", "1-2.jpg")]
    batch.pages.pop(2)
    batch.pages.append(dataclasses.replace(twin, document=batch.documents[1].id))
    assert ("page-scanned-twice", "again.jpg", "1-2.jpg") in batch.told(), "across documents"


def test_a_page_that_lies_in_another_open_batch_too_names_that_batch(tmp_path: Path) -> None:
    made = make_document(SEED + 7, tmp_path, pages=1)
    batch = Batch([made])
    other = dataclasses.replace(batch.pages[0], id=uuid4(), document=None, batch="2026-0007")
    (doubt,) = batch_doubts(batch.pages, batch.documents, [], others=[other])
    assert doubt.code == "page-scanned-elsewhere"
    assert doubt.facts["batch"] == "2026-0007"


def test_a_form_filled_in_anew_is_another_page(tmp_path: Path) -> None:
    form = (
        "giấy mời kính gửi ông bà {} sinh ngày {} thôn {} đến họp tại hội trường ủy ban nhân dân "
        "xã vào hồi tám giờ ngày {} nội dung bàn giao đất đề nghị đến đúng giờ và mang theo giấy "
        "tờ tùy thân cùng các tài liệu có liên quan để làm việc xin trân trọng cảm ơn ./."
    )
    filled = [
        form.format("Lò Văn Pảnh", "3 5 1961", "Nà Sáng", "12 4 2021"),
        form.format("Vi Thị Mai", "17 9 1970", "Khe Lạnh", "12 4 2021"),
    ]
    document = uuid4()
    pages = [
        SeenPage(uuid4(), str(at), document, PageTraits(words=tuple(text.split())), "0f" * 32)
        for at, text in enumerate(filled)
    ]
    assert batch_doubts(pages, [SeenDocument(document, CODE, 1)], []) == []


def _text(number: int, words: int = 120) -> tuple[str, ...]:
    """Words of one page, as no other page has them."""
    chance = random.Random(number)
    return tuple(f"{chance.choice('abcdegh')}{chance.randrange(10**6)}" for _ in range(words))


def test_a_sheet_that_is_there_many_times_is_told_each_time_with_how_often() -> None:
    document = uuid4()
    pages = [
        SeenPage(uuid4(), f"{at}", document, PageTraits(words=_text(0 if at % 2 else at)))
        for at in range(2, 62)
    ]
    told = batch_doubts(pages, [SeenDocument(document, CODE, 1)], [])
    assert [doubt.pages[0].name for doubt in told] == [f"{at}" for at in range(5, 62, 2)]
    assert {doubt.pages[1].name for doubt in told} == {"3"}
    assert {doubt.facts["times"] for doubt in told} == {30}


def test_a_form_scanned_twice_is_found_among_many_that_are_filled_in_anew() -> None:
    form, document = _text(0, 90), uuid4()
    filled = [(*form[:40], *_text(1000 + at, 20), *form[40:]) for at in range(40)]
    pages = [
        SeenPage(uuid4(), str(at), document, PageTraits(words=words), "0f" * 32)
        for at, words in enumerate([*filled, filled[30]])
    ]
    (doubt,) = batch_doubts(pages, [SeenDocument(document, CODE, 1)], [])
    assert [page.name for page in doubt.pages] == ["40", "30"]


def test_blank_pages_are_alike_and_that_says_nothing() -> None:
    document = uuid4()
    pages = [SeenPage(uuid4(), str(at), document, None, "", "ab" * 32, blank=True) for at in (1, 2)]
    assert batch_doubts(pages, [SeenDocument(document, CODE, 1)], []) == []


def test_drawings_of_one_look_are_the_same_sheet_and_others_are_not() -> None:
    document, look = uuid4(), random.Random(3).getrandbits(256)
    near, far = look ^ 0b1011 << 40, look ^ random.Random(4).getrandbits(256)
    pages = [
        SeenPage(uuid4(), name, document, None, f"{bits:064x}")
        for name, bits in (("map", look), ("map again", near), ("other map", far))
    ]
    told = batch_doubts(pages, [SeenDocument(document, CODE, 1)], [])
    assert [(doubt.code, doubt.pages[0].name) for doubt in told] == [
        ("page-scanned-twice", "map again")
    ]


def test_a_document_inside_of_another_one_is_seen_by_its_head(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED + 8, tmp_path, pages=2), make_document(SEED + 9, tmp_path)])
    inside = batch.at("2-1.jpg")
    first = batch.documents[0].id
    batch.pages[inside] = dataclasses.replace(batch.pages[inside], document=first)
    assert ("page-opens-document", "2-1.jpg", "1-1.jpg") in batch.told()


def test_a_label_with_another_code_belongs_elsewhere(tmp_path: Path) -> None:
    made = make_document(SEED + 10, tmp_path, pages=1)
    own = with_words(made.readings[0], CODE, left=0.05, top=0.02)
    other = with_words(made.readings[0], "000.00.18.H40.2011.01.TH", left=0.05, top=0.02)
    document = SeenDocument(uuid4(), CODE, 1)
    for reading, codes in ((own, []), (other, ["page-code-differs"])):
        page = SeenPage(uuid4(), "1.jpg", document.id, traits_of(reading))
        assert [batch_doubt.code for batch_doubt in batch_doubts([page], [document], [])] == codes


def test_a_label_of_before_2020_names_the_same_agency(tmp_path: Path) -> None:
    reading = make_document(SEED + 10, tmp_path, pages=1).readings[0]
    document = SeenDocument(uuid4(), CODE, 1)
    for code, codes in (
        ("000.00.18.H40.2025.07.QLCT", []),
        ("000.00.18.H40.2025.07", []),
        ("000.03.18.H40.2025.07.QLCT", ["page-code-differs"]),
        ("000.00.18.H40.2025.08.QLCT", ["page-code-differs"]),
    ):
        for top in (0.02, 0.955):
            label = with_words(reading, code, left=0.05, top=top)
            page = SeenPage(uuid4(), "1.jpg", document.id, traits_of(label))
            assert [
                batch_doubt.code for batch_doubt in batch_doubts([page], [document], [])
            ] == codes


def test_a_page_with_the_names_of_another_document_belongs_there() -> None:
    def page(document: UUID, name: str, *names: str) -> SeenPage:
        return SeenPage(uuid4(), name, document, PageTraits(names=frozenset(names)))

    one, two = uuid4(), uuid4()
    ours = ("da ngan", "soi tram", "ben ngu", "vu hai yen")
    theirs = ("na sang", "ban vuong", "khe lanh", "tran van bach")
    pages = [
        page(one, "1-1", *ours),
        page(one, "1-2", *theirs[:3]),
        page(two, "2-1", *theirs),
        page(two, "2-2", *theirs),
    ]
    documents = [SeenDocument(one, CODE, 1), SeenDocument(two, CODE, 2)]
    told = batch_doubts(pages, documents, [])
    assert [(doubt.code, doubt.pages[0].name) for doubt in told] == [
        ("page-belongs-elsewhere", "1-2")
    ]
    assert told[0].pages[1].name == "2-1"


def test_a_document_of_the_list_that_the_batch_leaves_out_is_a_gap(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED + at, tmp_path) for at in (11, 12)])
    batch.documents[1] = dataclasses.replace(batch.documents[1], ordinal=3)
    listed = [ListedDocument(CODE, ordinal) for ordinal in (1, 2, 3, 4)]
    (gap,) = [doubt for doubt in batch.doubts(listed) if doubt.code == "document-ordinal-gap"]
    assert gap.facts["missing"] == "2"
    there = [dataclasses.replace(row, awaits_pages=row.ordinal != 2) for row in listed]
    assert not [doubt for doubt in batch.doubts(there) if doubt.code == "document-ordinal-gap"]


def test_one_number_on_two_documents_and_a_hole_in_a_series_are_doubted() -> None:
    numbers = [11, 12, 13, 15, 16, 17, 17]
    documents = [_numbered(number) for number in numbers]
    pages = [SeenPage(uuid4(), str(at), document.id, None) for at, document in enumerate(documents)]
    told = {batch_doubt.code: batch_doubt for batch_doubt in batch_doubts(pages, documents, [])}
    assert set(told) == {"document-number-gap", "document-number-doubled"}
    assert told["document-number-gap"].facts["missing"] == "14"
    assert told["document-number-doubled"].facts["number"] == "17/QĐ-SCT"


def test_an_issuer_misread_or_not_read_is_no_gap_and_hides_no_double() -> None:
    good = [_numbered(number) for number in range(11, 19)]
    misread = _numbered(15, issuer="SỞ CÔNG TRỈNN")
    unread = _numbered(16, issuer="")
    documents = [*good[:4], misread, unread, *good[6:]]
    assert batch_doubts([], documents, []) == []
    other = _numbered(13, issuer="BAN QUẢN LÝ DỰ ÁN")
    assert batch_doubts([], [*documents, other], []) == []
    for again in (good[4], good[5]):
        (doubt,) = batch_doubts([], [*documents, again], [])
        assert doubt.code == "document-number-doubled"


def test_numbers_of_a_case_file_that_are_no_series_have_no_gaps() -> None:
    documents = [_numbered(number) for number in (11, 45, 46, 126, 305, 611)]
    assert batch_doubts([], documents, []) == []


def test_a_document_that_is_listed_in_another_place_is_doubted(tmp_path: Path) -> None:
    batch = Batch([make_document(SEED + 13, tmp_path)])
    read = batch.documents[0].proposals
    fields = {name: read[name].value for name in ("number", "symbol", "date")}
    here, elsewhere = ListedDocument(CODE, 1, fields), ListedDocument(CODE, 4, fields)
    assert batch.told([here, elsewhere]) == []
    (doubt,) = batch.doubts([ListedDocument(CODE, 1, {"number": "9"}), elsewhere])
    assert (doubt.code, doubt.facts["ordinal"]) == ("document-listed-elsewhere", 4)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_doubt_has_words_and_is_a_warning_with_its_pages(lang: str, tmp_path: Path) -> None:
    page = SeenPage(uuid4(), "1.jpg", None, None)
    codes = {
        key.split(".")[1]
        for key in messages.load(lang)
        if key.startswith(("findings.page-", "findings.document-"))
    }
    for code in codes:
        finding = Doubt(code, (page, page)).finding()
        assert finding.severity is Severity.WARNING
        assert finding.facts["pages"] == [str(page.id)] * 2
        assert messages.finding(code, lang, finding.facts).message


def _numbered(number: int, *, issuer: str = "SỞ CÔNG TRÌNH") -> SeenDocument:
    def read(value: str) -> Proposal:
        return Proposal(value, value, 95.0, 0, (0.0, 0.0, 1.0, 1.0))

    proposals = {
        "number": read(str(number)),
        "symbol": read("QĐ-SCT"),
        "date": read("2025-03-03"),
    }
    if issuer:
        proposals["issuer"] = read(issuer)
    return SeenDocument(uuid4(), CODE, None, proposals)


def _with(page: SeenPage, *, printed: int | None) -> SeenPage:
    assert page.traits is not None
    return dataclasses.replace(page, traits=dataclasses.replace(page.traits, printed=printed))
