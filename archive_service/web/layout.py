"""The frame of every page: texts and values in templates, the headers."""

from functools import partial
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from flask.globals import request_ctx

from archive_service import access, clock, messages
from archive_service.accounts.passkeys.shown import keys_of
from archive_service.accounts.passkeys.site import site_of
from archive_service.accounts.second_factor import has_second_factor
from archive_service.domain.people.account import Account, masked
from archive_service.evidence.withdrawn_trust import withdrawn_papers
from archive_service.request import current_actor, services
from archive_service.web import display
from archive_service.web.language import language
from archive_service.web.navigation import bar, here_in_bar, lines
from archive_service.web.people import people

POLICY = "; ".join((
    "default-src 'none'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "media-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",  # pdf.js decodes JBIG2 and JPEG 2000 in WebAssembly
    "connect-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip


def here(**changes: object) -> str:
    """This page's address with other query arguments; ``None`` drops one, a list repeats it.

    Of a page that answers a form whose address is for sending alone: the page above it.
    """
    arguments: dict[str, object] = {key: values for key, values in request.args.lists()}
    arguments.update(changes)
    kept = {key: value for key, value in arguments.items() if value is not None}
    path = readable(request.path)
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def readable(path: str) -> str:
    """The address itself where it can be fetched, else the nearest one above that can."""
    adapter = request_ctx.url_adapter
    while adapter is not None and len(path) > 1 and not adapter.test(path, method="GET"):
        path = path.rpartition("/")[0] or "/"
    return path


def t(key: str, **facts: object) -> str:
    """The text at this key, in the reader's language."""
    return messages.text(key, language(), **facts)


def known(key: str) -> bool:
    """Whether there is a text at this key."""
    return messages.has(key, "vi")


def install(app: Flask) -> None:
    """Give the templates their words and values, and every answer its headers."""
    names = app.jinja_env.globals
    names.update(t=t, known=known, here=here, language=language)
    names.update(here_in_bar=here_in_bar, people=people)
    names["now"] = clock.now
    names["pages_in_bar"] = lambda: bar(current_actor())
    names["lines_of"] = lambda of, key: lines(of, key, current_actor(), g.get("waiting", {}))
    names["may_do"] = lambda act: access.may(current_actor(), act)
    names["has_second_factor"] = _has_second_factor
    names["has_passkey"] = _has_passkey
    names["is_demo_signed"] = _is_demo_signed
    names["is_trial"] = lambda: services().settings.is_demo
    names["script_words"] = lambda: messages.labels("script", language())
    filters = app.jinja_env.filters
    filters.update(
        together=display.together,
        day=display.day,
        moment=display.moment,
        typed_day=display.typed_day,
        typed_moment=display.typed_moment,
        time_of_day=display.time_of_day,
        days_until=display.days_until,
        initials=display.initials,
        masked=masked,
    )
    for in_language in (
        display.number,
        display.percent,
        display.size,
        display.span,
        display.milliseconds,
        display.place,
    ):
        filters[in_language.__name__] = partial(_spoken, in_language)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.after_request(_with_headers)


def _has_second_factor() -> bool:
    with services().read_only() as session:
        return has_second_factor(session, current_actor())


def _has_passkey() -> bool:
    """Whether the person has a passkey that the browser takes at the address of this page."""
    if "has_passkey" not in g:
        site, actor = site_of(services().settings, request.host_url), current_actor()
        with services().read_only() as session:
            row = session.get(Account, actor.account_id) if site and actor.account_id else None
            g.has_passkey = bool(site and row and keys_of(session, row, site.host))
    return bool(g.has_passkey)


def _is_demo_signed(sha256: str | None) -> bool:
    """Whether a paper of ours bears a signature that proves nothing any more."""
    if "withdrawn_papers" not in g:
        archive = services()
        with archive.read_only() as session:
            g.withdrawn_papers = withdrawn_papers(session, archive.settings.archive.code)
    return sha256 in g.withdrawn_papers


def _spoken(write: object, value: float | None) -> str:
    return write(value, language()) if callable(write) else ""


def _with_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    return response
