"""Fills a form and writes it as PDF/A-2b."""

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from archive_service import messages
from archive_service.errors import InputError, NotFoundError
from archive_service.formats.pdf.check_code import CheckCode
from archive_service.formats.pdf.drawn import drawn, fonts_in

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = Path(__file__).resolve().parent / "templates"
FONTS = ROOT / "static" / "vendor" / "fonts"
SIGNATURE_LABEL = "<o-chu-ky>"
OTHER_LABEL = "<o-chu-ky-khac>"  # where another signs the same bytes later


@dataclass(frozen=True, slots=True)
class Press:
    """With what a form is printed; ``trial``: each page says that it is worth nothing.

    ``checkpoint`` gives the newest one of the log, which signed papers carry outside; ``check`` is
    the code of the one paper that is printed.
    """

    fonts: Path = FONTS
    trial: bool = False
    checkpoint: Callable[[], str] = str
    check: CheckCode | None = None

    def bearing(self, check: CheckCode) -> Self:
        """The same for the paper that bears this code."""
        return replace(self, check=check)

    @property
    def words(self) -> str:
        """What each page says; of an archive in earnest nothing."""
        return messages.text("forms.trial", "vi") if self.trial else ""


PRESS = Press()


class FormFontMissingError(NotFoundError):
    """The Times-compatible font has not been put in place; see ``static/vendor.py``."""


class FormTemplateError(InputError):
    """A template does not compile with these data."""

    code = "form-template-invalid"


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Where something stands: page from 0; left, bottom, right, top in points from below left."""

    page: int
    box: tuple[int, int, int, int]


def render(
    template: Path,
    data: Mapping[str, object],
    target: Path,
    *,
    press: Press = PRESS,
    at: dt.datetime | None = None,
) -> None:
    """Fill ``template`` with ``data`` and write PDF/A-2b to ``target``, whole or not at all.

    The template reads ``data`` as JSON from ``sys.inputs``: nothing in it is taken as markup.
    Equal input gives equal bytes if ``at``, the aware moment of making, is given.

    Raises:
        FormFontMissingError: the folder of fonts holds no Tinos.
        FormTemplateError: the template does not compile.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".form-") as folder:
        part = Path(folder) / "form.pdf"
        part.write_bytes(render_bytes(template, data, press=press, at=at))
        part.replace(target)


def render_bytes(
    template: Path,
    data: Mapping[str, object],
    *,
    press: Press = PRESS,
    at: dt.datetime | None = None,
) -> bytes:
    """As ``render``, for small things that go into another file."""
    import typst

    # typst takes fixed offsets only.
    moment = None if at is None else at.astimezone(dt.UTC)
    try:
        compiler = _compiler(template, data, press)
        pdf = compiler.compile(pdf_standards="a-2b", timestamp=moment)
    except typst.TypstError as wrong:
        raise FormTemplateError(template=template.name, reason=wrong.message) from wrong
    if not isinstance(pdf, bytes):
        raise FormTemplateError(template=template.name, reason="not one PDF")
    return pdf


def signature_place(
    template: Path,
    data: Mapping[str, object],
    *,
    press: Press = PRESS,
    label: str = SIGNATURE_LABEL,
) -> FormPlace | None:
    """Where the form, filled with ``data``, leaves room for the visible signature."""
    found = json.loads(query(template, data, label, press=press))
    if not found:
        return None
    place: dict[str, float] = found[0]
    left, top = place["x"], place["height"] - place["y"]
    box = (left, top - place["h"], left + place["w"], top)
    return FormPlace(
        page=int(place["page"]) - 1,
        box=(round(box[0]), round(box[1]), round(box[2]), round(box[3])),
    )


def query(template: Path, data: Mapping[str, object], label: str, *, press: Press = PRESS) -> str:
    """The values that the template, filled with ``data``, has noted under a label, as JSON.

    Raises what ``render`` raises.
    """
    import typst

    try:
        return str(_compiler(template, data, press).query(label, field="value"))
    except typst.TypstError as wrong:
        raise FormTemplateError(template=template.name, reason=wrong.message) from wrong


def _compiler(template: Path, data: Mapping[str, object], press: Press) -> Any:
    import typst

    if not (press.fonts / "Tinos-Regular.ttf").is_file():
        raise FormFontMissingError(folder=press.fonts.as_posix())
    inside = template.is_relative_to(ROOT)  # ours share the head and foot of NĐ 30/2020
    root = ROOT if inside else template.parent
    return typst.Compiler(
        _tried(template.relative_to(root), press.words) if press.trial else template,
        root=root,
        font_paths=fonts_in(press.fonts),
        sys_inputs={"data": drawn(data, press.fonts)},
    )


def _tried(template: Path, words: str) -> bytes:
    """The template with the words of a trial over each of its pages, within the margin."""
    return (
        "#set page(foreground: place(top + center, dy: 3mm, "
        f'text(font: "Tinos", size: 9pt, weight: "bold", fill: rgb("#b3261e"), "{words}")))\n'
        f'#include "/{template.as_posix()}"\n'
    ).encode()
