"""Lưu trữ đối tác: other archives as a list, one of them, and a new one."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.forms.tables import Row
from archive_service.request import Body, current_actor, services, takes
from archive_service.web import lists
from archive_service.web.display import day, moment
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields
from archive_service.web.toasts import tell
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.documents import PartnerShown
from retention.transfer.partners.listing import STANDINGS
from retention.transfer.partners.pages.partner import (
    facts_given,
    files_given,
    place_key,
    token_page,
)
from retention.transfer.partners.pages.partner import partner_page as whole_page
from retention.transfer.partners.rules import SIDES

bp = Blueprint("partners", __name__, template_folder="../templates", url_prefix="/nop-luu/doi-tac")

_COLUMNS = (
    "pages.partners.code",
    "pages.partners.name",
    "pages.partners.side",
    "columns.state",
    "pages.partners.agencies",
    "pages.partners.key_head",
    "pages.partners.fingerprint",
    "pages.partners.url",
    "pages.partners.today_bytes",
    "pages.partners.quota_bytes",
    "pages.partners.open",
    "pages.partners.waiting",
    "pages.partners.last_at",
)
_FIELDS = {
    "partner-words:code": "code",
    "partner-words:name": "name",
    "partner-quota": "quota",
    "partner-sides": "sides",
    "partner-unpinned": "certificates",
    "partner-self": "code",
    "partner-exists": "code",
    "partner-url": "url",
    "partner-witness": "witness_key",
    "witness-key": "witness_key",
    "partner-token": "token",
    "agency-not-found": "agencies",
    "certificate-file": "certificates",
}


@bp.get("")
def show_list() -> Response:
    """Partners by code, narrowed; or all of them as a table to download."""
    actor = current_actor()
    access.require(actor, "partner:list")
    given = lists.asked()
    side, standing = lists.choice("side", SIDES), lists.choice("standing", STANDINGS)
    found, total = partners_acts.find(
        services(),
        actor=actor,
        text=given.text,
        side=side,
        standing=standing,
        offset=0 if given.export else given.offset,
        limit=None if given.export else lists.PAGE_ROWS,
    )
    if given.export:
        headings = [t(key) for key in _COLUMNS]
        return lists.as_table("doi-tac-nop-luu", given.export, headings, _cells(found))
    return make_response(
        render_template(
            "transfer/partners/partners.html",
            here_key=place_key(),
            tools=lists.tools(
                given, [_choice("side", side, SIDES), _choice("standing", standing, STANDINGS)]
            ),
            partners=found,
            total=total,
            may_keep=access.may(actor, "partner:keep"),
            paging=lists.paging(given, len(found), total),
        )
    )


@bp.get("/new")
def new() -> Response:
    """The form of a new one."""
    return _form()


@bp.post("")
@takes(Body.PAPER, "partner:keep")
def add() -> Response:
    """A new partner; one that gives gets a token, which stands on this answer alone."""
    form = request.form
    try:
        partner = PartnerGiven(
            facts_given(),
            agencies=form.get("agencies", "").replace(",", " ").replace(";", " ").split(),
            certificates=files_given("certificates"),
            tls_certificate=next(iter(files_given("tls")), None),
            token=form.get("token", "").encode() or None,
        )
        code = form.get("code", "")
        document, token = partners_acts.add(services(), code, partner, actor=current_actor())
    except (ConflictError, InputError, NotFoundError) as refused:
        return _form(refused)
    tell(t("pages.partners.done.added", code=document.code))
    if token is not None:
        return token_page(document, token)
    return make_response(redirect(url_for(".show", code=document.code), code=303))


@bp.get("/<code>")
def show(code: str) -> Response:
    """One partner: what it may, its keys, its agencies, its token, what is on its way."""
    return whole_page(code)


def _form(refused: ArchiveError | None = None) -> Response:
    access.require(current_actor(), "partner:keep")
    problems = at_fields(refused, _FIELDS)
    page = render_template(
        "transfer/partners/partner_new.html",
        here_key=place_key(),
        given=request.form,
        sides={side for side in SIDES if side in request.form},
        problem=problems.problem,
        faults=problems.faults,
    )
    return make_response(page, problems.status)


def _choice(name: str, value: str, values: Iterable[str]) -> dict[str, Any]:
    words = [(one, t(f"pages.partners.{name}_{one}")) for one in values]
    options = lists.options(f"pages.partners.any_{name}", words)
    label = t(f"pages.partners.choice_{name}")
    return {"name": name, "label": label, "options": options, "value": value}


def _cells(found: Iterable[PartnerShown]) -> Iterator[Row]:
    for partner_shown in found:
        yield (
            partner_shown.code,
            partner_shown.name,
            ", ".join(
                t(f"pages.partners.side_{side}") for side in SIDES if getattr(partner_shown, side)
            ),
            t(
                "pages.partners.standing_active"
                if partner_shown.active
                else "pages.partners.retired"
            ),
            ", ".join(agency.code for agency in partner_shown.agencies),
            day(partner_shown.key_until),
            ", ".join(each.sha256 for each in partner_shown.certificates),
            partner_shown.url,
            partner_shown.bytes_today,
            partner_shown.quota_bytes,
            partner_shown.open,
            partner_shown.waiting,
            moment(partner_shown.last_at),
        )
