"""Where the next page of a search begins; bound to the search it came from."""

import base64
import binascii
import hashlib
from dataclasses import fields, replace

from search.port import MAX_DEPTH, CursorInvalidError, Filters, Query, Visibility


def cursor_at(query: Query, offset: int) -> str:
    """The cursor of the hit after the first ``offset`` ones."""
    return base64.urlsafe_b64encode(f"{offset}:{_fingerprint(query)}".encode()).decode().rstrip("=")


def offset_of(query: Query) -> int:
    """How many hits lie before the page that is asked for.

    Raises:
        CursorInvalidError: the cursor is not of this query, or lies too deep.
    """
    if query.cursor is None:
        return max(0, min(query.skip, MAX_DEPTH - 1))
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        offset, _, fingerprint = base64.urlsafe_b64decode(padded).decode("ascii").partition(":")
        at = int(offset)
    except (ValueError, binascii.Error) as error:
        raise CursorInvalidError(cursor=query.cursor) from error
    if fingerprint != _fingerprint(query) or not 0 <= at < MAX_DEPTH:
        raise CursorInvalidError(cursor=query.cursor)
    return at


def _fingerprint(query: Query) -> str:
    words = (query.words.terms, query.words.runs, query.words.likely)
    none = frozenset[str]()  # what the rows tell is of this moment alone
    visible = replace(query.visible, leaving=none, gone=none, closed=none, shut=none)
    parts = (words, _plain(visible), _plain(query.filters), query.by, query.order)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _plain(part: Visibility | Filters) -> list[str]:
    """Each field in words that do not hang on the order of a set."""
    return [_value_text(getattr(part, field.name)) for field in fields(part)]


def _value_text(value: object) -> str:
    if isinstance(value, tuple):
        return str([_plain(item) for item in value])
    return str(sorted(map(str, value)) if isinstance(value, frozenset) else value)
