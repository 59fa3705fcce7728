"""Changes after signing that no drawing of the page shows, and changes lost among others."""

from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.report import Outcome
from tests.worlds.changed_papers import (
    AMOUNT,
    Edit,
    append,
    field_of,
    form_paper,
    look_of,
    page_of,
    put_on_page,
    report_of,
)
from tests.worlds.simulated_signing import Hierarchy, day, sign

SIGNED = day(2021, 3)
WORDS = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def
/CMapType 2 def 1 begincodespacerange <00> <ff> endcodespacerange
1 beginbfrange <20> <7e> <0029> endbfrange endcmap end end"""


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture
def signed(tmp_path: Path, authority: Hierarchy) -> Path:
    paper = form_paper(tmp_path / "paper.pdf")
    return sign(paper, tmp_path / "signed.pdf", authority.person(), at=SIGNED)


def _other_meaning(writer: IncrementalPdfFileWriter) -> None:
    """The glyphs are the same; what is copied from the page is not."""
    font = page_of(writer, 0)["/Resources"]["/Font"]["/F1"]
    font[name("/ToUnicode")] = writer.add_object(generic.StreamObject(stream_data=WORDS))
    writer.update_container(font)


def _unseen_words(writer: IncrementalPdfFileWriter) -> None:
    """Printed without ink, as a layer of recognized text is."""
    page = page_of(writer, 1)
    data = b"BT 3 Tr /F1 12 Tf 72 300 Td (Huy bo) Tj ET"
    more = writer.add_object(generic.StreamObject(stream_data=data))
    page[name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), more])
    writer.update_container(page)


def _other_unit(writer: IncrementalPdfFileWriter) -> None:
    page = page_of(writer, 1)
    page[name("/UserUnit")] = generic.NumberObject(2)
    writer.update_container(page)


def _other_trim(writer: IncrementalPdfFileWriter) -> None:
    page = page_of(writer, 1)
    page[name("/TrimBox")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 500)))
    writer.update_container(page)


def _page_in_place_of_another(writer: IncrementalPdfFileWriter) -> None:
    """Page 2 twice, by a new tree of pages; no object of either page is touched."""
    pages = writer.root["/Pages"]
    tree = generic.DictionaryObject({key: pages.raw_get(key) for key in pages})
    tree[name("/Kids")] = generic.ArrayObject([pages["/Kids"].raw_get(1)] * 2)
    writer.root[name("/Pages")] = writer.add_object(tree)
    writer.update_root()


def _pop_up(*, look: bool) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        box = generic.ArrayObject(map(generic.NumberObject, (72, 600, 272, 624)))
        told = generic.DictionaryObject({name("/Subtype"): name("/Popup"), name("/Rect"): box})
        if look:
            picture = writer.add_object(look_of(writer, "Huy bo"))
            told[name("/AP")] = generic.DictionaryObject({name("/N"): picture})
        put_on_page(writer, 1, told)

    return edit


@pytest.mark.parametrize(
    ("edit", "kind", "page"),
    [
        (_other_meaning, ChangeKind.PAGE_TEXT, "1"),
        (_unseen_words, ChangeKind.PAGE_TEXT, "2"),
        (_other_unit, ChangeKind.PAGE_LOOK, "2"),
        (_other_trim, ChangeKind.PAGE_LOOK, "2"),
        (_page_in_place_of_another, ChangeKind.PAGE_LOOK, "1"),
        (_pop_up(look=True), ChangeKind.ANNOTATION_ADDED, "2"),
    ],
)
def test_what_programs_or_printers_see_otherwise_is_told(
    signed: Path, authority: Hierarchy, edit: Edit, kind: ChangeKind, page: str
) -> None:
    report = report_of(append(signed, edit), authority)
    assert report.outcome is Outcome.ALTERED_LATER
    assert (kind, page) in [(change.kind, change.place) for change in report.changes]


def _same_size(writer: IncrementalPdfFileWriter) -> None:
    """Written out, though it was understood before."""
    page = page_of(writer, 0)
    page[name("/CropBox")] = generic.ArrayObject(map(generic.FloatObject, (0, 0, 595, 842)))
    page[name("/UserUnit")] = generic.FloatObject("1.0")
    writer.update_container(page)


@pytest.mark.parametrize("edit", [_same_size, _pop_up(look=False)])
def test_the_same_size_and_the_window_of_a_note_are_no_change(
    signed: Path, authority: Hierarchy, edit: Edit
) -> None:
    report = report_of(append(signed, edit), authority)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())


@pytest.mark.parametrize("key", ["/RV", "/DV"])
def test_rich_text_and_what_a_reset_brings_belong_to_the_value(
    signed: Path, authority: Hierarchy, key: str
) -> None:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        field = field_of(writer, AMOUNT)
        field[name(key)] = generic.pdf_string("9000000")
        writer.update_container(field)

    report = report_of(append(signed, edit), authority)
    assert report.outcome is Outcome.FORM_CHANGED_LATER
    assert report.changes == (Change(ChangeKind.FIELD_VALUE, AMOUNT, "", "9000000"),)
