"""PDF to PDF/A-2b: structure and metadata change, pages do not; texts and looks are compared.

A signed PDF is evidence and is never rewritten. Its PDF/A is a copy that stands beside it and says
so: the signature's mark stays on the page, the signature itself in the original.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service import messages
from archive_service.formats.convert.result import (
    Migrated,
    MigrationDiffersError,
    MigrationImpossibleError,
    MigrationNeedlessError,
)
from archive_service.formats.pdf.facts import PdfCondition, read_pdf_here
from archive_service.formats.pdf.parts import page_parts
from archive_service.formats.pdf.pdfa import FLAVOUR

if TYPE_CHECKING:
    import pikepdf
    from pypdfium2 import PdfPage

    SameText = Callable[[PdfPage, PdfPage, int], None]

_DRAWN_PAGES = 20  # of a longer document its first pages are drawn and compared; texts are all
_SCALE = 0.5  # 36 dpi: enough to see a lost letter, picture or colour
_ALLOWED_SHARE = 0.002  # of the brightness of a page: what smoothing may differ by


def pdf_to_pdfa(source: Path, target: Path, title: str, made_at: dt.datetime) -> Migrated:
    """See ``migrate``; ``title`` is used only where the PDF has none."""
    import pikepdf
    import pypdfium2
    from pikepdf import pdfa

    facts = read_pdf_here(source)
    if facts.condition is not PdfCondition.GOOD:
        raise MigrationImpossibleError(reason=f"{facts.condition.value}: {facts.detail}"[:300])
    if facts.names_pdfa:
        raise MigrationNeedlessError(form=f"PDF/A-{facts.pdfa}")
    is_copy = facts.signature_fields > 0
    with pikepdf.open(source) as pdf:
        if is_copy:
            flatten(pdf)
        drop_claims(pdf)
        pdfa.prepare(pdf, FLAVOUR)
        _tell(pdf, title, made_at, is_copy=is_copy)
        try:
            pdfa.save(pdf, target, FLAVOUR, repair=False, deterministic_id=True)
        except pdfa.PdfaError as error:
            raise MigrationImpossibleError(reason=error.report.summary(3)) from error
    drawn = compare_pdfs(source, target, marks_added=is_copy)
    text = "contained" if is_copy else "equal"
    checks = {"pages": facts.pages, "text": text, "drawn": drawn, "pdfa": FLAVOUR}
    if is_copy:
        checks["signatures_left_behind"] = facts.signature_fields
    version = pypdfium2.version.PYPDFIUM_INFO
    tool = f"pikepdf {pikepdf.__version__}, pypdfium2 {version}"
    return Migrated(tool=tool, pages=facts.pages, checks=checks, is_copy=is_copy)


def flatten(pdf: "pikepdf.Pdf") -> None:
    """The mark of a signature becomes part of the page; fields and permissions go."""
    import pikepdf

    pdf.flatten_annotations("print")
    for name in ("/AcroForm", "/Perms", "/DSS"):
        if name in pdf.Root:
            del pdf.Root[name]
    for page in pdf.pages:  # what shows nothing was not flattened, and belongs to no field now
        left = [each for each in page.get("/Annots", []) if each.get("/Subtype") != "/Widget"]
        if "/Annots" in page:
            page.Annots = pikepdf.Array(left)


def drop_claims(pdf: "pikepdf.Pdf") -> None:
    """What is optional in PDF/A-2 and nobody here can check: developers' names, lists of glyphs.

    ISO 19005-2, 6.2.11.4.2: a ``CIDSet`` must be complete where there is one.
    """
    import pikepdf

    if "/Extensions" in pdf.Root:
        del pdf.Root["/Extensions"]
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and "/CIDSet" in item:
            del item["/CIDSet"]


def _tell(pdf: "pikepdf.Pdf", title: str, made_at: dt.datetime, *, is_copy: bool) -> None:
    """Makers stay the original's; told are the moment of the change and what a copy is."""
    moment = made_at.astimezone(dt.UTC).isoformat(timespec="seconds")
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=True) as xmp:
        if not xmp.get("dc:title"):
            xmp["dc:title"] = title
        if is_copy:
            xmp["dc:description"] = messages.text("formats.signed_copy")
        for name in ("xmp:ModifyDate", "xmp:MetadataDate"):
            xmp[name] = moment


def compare_pdfs(source: Path, target: Path, *, marks_added: bool) -> int:
    """How many pages were drawn and found alike; sizes and texts are compared on every page.

    Where marks became part of the page, their words come to those of the page.
    """

    def same_text(one: "PdfPage", other: "PdfPage", number: int) -> None:
        text_before, says = (page.get_textpage().get_text_range() for page in (one, other))
        lost = Counter(text_before.split()) - Counter(says.split())
        if lost or (text_before != says and not marks_added):
            raise MigrationDiffersError(what=f"text, page {number + 1}", original="", result="")

    return _compare(source, target, same_text)


def compare_looks(source: Path, target: Path) -> int:
    """The same, whatever the words say: those of a copy may be others, but none is seen."""
    return _compare(source, target, lambda _one, _other, _number: None)


def _compare(source: Path, target: Path, same_text: "SameText") -> int:
    import pypdfium2

    with pypdfium2.PdfDocument(source) as before, pypdfium2.PdfDocument(target) as after:
        count, found = len(before), len(after)
    if count != found:
        raise MigrationDiffersError(what="pages", original=count, result=found)
    for part in page_parts(count, source.stat().st_size + target.stat().st_size):
        with pypdfium2.PdfDocument(source) as before, pypdfium2.PdfDocument(target) as after:
            before.init_forms()  # else the mark of a signature is not drawn
            for number in part:
                _compare_pages(before[number], after[number], number, same_text)
    return min(count, _DRAWN_PAGES)


def _compare_pages(one: "PdfPage", other: "PdfPage", number: int, same_text: "SameText") -> None:
    size, found = (tuple(round(side, 1) for side in page.get_size()) for page in (one, other))
    if size != found:
        raise MigrationDiffersError(what=f"size, page {number + 1}", original=size, result=found)
    same_text(one, other, number)
    if number < _DRAWN_PAGES:
        _compare_picture(one, other, number)


def _compare_picture(one: "PdfPage", other: "PdfPage", number: int) -> None:
    pictures = [page.render(scale=_SCALE, grayscale=True).to_pil() for page in (one, other)]
    if _difference(*(picture.tobytes() for picture in pictures)) > _ALLOWED_SHARE:
        raise MigrationDiffersError(what=f"picture, page {number + 1}", original="", result="")


def _difference(one: bytes, other: bytes) -> float:
    """Mean difference of brightness, from 0 to 1."""
    apart = sum(abs(a - b) for a, b in zip_longest(one, other, fillvalue=0))
    return apart / (255 * max(len(one), 1))
