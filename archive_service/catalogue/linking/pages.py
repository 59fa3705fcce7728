"""Gắn văn bản vào hồ sơ khác: a document made part of another case file, and taken out again."""

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service.catalogue.linking import acts as linking_acts
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.request import current_actor, services
from archive_service.web.layout import t
from archive_service.web.refusals import RefusedForm, at_fields, given_in_form, shown_again
from archive_service.web.toasts import tell

bp = Blueprint("linking", __name__)
_FIELDS = {
    "catalogue-reason": "reason",
    "case-file-not-found": "into",
    "link-other-fonds": "into",
    "link-to-itself": "into",
    "already-linked": "into",
}


@bp.post("/case-files/<code>/documents/<int:ordinal>/link")
def link(code: str, ordinal: int) -> Response:
    """The document belongs to the case file that is named too; then that one is shown.

    What is refused stands in its form again: the address names the document that is open.
    """
    try:
        given = given_in_form(LinkIn)
        done = linking_acts.link(services(), code, ordinal, given, actor=current_actor())
    except (ConflictError, InputError, NotFoundError) as refused:
        form = RefusedForm("link-dialog", request.form, at_fields(refused, _FIELDS))
        return shown_again("case_files.show", form, code=code)
    tell(t("pages.links.done", code=done.code, ordinal=done.ordinal))
    there = url_for("case_files.show", code=done.code, document=done.ordinal)
    return make_response(redirect(there, code=303))


@bp.post("/case-files/<code>/documents/<int:ordinal>/unlink")
def end_link(code: str, ordinal: int) -> Response:
    """A linked document belongs to the case file no more."""
    given = given_in_form(UnlinkIn)
    linking_acts.end_link(services(), code, ordinal, given, actor=current_actor())
    tell(t("pages.links.undone"))
    return make_response(redirect(url_for("case_files.show", code=code), code=303))
