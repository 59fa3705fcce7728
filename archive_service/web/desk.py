"""Bàn tiếp nhận."""

from uuid import UUID

from flask import Blueprint, render_template

bp = Blueprint("desk", __name__, url_prefix="/desk")


@bp.get("")
@bp.get("/<uuid:submission_id>")
def show(submission_id: UUID | None = None) -> str:
    return render_template("pages/desk.html", here_key="desk", submission=None)
