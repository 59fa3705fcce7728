"""Who asks the API with a token, and in which language."""

from dataclasses import replace

from flask import g, request

from archive_service.accounts.second_factor import must_prove
from archive_service.accounts.sessions import actor_of_token, note_used
from archive_service.door import came_by
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
        TokenRefusedError: unknown, ended, expired, from elsewhere, or of an account disabled or
            long unused.
    """
    g.bearer = False
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not request.path.startswith(f"{PREFIX}/"):
        return
    archive, address = services(), request.remote_addr or ""
    with archive.read_only() as session:
        found = actor_of_token(
            session,
            token.strip(),
            idle_days=archive.settings.web.idle_account_days,
            address=address,
        )
    if found is None:
        raise TokenRefusedError(path=request.path)
    came_by(session="", token=str(found.id))  # of both it is the token that acts
    if found.is_due:
        note_used(found.id, address=address, database=archive.database)
    asked = must_prove(found.account, found.proved_at, archive.settings)
    g.actor, g.person, g.bearer = replace(found.actor, must_prove=asked), None, True
    g.must_choose = ""  # of a browser's session, which the token takes the place of
