"""A copy for use of a PDF, whole or some of its pages, as PDF/A-2b: what is signed as SAO Y.

A signed original is evidence and is not touched: the mark of its signature stays on the page of the
copy, the signature itself in the original.
"""

import datetime as dt
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.convert.pdf import drop_claims, flatten
from archive_service.formats.output import Output
from archive_service.formats.pdf.check_code import (
    MARGIN_PT,
    SIDE_PT,
    CheckCode,
    draw_check_code,
)
from archive_service.formats.pdf.extract import keep_pages
from archive_service.formats.pdf.facts import PdfCondition, read_pdf_here
from archive_service.formats.pdf.pdfa import (
    FLAVOUR,
    CopyFacts,
    NotPdfaError,
    describe_copy,
    describe_pdf,
    save_pdfa,
)

if TYPE_CHECKING:
    import pikepdf

_LIMIT_S = 300
_MEMORY_MIB = 1024
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_ACTING = ("/OpenAction", "/AA", "/JavaScript")  # of its own accord


class CopyNotMadeError(InputError):
    """What is stored cannot become a PDF/A that could be signed."""


def parse_pages(text: str, count: int) -> list[int]:
    """Page numbers from 1 to ``count``, of a text such as ``1-2,5``; none for an empty one.

    Raises:
        ValueError: another form, a page that is not there, or a range that runs backwards.
    """
    numbers: dict[int, None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise ValueError(part)
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= count:
            raise ValueError(part)
        numbers.update(dict.fromkeys(range(first, last + 1)))
    return list(numbers)


def make_use_copy(
    source: Path,
    target: Path,
    *,
    pages: Sequence[int],
    title: str,
    about: CopyFacts,
    made_at: dt.datetime,
    check: CheckCode | None = None,
) -> None:
    """Write PDF/A of these pages, or of all where none is named; judged before it stands there.

    In a child process: the PDF may be a stranger's. ``check`` stands at the foot of the first page.

    Raises:
        CopyNotMadeError: it does not open, or is none that can become PDF/A.
    """
    outcome = run_limited(
        make_use_copy_here,
        source,
        Output(target),
        list(pages),
        title,
        about,
        made_at,
        check,
        limit_s=_LIMIT_S,
        memory_mib=_MEMORY_MIB,
    )
    if isinstance(outcome, ParserFailure):
        raise CopyNotMadeError(reason=outcome.detail)


def make_use_copy_here(
    source: Path,
    target: Path,
    pages: list[int],
    title: str,
    about: CopyFacts,
    made_at: dt.datetime,
    check: CheckCode | None = None,
) -> None:
    """``make_use_copy`` in this very process."""
    import pikepdf
    from pikepdf import pdfa

    facts = read_pdf_here(source)
    if facts.condition is not PdfCondition.GOOD:
        raise CopyNotMadeError(reason=f"{facts.condition.value}: {facts.detail}"[:300])
    with pikepdf.open(source) as pdf:
        flatten(pdf)
        drop_claims(pdf)
        for name in _ACTING:
            if name in pdf.Root:
                del pdf.Root[name]
        if pages:
            keep_pages(pdf, pages)
        if check is not None:
            _put_code(pdf, check)
        if "/Metadata" in pdf.Root:
            del pdf.Root["/Metadata"]  # of the original; that of the copy is its own
        del pdf.docinfo
        describe_pdf(pdf, title, made_at)
        pdfa.prepare(pdf, FLAVOUR)
        describe_pdf(pdf, title, made_at)
        describe_copy(pdf, about, made_at)
        try:
            save_pdfa(pdf, target)
        except NotPdfaError as error:
            raise CopyNotMadeError(**error.facts) from error


def _put_code(pdf: "pikepdf.Pdf", check: CheckCode) -> None:
    """Over a corner of the first page; on a turned one it lies turned, and is read all the same."""
    import img2pdf
    import pikepdf

    drawn = draw_check_code(check)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    page = pdf.pages[0]
    left, bottom = (float(edge) + MARGIN_PT for edge in list(page.cropbox)[:2])
    right, top = left + SIDE_PT, bottom + SIDE_PT * drawn.height / drawn.width
    with pikepdf.open(io.BytesIO(img2pdf.convert(out.getvalue(), nodate=True))) as picture:
        page.add_overlay(picture.pages[0], pikepdf.Rectangle(left, bottom, right, top))
