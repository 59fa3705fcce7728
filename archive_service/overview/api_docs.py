"""The description of the API as a page: every route, what it takes, what it answers."""

from flask import Blueprint, render_template

from archive_service.api.request import PREFIX

bp = Blueprint("api_docs", __name__, template_folder="templates")


@bp.get(f"{PREFIX}/docs")
def show() -> str:
    """Swagger UI over ``openapi.json``; both come from here, nothing from elsewhere."""
    return render_template("overview/api_docs.html")
