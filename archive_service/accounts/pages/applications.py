"""Đề nghị cấp tài khoản: anybody asks; administrators make the account, or say why not."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.accounts.applications import rules
from archive_service.accounts.applications.acts import (
    ask_for_account,
    grant_application,
    list_applications,
    refuse_application,
)
from archive_service.accounts.applications.documents import (
    AccountWish,
    AccountWishReceipt,
    ApplicationGrant,
    ApplicationRefusal,
)
from archive_service.accounts.pages.bounded import place_of_request
from archive_service.accounts.person_name import LONGEST_NAME
from archive_service.catalogue.agencies.listing import served_agencies
from archive_service.catalogue.use_requests import deadlines
from archive_service.errors import (
    ArchiveError,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from archive_service.notices.mail import ADDRESS_LENGTH
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell

bp = Blueprint("account_applications", __name__, template_folder="../templates")
_NOT_DONE = (InputError, NotAllowedError, ConflictError, NotFoundError)


@bp.get(rules.OPEN_PAGE)
def show_form() -> Response:
    """The form, for who has no account."""
    return _form()


@bp.post(rules.OPEN_PAGE)
def ask() -> Response:
    """Take it in; what is told is the same whether the name is somebody's or not."""
    wish = given_in_form(AccountWish, **_empty_ones())
    try:
        receipt = ask_for_account(services(), wish, place=place_of_request(), lang=language())
    except _NOT_DONE as refused:
        return _form(refused)
    return _form(receipt=receipt)


def _empty_ones() -> dict[str, str]:
    """Fields that the form lacks: told as empty, at their place."""
    return {name: "" for name in ("person", "name", "purpose") if name not in request.form}


def _form(
    refused: ArchiveError | None = None, receipt: AccountWishReceipt | None = None
) -> Response:
    problem, status = refusal(refused)
    with services().read_only() as session:
        known = served_agencies(session)
    shown = render_template(
        "accounts/ask_for_account.html",
        given=request.form,
        problem=problem,
        receipt=receipt,
        agencies=[("", t("pages.account_applications.all_agencies")), *known],
        longest={"person": LONGEST_NAME, "name": rules.LONGEST_NAME, "email": ADDRESS_LENGTH},
        days=deadlines.working_days(deadlines.ACCOUNT),
        mails=services().mailer.is_used,
    )
    headers = {} if refused is None else refused.headers()
    return make_response(shown, status, headers)


@bp.get(rules.PAGE)
def show_list() -> Response:
    """What waits, the earliest due first; then what was answered."""
    return _list()


def _list(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    rows = list_applications(services(), actor=actor).applications
    problem, status = refusal(refused)
    shown = render_template(
        "accounts/account_applications.html",
        here_key="account-applications" if actor.agency_id else "accounts",
        tab="account-applications",
        title=t("pages.account_applications.title"),
        lead=t("pages.account_applications.lead", days=deadlines.working_days(deadlines.ACCOUNT)),
        waiting=[row for row in rows if row.state == "asked"],
        answered=[row for row in rows if row.state != "asked"],
        problem=problem,
        longest_name=rules.LONGEST_NAME,
        days=services().settings.accounts.application_days,
    )
    return make_response(shown, status)


@bp.post(f"{rules.PAGE}/<uuid:application_id>/grant")
def grant(application_id: UUID) -> Response:
    """Make the account; its first password stands on this answer alone."""
    access.require(current_actor(), rules.DECIDE)
    given = ApplicationGrant(name=request.form.get("name", ""))
    try:
        made = grant_application(services(), application_id, given, actor=current_actor())
    except (InputError, ConflictError) as refused:
        return _list(refused)
    shown = render_template(
        "overview/account_added.html",
        here_key="accounts",
        tab="account-applications",
        lead=t("pages.accounts.lead"),
        name=made.name,
        full_name=made.display_name,
        role=made.role,
        password=made.password,
        waits=not made.active,
    )
    return make_response(shown)


@bp.post(f"{rules.PAGE}/<uuid:application_id>/refuse")
def refuse(application_id: UUID) -> Response:
    """Refuse it with the reason."""
    access.require(current_actor(), rules.DECIDE)
    given = ApplicationRefusal(reason=request.form.get("reason", ""))
    try:
        done = refuse_application(services(), application_id, given, actor=current_actor())
    except (InputError, ConflictError) as refused:
        return _list(refused)
    tell(t("pages.account_applications.was_refused", number=done.number))
    return make_response(redirect(url_for(".show_list"), code=303))
