"""Numbers in the fields of a form: another word is refused, never taken for a default."""

import re

from flask import request

from archive_service.errors import InputError

_WRITTEN = re.compile(r"\s*-?[0-9]{1,9}\s*")
_LONGEST_SHOWN = 40  # characters of what stands in the place of a number


class NotWholeNumberError(InputError):
    """A field that takes a whole number is empty or has other words.

    ``text`` is what was typed, ``at`` the field in the form.
    """


class NotNumberError(InputError):
    """A field that takes a number has other words; ``text`` and ``at`` as for a whole one."""


def number_in_form(at: str, *, empty: int | None = None) -> int:
    """The whole number in the field ``at``; ``empty`` where it is left out.

    Raises:
        NotWholeNumberError: it holds something else, or has to be filled in.
    """
    text = request.form.get(at, "")
    if not text.strip() and empty is not None:
        return empty
    return _whole(text, at)


def number_or_none(at: str) -> int | None:
    """The same; none where it is left out."""
    text = request.form.get(at, "")
    return _whole(text, at) if text.strip() else None


def numbers_in_form(at: str) -> list[int]:
    """Those of all fields of this name, as ticks are; ``NotWholeNumberError``."""
    return [_whole(text, at) for text in request.form.getlist(at)]


def share_in_form(at: str) -> float:
    """The per cent in the field ``at`` as a share of the whole; none where it is left out.

    Raises:
        NotNumberError: it holds something else.
    """
    text = request.form.get(at, "")
    try:
        return float(text or 0) / 100
    except ValueError:
        raise NotNumberError(text=text.strip()[:_LONGEST_SHOWN], at=at) from None


def _whole(text: str, at: str) -> int:
    if _WRITTEN.fullmatch(text) is None:
        raise NotWholeNumberError(text=text.strip()[:_LONGEST_SHOWN], at=at)
    return int(text)
