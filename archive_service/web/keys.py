"""Khóa ký số: all signing keys with their dates, and who has which seal in hand."""

from flask import Blueprint, render_template

from archive_service.request import current_actor, services
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.workflow.keys import list_keys

bp = Blueprint("keys", __name__, url_prefix="/system/keys")


@bp.get("")
def show() -> str:
    """Every key as it is now; one that cannot be opened is told with the reason."""
    return render_template(
        "pages/system/keys.html",
        here_key="system",
        tab="keys",
        lead=t("pages.keys.lead"),
        keys=list_keys(services(), actor=current_actor(), lang=language()),
    )
