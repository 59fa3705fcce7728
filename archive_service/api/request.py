"""Who asks the API, in which language, and over which services."""

from flask import current_app, g, request

from archive_service.accounts.sessions import actor_of_token
from archive_service.bootstrap import Services
from archive_service.domain.account import Actor
from archive_service.messages import LANGUAGES
from archive_service.schemas.problem import SignInRequiredError, TokenRefusedError

PREFIX = "/api/v1"


def services() -> Services:
    """The services of this process."""
    found: Services = current_app.extensions["archive"]
    return found


def current_actor() -> Actor:
    """Who acts in this request; ``SignInRequiredError`` where nobody does."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise SignInRequiredError(path=request.path)
    return actor


def language() -> str:
    """The better of ``vi`` and ``en`` by ``Accept-Language``; ``vi`` where it says neither."""
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def recognise_token() -> None:
    """A bearer token takes the place of whatever session the request carries.

    Raises:
        TokenRefusedError: unknown, revoked, or of a disabled account.
    """
    g.bearer = False
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not request.path.startswith(f"{PREFIX}/"):
        return
    with services().read_only() as session:
        actor = actor_of_token(session, token.strip())
    if actor is None:
        raise TokenRefusedError(path=request.path)
    g.actor, g.person, g.bearer = actor, None, True
