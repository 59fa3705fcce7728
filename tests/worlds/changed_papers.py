"""Papers with a form, and what can be appended to them once they are signed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from archive_service.signing.pdf.report import SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.trust.roots import Trust
from tests.worlds.simulated_signing import Hierarchy, day

PAGE = (595, 842)
AMOUNT, WHO = "SoTien", "ToKhai.HoTen"

NOW = day(2026, 11)

Edit = Callable[[IncrementalPdfFileWriter], None]


def report_of(paper: Path, authority: Hierarchy) -> SignatureReport:
    """What is found of its first signature, by a trusted root and fresh revocation lists."""
    lists = authority.root_crl(at=day(2026, 10)), authority.crl(at=day(2026, 10))
    return inspect_signatures(paper, Trust((authority.root.der,), revocations=lists), NOW)[0]


def form_paper(target: Path, *, turn: int = 0) -> Path:
    """Two pages of text; on the first two fields to fill in, and a box to tick."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=name_of("Font"), Subtype=name_of("Type1"), BaseFont=name_of("Helvetica")
        )
    )
    for number in (1, 2):
        page = pdf.add_blank_page(page_size=PAGE)
        page.obj.Rotate = turn
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        lines = [
            f"1 0 0 1 72 {760 - 20 * line} Tm (Dong {line} trang {number}) Tj" for line in range(8)
        ]
        page.obj.Contents = pdf.make_stream(f"BT /F1 12 Tf {' '.join(lines)} ET".encode())
    first = pdf.pages[0].obj
    amount = _field(pdf, first, font, [72, 500, 272, 524], T=AMOUNT, FT=name_of("Tx"), V="1000")
    person = _field(pdf, first, font, [72, 460, 272, 484], T="HoTen", V="An")
    above = pdf.make_indirect(pikepdf.Dictionary(T="ToKhai", FT=name_of("Tx"), Kids=[person]))
    person.Parent = above
    tick = _field(
        pdf, first, font, [72, 420, 92, 440], T="DongY", FT=name_of("Btn"), V=name_of("Off")
    )
    tick.AP = pikepdf.Dictionary(
        N=pikepdf.Dictionary(Yes=_picture(pdf, font, "X", 20), Off=_picture(pdf, font, "", 20))
    )
    tick.AS = name_of("Off")
    first.Annots = pikepdf.Array([amount, person, tick])
    pdf.Root.AcroForm = pdf.make_indirect(
        pikepdf.Dictionary(
            Fields=[amount, above, tick], DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        )
    )
    pdf.save(target)
    return target


def append(paper: Path, *edits: Edit) -> Path:
    """Append one update with these edits, signed by nobody."""
    with paper.open("r+b") as document:
        writer = IncrementalPdfFileWriter(document)
        for edit in edits:
            edit(writer)
        writer.write_in_place()
    return paper


def fill(field: str, value: str, *, value_too: bool = True, look_too: bool = True) -> Edit:
    """Another value in a field, with the picture that goes with it."""

    def edit(writer: IncrementalPdfFileWriter) -> None:
        found = field_of(writer, field)
        if value_too:
            found[name("/V")] = generic.pdf_string(value)
        if look_too:
            found[name("/AP")] = generic.DictionaryObject(
                {name("/N"): writer.add_object(look_of(writer, value))}
            )
        writer.update_container(found)

    return edit


def field_of(writer: IncrementalPdfFileWriter, field: str) -> Any:
    """A field by its full name."""
    kids = writer.root["/AcroForm"]["/Fields"]
    found = None
    for part in field.split("."):
        found = next(kid.get_object() for kid in kids if kid.get_object()["/T"] == part)
        kids = found.get("/Kids", [])
    return found


def page_of(writer: IncrementalPdfFileWriter, number: int) -> Any:
    """A page, counted from 0."""
    return writer.root["/Pages"]["/Kids"][number].get_object()


def look_of(writer: IncrementalPdfFileWriter, words: str) -> generic.StreamObject:
    """A picture of these words, 200 by 24 points."""
    font = page_of(writer, 0)["/Resources"]["/Font"].raw_get("/F1")
    resources = generic.DictionaryObject(
        {name("/Font"): generic.DictionaryObject({name("/F1"): font})}
    )
    return generic.StreamObject(
        {
            name("/Type"): name("/XObject"),
            name("/Subtype"): name("/Form"),
            name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 200, 24))),
            name("/Resources"): resources,
        },
        stream_data=f"BT /F1 12 Tf 2 6 Td ({words}) Tj ET".encode(),
    )


def put_on_page(writer: IncrementalPdfFileWriter, number: int, annotation: Any) -> Any:
    """An annotation more on a page; its reference."""
    page = page_of(writer, number)
    annotation[name("/Type")] = name("/Annot")
    annotation[name("/P")] = reference_to(page)
    reference = writer.add_object(annotation)
    kept = page.get("/Annots", [])
    kept = kept.get_object() if isinstance(kept, generic.IndirectObject) else kept
    page[name("/Annots")] = generic.ArrayObject([*kept, reference])
    writer.update_container(page)
    return reference


def reference_to(thing: Any) -> generic.IndirectObject:
    """A reference to an object that was read."""
    own = thing.container_ref
    return generic.IndirectObject(own.idnum, own.generation, own.pdf)


def name_of(word: str) -> pikepdf.Name:
    """The PDF name of a word."""
    return pikepdf.Name(f"/{word}")


def _field(pdf: pikepdf.Pdf, page: Any, font: Any, box: list[int], **own: Any) -> Any:
    words = str(own.get("V", ""))
    return pdf.make_indirect(
        pikepdf.Dictionary(
            Type=name_of("Annot"),
            Subtype=name_of("Widget"),
            Rect=box,
            F=4,
            P=page,
            DA="/F1 12 Tf 0 g",
            AP=pikepdf.Dictionary(N=_picture(pdf, font, words, 200)),
            **own,
        )
    )


def _picture(pdf: pikepdf.Pdf, font: Any, words: str, width: int) -> Any:
    return pdf.make_stream(
        f"BT /F1 12 Tf 2 6 Td ({words}) Tj ET".encode(),
        Type=name_of("XObject"),
        Subtype=name_of("Form"),
        BBox=[0, 0, width, 24],
        Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font)),
    )
