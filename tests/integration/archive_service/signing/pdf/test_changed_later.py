"""What was appended to a signed PDF: told where a reader sees it, and silent where nobody does."""

import shutil
import time
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from archive_service.signing.pdf.later.change import Change, ChangeKind, Weight, weight_of
from archive_service.signing.pdf.later.compare import changes_since
from archive_service.signing.pdf.report import Addition, Outcome, SignatureReport, as_row
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.changed_papers import (
    AMOUNT,
    WHO,
    Edit,
    append,
    field_of,
    fill,
    form_paper,
    look_of,
    page_of,
    put_on_page,
    reference_to,
)
from tests.worlds.simulated_signing import (
    Hierarchy,
    Party,
    add_evidence,
    day,
    free_objects,
    sign,
    sign_seen,
    stamp_document,
)

SIGNED, NOW = day(2021, 3), day(2026, 11)


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture(scope="module")
def person(authority: Hierarchy) -> Party:
    return authority.person()


@pytest.fixture(scope="module")
def trust(authority: Hierarchy) -> Trust:
    lists = authority.root_crl(at=day(2026, 10)), authority.crl(at=day(2026, 10))
    return Trust(roots=(authority.root.der,), revocations=lists)


@pytest.fixture
def signed(tmp_path: Path, person: Party) -> Path:
    paper = form_paper(tmp_path / "paper.pdf")
    return sign(paper, tmp_path / "signed.pdf", person, at=SIGNED)


def first_report(paper: Path, trust: Trust) -> SignatureReport:
    return inspect_signatures(paper, trust, NOW)[0]


def numbers(*given: float) -> generic.ArrayObject:
    return generic.ArrayObject(map(generic.FloatObject, given))


def test_a_field_filled_in_after_signing_is_told_with_both_values(
    signed: Path, trust: Trust
) -> None:
    report = first_report(append(signed, fill(AMOUNT, "9000000")), trust)
    assert (report.outcome, report.trusted) == (Outcome.FORM_CHANGED_LATER, False)
    assert report.changes == (Change(ChangeKind.FIELD_VALUE, AMOUNT, "1000", "9000000"),)
    assert report.added_later is Addition.FORM
    assert as_row(report)["changes"] == [
        {"kind": "field-value", "place": AMOUNT, "old": "1000", "new": "9000000"}
    ]


def test_a_field_below_another_is_told_by_its_full_name(signed: Path, trust: Trust) -> None:
    report = first_report(append(signed, fill(WHO, "Binh", look_too=False)), trust)
    assert report.changes == (Change(ChangeKind.FIELD_VALUE, WHO, "An", "Binh"),)


def test_another_picture_of_the_same_value_is_no_form_filling(signed: Path, trust: Trust) -> None:
    report = first_report(append(signed, fill(AMOUNT, "9000000", value_too=False)), trust)
    assert report.outcome is Outcome.ALTERED_LATER
    assert report.changes == (Change(ChangeKind.FIELD_LOOK, AMOUNT, "", "1"),)


def test_a_change_below_a_further_signature_is_told_of_the_first(
    signed: Path, trust: Trust, authority: Hierarchy, tmp_path: Path
) -> None:
    append(signed, fill(AMOUNT, "9000000"))
    twice = sign(signed, tmp_path / "2.pdf", authority.agency(), at=day(2021, 4), name="B")
    first, second = inspect_signatures(twice, trust, NOW)
    assert (first.outcome, second.outcome) == (Outcome.FORM_CHANGED_LATER, Outcome.VALID)


def test_a_signer_whom_nobody_vouches_for_stays_unknown_whatever_was_changed(
    signed: Path, tmp_path: Path
) -> None:
    """Else an edit without any key would lend value to a signature that has none."""
    strangers = Trust(roots=(Hierarchy().root.der,))
    edits: tuple[tuple[Edit, Addition, str], ...] = (
        (fill(AMOUNT, "9000000"), Addition.FORM, "form-changed-later"),
        (_note, Addition.CONTENT, "altered-later"),
    )
    for edit, added, error in edits:
        report = first_report(
            append(Path(shutil.copy(signed, tmp_path / "copy.pdf")), edit), strangers
        )
        assert report.outcome is Outcome.CHAIN_UNKNOWN
        assert (report.added_later, report.trusted) == (added, False)
        assert error in report.errors


def _tick(writer: IncrementalPdfFileWriter) -> None:
    field = field_of(writer, "DongY")
    field[name("/V")] = field[name("/AS")] = name("/Yes")
    writer.update_container(field)


def _note(writer: IncrementalPdfFileWriter) -> None:
    told = {name("/Subtype"): name("/Text"), name("/Rect"): numbers(400, 600, 420, 620)}
    told[name("/Contents")] = generic.pdf_string("Da sua")
    put_on_page(writer, 1, generic.DictionaryObject(told))


def _link(writer: IncrementalPdfFileWriter) -> None:
    act = generic.DictionaryObject({name("/S"): name("/URI")})
    act[name("/URI")] = generic.pdf_string("http://example.test/")
    told = {name("/Subtype"): name("/Link"), name("/Rect"): numbers(72, 740, 200, 770)}
    put_on_page(writer, 0, generic.DictionaryObject({**told, name("/A"): act}))


def _stray_box(writer: IncrementalPdfFileWriter) -> None:
    """A box that no field of the form names, over the second page."""
    look = generic.DictionaryObject({name("/N"): writer.add_object(look_of(writer, "Huy bo"))})
    told = {name("/Subtype"): name("/Widget"), name("/Rect"): numbers(72, 300, 272, 324)}
    put_on_page(writer, 1, generic.DictionaryObject({**told, name("/AP"): look}))


def _turn(writer: IncrementalPdfFileWriter) -> None:
    page = page_of(writer, 1)
    page[name("/Rotate")] = generic.NumberObject(90)
    writer.update_container(page)


def _write_over(writer: IncrementalPdfFileWriter) -> None:
    data = b"1 1 1 rg 60 600 400 200 re f"
    more = writer.add_object(generic.StreamObject(stream_data=data))
    page = page_of(writer, 0)
    page[name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), more])
    writer.update_container(page)


def _other_words(writer: IncrementalPdfFileWriter) -> None:
    """The stream of a page replaced, its page as it was."""
    stream = page_of(writer, 1)["/Contents"]
    stream._data = stream.data.replace(b"Dong 3", b"Dong 8")
    stream._encoded_data = None
    writer.update_container(stream)


def _more_pages(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/Pages"]
    tree["/Kids"].append(
        writer.add_object(
            generic.DictionaryObject(
                {
                    name("/Type"): name("/Page"),
                    name("/Parent"): reference_to(tree),
                    name("/MediaBox"): numbers(0, 0, 595, 842),
                }
            )
        )
    )
    tree[name("/Count")] = generic.NumberObject(3)
    writer.update_container(tree)


def _fewer_pages(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/Pages"]
    del tree["/Kids"][1]
    tree[name("/Count")] = generic.NumberObject(1)
    writer.update_container(tree)


def _swapped_pages(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/Pages"]
    tree[name("/Kids")] = generic.ArrayObject(reversed(tree["/Kids"]))
    writer.update_container(tree)


def _attach(writer: IncrementalPdfFileWriter) -> None:
    stored = writer.add_object(generic.StreamObject(stream_data=b"gia: 9 ty"))
    told = generic.DictionaryObject(
        {
            name("/Type"): name("/Filespec"),
            name("/F"): generic.pdf_string("bao-gia.txt"),
            name("/EF"): generic.DictionaryObject({name("/F"): stored}),
        }
    )
    pair = generic.ArrayObject([generic.pdf_string("bao-gia.txt"), writer.add_object(told)])
    tree = generic.DictionaryObject({name("/Names"): pair})
    writer.root[name("/Names")] = generic.DictionaryObject({name("/EmbeddedFiles"): tree})
    writer.update_root()


def _script(writer: IncrementalPdfFileWriter) -> None:
    act = generic.DictionaryObject({name("/S"): name("/JavaScript")})
    act[name("/JS")] = generic.pdf_string("app.alert(1)")
    writer.root[name("/OpenAction")] = act
    writer.update_root()


def _layers(writer: IncrementalPdfFileWriter) -> None:
    group = generic.DictionaryObject({name("/Type"): name("/OCG")})
    group[name("/Name")] = generic.pdf_string("Ban cu")
    reference = writer.add_object(group)
    shown = generic.DictionaryObject({name("/OFF"): generic.ArrayObject([reference])})
    writer.root[name("/OCProperties")] = generic.DictionaryObject(
        {name("/OCGs"): generic.ArrayObject([reference]), name("/D"): shown}
    )
    writer.update_root()


def _outline(writer: IncrementalPdfFileWriter) -> None:
    entry = generic.DictionaryObject({name("/Title"): generic.pdf_string("Phu luc")})
    reference = writer.add_object(entry)
    writer.root[name("/Outlines")] = writer.add_object(
        generic.DictionaryObject({name("/First"): reference, name("/Last"): reference})
    )
    writer.update_root()


def _other_font(writer: IncrementalPdfFileWriter) -> None:
    """All pages and boxes draw on it, though none of them was touched."""
    font = page_of(writer, 0)["/Resources"]["/Font"]["/F1"]
    font[name("/BaseFont")] = name("/Courier")
    writer.update_container(font)


def _new_field(writer: IncrementalPdfFileWriter) -> None:
    told = {name("/Subtype"): name("/Widget"), name("/Rect"): numbers(72, 300, 272, 324)}
    told[name("/FT")] = name("/Tx")
    told[name("/T")] = generic.pdf_string("Them")
    told[name("/V")] = generic.pdf_string("moi")
    reference = put_on_page(writer, 1, generic.DictionaryObject(told))
    form = writer.root["/AcroForm"]
    form["/Fields"].append(reference)
    writer.update_container(form["/Fields"])
    writer.update_container(form)


def _field_gone(writer: IncrementalPdfFileWriter) -> None:
    """Taken out of the form; its box stays on the page."""
    field = field_of(writer, AMOUNT)
    form = writer.root["/AcroForm"]
    form["/Fields"].remove(reference_to(field))
    writer.update_container(form["/Fields"])


@pytest.mark.parametrize(
    ("edit", "kinds"),
    [
        (_note, {ChangeKind.ANNOTATION_ADDED}),
        (_link, {ChangeKind.ANNOTATION_ADDED}),
        (_stray_box, {ChangeKind.ANNOTATION_ADDED}),
        (_turn, {ChangeKind.PAGE_LOOK}),
        (_write_over, {ChangeKind.PAGE_LOOK}),
        (_other_words, {ChangeKind.PAGE_LOOK}),
        (_more_pages, {ChangeKind.PAGE_ADDED}),
        (_fewer_pages, {ChangeKind.PAGE_REMOVED}),
        (_swapped_pages, {ChangeKind.PAGE_ORDER}),
        (_attach, {ChangeKind.ATTACHMENT_ADDED}),
        (_script, {ChangeKind.ACTION, ChangeKind.VIEW}),
        (_layers, {ChangeKind.LAYERS}),
        (_outline, {ChangeKind.OUTLINE}),
        (_other_font, {ChangeKind.PAGE_LOOK}),
        (_new_field, {ChangeKind.FIELD_ADDED, ChangeKind.PAGE_LOOK}),
        (_field_gone, {ChangeKind.FIELD_REMOVED}),
    ],
)
def test_what_a_reader_sees_otherwise_is_told(
    signed: Path, trust: Trust, edit: Edit, kinds: set[ChangeKind]
) -> None:
    report = first_report(append(signed, edit), trust)
    assert (report.outcome, report.trusted) == (Outcome.ALTERED_LATER, False)
    assert {change.kind for change in report.changes} >= kinds


def test_a_tick_is_a_value(signed: Path, trust: Trust) -> None:
    report = first_report(append(signed, _tick), trust)
    assert report.changes == (Change(ChangeKind.FIELD_VALUE, "DongY", "Off", "Yes"),)


def _renewed(writer: IncrementalPdfFileWriter) -> None:
    """What viewers and signing programs rewrite by themselves."""
    root = writer.root
    root[name("/Metadata")] = writer.add_object(
        generic.StreamObject(
            {name("/Type"): name("/Metadata"), name("/Subtype"): name("/XML")},
            stream_data=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        )
    )
    root[name("/Extensions")] = generic.DictionaryObject({name("/ESIC"): name("/1.7")})
    root[name("/Version")] = name("/2.0")
    root["/AcroForm"][name("/SigFlags")] = generic.NumberObject(3)
    writer.update_container(root["/AcroForm"])
    writer.update_container(page_of(writer, 0))
    writer.update_container(field_of(writer, AMOUNT))
    writer.update_root()


def _empty_field(writer: IncrementalPdfFileWriter) -> None:
    """A place for the next signer, without a picture."""
    spec = SigFieldSpec("NguoiKyKe", on_page=1, box=(300, 100, 500, 160))
    append_signature_field(writer, spec)


@pytest.mark.parametrize("edit", [_renewed, _empty_field])
def test_what_nobody_sees_is_not_told(signed: Path, trust: Trust, edit: Edit) -> None:
    report = first_report(append(signed, edit), trust)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())
    assert report.added_later is Addition.EVIDENCE


def test_validation_data_renewed_and_objects_freed_are_not_told(
    signed: Path, trust: Trust, authority: Hierarchy, person: Party, tmp_path: Path
) -> None:
    once = add_evidence(signed, tmp_path / "1.pdf", crls=[authority.root_crl(at=day(2021, 4))])
    twice = add_evidence(once, tmp_path / "2.pdf", ocsps=[authority.ocsp(person, at=day(2021, 5))])
    stamped = stamp_document(twice, tmp_path / "3.pdf", authority.stamper(day(2021, 6)))
    again = add_evidence(stamped, tmp_path / "4.pdf", crls=[authority.crl(at=day(2021, 7))])
    free_objects(again)
    report = first_report(again, trust)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_picture_of_a_further_signature_is_no_change(
    trust: Trust, authority: Hierarchy, person: Party, tmp_path: Path, turn: int
) -> None:
    paper = form_paper(tmp_path / "paper.pdf", turn=turn)
    once = sign(paper, tmp_path / "1.pdf", person, at=SIGNED, name="A")
    twice = sign_seen(once, tmp_path / "2.pdf", authority.agency(), box=(300, 100, 480, 160))
    first, _ = inspect_signatures(twice, trust, NOW)
    assert (first.outcome, first.changes) == (Outcome.VALID, ())


def test_a_picture_that_hides_text_is_told(
    signed: Path, trust: Trust, authority: Hierarchy, tmp_path: Path
) -> None:
    twice = sign_seen(signed, tmp_path / "2.pdf", authority.agency(), box=(60, 600, 500, 800))
    first, _ = inspect_signatures(twice, trust, NOW)
    assert first.outcome is Outcome.VALID
    assert first.changes == (Change(ChangeKind.COVERED, "1", "B"),)


def test_a_picture_without_a_signature_is_a_change(
    signed: Path, trust: Trust, authority: Hierarchy, tmp_path: Path
) -> None:
    """A field that holds what fits nothing: anybody can make that without a key."""
    twice = sign_seen(signed, tmp_path / "2.pdf", authority.agency(), box=(300, 100, 480, 160))
    data = twice.read_bytes()
    at = data.rindex(b"/Contents <") + len(b"/Contents <") + 3000
    twice.write_bytes(data[:at] + b"0" * 400 + data[at + 400 :])
    first, second = inspect_signatures(twice, trust, NOW)
    assert not second.trusted
    assert (first.outcome, {change.kind for change in first.changes}) >= (
        Outcome.ALTERED_LATER,
        {ChangeKind.PAGE_LOOK},
    )


def test_what_was_not_compared_in_time_is_told(signed: Path) -> None:
    end = signed.stat().st_size
    changes = changes_since(append(signed, _turn), end, {}, deadline=time.thread_time() - 1)
    assert [change.kind for change in changes] == [ChangeKind.NOT_COMPARED]
    assert weight_of(changes) is Weight.UNKNOWN
