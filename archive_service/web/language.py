"""The language of the person at the browser: Vietnamese unless they chose English."""

from flask import has_request_context, request

from archive_service.messages import LANGUAGES

COOKIE = "lang"


def language() -> str:
    """``vi`` or ``en``, from the cookie that the account menu sets."""
    chosen = request.cookies.get(COOKIE, "") if has_request_context() else ""
    return chosen if chosen in LANGUAGES else LANGUAGES[0]
