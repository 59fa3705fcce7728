"""Đổi quyền: another role, agency or unit of an account."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service.accounts.acts import get_account, roles_given
from archive_service.accounts.adding import agency_choices
from archive_service.accounts.changing.acts import PEOPLE, change_rights, show_rights
from archive_service.accounts.changing.documents import RightsChange
from archive_service.accounts.oidc.bindings import find_binding
from archive_service.accounts.pages.leaving import receivers_in_form
from archive_service.catalogue.agencies.listing import served_agencies
from archive_service.domain.people.account import LONGEST_REASON, Role
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.notices.contact import UNIT_LENGTH
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError
from archive_service.web.toasts import tell

_AT = "/system/accounts/<name>/rights"
bp = Blueprint("changing", __name__, template_folder="../templates", url_prefix=_AT)
_ROLES = tuple(role.value for role in Role if role in PEOPLE)


@bp.get("")
def show(name: str) -> Response:
    """The rights of the person, and all that is open; nothing is changed by looking."""
    return page(name)


def page(name: str, refused: ArchiveError | None = None, at: str = "change") -> Response:
    """The page of an account's rights; ``at``: the form that was refused."""
    actor = current_actor()
    rights = show_rights(services(), name, actor=actor)
    with services().read_only() as session:
        known = agency_choices(session, actor=actor, lang=language())
        names = dict(served_agencies(session))
        bound = find_binding(session, get_account(session, name))
    problem, status = refusal(refused)
    shown = render_template(
        "accounts/changing.html",
        here_key="accounts",
        tab="accounts",
        title=t("pages.changing.title", name=rights.person),
        lead=t("pages.changing.lead"),
        told=rights,
        given=request.form,
        roles=[
            (role, t(f"labels.roles.{role}")) for role in _ROLES if Role(role) in roles_given(actor)
        ],
        agencies=known,
        agency_names=names,
        longest={"reason": LONGEST_REASON, "unit": UNIT_LENGTH},
        bound=bound,
        provider=services().settings.oidc.issuer,
        problem=problem,
        refused_at=at,
    )
    return make_response(shown, status)


@bp.post("")
def carry_out(name: str) -> Response:
    """What is lost is lost now; what is gained waits for a second person."""
    form = request.form
    try:
        if form.get("role", "") not in _ROLES:
            raise FormFieldError(field=t("columns.role"), at="role")
        given = RightsChange(
            role=Role(form["role"]),
            agency=form.get("agency", ""),
            unit=form.get("unit", ""),
            unit_head="yes" if form.get("unit_head") else "no",
            reason=form.get("reason", ""),
            to=form.get("to", ""),
            each=receivers_in_form(),
        )
        done = change_rights(services(), name, given, actor=current_actor())
    except (InputError, ConflictError, NotAllowedError) as refused:
        return page(name, refused)
    tell(t("pages.changing.waiting" if done.waits else "pages.changing.done", name=done.account))
    return make_response(redirect(url_for("system.accounts"), code=303))
