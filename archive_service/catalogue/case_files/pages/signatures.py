"""Chữ ký số lúc tiếp nhận và bây giờ: the frozen verdict beside the one of this moment."""

from flask import Blueprint, render_template

from archive_service.catalogue.case_files.record_words import compared_words
from archive_service.catalogue.case_files.signatures_now import signatures_of
from archive_service.request import current_actor, services
from archive_service.web.language import language

bp = Blueprint("signatures_page", __name__, template_folder="../templates")


@bp.get("/case-files/<code>/documents/<int:ordinal>/signatures")
def show(code: str, ordinal: int) -> str:
    """All signatures of one document; the stored bytes are read and judged anew."""
    signatures_then = signatures_of(
        services(), code, ordinal, now=True, actor=current_actor()
    ).as_json()
    return render_template(
        "case_files/signatures.html",
        here_key="case-files",
        told=signatures_then,
        signatures=[
            compared_words(signature, language()) for signature in signatures_then["signatures"]
        ],
    )
