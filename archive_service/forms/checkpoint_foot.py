"""The foot of a paper: the newest checkpoint of the log, and the code by which it is checked.

Whoever keeps the paper is a witness of the log.
"""

import datetime as dt
from pathlib import Path

from archive_service import messages
from archive_service.forms.listed_form import save_pdfa
from archive_service.forms.typst_form import TEMPLATES, Press, render

_LINES = 3  # origin, size and root; signatures stand in the copies


def print_foot(unsigned: Path, *, press: Press, at: dt.datetime) -> None:
    """Add words and QR codes below the text of page 1.

    At the left the checkpoint, where the log has one, at the right the code that the paper bears.

    Raises what ``render`` raises.
    """
    lines = press.checkpoint().splitlines()[:_LINES]
    sealed = len(lines) == _LINES
    check = press.check
    if not sealed and check is None:
        return
    import pikepdf

    foot = unsigned.with_name("foot.pdf")
    body = "".join(f"{line}\n" for line in lines)
    with pikepdf.open(unsigned, allow_overwriting_input=True) as paper:
        left, bottom, right, top = map(float, paper.pages[0].mediabox)
        size = {"width_pt": right - left, "height_pt": top - bottom}
        data: dict[str, object] = {**size}
        if sealed:
            text = messages.text("forms.checkpoint", "vi")
            data["checkpoint"] = {"said": text, "line": " ".join(lines), "qr": _qr(body)}
        if check is not None:
            text = messages.text("forms.check-code", "vi", code=check.code)
            data["check"] = {"said": text, "qr": _qr(check.link)}
        render(TEMPLATES / "chan_niem_phong.typ", data, foot, press=Press(press.fonts), at=at)
        with pikepdf.open(foot) as drawn:
            paper.pages[0].add_overlay(drawn.pages[0], pikepdf.Rectangle(0, 0, *size.values()))
            save_pdfa(paper, unsigned)


def _qr(text: str) -> str:
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    drawn = code.to_svg(scale=4, add_quiet_zones=True)
    return str(drawn[drawn.index("<svg") :])
