"""The picture of a signature, drawn by hand."""

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfResources, RawContent
from pyhanko.pdf_utils.layout import (
    AxisAlignment,
    BoxConstraints,
    InnerScaling,
    Margins,
    SimpleBoxLayoutRule,
)
from pyhanko.stamp import StaticStampStyle


def drawn(drawing: bytes, box: tuple[int, int, int, int]) -> StaticStampStyle:
    """The picture of a signature as this drawing, from the lower left of its box."""
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    held = generic.DictionaryObject(
        {generic.pdf_name(key): generic.pdf_name(value) for key, value in font.items()}
    )
    resources = PdfResources()
    resources.font[generic.pdf_name("/F1")] = held
    space = BoxConstraints(box[2] - box[0], box[3] - box[1])
    below_left = SimpleBoxLayoutRule(
        AxisAlignment.ALIGN_MIN,
        AxisAlignment.ALIGN_MIN,
        margins=Margins(0, 0, 0, 0),
        inner_content_scaling=InnerScaling.NO_SCALING,
    )
    return StaticStampStyle(
        background=RawContent(drawing, resources=resources, box=space),
        background_layout=below_left,
        background_opacity=1,
        border_width=0,
    )
