"""Where a try comes from, and forms of one's own account that are tried no faster than the door."""

import functools
from collections.abc import Callable
from typing import ParamSpec

from flask import Response, request

from archive_service.accounts.guesses import tell_of_pause
from archive_service.accounts.sessions import is_from
from archive_service.accounts.tries import OWN, Place, counted
from archive_service.request import current_actor, services

_Given = ParamSpec("_Given")
COOKIE = "archive_browser"  # of a browser that somebody has signed in from


def place_of_request() -> Place:
    """The address and the browser of this request."""
    address = request.remote_addr or ""
    inside = is_from(address, services().settings.web.inside)
    return Place(address, request.cookies.get(COOKIE, ""), inside)


def bounded(view: Callable[_Given, Response]) -> Callable[_Given, Response]:
    """Count what is refused there, by account."""

    @functools.wraps(view)
    def run(*args: _Given.args, **kwargs: _Given.kwargs) -> Response:
        name = f"{OWN}{current_actor().account}"
        with counted(name, place_of_request(), database=services().database) as begun:
            response = view(*args, **kwargs)
            begun.went_well = response.status_code < 400
        if not begun.went_well:
            tell_of_pause(services(), name, place_of_request())
        return response

    return run
