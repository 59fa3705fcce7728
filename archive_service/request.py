"""The request in hand, of a page or of the API: who asks, of which services, and how much."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import current_app, g, request

from archive_service.domain.people.account import Actor
from archive_service.problem import SignInRequiredError
from archive_service.services import Services

EXTENSION = "archive"  # where the application keeps its Services
PRESS = "press"  # the field by which a page names a press of its forms
PAGE_FIELDS = frozenset({"csrf_token", PRESS})  # a page puts them into its forms by itself
_TAKEN = "takes_body"
_View = TypeVar("_View", bound=Callable[..., Any])


class Body(StrEnum):
    """How much a route takes; ``archive_service.web.bodies`` has the bytes."""

    FORM = "form"  # fields or JSON: what every route takes that says nothing
    LIST = "list"  # fields or JSON that may name all files of a submission
    PAPER = "paper"  # one scan, sheet or message
    FILES = "files"  # all files of a submission


@dataclass(frozen=True, slots=True)
class Taken:
    """How much a view takes, of those who may do one of these acts; of others a form."""

    body: Body = Body.FORM
    acts: tuple[str, ...] = ()


def takes(body: Body, *acts: str) -> Callable[[_View], _View]:
    """The view takes more than a form; stands below the decorators that make it a route."""

    def mark(view: _View) -> _View:
        setattr(view, _TAKEN, Taken(body, acts))
        return view

    return mark


def taken_by(view: Callable[..., Any] | None) -> Taken:
    """How much a view takes."""
    return getattr(view, _TAKEN, Taken())


def services() -> Services:
    """The services of this process."""
    found: Services = current_app.extensions[EXTENSION]
    return found


def current_actor() -> Actor:
    """Who acts in this request; ``SignInRequiredError`` where nobody does."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise SignInRequiredError(path=request.path)
    return actor
