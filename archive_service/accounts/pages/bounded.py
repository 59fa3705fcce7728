"""Where a try comes from, and forms of one's own account that are tried no faster than the door."""

import functools
from collections.abc import Callable
from typing import ParamSpec

from flask import Response, request

from archive_service.accounts.tries import Place, counted
from archive_service.request import current_actor, services

_Given = ParamSpec("_Given")
COOKIE = "archive_browser"  # of a browser that somebody has signed in from


def place_of_request() -> Place:
    """The address and the browser of this request."""
    return Place(request.remote_addr or "", request.cookies.get(COOKIE, ""))


def bounded(view: Callable[_Given, Response]) -> Callable[_Given, Response]:
    """Count what is refused there, by account."""

    @functools.wraps(view)
    def run(*args: _Given.args, **kwargs: _Given.kwargs) -> Response:
        name = f"own:{current_actor().account}"
        with counted(name, place_of_request(), database=services().database) as begun:
            response = view(*args, **kwargs)
            begun.went_well = response.status_code < 400
        return response

    return run
