"""What a PDF says of itself, read by qpdf in a child process: opens, encrypted, pages, PDF/A."""

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.pdf.behind import bytes_behind, iter_overlapping, lacks_end
from archive_service.formats.pdf.layers import OF_SHEETS, iter_layers
from archive_service.formats.pdf.opening import shown_pdf
from archive_service.formats.pdf.packet import UNREADABLE, claim_of

if TYPE_CHECKING:
    import pikepdf

LIMIT_S = 60
MEMORY_MIB = 1024
_HEADER_WITHIN_BYTES = 1024  # and no later (ISO 32000-1, Annex H)
_UNPACKED_BYTES = 1 << 20
_FLUSHED = b"\0\0\xff\xff"  # all that went before can be unpacked (RFC 1951, 3.2.4; Z_SYNC_FLUSH)
_SIGNED_BYTES = b"/ByteRange"
_FOREIGN_KEY = "encryption dictionary"  # for somebody's certificate, or by no known method


# What qpdf remarks where nothing is lost and every reader shows the same: entries of the table of
# objects, white space, types that are left out, a page named twice.
_HARMLESS = re.compile(
    r"reported number of objects|accepting invalid xref table entry"
    r"|extraneous whitespace|stream keyword (?:followed by|not followed by proper)"
    r"|startxref was more than|invalid /ID in trailer|expected endobj"
    r"|/Type key should be|setting missing or invalid /Type"
    r"|appears more than once in the pages tree|Resources is missing or invalid"
    r"|Annots has duplicate entry|has duplicated key|/Parent entry while traversing /AcroForm"
    r"|is direct; converting to indirect|a common error handled correctly"
)


_UNENDED = "input stream is complete but output may still be valid"


class PdfCondition(StrEnum):
    """Whether a PDF can be kept and read."""

    GOOD = "good"
    DAMAGED = "damaged"  # opens, but only after repair of its structure
    TRUNCATED = "truncated"  # its end is missing
    ENCRYPTED = "encrypted"  # a password, or permissions that lock it
    UNREADABLE = "unreadable"  # does not open at all

    @property
    def opens(self) -> bool:
        """Whether its pages are to be seen, after repair of its structure at most."""
        return self in (PdfCondition.GOOD, PdfCondition.DAMAGED)


class PdfContent(StrEnum):
    """Where what the PDF has to say is found."""

    PAGES = "pages"
    ATTACHED = "attached"  # a portfolio: the page is a cover, the documents are its attachments
    DRAWN = "drawn"  # a dynamic XFA form: the page asks to be opened with another program


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What was found; counts are 0 and texts empty where the PDF did not open."""

    condition: PdfCondition
    pages: int = 0
    version: str = ""  # "1.7", the catalogue's where it is higher than the header's
    pdfa: str = ""  # what it claims, "2b", or "?"; not validated
    signature_fields: int = 0  # fields that hold a signature
    signed_on: Mapping[str, int] = field(default_factory=dict)  # field's name -> page it is seen on
    signed_once: bool = False  # a revision of it was signed, whether the last one says so or not
    active: bool = False  # holds a script, or starts a program
    of_images: bool = False  # a page of it is the image of a sheet; asked of active ones alone
    broken_page: int = 0  # the first whose content cannot be unpacked, from 1
    content: PdfContent = PdfContent.PAGES
    bytes_behind: int = 0  # its last end mark, where they are more than blanks and a comment
    detail: str = ""  # technical, English
    begins: bool = True  # with its header or blanks; programs pass over other bytes before it too

    @property
    def names_pdfa(self) -> bool:
        """Whether it claims to be PDF/A, and says of which part."""
        return self.pdfa not in ("", UNREADABLE)


def read_pdf(path: Path, *, limit_s: float = LIMIT_S, memory_mib: int = MEMORY_MIB) -> PdfFacts:
    """Open the PDF in a child process; a crash, a hang or greed of the parser is *unreadable*."""
    outcome = run_limited(read_pdf_here, path, limit_s=limit_s, memory_mib=memory_mib)
    if isinstance(outcome, ParserFailure):
        detail = f"{outcome.reason.value}: {outcome.detail}"
        return PdfFacts(PdfCondition.UNREADABLE, detail=detail)
    return outcome


def read_pdf_here(path: Path) -> PdfFacts:
    """``read_pdf`` in this very process."""
    import pikepdf

    truncated = lacks_end(path)
    try:
        with shown_pdf(path) as pdf:
            active = is_active(pdf)
            # Objects are read when they are asked for: what is at fault in one is told only now.
            warnings = [str(warning) for warning in pdf.get_warnings()]
            signed = list(_signatures(pdf))
            return PdfFacts(
                condition=_condition(pdf, truncated=truncated, warnings=warnings),
                pages=len(pdf.pages),
                version=pdf.pdf_version,
                pdfa=claim_of(pdf),
                signature_fields=len(signed),
                signed_on=_pages_of(pdf, signed),
                signed_once=bool(signed) or _names_signed_bytes(path),
                active=active,
                of_images=active and _is_of_images(path),
                broken_page=_broken_page(pdf),
                content=_content(pdf),
                bytes_behind=0 if truncated else bytes_behind(path),  # it has no end yet
                detail=_plain_words("; ".join(warnings), Path(pdf.filename)),
                begins=_begins(path),
            )
    except pikepdf.PasswordError as error:
        return PdfFacts(PdfCondition.ENCRYPTED, detail=_plain_words(str(error), path))
    except pikepdf.PdfError as error:
        condition = PdfCondition.TRUNCATED if truncated else PdfCondition.UNREADABLE
        if _FOREIGN_KEY in str(error):
            condition = PdfCondition.ENCRYPTED
        return PdfFacts(condition, detail=_plain_words(str(error), path))


def _begins(path: Path) -> bool:
    with path.open("rb") as file:
        before, _, _ = file.read(_HEADER_WITHIN_BYTES).partition(b"%PDF-")
    return not before.removeprefix(codecs.BOM_UTF8).strip(b"\0\t\n\f\r ")


def _names_signed_bytes(path: Path) -> bool:
    """Whether a signature lies in the file: its dictionary is never packed (ISO 32000-1, 12.8)."""
    with path.open("rb") as file:
        return any(_SIGNED_BYTES in data for data in iter_overlapping(file, len(_SIGNED_BYTES)))


def is_active(pdf: "pikepdf.Pdf") -> bool:
    """Whether any object of the PDF is an act that runs a script or starts a program."""
    return any(_acts(item) for item in pdf.objects)


def _acts(thing: Any) -> bool:
    """An act, or what holds one within itself: ``objects`` gives only what has a number."""
    import pikepdf

    if isinstance(thing, pikepdf.Dictionary):
        if "/JS" in thing or thing.get("/S") in ("/JavaScript", "/Launch"):
            return True
        within: Iterable[Any] = thing.values()
    elif isinstance(thing, pikepdf.Array):
        within = thing
    else:
        return False
    return any(
        isinstance(item, (pikepdf.Dictionary, pikepdf.Array))
        and not item.is_indirect
        and _acts(item)
        for item in within
    )


def _is_of_images(path: Path) -> bool:
    import pypdfium2

    try:
        return any(layer.kind in OF_SHEETS for layer in iter_layers(path))
    except pypdfium2.PdfiumError:  # told as damaged
        return False


def _content(pdf: "pikepdf.Pdf") -> PdfContent:
    """By the catalogue (ISO 32000-1, 12.3.5 and 12.7.8)."""
    import pikepdf

    if isinstance(pdf.Root.get("/Collection"), pikepdf.Dictionary):
        return PdfContent.ATTACHED
    form = pdf.Root.get("/AcroForm")
    is_xfa = isinstance(form, pikepdf.Dictionary) and "/XFA" in form
    dynamic = is_xfa and bool(pdf.Root.get("/NeedsRendering", False))
    return PdfContent.DRAWN if dynamic else PdfContent.PAGES


def _broken_page(pdf: "pikepdf.Pdf") -> int:
    import pikepdf

    for number, page in enumerate(pdf.pages, start=1):
        content = page.obj.get("/Contents")
        for stream in content if isinstance(content, pikepdf.Array) else (content,):
            if isinstance(stream, pikepdf.Stream):
                try:
                    stream.read_bytes()
                except pikepdf.PdfError:
                    return number
    return 0


def _condition(pdf: "pikepdf.Pdf", *, truncated: bool, warnings: list[str]) -> PdfCondition:
    if pdf.is_encrypted:
        return PdfCondition.ENCRYPTED
    if truncated and warnings:
        return PdfCondition.TRUNCATED
    faults = [warning for warning in warnings if _HARMLESS.search(warning) is None]
    if faults and all(_UNENDED in fault for fault in faults) and _all_flushed(pdf):
        return PdfCondition.GOOD
    return PdfCondition.DAMAGED if faults else PdfCondition.GOOD


def _plain_words(words: str, path: Path) -> str:
    """The parser's words without the place of the bytes, which tells a reader nothing."""
    return words.replace(f"{path}: ", "").replace(str(path), "PDF")[:500]


def _signatures(pdf: "pikepdf.Pdf") -> Iterator[tuple[str, "pikepdf.Object"]]:
    """Filled signature fields by full name, through the tree of fields (ISO 32000-1, 12.7.3)."""
    form: Any = pdf.Root.get("/AcroForm")
    waiting = [("", "", dictionary) for dictionary in _dictionaries(form, "/Fields")]
    seen: set[tuple[int, int]] = set()
    while waiting:
        above, kind, item = waiting.pop()
        if item.is_indirect and item.objgen in seen:
            continue
        seen.add(item.objgen)
        name = ".".join(filter(None, (above, str(item.get("/T", "")))))
        kind = str(item.get("/FT", kind))
        waiting.extend((name, kind, kid) for kid in _dictionaries(item, "/Kids"))
        if kind == "/Sig" and item.get("/V") is not None:
            yield name, item


def _dictionaries(holder: Any, key: str) -> list["pikepdf.Object"]:
    """Those in the list under ``key``; what is of another kind is nothing, as readers take it."""
    import pikepdf

    held = holder.get(key) if isinstance(holder, pikepdf.Dictionary) else None
    if not isinstance(held, pikepdf.Array):
        return []
    return [item for item in held if isinstance(item, pikepdf.Dictionary)]


def _pages_of(pdf: "pikepdf.Pdf", signed: Iterable[tuple[str, "pikepdf.Object"]]) -> dict[str, int]:
    """On which page each is seen; one that has no place on paper has none."""
    pages = {
        name: page
        for name, field in signed
        for widget in (field, *_dictionaries(field, "/Kids"))
        if (page := _paper_under(widget)) is not None
    }
    if not pages:
        return {}
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, start=1)}
    return {name: numbers[page] for name, page in pages.items() if page in numbers}


def _paper_under(widget: "pikepdf.Object") -> tuple[int, int] | None:
    """The page that a signature's box lies on, where the box has a size."""
    import pikepdf

    page, box = widget.get("/P"), widget.get("/Rect")
    if not isinstance(page, pikepdf.Dictionary) or not isinstance(box, pikepdf.Array):
        return None
    is_box = len(box) == 4 and box[0] != box[2] and box[1] != box[3]
    return page.objgen if is_box else None


def _all_flushed(pdf: Any) -> bool:
    """Whether each packed stream that has no end was flushed by its writer, as Acrobat Reader does.

    Such a stream holds all that was written into it; one that breaks off elsewhere does not.
    """
    import pikepdf

    return all(
        _is_flushed(stream)
        for stream in pdf.objects
        if isinstance(stream, pikepdf.Stream) and stream.get("/Filter") == "/FlateDecode"
    )


def _is_flushed(stream: Any) -> bool:
    import pikepdf

    try:
        packed = stream.read_raw_bytes()
    except (pikepdf.PdfError, RuntimeError):
        return False
    unpacking, left = zlib.decompressobj(), bytes(packed)
    try:
        while left and not unpacking.eof:
            unpacking.decompress(left, _UNPACKED_BYTES)
            left = unpacking.unconsumed_tail
    except zlib.error:
        return False
    return unpacking.eof or bytes(packed).rstrip(b"\r\n").endswith(_FLUSHED)
