"""Trường riêng: the fields that an agency has beside those of the circular."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.agencies.acts import list_agencies
from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.catalogue.own_fields.documents import ListedOwnField, OwnFieldDocument
from archive_service.catalogue.own_fields.fields import OwnFieldNotFoundError
from archive_service.catalogue.own_fields.given import OwnFieldChange, OwnFieldIn
from archive_service.domain.agencies.own_field import OwnKind, OwnSubject
from archive_service.request import current_actor, services
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint("own_fields", __name__, template_folder="templates", url_prefix="/own-fields")

_KINDS = [own_kind.value for own_kind in OwnKind]
_SUBJECTS = [own_subject.value for own_subject in OwnSubject]


@bp.get("")
def show() -> str:
    """All fields of the agencies that the account may know of."""
    actor = current_actor()
    access.require(actor, "own-field:list")
    may_define = access.may(actor, "own-field:define")
    found = own_fields_acts.list_all(services(), actor=actor)
    wanted = request.args.get("change", "")
    chosen = next((entry for entry in found if entry.id == wanted), None) if may_define else None
    if wanted and may_define and chosen is None:
        raise OwnFieldNotFoundError(name=wanted)
    return render_template(
        "own_fields/own_fields.html",
        here_key="own-fields",
        fields=found,
        agencies=_agencies() if may_define else [],
        kinds=[(kind, t(f"labels.own-kinds.{kind}")) for kind in _KINDS],
        subjects=[(subject, t(f"labels.own-subjects.{subject}")) for subject in _SUBJECTS],
        may_define=may_define,
        chosen=chosen,
        given=_given(chosen),
    )


@bp.post("")
def define() -> Response:
    """One more field."""
    form = request.form
    kind, subject = form.get("kind", ""), form.get("subject", "")
    given = OwnFieldIn(
        agency=form.get("agency", ""),
        subject=OwnSubject(subject) if subject in _SUBJECTS else OwnSubject.CASE_FILE,
        name=form.get("name", ""),
        kind=OwnKind(kind) if kind in _KINDS else OwnKind.TEXT,
        **_given_facts(),
    )
    return _back("defined", own_fields_acts.define(services(), given, actor=current_actor()))


@bp.post("/<uuid:field_id>")
def change(field_id: UUID) -> Response:
    """Keep what the form says of a field."""
    given = OwnFieldChange(**_given_facts())
    done = own_fields_acts.change(services(), field_id, given, actor=current_actor())
    return _back("changed", done)


@bp.post("/<uuid:field_id>/retire")
def retire(field_id: UUID) -> Response:
    """Use it no more, or again."""
    back = request.form.get("back") == "1"
    act = own_fields_acts.restore if back else own_fields_acts.retire
    done = act(services(), field_id, actor=current_actor())
    return _back("restored" if back else "retired", done)


def _agencies() -> list[tuple[str, str]]:
    actor = current_actor()
    with services().read_only() as session:
        return [
            (agency.code, f"{agency.code} · {agency.name}")
            for agency in list_agencies(session)
            if agency.served and actor.agency_id in (None, agency.id)
        ]


def _given_facts() -> dict[str, Any]:
    form = request.form
    return {
        "label": form.get("label", ""),
        "choices": [line for line in form.get("choices", "").splitlines() if line.strip()],
        "required": form.get("required") == "1",
        "searchable": form.get("searchable") == "1",
    }


def _given(chosen: ListedOwnField | None) -> dict[str, Any]:
    if chosen is None:
        return {"searchable": "1"}
    return {
        "label": chosen.label,
        "choices": "\n".join(chosen.choices),
        "required": "1" if chosen.required else "",
        "searchable": "1" if chosen.searchable else "",
    }


def _back(word: str, done: OwnFieldDocument) -> Response:
    tell(t(f"pages.own_fields.{word}", label=done.label))
    return make_response(redirect(url_for(".show"), code=303))
