"""Who asks the API with a token, and in which language."""

from flask import g, request

from archive_service.accounts.acts import note_seen
from archive_service.accounts.sessions import actor_of_token
from archive_service.messages import LANGUAGES
from archive_service.problem import TokenRefusedError
from archive_service.request import services

PREFIX = "/api/v1"


def language() -> str:
    """The better of ``vi`` and ``en`` by ``Accept-Language``; ``vi`` where it says neither."""
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def recognise_token() -> None:
    """A bearer token takes the place of whatever session the request carries.

    Raises:
        TokenRefusedError: unknown, revoked, or of an account disabled or long unused.
    """
    g.bearer = False
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not request.path.startswith(f"{PREFIX}/"):
        return
    with services().read_only() as session:
        found = actor_of_token(
            session, token.strip(), idle_days=services().settings.web.idle_account_days
        )
    if found is None:
        raise TokenRefusedError(path=request.path)
    actor, unseen = found
    if unseen and actor.account_id is not None:
        note_seen(actor.account_id, database=services().database)
    g.actor, g.person, g.bearer = actor, None, True
    g.must_choose_password = False  # of a browser's session, which the token takes the place of
