"""Cells 7 and 9b of the page that is signed: position and name, and who receives it."""

import re
from collections.abc import Sequence

from archive_service.text import fold
from digitize.ocr.edit_distance import edits
from digitize.ocr.layout import layout
from digitize.page_one.head import Found
from digitize.page_one.lines import Piece, like

_ON_BEHALF = re.compile(r"^(?:tm|kt|tl|tuq|q)\s*[.,]?\s+", re.IGNORECASE)
_TITLE = re.compile(r"^(?:(?:GS|PGS|TS|ThS|KS|CN|BS|CKI{1,2}|Ths|Ts)[.,]\s*)+")
_LEAST_NAME, _MOST_NAME = 2, 5  # words of a person's name
_ABOVE = 0.05  # share of the page by which the position may stand above "Nơi nhận"
_UNKNOWN_SURNAME = 0.85
_WITHOUT_ANCHOR = 0.85
_LEGIBLE, _BLURRED = 50, 0.6  # a line read worse than that spoils the list


def find_recipients_anchor(pieces: Sequence[Piece]) -> Piece | None:
    """The piece that reads "Nơi nhận:" at the left; the last one."""
    cell = layout()["recipients"]
    for piece in reversed(pieces):
        start = " ".join(piece.folded.split()[:2]).strip(" :.;,")
        if piece.within(cell.box) and piece.left < 0.35 and like(start, "noi nhan", share=0.25):
            return piece
    return None


def recipients(pieces: Sequence[Piece], anchor: Piece) -> Found | None:
    """Who receives it, parted by semicolons."""
    column = [
        one
        for one in pieces
        if one.top > anchor.bottom - 0.006 and one.left < 0.40 and one.middle < 0.5
    ]
    lines: list[Piece] = []
    for piece in column:
        before = lines[-1] if lines else anchor
        if piece.top - before.bottom > 2.5 * max(before.height, piece.height):
            break
        lines.append(piece)
    tail = " ".join(anchor.text.split()[2:]).strip(" :")
    items = _items(
        [tail, *(line.text for line in lines)] if tail else [line.text for line in lines]
    )
    words = (*anchor.words, *(word for line in lines for word in line.words))
    clear = all(line.confidence >= _LEGIBLE for line in lines)
    return Found("; ".join(items), words, 1.0 if clear else _BLURRED) if items else None


def signer(pieces: Sequence[Piece], anchor: Piece | None) -> dict[str, Found]:
    """``position`` and ``signer`` of the right column, beside the recipients or at the end."""
    cell = layout()["signer"]
    top = anchor.top - _ABOVE if anchor is not None else cell.box[1]
    column = [one for one in pieces if one.top >= top and one.within(cell.box) and one.left > 0.38]
    start = _position_at(column, anchor)
    if start is None:
        return {}
    titles = [column[start]]
    for piece in column[start + 1 :]:
        if not piece.is_capital or piece.top - titles[-1].bottom > 1.2 * titles[-1].height:
            break
        titles.append(piece)
    sure = 1.0 if anchor is not None else _WITHOUT_ANCHOR
    found = {"position": _position(titles, sure)}
    named = _name(column[start + len(titles) :], titles[-1], sure)
    if named is not None:
        found["signer"] = named
    return found


def _position_at(column: Sequence[Piece], anchor: Piece | None) -> int | None:
    """Where the capitals of the position begin."""
    known = layout()["positions"].folded
    for number, piece in enumerate(column):
        if not piece.is_capital or any(letter.isdigit() for letter in piece.text):
            continue
        bare = piece.folded.strip(" .,;:-|*")
        behalf = _ON_BEHALF.match(bare) is not None
        if behalf or any(bare.startswith(name) or like(bare, name, share=0.15) for name in known):
            return number
        if anchor is not None and piece.top < anchor.bottom + 0.03 and len(piece.words) >= 2:
            return number
    return None


def _position(titles: Sequence[Piece], sure: float) -> Found:
    """The signer's own position: what follows the lines that say on whose behalf."""
    behalf = [number for number, title in enumerate(titles) if _ON_BEHALF.match(title.folded)]
    own = titles[behalf[-1] + 1 :] if behalf else titles
    words = tuple(word for title in titles for word in title.words)
    printed = " ".join(title.text for title in titles)
    value = " ".join(piece.text for piece in own).strip(" .,;:-|*") or printed
    return Found(value, words, sure, printed)


def _name(below: Sequence[Piece], title: Piece, sure: float) -> Found | None:
    """The lowest piece that has the form of a person's name."""
    surnames = set(layout()["surnames"].folded)
    best: tuple[float, Found] | None = None
    for piece in below:
        if piece.top - title.bottom < 0.8 * title.height and not piece.is_capital:
            continue
        words = _TITLE.sub("", piece.text).strip(" .,;:-|*'\"_").split()
        if not _LEAST_NAME <= len(words) <= _MOST_NAME or not all(map(_is_name, words)):
            continue
        known = fold(words[0]) in surnames or any(
            edits(fold(words[0]), surname) <= 1 for surname in surnames if len(surname) >= 4
        )
        trust = sure * (1.0 if known else _UNKNOWN_SURNAME)
        kept = piece.words[-len(words) :]
        found = Found(" ".join(words), kept, trust, piece.text)
        if best is None or trust >= best[0]:
            best = trust, found
    return best[1] if best is not None else None


def _is_name(word: str) -> bool:
    letters = "".join(letter for letter in word if letter not in "'-")
    whole = letters.isalpha() and letters[:1].isupper()
    return whole and (letters[1:].islower() or letters.isupper() or len(letters) == 1)


def _items(lines: Sequence[str]) -> list[str]:
    """One for each entry; a line that opens with no dash goes on with the one before."""
    entries: list[str] = []
    for line in lines:
        text = line.strip()
        opens = text[:1] in "-–—~_*•+" and bool(text)
        if opens or not entries or entries[-1].rstrip().endswith((";", ".")):
            entries.append(text.lstrip(" -–—~_*•+"))
        else:
            entries[-1] += f" {text}"
    parts = [part for entry in entries for part in entry.split(";")]
    return [kept for part in parts if (kept := part.strip(" .;,|")) and len(kept) > 1]
