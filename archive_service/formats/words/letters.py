"""Words of HTML and e-mail."""

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage, Message
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from lxml.html.defs import block_tags

from archive_service.formats.smime import read_letter
from archive_service.formats.words.plain import decoded
from archive_service.formats.words.section import Section, UnreadableWordsError

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"^\s*<\?xml[^>]+encoding\s*=\s*[\"']([A-Za-z0-9_.:-]+)")
_IN_BLOCKS = ("tr", "li", "br", "td", "th", "dt", "dd", "caption", "option", "title", "textarea")
_BLOCKS = block_tags.union(_IN_BLOCKS)
_END = object()  # of a block
_HEADINGS = ("h1", "h2", "h3")
_HEADS = ("Subject", "From", "To", "Cc", "Date")
DEEPEST = 3  # letters within letters
_PARTS = 500
Reader = Callable[[Path, str, int], Iterator[Section]]


def html_sections(path: Path) -> Iterator[Section]:
    """What a reader sees, by its headings."""
    yield from html_text(path.read_bytes())


def html_text(data: bytes, words: str = "") -> Iterator[Section]:
    """The same of bytes; ``told``: the encoding that an e-mail names."""
    from lxml import html

    named = _CHARSET.search(data) or _XML_CHARSET.search(data)
    text = decoded(data, words or (named[1].decode() if named else ""))
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if not text.strip():
        return
    root = html.fromstring(text, parser=html.HTMLParser(no_network=True, huge_tree=False))
    place, pieces = "part:1", [""]
    for event, item in _walk(root):
        if event == "text":
            pieces[-1] += str(item)
        elif event in _HEADINGS:
            heading = " ".join("".join(root_text(item)).split())
            if heading:
                yield Section(place, "\n".join(pieces))
                place, pieces = f"section:{heading}", [""]
        else:
            pieces.append("")
    yield Section(place, "\n".join(pieces))


def root_text(element: object) -> Iterator[str]:
    """All text below an element, that of scripts and styles left out."""
    for event, item in _walk(element):
        if event == "text":
            yield str(item)


def _walk(root: object) -> Iterator[tuple[str, object]]:
    """Text and where blocks begin and end, in the order of reading; no recursion."""
    stack: list[object] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield "text", item
            continue
        if item is _END:
            yield "end", item
            continue
        tag = getattr(item, "tag", "")
        if not isinstance(tag, str) or tag in ("script", "style", "template"):
            if tail := getattr(item, "tail", None):
                yield "text", tail
            continue
        if tag in _BLOCKS:
            yield tag, item
        if item is not root and (tail := getattr(item, "tail", None)):
            stack.append(tail)
        if tag in _BLOCKS:
            stack.append(_END)
        stack.extend(reversed(list(item)))  # type: ignore[call-overload]  # of lxml
        if text := getattr(item, "text", None):
            stack.append(text)


def eml_sections(path: Path, read: Reader, depth: int) -> Iterator[Section]:
    """Heads and words of it and of letters within it, then what hangs on it, where we read that."""
    message = read_letter(path)
    if not message.keys():
        raise UnreadableWordsError("no message")
    letter: list[str] = []
    for part in islice(message.walk(), _PARTS):
        letter += [f"{name}: {value}" for name in _HEADS if (value := _head(part, name))]
        if part.is_multipart():
            continue
        name = part.get_filename()
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            continue
        kind, charset = part.get_content_type(), part.get_content_charset() or ""
        if not name and kind == "text/html":
            letter += [section.text for section in html_text(data, charset)]
        elif not name and kind.startswith("text/"):
            letter.append(decoded(data, charset))
        elif name and depth < DEEPEST:
            letter.append(name)
            extension = Path(name).suffix.lower()[1:10]
            yield from read_within(f"attachment:{name}", extension, data, read, depth)
    yield Section("message:", "\n".join(letter))


def _head(message: Message, name: str) -> str:
    try:
        return str(cast(EmailMessage, message).get(name, ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def read_within(
    place: str, extension: str, data: bytes, read: Reader, depth: int
) -> Iterator[Section]:
    """A file within another as one section at this place; nothing where it has no words."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"within.{extension}")
        path.write_bytes(data)
        try:
            texts = [section.text for section in read(path, extension, depth + 1)]
        except UnreadableWordsError:
            return
    yield Section(place, "\n".join(texts))
