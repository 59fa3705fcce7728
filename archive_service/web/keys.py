"""Khóa ký số: all signing keys with their dates, and who has which seal in hand."""

from flask import Blueprint, render_template

from archive_service import access
from archive_service.request import current_actor, services
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.workflow.keys import list_keys

bp = Blueprint("keys", __name__, url_prefix="/system/keys")


@bp.get("")
def show() -> str:
    """Every key as it is now; one that cannot be opened is told with the reason."""
    actor = current_actor()
    return render_template(
        "pages/system/keys.html",
        here_key="keys",
        title="" if access.may(actor, "status:read") else t("pages.keys.title"),
        tab="keys",
        lead=t("pages.keys.lead"),
        keys=list_keys(services(), actor=actor, lang=language()),
    )
