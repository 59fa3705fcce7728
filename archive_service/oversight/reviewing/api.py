"""Reviews by REST: listed, looked through, signed."""

from http import HTTPMethod
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from archive_service.api.offered import offer
from archive_service.api.streaming import send_bytes
from archive_service.oversight.reviewing.acts import confirm_lines, find_reviews, show_review
from archive_service.oversight.reviewing.signing import review_paper, sign_review
from archive_service.request import current_actor, services

bp = APIBlueprint("api_reviews", __name__, tag="reviews", url_prefix="/reviews")
_ONE = "/<uuid:review_id>"


offer(bp, "", find_reviews, method=HTTPMethod.GET)
offer(bp, _ONE, show_review, method=HTTPMethod.GET)


@bp.get(f"{_ONE}/paper")
@bp.doc(responses={200: "The review as PDF/A: signed, or as it stands"})
def paper(review_id: UUID) -> Response:
    """The review as PDF/A: signed, or as it stands."""
    name, data = review_paper(services(), review_id, actor=current_actor())
    return send_bytes(data, name=name, media_type="application/pdf")


offer(bp, f"{_ONE}/lines", confirm_lines)
offer(bp, f"{_ONE}/signature", sign_review)
