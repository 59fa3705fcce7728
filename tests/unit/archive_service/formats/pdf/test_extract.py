"""An extract holds its pages: no byte of the others, and it looks as the pages did."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from archive_service.formats.pdf.pdfa import CopyFacts
from archive_service.formats.pdf.use_copy import CopyNotMadeError, make_use_copy

AT = dt.datetime(2026, 11, 29, 8, tzinfo=dt.UTC)
SECRET = b"Nguyen Van Bi Mat"


def picture(pdf: Pdf, data: bytes) -> pikepdf.Stream:
    return pdf.make_stream(
        data.ljust(300, b" "),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=10,
        Height=10,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
    )


def form(pdf: Pdf, content: bytes, **more: pikepdf.Object) -> pikepdf.Stream:
    box = Array([0, 0, 595, 842])
    return pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=box, **more)


def two_pages() -> Pdf:
    """Each with a picture of its own; that of the second is the secret."""
    pdf = Pdf.new()
    for number, data in enumerate((b"shown", SECRET), 1):
        pdf.add_blank_page(page_size=(595, 842))
        page = pdf.pages[-1].obj
        page.Resources = Dictionary(XObject=Dictionary({f"/Im{number}": picture(pdf, data)}))
        page.Contents = pdf.make_stream(b"q 300 0 0 300 50 400 cm /Im%d Do Q" % number)
    return pdf


def link(pdf: Pdf) -> None:
    there = Array([pdf.pages[1].obj, Name.Fit])
    annotation = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=[9, 9, 50, 50], F=4, Dest=there
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(annotation)])


def action(pdf: Pdf) -> None:
    link(pdf)
    annotation = pdf.pages[0].obj.Annots[0]
    annotation.A = Dictionary(S=Name.GoTo, D=annotation.Dest)
    del annotation.Dest


def bead(pdf: Pdf) -> None:
    pdf.pages[0].obj.B = Array([pdf.make_indirect(Dictionary(P=pdf.pages[1].obj))])


def thumbnail(pdf: Pdf) -> None:
    pdf.pages[0].obj.Thumb = picture(pdf, SECRET)


def private_data(pdf: Pdf) -> None:
    private = Dictionary(LastModified="D:20200101", Private=pdf.make_stream(SECRET))
    pdf.pages[0].obj.PieceInfo = Dictionary(Maker=private)
    pdf.Root.PieceInfo = Dictionary(Maker=private)


def shared_resources(pdf: Pdf) -> None:
    of_all = [page.obj.Resources.XObject for page in pdf.pages]
    every = Dictionary({name: one for some in of_all for name, one in some.items()})
    shared = pdf.make_indirect(Dictionary(XObject=every))
    for page in pdf.pages:
        page.obj.Resources = shared


def shared_by_a_form(pdf: Pdf) -> None:
    """As programs write that put each page into a form."""
    shared_resources(pdf)
    first = pdf.pages[0].obj
    whole = form(pdf, first.Contents.read_bytes(), Resources=first.Resources)
    first.Resources = Dictionary(XObject=Dictionary({"/Whole": whole}))
    first.Contents = pdf.make_stream(b"/Whole Do")


def shared_masks_and_patterns(pdf: Pdf) -> None:
    mask = form(pdf, SECRET, Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray))
    state = Dictionary(Type=Name.ExtGState, SMask=Dictionary(S=Name.Luminosity, G=mask))
    tile = pdf.make_stream(
        SECRET, PatternType=1, PaintType=1, TilingType=1, BBox=[0, 0, 9, 9], XStep=9, YStep=9
    )
    tile.Resources = Dictionary()
    resources = pdf.pages[0].obj.Resources
    resources.ExtGState = Dictionary({"/Gs2": state, "/Gs1": Dictionary(LW=3)})
    resources.Pattern = Dictionary({"/P2": tile})
    pdf.pages[0].obj.Contents = pdf.make_stream(
        b"/Gs1 gs 10 10 m 300 300 l S " + pdf.pages[0].obj.Contents.read_bytes()
    )


def words_of_the_file(pdf: Pdf) -> None:
    pdf.docinfo["/Keywords"] = SECRET.decode()
    pdf.docinfo["/SourceModified"] = SECRET.decode()


@pytest.mark.parametrize(
    "plant",
    [
        link,
        action,
        bead,
        thumbnail,
        private_data,
        shared_resources,
        shared_by_a_form,
        shared_masks_and_patterns,
        words_of_the_file,
    ],
)
def test_no_byte_of_another_page_is_in_it(tmp_path: Path, plant: Callable[[Pdf], None]) -> None:
    source, target = tmp_path / "a.pdf", tmp_path / "b.pdf"
    with two_pages() as pdf:
        plant(pdf)
        pdf.save(source)
    assert SECRET in everything(source)
    make_use_copy(source, target, pages=[1], title="Sao", about=CopyFacts(), made_at=AT)
    assert SECRET not in everything(target)
    assert looks(target) == looks(source), "and nothing that is seen was lost"


def test_a_form_that_leans_on_its_page_is_not_copied(tmp_path: Path) -> None:
    source, target = tmp_path / "a.pdf", tmp_path / "b.pdf"
    with two_pages() as pdf:
        first = pdf.pages[0].obj
        first.Resources.XObject["/Old"] = form(pdf, first.Contents.read_bytes())
        first.Contents = pdf.make_stream(b"/Old Do")
        pdf.save(source)
    with pytest.raises(CopyNotMadeError):
        make_use_copy(source, target, pages=[1], title="Sao", about=CopyFacts(), made_at=AT)


def everything(path: Path) -> bytes:
    with pikepdf.open(path) as pdf:
        streams = [one.read_bytes() for one in pdf.objects if isinstance(one, pikepdf.Stream)]
        return b"\n".join([*streams, *(one.unparse(resolved=True) for one in pdf.objects)])


def looks(path: Path) -> bytes:
    with pypdfium2.PdfDocument(path) as pdf:
        return bytes(pdf[0].render(scale=0.5).to_pil().tobytes())
