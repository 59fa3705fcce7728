"""Khóa truy cập: passkeys enrolled, asked for by the page's script, and removed."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service.accounts.pages import own
from archive_service.accounts.pages.bounded import bounded
from archive_service.accounts.passkeys.acts import (
    ask_for_new,
    ask_own,
    finish_passkey,
    remove_passkey,
)
from archive_service.accounts.passkeys.documents import PasskeyRemoval
from archive_service.accounts.passkeys.site import site_of
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.request import current_actor, services
from archive_service.web.layout import t
from archive_service.web.session import COOKIE
from archive_service.web.toasts import tell

bp = Blueprint("passkeys", __name__, template_folder="../templates", url_prefix="/account/passkeys")
_NOT_DONE = (InputError, NotAllowedError, ConflictError)


@bp.post("/begin")
@bounded
def begin() -> Response:
    """What the browser makes a passkey from stands on this answer alone."""
    form = request.form
    name = form.get("passkey_name", "")
    try:
        asked = ask_for_new(
            services(),
            site_of(services().settings, request.host_url),
            name,
            actor=current_actor(),
            password=form.get("passkey_password", ""),
            otp=form.get("passkey_otp", ""),
        )
    except _NOT_DONE as refused:
        return _refused(refused)
    return own.page(asked={"name": name, "options": asked})


@bp.post("")
@bounded
def finish() -> Response:
    """The browser made it; with a first second factor its recovery codes stand here."""
    try:
        codes = finish_passkey(
            services(),
            request.form.get("made", ""),
            actor=current_actor(),
            session_token=request.cookies.get(COOKIE, ""),
        )
    except _NOT_DONE as refused:
        return _refused(refused)
    if codes:
        return own.page(codes=codes)
    return _to_account("pages.passkeys.added")


@bp.post("/question")
def ask() -> tuple[str, dict[str, str]]:
    """What the browser signs with one's own passkey, for the script of a form that asks for it."""
    site = site_of(services().settings, request.host_url)
    options = ask_own(services(), site, actor=current_actor())
    return options, {"Content-Type": "application/json"}


@bp.post("/<uuid:passkey_id>/remove")
@bounded
def remove(passkey_id: UUID) -> Response:
    """It is worth nothing from now on."""
    given = PasskeyRemoval(otp=request.form.get("otp", ""))
    try:
        remove_passkey(services(), passkey_id, given, actor=current_actor())
    except _NOT_DONE as refused:
        return _refused(refused)
    return _to_account("pages.passkeys.removed")


def _refused(refused: ArchiveError) -> Response:
    return own.page(refused, "passkey")


def _to_account(key: str) -> Response:
    tell(t(key))
    return make_response(redirect(url_for("own_account.show", _anchor="passkeys"), code=303))
