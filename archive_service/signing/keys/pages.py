"""Khóa ký số: all signing keys with their dates, and who has which seal in hand."""

from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.request import current_actor, services
from archive_service.signing.keys.listing import list_keys, seen_keys
from archive_service.signing.seals import acts as seals_acts
from archive_service.signing.seals.documents import SealCustodyDocument
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError
from archive_service.web.toasts import tell

bp = Blueprint("keys", __name__, template_folder="templates", url_prefix="/system/keys")
_HANDS_OVER = "seal:hand-over"


@bp.get("")
def show() -> str:
    """Every key as the hourly look saw it; opened now where the address asks for that."""
    actor, at = current_actor(), None
    if "open" in request.args:
        keys = list_keys(services(), actor=actor, lang=language())
    else:
        keys, at = seen_keys(services(), actor=actor, lang=language())
    return render_template(
        "signing/keys/keys.html",
        here_key="keys",
        title="" if access.may(actor, "status:read") else t("pages.keys.title"),
        tab="keys",
        lead=t("pages.keys.lead"),
        keys=keys,
        at=at,
        hands_over=access.may(actor, _HANDS_OVER),
    )


@bp.post("/hand-over")
def hand_over() -> Response:
    """A seal into a clerk's hands, with numbered minutes."""
    access.require(current_actor(), _HANDS_OVER)
    agency, to, by = _typed("agency"), _typed("account"), _typed("by")
    return _done(
        "number",
        lambda: seals_acts.hand_over(
            services(),
            agency,
            to=_needed("account", to),
            by=_needed("by", by),
            actor=current_actor(),
        ),
    )


@bp.post("/take-back")
def take_back() -> Response:
    """A seal out of a clerk's hands, with minutes of its own."""
    access.require(current_actor(), _HANDS_OVER)
    agency, account, to = _typed("agency"), _typed("account"), _typed("to")
    return _done(
        "returned_number",
        lambda: seals_acts.take_back(
            services(), agency, account=account, to=_needed("to", to), actor=current_actor()
        ),
    )


def _typed(name: str) -> str:
    return " ".join(request.form.get(name, "").replace("\0", "").split())[:200]


def _needed(name: str, text: str) -> str:
    if not text:
        raise FormFieldError(field=t(f"pages.keys.{name}"), at=name)
    return text


def _done(number: str, act: Callable[[], SealCustodyDocument]) -> Response:
    custody = act()
    tell(t(f"pages.keys.{number}_told", holder=custody.holder, number=getattr(custody, number)))
    return make_response(redirect(url_for(".show"), code=303))
