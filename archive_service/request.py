"""The request in hand, of a page or of the API: who asks, and over which services."""

from flask import current_app, g, request

from archive_service.domain.people.account import Actor
from archive_service.problem import SignInRequiredError
from archive_service.services import Services

EXTENSION = "archive"  # where the application keeps its Services


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
