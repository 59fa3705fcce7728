"""A PDF that hides planted words in every place that a page has, below one area of each page."""

import io
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageDraw, ImageFont

from archive_service.formats.pdf.redacted import Area
from archive_service.services import VENDOR

SIDE = 400  # points
OPEN = "HARBOUR"  # stands on every page, beside the area
# Each on a page of its own, below the area.
ROTATED, LAYERED, FILLED_IN, NOTED, SCANNED = (
    "SECRETROTATED", "SECRETLAYERED", "SECRETDATA", "SECRETNOTED", "SECRETSCANNED",
)  # fmt: skip
# Nowhere on a page that is shown, and outside the areas.
UNSEEN = (
    "SECRETHIDDEN", "SECRETEARLIER", "SECRETATTACHED", "SECRETTITLE", "SECRETOUTLINE",
    "SECRETTHUMB", "SECRETXMP", "SECRETTAG",
)  # fmt: skip
SECRETS = (ROTATED, LAYERED, FILLED_IN, NOTED, SCANNED, *UNSEEN)
_UPRIGHT = (0.1, 0.15, 0.85, 0.2)
# The first page is turned by a quarter: its top is the left of the paper.
AREAS = (
    Area(1, 0.65, 0.1, 0.2, 0.85),
    *(Area(page, *_UPRIGHT) for page in (2, 3, 4, 5)),
)


def planted(path: Path) -> Path:
    """Five pages: turned, with layers, a form, a note, and a scan with its reading."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                           BaseFont=pikepdf.Name.Helvetica)
    )  # fmt: skip
    _add(pdf, font, _said(ROTATED, 300)).obj.Rotate = 90
    _layers(pdf, _add(pdf, font, ""))
    _form(pdf, font, _add(pdf, font, ""))
    _note(pdf, font, _add(pdf, font, ""))
    _scan(pdf, font)
    _around(pdf)
    out = io.BytesIO()
    pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(_with_earlier_revision(out.getvalue()))
    return path


def _said(words: str, y: int, size: int = 24, mode: int = 0) -> str:
    return f"BT /F {size} Tf {mode} Tr 1 0 0 1 50 {y} Tm ({words}) Tj ET\n"


def _add(pdf: pikepdf.Pdf, font: pikepdf.Object, content: str) -> pikepdf.Page:
    page = pdf.add_blank_page(page_size=(SIDE, SIDE))
    page.Contents = pdf.make_stream((_said(OPEN, 100) + content).encode())
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    return page


def _layers(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """One that is shown, and one that is not."""
    name = pikepdf.Name.OCG
    shown, hidden = (
        pdf.make_indirect(pikepdf.Dictionary(Type=name, Name=pikepdf.String(said)))
        for said in ("shown", "hidden")
    )
    page.Resources.Properties = pikepdf.Dictionary(A=shown, B=hidden)
    layers = f"/OC /A BDC {_said(LAYERED, 300)} EMC /OC /B BDC {_said(UNSEEN[0], 40)} EMC"
    page.contents_add(layers.encode())
    pdf.Root.OCProperties = pikepdf.Dictionary(
        OCGs=[shown, hidden],
        D=pikepdf.Dictionary(ON=[shown], OFF=[hidden], Order=[shown, hidden]),
    )


def _form(pdf: pikepdf.Pdf, font: pikepdf.Object, page: pikepdf.Page) -> None:
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx,
            T=pikepdf.String("name"), V=pikepdf.String(FILLED_IN), Rect=[50, 290, 380, 325], F=4,
            DA=pikepdf.String("/F 20 Tf 0 g"), P=page.obj,
            AP=pikepdf.Dictionary(N=_look(pdf, font, FILLED_IN)),
        )
    )  # fmt: skip
    page.Annots = pdf.make_indirect(pikepdf.Array([field]))
    pdf.Root.AcroForm = pikepdf.Dictionary(
        Fields=[field], DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    )


def _note(pdf: pikepdf.Pdf, font: pikepdf.Object, page: pikepdf.Page) -> None:
    page.Annots = pikepdf.Array([
        pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, F=4,
                Rect=[50, 290, 380, 325], Contents=pikepdf.String(NOTED),
                DA=pikepdf.String("/F 20 Tf 0 g"), AP=pikepdf.Dictionary(N=_look(pdf, font, NOTED)),
            )
        )
    ])  # fmt: skip


def _look(pdf: pikepdf.Pdf, font: pikepdf.Object, words: str) -> pikepdf.Object:
    return pdf.make_stream(
        f"/Tx BMC BT /F 20 Tf 4 10 Td ({words}) Tj ET EMC".encode(),
        Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 330, 35],
        Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)),
    )  # fmt: skip


def _scan(pdf: pikepdf.Pdf, font: pikepdf.Object) -> None:
    """The picture of a page, and its words as a machine read them, unseen over it."""
    image = Image.new("L", (SIDE * 3, SIDE * 3), "white")
    draw = ImageDraw.Draw(image)
    letters = ImageFont.truetype(str(VENDOR / "fonts" / "Tinos-Regular.ttf"), 72)
    for words, y in ((SCANNED, 300), (OPEN, 100)):
        draw.text((150, (SIDE - y) * 3), words, fill="black", font=letters, anchor="ls")
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(216, 216))
    with pikepdf.open(io.BytesIO(img2pdf.convert(out.getvalue()))) as made:
        pdf.pages.extend(made.pages)
    page = pdf.pages[-1]
    page.Resources.Font = pikepdf.Dictionary(F=font)
    page.contents_add(f"{_said(SCANNED, 300, mode=3)}{_said(OPEN, 100, mode=3)}".encode())


def _around(pdf: pikepdf.Pdf) -> None:
    """What stands beside the pages: title, XMP, attachment, outline, thumbnail, tags."""
    _, _, attached, title, outline, thumb, xmp, tag = UNSEEN
    with pdf.open_metadata() as told:
        told["dc:description"] = xmp
    pdf.docinfo["/Title"] = title
    pdf.attachments["a.txt"] = pikepdf.AttachedFileSpec(
        pdf, attached.encode(), description="", filename="a.txt", mime_type="text/plain",
        creation_date="", mod_date="",
    )  # fmt: skip
    with pdf.open_outline() as entries:
        entries.root.append(pikepdf.OutlineItem(outline, 0))
    pdf.pages[0].Thumb = pdf.make_stream(
        thumb.encode(), Width=1, Height=len(thumb), BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
    )  # fmt: skip
    element = pikepdf.Dictionary(S=pikepdf.Name.P, ActualText=pikepdf.String(tag))
    pdf.Root.StructTreeRoot = pikepdf.Dictionary(
        Type=pikepdf.Name.StructTreeRoot, K=pdf.make_indirect(element)
    )


def _with_earlier_revision(data: bytes) -> bytes:
    """The content of the first page stood otherwise before, which the file still holds."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        now = pdf.pages[0].Contents.read_bytes()
        pdf.pages[0].Contents = pdf.make_stream(now.replace(OPEN.encode(), UNSEEN[1].encode()))
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    first = out.getvalue()
    with pikepdf.open(io.BytesIO(first)) as pdf:
        number, root = pdf.pages[0].Contents.objgen[0], pdf.trailer.Root.objgen[0]
        size = int(pdf.trailer.Size)
    began = int(first.rsplit(b"startxref", 1)[1].split()[0])
    added = b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        number, len(now), now,
    )  # fmt: skip
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (
        number, len(first), size, root, began,
    )  # fmt: skip
    return first + added + table + b"startxref\n%d\n%%%%EOF\n" % (len(first) + len(added))
