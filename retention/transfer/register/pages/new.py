"""The form of a register: what is due of one agency, ticked; or codes that are typed."""

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.proposed import AgencyCodes
from archive_service.request import current_actor, services
from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields
from archive_service.web.toasts import tell
from retention.transfer.documents import TransferItemDocument
from retention.transfer.given import Registration
from retention.transfer.register import acts as register_acts
from retention.transfer.register import composing
from retention.transfer.register.typed_codes import codes_in

_SHOWN = 200  # rows of the table; the rest of what is due goes along with one tick
_FIELDS = {
    "case-file-not-found": "codes",
    "transfer-agencies": "codes",
    "transfer-too-long": "codes",
    "transfer-nothing-due": "codes",
    "transfer-words:partner": "partner",
    "transfer-words:reason": "reason",
}


def asked_page() -> Response:
    """What is due of the agency that is asked for, else of the first; or what the address names."""
    actor = current_actor()
    access.require(actor, "transfer:compose")
    codes = list(dict.fromkeys(request.args.getlist("code")))
    if not codes:
        return _due_page(request.args.get("agency", ""))
    try:
        looked = composing.look(services(), codes, actor=actor, lang=language())
    except (InputError, NotFoundError) as refused:
        return _page([], typed=codes, refused=refused)
    agencies = looked.agencies
    agency = agencies[0].code if len(agencies) == 1 else ""
    return _page(looked.items, agency=agency, by_agency=agencies if not agency else ())


def compose() -> Response:
    """The register of all that is ticked and typed; where nothing may stand on it, none."""
    form, actor = request.form, current_actor()
    agency = form.get("agency", "")
    ticked = list(dict.fromkeys(form.getlist("code")))
    try:
        codes = [*ticked, *_rest(agency), *codes_in(form.get("codes", ""))]
        transfer = register_acts.register(
            services(),
            Registration(codes=codes, to=form.get("partner", ""), reason=form.get("reason", "")),
            actor=actor,
            lang=language(),
        )
    except register_acts.NothingRegisteredError as refused:
        return _page(refused.items, agency=agency, status=422)
    except (ConflictError, InputError, NotFoundError) as refused:
        return _due_page(agency, refused, ticked) if agency else _again(ticked, refused)
    stopped = transfer.counts.get("refused", 0)
    words = t("pages.transfers.composed", number=transfer.number)
    if stopped:
        words = t(
            "pages.transfers.composed_but",
            number=transfer.number,
            count=number(stopped, language()),
        )
    tell(words)
    return make_response(redirect(url_for("transfers.show", transfer_id=transfer.id), code=303))


def _rest(agency: str) -> list[str]:
    """What is due beyond the rows that were shown, where it is to go along."""
    if request.form.get("rest") != "1":
        return []
    shown = set(request.form.getlist("shown"))
    due = composing.codes_due(services(), agency, actor=current_actor())
    return [code for code in due if code not in shown]


def _again(ticked: Sequence[str], refused: ArchiveError) -> Response:
    """The rows that were looked at, once more."""
    actor = current_actor()
    looked = composing.look(services(), ticked, actor=actor, lang=language())
    return _page(looked.items, refused=refused)


def _due_page(
    wanted: str, refused: ArchiveError | None = None, ticked: Sequence[str] | None = None
) -> Response:
    actor = current_actor()
    agencies = composing.agencies_due(services(), actor=actor)
    first = agencies[0]["code"] if agencies else ""
    agency = wanted if wanted in {entry["code"] for entry in agencies} else first
    rows = composing.due_of(services(), agency, limit=_SHOWN, actor=actor)
    return _page(rows, agency=agency, agencies=agencies, refused=refused, ticked=ticked)


def _page(
    rows: Sequence[TransferItemDocument],
    *,
    agency: str = "",
    agencies: Sequence[dict[str, Any]] = (),
    by_agency: Sequence[AgencyCodes] = (),
    typed: Sequence[str] = (),
    ticked: Sequence[str] | None = None,
    refused: ArchiveError | None = None,
    status: int = 200,
) -> Response:
    form = request.form
    problems = at_fields(refused, _FIELDS)
    stopped = [row for row in rows if row.state == "refused"]
    due = next((entry["count"] for entry in agencies if entry["code"] == agency), 0)
    partner = form.get("partner", "")
    if not form and agency:
        actor = current_actor()
        partner = composing.default_receiver(services(), agency, actor=actor)
    page = render_template(
        "transfer/register/new.html",
        here_key="transfers",
        agency=agency,
        agencies=agencies,
        by_agency=by_agency,
        rows=[*stopped, *(row for row in rows if row.state != "refused")],
        stopped=len(stopped),
        due=due,
        rest=max(due - len(rows), 0),
        rest_ticked=form.get("rest", "1" if not form else "") == "1",
        ticked=ticked,
        codes=form.get("codes", "\n".join(typed)),
        partner=partner,
        reason=form.get("reason", ""),
        problem=problems.problem,
        faults=problems.faults,
    )
    return make_response(page, problems.status if refused else status)
