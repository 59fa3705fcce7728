"""Khóa ký số: all signing keys with their dates, and who has which seal in hand."""

from flask import Blueprint, render_template, request

from archive_service import access
from archive_service.request import current_actor, services
from archive_service.signing.keys.listing import list_keys, seen_keys
from archive_service.web.language import language
from archive_service.web.layout import t

bp = Blueprint("keys", __name__, template_folder="templates", url_prefix="/system/keys")


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
    )
