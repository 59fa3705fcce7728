"""What is true for veraPDF is never called false here: a false alarm is worse than silence."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, pdfa

from archive_service.formats.pdf.facts import PdfCondition, read_pdf_here
from archive_service.formats.pdf.pdfa_claim import judge_pdfa_here
from tests.services.tools import verapdf

Change = Callable[[pikepdf.Pdf], None]


def bare_font(pdf: pikepdf.Pdf) -> Any:
    """A font without its program."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    return pdf.make_indirect(font)


def default_fonts_of_a_form(pdf: pikepdf.Pdf) -> None:
    fonts = Dictionary(Font=Dictionary(Helv=bare_font(pdf)))
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), DR=fonts)


def a_font_of_unseen_text(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    page.obj.Resources = Dictionary(Font=Dictionary(F1=bare_font(pdf)))
    page.contents_add(b"BT 3 Tr /F1 12 Tf 72 700 Td (abc) Tj ET")


def a_font_that_nobody_names(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    page.obj.Resources = Dictionary(Font=Dictionary(F1=bare_font(pdf)))


def a_soft_mask(pdf: pikepdf.Pdf) -> None:
    """Its colours are no colours."""
    page = pdf.pages[0]
    mask = image_of(pdf, Name.DeviceGray, b"\x80")
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    picture = image_of(pdf, Array([Name.ICCBased, profile]), b"\xff\0\0")
    picture.SMask = mask
    page.obj.Resources = Dictionary(XObject=Dictionary(I=picture))
    page.contents_add(b"q 9 0 0 9 72 700 cm /I Do Q")


def without_intent(pdf: pikepdf.Pdf) -> None:
    """An image in its own colours that has a mask, in a file without an output intent."""
    a_soft_mask(pdf)
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    group = Dictionary(S=Name.Transparency, CS=Array([Name.ICCBased, profile]))
    pdf.pages[0].obj.Group = group
    del pdf.Root.OutputIntents


def a_default_colour_space(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    page.obj.Resources = Dictionary(
        XObject=Dictionary(I=red(pdf)),
        ColorSpace=Dictionary(DefaultRGB=Array([Name.ICCBased, profile])),
    )
    page.contents_add(b"q 9 0 0 9 72 700 cm /I Do Q")
    del pdf.Root.OutputIntents


def an_image_that_nobody_paints(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    page.obj.Resources = Dictionary(XObject=Dictionary(I=red(pdf)))
    del pdf.Root.OutputIntents


def an_interpolated_image_that_nobody_paints(pdf: pikepdf.Pdf) -> None:
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    picture = image_of(pdf, Array([Name.ICCBased, profile]), b"\xff\0\0")
    picture.Interpolate = True
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=picture))


def a_page_with_no_act(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary()


def a_document_with_no_act(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AA = Dictionary()


def an_empty_list_of_files(pdf: pikepdf.Pdf) -> None:
    """As Typst writes it for 4f where nothing is attached."""
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([])))


def nothing(_: pikepdf.Pdf) -> None:
    """As it is."""


def an_intent_of_the_page(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    page.obj.OutputIntents = pdf.Root.OutputIntents
    page.obj.Resources = Dictionary(XObject=Dictionary(I=red(pdf)))
    page.contents_add(b"q 9 0 0 9 72 700 cm /I Do Q")
    del pdf.Root.OutputIntents


def a_script(pdf: pikepdf.Pdf) -> None:
    act = Dictionary(Type=Name.Action, S=Name.JavaScript, JS="var a = 1;")
    pdf.Root.OpenAction = pdf.make_indirect(act)


def a_switch_of_layers(pdf: pikepdf.Pdf) -> None:
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="A"))
    shown = Dictionary(Order=Array([layer]), Name="B")
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=shown)
    act = Dictionary(Type=Name.Action, S=Name.SetOCGState, State=Array([Name.ON, layer]))
    pdf.Root.OpenAction = pdf.make_indirect(act)


def an_attached_program(pdf: pikepdf.Pdf) -> None:
    attach(pdf, "a.exe", b"MZ\0\0", "application/octet-stream")


def an_attached_pdfa(pdf: pikepdf.Pdf) -> None:
    with TemporaryDirectory() as folder, pikepdf.new() as inner:
        inner.add_blank_page()
        pdfa.save(inner, Path(folder, "b.pdf"), "2b")
        attach(pdf, "b.pdf", Path(folder, "b.pdf").read_bytes(), "application/pdf")


def attach(pdf: pikepdf.Pdf, name: str, data: bytes, media_type: str) -> None:
    spec = pikepdf.AttachedFileSpec(
        pdf,
        data,
        filename=name,
        mime_type=media_type,
        description="",
        creation_date="",
        mod_date="",
    )
    pdf.attachments[name] = spec
    if pdf.Root.get("/AF") is None:
        pdf.Root.AF = Array([pdf.attachments[name].obj])


def red(pdf: pikepdf.Pdf) -> Any:
    return image_of(pdf, Name.DeviceRGB, b"\xff\0\0")


def image_of(pdf: pikepdf.Pdf, space: Any, data: bytes) -> Any:
    return pdf.make_stream(
        data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=1,
        Height=1,
        BitsPerComponent=8,
        ColorSpace=space,
    )


def claiming(target: Path, claim: str, change: Change) -> Path:
    """A PDF/A of one page with this change, which says that it is as claimed."""
    part, level = claim[0], claim[1:].upper()
    plain = target.with_name("plain.pdf")
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdfa.save(pdf, plain, "2b")
    with pikepdf.open(plain) as pdf:
        change(pdf)
        if part == "4":
            packet = pdf.Root.Metadata.read_bytes()
            told = b"<pdfaid:rev>2020</pdfaid:rev>"
            if level:
                told += b"<pdfaid:conformance>%s</pdfaid:conformance>" % level.encode()
            packet = packet.replace(
                b"<pdfaid:part>2</pdfaid:part>", b"<pdfaid:part>4</pdfaid:part>"
            )
            packet = packet.replace(b"<pdfaid:conformance>B</pdfaid:conformance>", told)
            pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
            if "/Info" in pdf.trailer:
                del pdf.trailer["/Info"]
        version = "2.0" if part == "4" else "1.7"
        pdf.save(target, force_version=version, deterministic_id=True, fix_metadata_version=False)
    return target


CASES = [
    ("2b", default_fonts_of_a_form),
    ("2b", a_font_of_unseen_text),
    ("2b", a_font_that_nobody_names),
    ("2b", a_soft_mask),
    ("2b", without_intent),
    ("2b", a_default_colour_space),
    ("2b", an_image_that_nobody_paints),
    ("2b", an_interpolated_image_that_nobody_paints),
    ("4", a_page_with_no_act),
    ("4", a_document_with_no_act),
    ("4f", an_empty_list_of_files),
    ("2b", an_attached_pdfa),
    ("4", an_intent_of_the_page),
    ("4", a_script),
    ("4e", a_script),
    ("4e", a_switch_of_layers),
]


def test_no_true_claim_is_called_false(tmp_path: Path) -> None:
    files = [
        claiming(tmp_path / f"{number}.pdf", claim, change)
        for number, (claim, change) in enumerate(CASES)
    ]
    judged = verapdf(files)
    for (claim, change), file, verdict in zip(CASES, files, judged, strict=True):
        facts = read_pdf_here(file)
        assert (facts.pdfa, facts.condition) == (claim, PdfCondition.GOOD)
        assert (verdict.passed, verdict.flavour) == (True, claim), (
            change.__name__,
            verdict.details,
        )
        assert judge_pdfa_here(file, facts.pdfa).broken == (), change.__name__


def seen_text(pdf: pikepdf.Pdf) -> None:
    a_font_that_nobody_names(pdf)
    pdf.pages[0].contents_add(b"BT /F1 12 Tf 72 700 Td (abc) Tj ET")


def painted_image(pdf: pikepdf.Pdf) -> None:
    an_image_that_nobody_paints(pdf)
    pdf.pages[0].contents_add(b"q 9 0 0 9 72 700 cm /I Do Q")


def painted_interpolated(pdf: pikepdf.Pdf) -> None:
    an_interpolated_image_that_nobody_paints(pdf)
    pdf.pages[0].contents_add(b"q 9 0 0 9 72 700 cm /I Do Q")


def interpolated_mask(pdf: pikepdf.Pdf) -> None:
    a_soft_mask(pdf)
    pdf.pages[0].obj.Resources.XObject.I.SMask.Interpolate = True


@pytest.mark.parametrize(
    ("claim", "change", "code"),
    [
        ("2b", seen_text, "font-not-embedded"),
        ("2b", painted_image, "no-output-intent"),
        ("4", painted_image, "no-output-intent"),
        ("2b", painted_interpolated, "interpolated-image"),
        ("2b", interpolated_mask, "interpolated-image"),
        ("2b", a_script, "forbidden-action"),
        ("2b", an_attached_program, "file-attached"),
        ("4", a_switch_of_layers, "forbidden-action"),
        ("4f", nothing, "nothing-attached"),
    ],
)
def test_a_false_claim_is_still_told(tmp_path: Path, claim: str, change: Change, code: str) -> None:
    file = claiming(tmp_path / "a.pdf", claim, change)
    (verdict,) = verapdf([file])
    assert not verdict.passed
    assert judge_pdfa_here(file, claim).broken == (code,)
