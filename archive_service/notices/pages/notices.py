"""Thông báo của tôi: what a person was told, what is read, and how mail is sent."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.people.account import MailDigest
from archive_service.errors import InputError
from archive_service.notices import inbox
from archive_service.notices.contact import Contact, change_own, contact_document, own_account
from archive_service.problem import status_of
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.errors import problem_on_page
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint("notices", __name__, template_folder="../templates", url_prefix="/notices")
_STATES = ("unread",)


@bp.get("")
def show() -> Response:
    """The newest first, a page at a time."""
    return _page()


def _page(refused: InputError | None = None) -> Response:
    actor = current_actor()
    access.require(actor, "notice:list")
    given, state = lists.asked(), lists.choice("state", _STATES)
    with services().read_only() as session:
        kinds = inbox.kinds_told(session, actor=actor)
        kind = lists.choice("kind", kinds)
        rows, total = inbox.list_notices(
            session,
            actor=actor,
            unread=bool(state),
            kind=kind,
            page=given.page,
            size=lists.PAGE_ROWS,
        )
        unread = inbox.count_unread(session, actor=actor)
        contact = contact_document(own_account(session, actor=actor))
    shown = render_template(
        "notices/notices.html",
        here_key="notices",
        choices=_choices(kinds, kind, state),
        rows=[inbox.notice_document(row, language()) for row in rows],
        unread=unread,
        paging=lists.paging(given, len(rows), total),
        contact=contact.as_json() | ({"email": request.form.get("email", "")} if refused else {}),
        digests=[
            (mail_digest.value, t(f"labels.mail-digest.{mail_digest.value}"))
            for mail_digest in MailDigest
        ],
        mail_is_used=services().mailer.is_used,
        problem=problem_on_page(refused) if refused else None,
    )
    return make_response(shown, status_of(refused) if refused else 200)


def _choices(kinds: list[str], kind: str, state: str) -> list[dict[str, Any]]:
    choices = [(one, inbox.kind_words(one, language())) for one in kinds]
    return [
        {
            "name": "state",
            "label": t("columns.state"),
            "options": lists.options(
                "pages.notices.any_state", [("unread", t("pages.notices.unread"))]
            ),
            "value": state,
        },
        {
            "name": "kind",
            "label": t("pages.notices.kind"),
            "options": lists.options("pages.notices.any_kind", choices),
            "value": kind,
        },
    ]


@bp.post("/<uuid:notice_id>/open")
def open_one(notice_id: UUID) -> Response:
    """It is read now; go to what it speaks of."""
    with services().writing() as session:
        row = inbox.mark_read(session, notice_id, actor=current_actor())
        href = row.href
    return make_response(redirect(href or url_for(".show"), code=303))


@bp.post("/<uuid:notice_id>/read")
def read_one(notice_id: UUID) -> Response:
    """It is read, or with ``unread`` wanted back."""
    with services().writing() as session:
        read = "unread" not in request.form
        inbox.mark_read(session, notice_id, actor=current_actor(), read=read)
    return make_response(redirect(url_for(".show"), code=303))


@bp.post("/read")
def read_all() -> Response:
    """All of them are read."""
    actor = current_actor()
    access.require(actor, "notice:list")
    with services().writing() as session:
        count = inbox.mark_all_read(session, actor=actor)
    tell(t("pages.notices.all_read", count=count))
    return make_response(redirect(url_for(".show"), code=303))


@bp.post("/contact")
def contact() -> Response:
    """Where and how often mail goes to this person."""
    form = request.form
    wanted = form.get("digest", "")
    known = {mail_digest.value for mail_digest in MailDigest}
    try:
        with services().unit_of_work() as uow:
            change_own(
                Contact(
                    email=form.get("email", ""),
                    digest=MailDigest(wanted) if wanted in known else None,
                    urgent="urgent" in form,
                ),
                actor=current_actor(),
                uow=uow,
            )
            uow.commit()
    except InputError as refused:
        return _page(refused)
    tell(t("pages.notices.contact_kept"))
    return make_response(redirect(url_for(".show"), code=303))
