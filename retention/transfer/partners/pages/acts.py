"""Acts on a partner: its facts, keys, agencies and tokens; nothing goes to it any more."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.layout import t
from archive_service.web.refusals import RefusedForm, at_fields
from archive_service.web.toasts import tell
from retention.transfer.given import Anew
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.pages.partner import (
    facts_given,
    files_given,
    partner_page,
    token_page,
)
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.witnessing.taking import begin_anew

bp = Blueprint(
    "partner_acts", __name__, template_folder="../templates", url_prefix="/nop-luu/doi-tac/<code>"
)

_FACTS = {
    "partner-words:name": "name",
    "partner-quota": "quota",
    "partner-sides": "sides",
    "partner-url": "url",
    "partner-witness": "witness_key",
    "witness-key": "witness_key",
    "certificate-file": "tls",
}


@bp.post("/facts")
@takes(Body.PAPER, "partner:keep")
def change_facts(code: str) -> Response:
    """Name, sides, address and quota, all as the form has them."""

    def told() -> PartnerGiven:
        facts = replace(facts_given(), tls_sha256="" if "drop_tls" in request.form else None)
        return PartnerGiven(facts, tls_certificate=next(iter(files_given("tls")), None))

    return _changed(code, "changed", "facts-dialog", _FACTS, told)


@bp.post("/certificates")
@takes(Body.PAPER, "partner:keep")
def add_certificates(code: str) -> Response:
    """What it signs with is taken for its own from now on."""
    return _changed(
        code,
        "trusted",
        "key-dialog",
        {"certificate-file": "certificates"},
        lambda: PartnerGiven(PartnerFacts(), certificates=files_given("certificates")),
    )


@bp.post("/certificates/<sha256>/drop")
def drop_certificate(code: str, sha256: str) -> Response:
    """It signs with this one no more."""
    facts = PartnerFacts(drop_certificates=[sha256.lower()])
    return _changed(code, "untrusted", f"drop-{sha256}", {}, lambda: PartnerGiven(facts))


@bp.post("/agencies")
def change_agencies(code: str) -> Response:
    """It hands over for ``agency`` too, and for ``drop`` no more."""
    form = request.form
    return _changed(
        code,
        "agencies",
        "agency-dialog",
        {"agency-not-found": "agency"},
        lambda: PartnerGiven(
            PartnerFacts(), agencies=form.getlist("agency"), drop_agencies=form.getlist("drop")
        ),
    )


@bp.post("/our-token")
def keep_token(code: str) -> Response:
    """Its token for us; it is never shown."""
    token = request.form.get("token", "").encode()
    places = {"partner-token": "token"}
    return _changed(
        code,
        "token_kept",
        "our-token-dialog",
        places,
        lambda: PartnerGiven(PartnerFacts(), token=token),
    )


@bp.post("/token")
def make_token(code: str) -> Response:
    """A new token for its programs; the former ends at once."""
    actor = current_actor()
    try:
        token = partners_acts.make_token(services(), code, actor=actor)
    except ConflictError as refused:
        return partner_page(code, RefusedForm("", request.form, at_fields(refused, {})))
    return token_page(partners_acts.show(services(), code, actor=actor), token)


@bp.post("/witness-anew")
def witness_anew(code: str) -> Response:
    """What was kept of its log is forgotten, and its next checkpoint taken as the first."""
    given = Anew(reason=request.form.get("reason", "")[:1000])
    try:
        begin_anew(services(), code, given, actor=current_actor())
    except InputError as refused:
        problems = at_fields(refused, {"anew-reason": "reason"})
        return partner_page(code, RefusedForm("anew-dialog", request.form, problems))
    return _back(code, "anew")


@bp.post("/retirement")
def retire(code: str) -> Response:
    """Nothing goes to it or comes from it any more."""
    partners_acts.retire(services(), code, actor=current_actor())
    return _back(code, "retired")


def _changed(
    code: str, done: str, dialog: str, places: Mapping[str, str], told: Callable[[], PartnerGiven]
) -> Response:
    """The page again; where it is refused with the form open."""
    try:
        partners_acts.change(services(), code, told(), actor=current_actor())
    except (ConflictError, InputError, NotFoundError) as refused:
        given: Mapping[str, Any] = request.form
        return partner_page(code, RefusedForm(dialog, given, at_fields(refused, places)))
    return _back(code, done)


def _back(code: str, done: str) -> Response:
    tell(t(f"pages.partners.done.{done}"))
    return make_response(redirect(url_for("partners.show", code=code), code=303))
