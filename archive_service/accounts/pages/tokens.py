"""Mã truy cập: tokens of stations and systems, made, ended and rotated."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pydantic import ValidationError

from archive_service.accounts.sessions import LONGEST_DAYS, OVERLAP
from archive_service.accounts.tokens import (
    MadeTokenDocument,
    NewToken,
    end_token,
    list_tokens,
    make_token,
    rotate_token,
)
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError
from archive_service.web.toasts import tell

bp = Blueprint("tokens", __name__, template_folder="../templates", url_prefix="/system/tokens")
_OWN = "own"  # a form of one's own account says where it leads back to
_NOT_DONE = (InputError, ConflictError, NotFoundError)


@bp.get("")
def show() -> Response:
    """Every token with its scopes, its end and its last use; none is shown itself."""
    return _page()


def _page(refused: ArchiveError | None = None) -> Response:
    rows = list_tokens(services(), actor=current_actor()).tokens
    problem, status = refusal(refused)
    shown = render_template(
        "accounts/tokens.html",
        here_key="accounts",
        tab="accounts",
        title=t("pages.tokens.title"),
        lead=t("pages.tokens.lead"),
        rows=rows,
        problem=problem,
        given=request.form,
        most=LONGEST_DAYS,
    )
    return make_response(shown, status)


@bp.post("")
def add() -> Response:
    """A token for an account; it stands on this answer alone."""
    form = request.form
    try:
        given = NewToken(
            account=form.get("account", "").strip(),
            scopes=form.get("scopes", "").replace(",", " ").split(),
            name=form.get("name", ""),
            networks=form.get("networks", "").replace(",", " ").split(),
            days=int(form.get("days", "") or LONGEST_DAYS),
        )
        made = make_token(services(), given, actor=current_actor())
    except (ValidationError, ValueError):
        return _page(FormFieldError(field=t("pages.tokens.scopes"), at="scopes"))
    except _NOT_DONE as refused:
        return _page(refused)
    return _made(made)


@bp.post("/<uuid:token_id>/end")
def end(token_id: UUID) -> Response:
    """It is taken no more, from now on."""
    ended = end_token(services(), token_id, actor=current_actor())
    tell(t("pages.tokens.ended", name=ended.name or ended.account))
    return make_response(redirect(_back(), code=303))


@bp.post("/<uuid:token_id>/rotate")
def rotate(token_id: UUID) -> Response:
    """One in its place, which stands on this answer alone."""
    made = rotate_token(services(), token_id, actor=current_actor())
    return _made(made, rotated=made.state != "waiting")


def _made(made: MadeTokenDocument, *, rotated: bool = False) -> Response:
    shown = render_template(
        "accounts/token_made.html",
        here_key="account" if _is_own() else "accounts",
        made=made,
        back=_back(),
        hours=int(OVERLAP.total_seconds() // 3600) if rotated else None,
    )
    return make_response(shown)


def _is_own() -> bool:
    return request.form.get("from") == _OWN


def _back() -> str:
    return url_for("own_account.show") if _is_own() else url_for(".show")
