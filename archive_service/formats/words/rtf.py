"""Words of RTF: the body, then what stands beside it, as for a Word file."""

import re
from collections.abc import Iterator
from pathlib import Path

from archive_service.formats.words.plain import put_right
from archive_service.formats.words.section import Section, UnreadableWordsError

_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
# Groups that the converter leaves out though people read them, by the part of a Word file.
_BESIDE = {
    "header": ("header", "headerf", "headerl", "headerr"),
    "footer": ("footer", "footerf", "footerl", "footerr"),
    "footnotes": ("footnote",),  # endnotes as well
    "comments": ("annotation",),
    "drawings": ("shptxt", "dptxbxtext"),
}
_PART_OF = {word: part for part, words in _BESIDE.items() for word in words}
_TOKEN = re.compile(
    rf"\\bin(?P<raw>\d{{1,9}}) ?|\\[^a-z]|(?P<close>\}})"
    rf"|\{{(?:\s*(?:\\\*\s*)?\\(?P<beside>{'|'.join(_PART_OF)})(?![a-zA-Z])\d* ?)?"
)
_FONTS = re.compile(r"\{[^{}]*\\fonttbl")
_BEYOND = re.compile(r"[^\x00-\x7f]")
_BRACE = re.compile(r"\\[\\{}]|[{}]")


def rtf_sections(path: Path) -> Iterator[Section]:
    """Body, headers, footers, notes, comments and text boxes; old fonts are put right."""
    from striprtf.striprtf import rtf_to_text

    data = path.read_bytes()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableWordsError("no RTF")
    page = _CODE_PAGE.search(data)
    encoding = f"cp{int(page[1])}" if page else "cp1252"
    source = _in_one_byte(data)
    for place, body in (("part:1", source), *_beside(source)):
        text: str = rtf_to_text(  # type: ignore[no-untyped-call]  # it publishes no types
            body, encoding=encoding, errors="replace"
        )
        # A letter beyond the first plane is written as two halves.
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        yield Section(place, put_right(whole))


def _in_one_byte(data: bytes) -> str:
    """Each byte as a letter; of an RTF in UTF-8 (SheetJS) letters by their numbers."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
    return _BEYOND.sub(lambda letter: f"{{\\uc1{_numbers(letter[0])}}}", text)


def _numbers(letter: str) -> str:
    wide = letter.encode("utf-16-le")
    halves = (wide[at : at + 2] for at in range(0, len(wide), 2))
    return "".join(f"\\u{int.from_bytes(half, 'little')}?" for half in halves)


def _beside(source: str) -> Iterator[tuple[str, str]]:
    """By place the groups of each part, as one RTF of its own under the head of the whole."""
    head = _head(source)
    for part, groups in _groups(source).items():
        yield f"{part}:", "".join((head, *(f"{{{group}}}\\par " for group in groups), "}"))


def _groups(source: str) -> dict[str, dict[str, None]]:
    """What each part says, without the groups of another part in it; a repeated one once."""
    found: dict[str, dict[str, None]] = {}
    stack: list[tuple[str, list[str]]] = [("", [])]
    at = 0
    while token := _TOKEN.search(source, at):
        pieces = stack[-1][1]
        pieces.append(source[at : token.start()])
        at = token.end() + int(token["raw"] or 0)  # bytes of a picture are passed over
        if token["beside"]:
            stack.append((_PART_OF[token["beside"]], []))
        elif token["close"] and len(stack) > 1:
            part, pieces = stack.pop()
            if part:
                found.setdefault(part, {})["".join(pieces)] = None
            else:
                pieces.append("}")
        elif token[0] == "{":
            pieces.append("{")
            stack.append(("", pieces))
        elif token["raw"] is None:
            pieces.append(token[0])
    return found


def _head(source: str) -> str:
    """The beginning up to the end of the table of fonts, which tell how bytes are letters."""
    depth = 0
    if fonts := _FONTS.search(source):
        for brace in _BRACE.finditer(source, fonts.start()):
            depth += {"{": 1, "}": -1}.get(brace[0], 0)
            if not depth:
                return source[: brace.end()]
    return "{\\rtf1 "
