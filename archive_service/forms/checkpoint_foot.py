"""The newest checkpoint of the log at the foot of a paper: whoever keeps the paper is a witness."""

import datetime as dt
from pathlib import Path

from archive_service import messages
from archive_service.forms.listed_form import save_pdfa
from archive_service.forms.typst_form import TEMPLATES, Press, render

_LINES = 3  # origin, size and root; signatures stand in the copies


def print_foot(unsigned: Path, *, press: Press, at: dt.datetime) -> None:
    """Add words and a QR code below the text of page 1; nothing while the log has no checkpoint.

    Raises what ``render`` raises.
    """
    lines = press.checkpoint().splitlines()[:_LINES]
    if len(lines) < _LINES:
        return
    import pikepdf

    foot = unsigned.with_name("foot.pdf")
    body = "".join(f"{line}\n" for line in lines)
    with pikepdf.open(unsigned, allow_overwriting_input=True) as paper:
        left, bottom, right, top = map(float, paper.pages[0].mediabox)
        size = {"width_pt": right - left, "height_pt": top - bottom}
        said = messages.text("forms.checkpoint", "vi")
        data = {"said": said, "line": " ".join(lines), "qr": _qr(body)} | size
        render(TEMPLATES / "chan_niem_phong.typ", data, foot, press=Press(press.fonts), at=at)
        with pikepdf.open(foot) as drawn:
            paper.pages[0].add_overlay(drawn.pages[0], pikepdf.Rectangle(0, 0, *size.values()))
            save_pdfa(paper, unsigned)


def _qr(text: str) -> str:
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    drawn = code.to_svg(scale=4, add_quiet_zones=True)
    return str(drawn[drawn.index("<svg") :])
