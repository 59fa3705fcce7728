"""Lines of text as a file has them: PDF, Office, OpenDocument, RTF, web pages, mail and text.

For looking through them, not for showing: marks of layout are dropped. Read in a child.
"""

import codecs
import html
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from archive_service.formats.compound import opened
from archive_service.formats.enclosed import is_mail, mail_texts
from archive_service.formats.metafile import is_metafile, metafile_lines
from archive_service.formats.office.lines import FIRST_LINES, MOST_BYTES, looked, office_lines
from archive_service.formats.office.old_book import STREAMS as BOOKS
from archive_service.formats.office.old_book import parts_of_book
from archive_service.formats.old_office import letter_texts
from archive_service.formats.pdf.lines import pdf_lines
from archive_service.formats.pdf.lines_beside import lines_beside
from archive_service.formats.tnef import MAGIC as TNEF
from archive_service.formats.tnef import tnef_texts
from archive_service.formats.words.capitals import in_capitals
from archive_service.formats.words.plain import unmarked_utf16
from archive_service.formats.words.rtf_lines import rtf_lines

_PIECE_BYTES = 1 << 20
_GZIP = b"\x1f\x8b\x08"
_OLE2 = b"\xd0\xcf\x11\xe0"
_TAG = re.compile(r"<[^>]*>")
_BREAKS = re.compile(
    r"<(?:br|hr|/?(?:p|div|t[dhr]|h\d|li|d[dt]|title|head|body|header|footer|main|section|article"
    r"|aside|nav|figure|figcaption|caption|legend|option|button|textarea|pre|center|blockquote))"
    r"\b[^>]*>",
    re.IGNORECASE,
)
# Words that stand for a picture, or come with the pointer on something.
_INSTEAD = re.compile(
    r"""\b(?:alt|title|summary|label|aria-label|value|placeholder|content)\s*=\s*"""
    r"""(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
# What may be chosen is not said: one of it is where it stands alone, or is chosen already.
_CHOICE = re.compile(r"<(select|datalist)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_OPTION = re.compile(r"(<(option|optgroup)\b[^>]*>)([^<]*)", re.IGNORECASE)
_CHOSEN = re.compile(r"\sselected(?=[\s=>/])", re.IGNORECASE)
_XML = ("xml", "fodt", "fods", "fodp", "fodg")  # the last four are OpenDocument in one piece


def lines_here(path: Path, media_type: str, extension: str) -> Iterator[str]:
    """In this very process; nothing for a format without words.

    Raises:
        ValueError, zipfile.BadZipFile, KeyError, OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(44)
    head = start[:8]
    if media_type == "application/pdf" or head.startswith(b"%PDF"):
        yield from lines_beside(path)
        yield from pdf_lines(path)
    elif head.startswith(b"PK\x03\x04"):
        yield from office_lines(path)
    elif head.startswith(_OLE2):
        yield from _of_old_office(path)
    elif is_metafile(start):
        yield from metafile_lines(_whole(path))
    elif head.startswith(TNEF):
        yield from _first(_of_texts(tnef_texts(_whole(path))))
    elif head.startswith(_GZIP) and extension in ("emz", "wmz"):
        yield from metafile_lines(_whole(path))
    elif head.startswith(b"{\\rtf"):
        yield from _of_rtf(_text(path))
    elif media_type.startswith("image/"):
        return
    elif is_mail(media_type, extension):
        yield from _first(_of_mail(path))
    else:
        yield from _first(_of_text(path, media_type, extension))


def _of_text(path: Path, media_type: str, extension: str) -> Iterable[str]:
    if media_type in ("text/html", "application/xhtml+xml") or extension in ("html", "htm"):
        return _of_html(_text(path))
    if media_type in ("text/xml", "application/xml") or extension in _XML:
        lines = _lines(_without_tags(_decoded(path)))
        return (part for line in lines for part in html.unescape(line).splitlines())
    if media_type.startswith(("text/", "message/")) or extension in ("txt", "csv", "md"):
        return _lines(_decoded(path))
    return ()


def _first(lines: Iterable[str]) -> Iterator[str]:
    return islice((line for line in lines if line.strip()), FIRST_LINES)


def _of_old_office(path: Path) -> Iterator[str]:
    """A letter's texts; else paragraphs as they lie in the file, two bytes a letter or one."""
    letter = False
    for line in _of_texts(letter_texts(path)):
        letter = True
        yield line
    if letter:
        return
    yield from _of_old_book(path)
    with path.open("rb") as file:
        data = file.read(MOST_BYTES)
    texts = (data[start:].decode("utf-16-le", errors="ignore") for start in (0, 1))
    for text in (*texts, data.decode("cp1252", errors="replace")):
        for line in re.split(r"[\r\n\x07\x0b\x0c\x00]", text):
            if line and len(line) < 200 and line.isprintable():
                yield line
            yield ""


def _of_old_book(path: Path) -> Iterator[str]:
    """Sheets one by one; a letter of theirs lies in one byte or in two, as each text has it."""
    with opened(path) as book:
        if book is None:
            return
        for stream in book.streams():
            if stream.path[-1] in BOOKS:
                for part in parts_of_book(book.read(stream, MOST_BYTES)):
                    yield from looked(part.rows)
                    yield ""


def _of_texts(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Lines of each text by its media type, a bare line behind it."""
    for kind, text in texts:
        if kind == "text/rtf":
            yield from _first(_of_packed(text))
        else:
            yield from _first(_of_html(text) if kind == "text/html" else text.splitlines())
        yield ""


def _of_packed(rtf: str) -> Iterator[str]:
    """Outlook keeps a web page in RTF as well: its tags are words there."""
    if "\\fromhtml" not in rtf:
        return _of_rtf(rtf)
    return _of_html("\n".join(line for lines in rtf_lines(rtf) for line in lines))


def _whole(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


def _of_rtf(text: str) -> Iterator[str]:
    for lines in rtf_lines(text):
        yield from _first(lines)
        yield ""


def _of_html(text: str) -> Iterator[str]:
    seen = _CHOICE.sub(_chosen, _UNSEEN.sub("", in_capitals(text)))
    yield from html.unescape(_TAG.sub("", _BREAKS.sub("\n", seen))).splitlines()
    for tag in _TAG.finditer(seen):
        for found in _INSTEAD.finditer(tag[0]):
            yield ""
            yield from html.unescape("".join(filter(None, found.groups()))).splitlines()


def _chosen(choice: re.Match[str]) -> str:
    """Of several options those that are chosen, each a line; all else of the choice is as it is.

    What a choice that is not ended seems to hold, or one that a comment names, is said beside it.
    """
    kinds = [kind.lower() for _, kind, _ in _OPTION.findall(choice[0])]
    return choice[0] if kinds.count("option") < 2 else _OPTION.sub(_if_chosen, choice[0])


def _if_chosen(option: re.Match[str]) -> str:
    is_chosen = option[2].lower() == "option" and _CHOSEN.search(option[1])
    return f"{option[0]}<br>" if is_chosen else ""


def _of_mail(path: Path) -> Iterator[str]:
    for kind, text in mail_texts(path):
        yield from _of_html(text) if kind == "text/html" else text.splitlines()
        yield ""


def _text(path: Path) -> str:
    return "".join(_decoded(path))


def _decoded(path: Path) -> Iterator[str]:
    """Decoded by its first bytes, else as UTF-8, else as Windows writes Vietnamese."""
    decoder = codecs.getincrementaldecoder(_encoding(path))(errors="replace")
    for piece in _pieces(path):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _encoding(path: Path) -> str:
    decoder, is_plain = codecs.getincrementaldecoder("utf-8")(), True
    for number, piece in enumerate(_pieces(path)):
        if number == 0 and (wide := _wide(piece)):
            return wide
        try:
            is_plain = decoder.decode(piece).isascii() and is_plain
        except UnicodeDecodeError:
            return "cp1258"
    begun, _ = decoder.getstate()  # of a letter at the very end: the only one of a Windows text
    return "cp1258" if begun and is_plain else "utf-8-sig"


def _wide(start: bytes) -> str:
    """Of two or four bytes a letter, by its mark or by where zeros stand; empty for others."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and _is_utf32(start):
        return "utf-32"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return unmarked_utf16(start)


def _is_utf32(start: bytes) -> bool:
    """Its mark is also that of two bytes a letter, with a nought behind it."""
    try:
        codecs.getincrementaldecoder("utf-32")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for _ in range(0, MOST_BYTES, _PIECE_BYTES):
            if not (piece := file.read(_PIECE_BYTES)):
                return
            yield piece


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        head, end, rest = (rest + piece).rpartition("\n")
        yield from (head + end).splitlines()
    yield from rest.splitlines()


def _without_tags(pieces: Iterable[str]) -> Iterator[str]:
    """A line break in the place of each tag."""
    rest = ""
    for piece in pieces:
        head, end, tail = (rest + piece).rpartition(">")
        words, opened, begun = tail.partition("<")
        yield _TAG.sub("\n", head + end) + words
        rest = opened + begun
    yield rest
