"""Hồ sơ của tôi: what an officer has to do, and what became of what they sent."""

from flask import Blueprint, render_template

from archive_service.schemas import queries
from archive_service.web.language import language
from archive_service.web.session import current_actor, services

bp = Blueprint("my_case_files", __name__, url_prefix="/my-case-files")


@bp.get("")
def show() -> str:
    documents = queries.list_submissions(services(), actor=current_actor(), lang=language())
    return render_template(
        "pages/my_case_files.html",
        here_key="my-case-files",
        lead="",
        tabs=[],
        returned=[],
        due_now=[],
        recent=documents,
    )
