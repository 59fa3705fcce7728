"""No part of a signed PDF may be altered in silence: hints, tags, settings, hidden content."""

from pathlib import Path
from typing import Any

import pikepdf
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
    name_of,
    page_of,
    reference_to,
    report_of,
)
from tests.worlds.simulated_signing import Hierarchy, day, sign, sign_seen

SIGNED = day(2021, 3)
XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' rdf:about=''>"
    b"<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>%b</rdf:li></rdf:Alt></dc:title>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.fixture(scope="module")
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture
def signed(tmp_path: Path, authority: Hierarchy) -> Path:
    paper = form_paper(tmp_path / "paper.pdf")
    _add_parts(paper)
    return sign(paper, tmp_path / "signed.pdf", authority.person(), at=SIGNED)


def _add_parts(paper: Path) -> None:
    """Tags, a picture, a layer, a note, a title and settings of the form."""
    with pikepdf.open(paper, allow_overwriting_input=True) as pdf:
        root, page = pdf.Root, pdf.pages[1].obj
        image = pdf.make_stream(
            b"\x80\x80\x80", Type=name_of("XObject"), Subtype=name_of("Image"), Width=1, Height=1,
            BitsPerComponent=8, ColorSpace=name_of("DeviceRGB"),
        )  # fmt: skip
        page.Resources.XObject = pikepdf.Dictionary(Im=image)
        layer = pdf.make_indirect(pikepdf.Dictionary(Type=name_of("OCG"), Name="Nhap"))
        page.Resources.Properties = pikepdf.Dictionary(L=layer)
        page.Contents = pdf.make_stream(
            page.Contents.read_bytes() + b" q 40 0 0 40 400 400 cm /Im Do Q"
        )
        tree = pdf.make_indirect(pikepdf.Dictionary(Type=name_of("StructTreeRoot")))
        figure = pikepdf.Dictionary(Type=name_of("StructElem"), S=name_of("Figure"), P=tree)
        figure.update({"/Alt": pikepdf.String("Con dau"), "/K": 0, "/Pg": page})
        tree.K = pikepdf.Array([pdf.make_indirect(figure)])
        root.StructTreeRoot = tree
        root.OCProperties = pikepdf.Dictionary(
            OCGs=[layer], D=pikepdf.Dictionary(Order=[layer], OFF=[layer])
        )
        root.Lang = pikepdf.String("vi")
        root.AcroForm.DR.XObject = pikepdf.Dictionary(FRM=image)
        root.AcroForm.DA = pikepdf.String("/F1 12 Tf 0 g")
        look = pdf.make_stream(b"", Type=name_of("XObject"), Subtype=name_of("Form"), BBox=[0] * 4)
        note = pikepdf.Dictionary(
            Type=name_of("Annot"), Subtype=name_of("Stamp"), Rect=[400, 600, 440, 640], F=4
        )
        note.AP = pikepdf.Dictionary(N=look, R=look)
        page.Annots = pikepdf.Array([pdf.make_indirect(note)])
        root.Metadata = pdf.make_stream(
            XMP % b"To trinh", Type=name_of("Metadata"), Subtype=name_of("XML")
        )
        pdf.docinfo["/Title"] = "To trinh"
        pdf.save(paper)


def _numbers(*given: float) -> generic.ArrayObject:
    return generic.ArrayObject(map(generic.FloatObject, given))


def _words(said: str) -> Any:
    return generic.pdf_string(said)


def _dictionary(**own: Any) -> generic.DictionaryObject:
    return generic.DictionaryObject({name(f"/{key}"): value for key, value in own.items()})


def of_field(key: str, value: Any) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        field = field_of(writer, AMOUNT)
        field[name(key)] = value
        writer.update_container(field)

    return edit


def of_root(key: str, value: Any) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        writer.root[name(key)] = value
        writer.update_root()

    return edit


def of_form(key: str, value: Any) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        form = writer.root["/AcroForm"]
        form[name(key)] = value
        writer.update_container(form)

    return edit


def of_page(key: str, value: Any) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        page = page_of(writer, 1)
        page[name(key)] = value
        writer.update_container(page)

    return edit


def of_tag(key: str, value: Any) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        tag = writer.root["/StructTreeRoot"]["/K"][0]
        tag[name(key)] = value
        writer.update_container(tag)

    return edit


def printed(data: bytes) -> Edit:
    """More instructions on page 2."""

    def edit(writer: IncrementalPdfFileWriter) -> None:
        page = page_of(writer, 1)
        more = writer.add_object(generic.StreamObject(stream_data=data))
        page[name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), more])
        writer.update_container(page)

    return edit


def _tag_gone(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/StructTreeRoot"]
    tree[name("/K")] = generic.ArrayObject()
    writer.update_container(tree)


def _tag_more(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/StructTreeRoot"]
    told = _dictionary(S=name("/P"), P=reference_to(tree), ActualText=_words("Huy bo"))
    tree["/K"].append(writer.add_object(told))
    writer.update_container(tree["/K"])
    writer.update_container(tree)


def _layer_shown(writer: IncrementalPdfFileWriter) -> None:
    layers = writer.root["/OCProperties"]
    layers["/D"][name("/OFF")] = generic.ArrayObject()
    writer.update_container(layers)


def _layer_named(writer: IncrementalPdfFileWriter) -> None:
    layer = writer.root["/OCProperties"]["/OCGs"][0]
    layer[name("/Name")] = _words("Ban chinh")
    writer.update_container(layer)


def _picture_for_print(writer: IncrementalPdfFileWriter) -> None:
    """Another picture that is used in print; on the screen all is as it was."""
    image = page_of(writer, 1)["/Resources"]["/XObject"]["/Im"]
    other = generic.StreamObject({key: image.raw_get(key) for key in image}, stream_data=b"\0\0\0")
    told = _dictionary(Image=writer.add_object(other), DefaultForPrinting=generic.BooleanObject(1))
    image[name("/Alternates")] = generic.ArrayObject([told])
    writer.update_container(image)


def _other_state(writer: IncrementalPdfFileWriter) -> None:
    """What the box will show once it is ticked."""
    box = field_of(writer, "DongY")
    box["/AP"]["/N"][name("/Yes")] = writer.add_object(look_of(writer, "Khong"))
    writer.update_container(box)


def _rolled_over(writer: IncrementalPdfFileWriter) -> None:
    note = page_of(writer, 1)["/Annots"][0].get_object()
    note["/AP"][name("/R")] = writer.add_object(look_of(writer, "Huy bo"))
    writer.update_container(note)


def _script_of_names(writer: IncrementalPdfFileWriter) -> None:
    act = writer.add_object(_dictionary(S=name("/JavaScript"), JS=_words("app.alert(1)")))
    tree = _dictionary(Names=generic.ArrayObject([_words("a"), act]))
    of_root("/Names", _dictionary(JavaScript=tree))(writer)


def _target_of_names(writer: IncrementalPdfFileWriter) -> None:
    page = reference_to(page_of(writer, 1))
    tree = _dictionary(
        Names=generic.ArrayObject([_words("a"), generic.ArrayObject([page, name("/Fit")])])
    )
    of_root("/Names", _dictionary(Dests=tree))(writer)


def _other_title(writer: IncrementalPdfFileWriter) -> None:
    writer.set_info(_dictionary(Title=_words("Quyet dinh")))


def _other_title_in_xmp(writer: IncrementalPdfFileWriter) -> None:
    data = writer.root["/Metadata"]
    data._data, data._encoded_data = XMP % b"Quyet dinh", None
    writer.update_container(data)


def _other_reason(writer: IncrementalPdfFileWriter) -> None:
    said = writer.root["/AcroForm"]["/Fields"][-1].get_object()["/V"]
    said[name("/Reason")] = _words("Huy bo")
    writer.update_container(said)


def _other_frame(writer: IncrementalPdfFileWriter) -> None:
    """As Acrobat does with the picture of each new signature."""
    beside = writer.root["/AcroForm"]["/DR"]["/XObject"]
    beside[name("/FRM")] = writer.add_object(generic.StreamObject(stream_data=b"q Q"))
    writer.update_container(beside)


def _label(writer: IncrementalPdfFileWriter) -> None:
    of_root("/PageLabels", _dictionary(Nums=generic.ArrayObject(
        [generic.NumberObject(0), _dictionary(P=_words("A-"))])))(writer)  # fmt: skip


YES, NO = (generic.BooleanObject(value=said) for said in (True, False))
URI = _dictionary(S=name("/URI"), URI=_words("http://example.test/"))
SCRIPT = _dictionary(S=name("/JavaScript"), JS=_words("app.alert(1)"))


def at(edit: Edit, kind: ChangeKind, label: str) -> Any:
    return pytest.param(edit, kind, id=label)


NUMBER = generic.NumberObject
K = ChangeKind


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        at(of_field("/TU", _words("Da tra")), K.FIELD_TRAITS, "TU"),
        at(of_field("/TM", _words("DaTra")), K.FIELD_TRAITS, "TM"),
        at(of_field("/MaxLen", NUMBER(4)), K.FIELD_TRAITS, "MaxLen"),
        at(of_field("/Q", NUMBER(2)), K.FIELD_TRAITS, "Q"),
        at(of_field("/DA", _words("/F1 2 Tf 1 g")), K.FIELD_TRAITS, "DA"),
        at(of_field("/Ff", NUMBER(1 << 12)), K.FIELD_TRAITS, "Ff"),
        at(of_field("/F", NUMBER(0)), K.FIELD_TRAITS, "F"),
        at(of_field("/MK", _dictionary(CA=_words("x"))), K.FIELD_TRAITS, "MK"),
        at(of_field("/AA", _dictionary(D=URI)), K.FIELD_TRAITS, "AA-of-field"),
        at(of_field("/AA", _dictionary(K=SCRIPT)), K.ACTION, "script-of-field"),
        at(of_field("/Opt", generic.ArrayObject([_words("2")])), K.FIELD_VALUE, "Opt"),
        at(_other_state, K.FIELD_TRAITS, "other-state-of-box"),
        at(_rolled_over, K.ANNOTATION_CHANGED, "picture-on-hovering"),
        at(of_form("/DA", _words("/F1 2 Tf 1 g")), K.FORM_TRAITS, "DA-of-form"),
        at(of_form("/Q", NUMBER(2)), K.FORM_TRAITS, "Q-of-form"),
        at(of_form("/NeedAppearances", YES), K.FORM_TRAITS, "NeedAppearances"),
        at(of_form("/DR", _dictionary(Font=_dictionary())), K.FORM_TRAITS, "DR"),
        at(of_form("/XFA", _words("<xdp/>")), K.FORM_DATA, "XFA"),
        at(of_tag("/Alt", _words("Chu ky gia")), K.TAGS, "Alt"),
        at(of_tag("/ActualText", _words("Huy bo")), K.TAGS, "ActualText"),
        at(of_tag("/Lang", _words("en")), K.TAGS, "Lang-of-tag"),
        at(of_tag("/S", name("/Artifact")), K.TAGS, "kind-of-tag"),
        at(_tag_gone, K.TAGS, "tag-gone"),
        at(_tag_more, K.TAGS, "tag-more"),
        at(_layer_shown, K.LAYERS, "layer-shown"),
        at(_layer_named, K.LAYERS, "layer-named"),
        at(_picture_for_print, K.PAGE_UNSEEN, "picture-for-print"),
        at(of_page("/AA", _dictionary(O=URI)), K.PAGE_UNSEEN, "AA-of-page"),
        at(of_page("/Dur", NUMBER(1)), K.PAGE_UNSEEN, "Dur"),
        at(printed(b"BT /F1 12 Tf -900 -900 Td (Huy) Tj ET"), K.PAGE_UNSEEN, "beside-the-page"),
        at(printed(b"/OC /L BDC 0 0 300 300 re f EMC"), K.PAGE_UNSEEN, "in-hidden-layer"),
        at(printed(b"/Span <</ActualText (Huy bo)>> BDC EMC"), K.PAGE_UNSEEN, "ActualText-in-page"),
        at(of_root("/Lang", _words("en")), K.VIEW, "Lang"),
        at(of_root("/AA", _dictionary(WP=URI)), K.VIEW, "AA"),
        at(of_root("/OpenAction", URI), K.VIEW, "OpenAction"),
        at(of_root("/URI", _dictionary(Base=_words("http://x/"))), K.VIEW, "base"),
        at(of_root("/PageMode", name("/FullScreen")), K.VIEW, "PageMode"),
        at(of_root("/ViewerPreferences", _dictionary(HideToolbar=YES)), K.VIEW, "preferences"),
        at(_label, K.VIEW, "PageLabels"),
        at(_script_of_names, K.ACTION, "script-of-names"),
        at(_target_of_names, K.VIEW, "target-of-names"),
        at(_other_reason, K.SIGNATURE_WORDS, "reason-of-signature"),
        at(_other_title, K.DOCUMENT_DATA, "title"),
        at(_other_title_in_xmp, K.DOCUMENT_DATA, "title-in-xmp"),
    ],
)  # fmt: skip
def test_no_part_is_altered_in_silence(
    signed: Path, authority: Hierarchy, edit: Edit, kind: ChangeKind
) -> None:
    report = report_of(append(signed, edit), authority)
    assert kind in [change.kind for change in report.changes]
    assert not report.trusted


@pytest.mark.parametrize(
    "edit",
    [
        of_field("/Ff", NUMBER(1)),  # a field is locked once it is signed
        of_field("/F", NUMBER(4 | 64 | 128)),  # the same, of its box
        of_form("/SigFlags", NUMBER(3)),
        of_form("/NeedAppearances", NO),
        of_page("/Tabs", name("/S")),
        of_page("/LastModified", _words("D:20260101000000Z")),
        of_root("/PieceInfo", _dictionary(X=_dictionary(LastModified=_words("D:2026")))),
        lambda writer: writer.set_info(_dictionary(Title=_words("To trinh"), Producer=_words("B"))),
        _other_frame,
        printed(b" "),
    ],
)
def test_what_signing_programs_write_by_the_way_is_not_told(
    signed: Path, authority: Hierarchy, edit: Edit
) -> None:
    report = report_of(append(signed, edit), authority)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())


def test_what_programs_note_for_themselves_changes_no_verdict(
    signed: Path, authority: Hierarchy
) -> None:
    def number(writer: IncrementalPdfFileWriter) -> None:
        writer.set_info(_dictionary(Title=_words("To trinh"), SoDen=_words("123")))

    report = report_of(append(signed, number), authority)
    assert report.outcome is Outcome.VALID
    assert report.changes == (Change(K.METADATA, "SoDen", "", "123"),)


def test_a_further_signature_is_no_change_of_a_tagged_paper(
    signed: Path, authority: Hierarchy, tmp_path: Path
) -> None:
    def tag(writer: IncrementalPdfFileWriter) -> None:
        """As Acrobat does: the box of the signature becomes an element of the tree."""
        tree = writer.root["/StructTreeRoot"]
        box = reference_to(field_of(writer, "B"))
        seen = _dictionary(Type=name("/OBJR"), Obj=box, Pg=reference_to(page_of(writer, 0)))
        tree["/K"].append(
            writer.add_object(_dictionary(S=name("/Form"), P=reference_to(tree), K=seen))
        )
        writer.update_container(tree["/K"])
        writer.update_container(tree)

    twice = sign_seen(signed, tmp_path / "2.pdf", authority.agency(), box=(300, 100, 480, 160))
    report = report_of(append(twice, tag), authority)
    assert (report.outcome, report.changes) == (Outcome.VALID, ())


def test_both_values_of_a_hint_are_told(signed: Path, authority: Hierarchy) -> None:
    report = report_of(append(signed, of_field("/TU", _words("Da tra"))), authority)
    assert [(change.place, change.old, change.new) for change in report.changes] == [
        (AMOUNT, "/TU", "/TU: Da tra")
    ]
