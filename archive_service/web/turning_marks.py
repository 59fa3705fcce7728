"""Marks that turn text around: on a page, what somebody typed is read in the order it is kept."""

import re

from flask import Flask, Response

from archive_service.text import unturned

_LEFT = re.compile(r"(<(textarea|script|style)\b.*?</\2>|<[^>]*>)", re.DOTALL | re.IGNORECASE)


def install(app: Flask) -> None:
    """Look at each page before it is sent."""
    app.after_request(_shown)


def _shown(answer: Response) -> Response:
    if answer.mimetype == "text/html" and not answer.is_streamed:
        text = answer.get_data(as_text=True)
        if unturned(text) != text:
            answer.set_data(with_marks_named(text))
    return answer


def with_marks_named(page: str) -> str:
    """The page with such marks by their number in its words; tags and fields stay as they are."""
    parts, done = [], 0
    # Behind the last end of a tag each "<" would be searched for one, through all that follows.
    for left in _LEFT.finditer(page, 0, page.rfind(">") + 1):
        parts += [_named(page[done : left.start()]), left[0]]
        done = left.end()
    return "".join([*parts, _named(page[done:])])


def _named(words: str) -> str:
    shown = unturned(words)
    return words if shown == words else shown.replace("<", "&lt;").replace(">", "&gt;")
