"""A list that a person proposes: typed codes, or case files ticked where they fall due."""

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.holdings.list_filter import filters_of, narrowing_of
from archive_service.domain.retention.disposition import DispositionKind, ItemState
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.proposed import AgencyCodes, Look
from archive_service.request import current_actor, services
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields
from archive_service.web.toasts import tell
from retention.disposition import acts as disposition_acts
from retention.disposition import proposal
from retention.disposition.acts import LONGEST_LIST
from retention.disposition.documents import DispositionItemDocument
from retention.disposition.given import Proposal

_SHOWN = 200  # rows of the table, those refused first; the form carries all the same
_FIELDS = {
    "case-file-not-found": "codes",
    "disposition-agencies": "codes",
    "disposition-too-long": "codes",
    "disposition-words": "reason",
}


def asked_page() -> Response:
    """The form: what the address names, or all that its filter finds, looked at one by one."""
    actor, kind = current_actor(), _kind(request.args.get("kind", ""))
    access.require(actor, "disposition:propose")
    codes = list(dict.fromkeys(request.args.getlist("code")))
    try:
        if request.args.get("all") == "1":
            codes = proposal.codes_found(services(), narrowing_of(request.args), actor=actor)
        looked = _looked_at(codes, kind)
    except (InputError, NotFoundError) as refused:
        return _page([], kind, typed=codes[:LONGEST_LIST], refused=refused)
    return _page(looked.items, kind, by_agency=_by_agency(looked.agencies, kind))


def propose() -> Response:
    """Make the list of all that is ticked, or nothing: then each row says why it may not be."""
    form, actor = request.form, current_actor()
    kind, ticked = _kind(form.get("kind", "")), list(dict.fromkeys(form.getlist("code")))
    codes = [*ticked, *form.get("codes", "").replace(",", " ").replace(";", " ").split()]
    try:
        disposition = disposition_acts.propose(
            services(),
            Proposal(codes=codes, kind=kind, reason=form.get("reason", "")),
            actor=actor,
            whole=True,
            lang=language(),
        )
    except disposition_acts.NothingProposedError as refused:
        return _page(refused.items, kind, status=422)
    except (ConflictError, InputError, NotFoundError) as refused:
        return _page(_looked_at(ticked, kind).items, kind, refused=refused)
    tell(t("pages.disposition_papers.proposed", number=disposition.number))
    where = url_for("dispositions.show", disposition_id=disposition.id)
    return make_response(redirect(where, code=303))


def _by_agency(agencies: Sequence[AgencyCodes], kind: DispositionKind) -> list[dict[str, Any]]:
    """Where a list of each agency is proposed, if the case files are of several."""
    if len(agencies) < 2:
        return []
    every = filters_of(request.args) | {"all": "1"} if request.args.get("all") == "1" else None
    return [
        {
            "name": agency.name,
            "count": len(agency.codes),
            "href": url_for(
                "disposition_papers.new",
                kind=kind.value,
                **(every | {"agency": agency.code} if every else {"code": agency.codes}),
            ),
        }
        for agency in agencies
    ]


def _looked_at(codes: Sequence[str], kind: DispositionKind) -> Look[DispositionItemDocument]:
    actor, lang = current_actor(), language()
    return proposal.look(services(), codes, kind=kind, actor=actor, lang=lang)


def _page(
    items: Sequence[DispositionItemDocument],
    kind: DispositionKind,
    *,
    by_agency: Sequence[dict[str, Any]] = (),
    typed: Sequence[str] = (),
    refused: ArchiveError | None = None,
    status: int = 200,
) -> Response:
    stopped = [
        disposition_item
        for disposition_item in items
        if disposition_item.state == ItemState.REFUSED
    ]
    free = [
        disposition_item
        for disposition_item in items
        if disposition_item.state != ItemState.REFUSED
    ]
    rows = [*stopped, *free]
    problems = at_fields(refused, _FIELDS)
    page = render_template(
        "disposition/new.html",
        here_key="dispositions",
        by_agency=by_agency,
        rows=rows[:_SHOWN],
        beyond=[row.code for row in rows[_SHOWN:] if row.state != ItemState.REFUSED],
        stopped=len(stopped),
        free=len(free),
        codes=request.form.get("codes", "\n".join(typed)),
        kinds=[
            (disposition_kind.value, t(f"labels.disposition-kind.{disposition_kind.value}"))
            for disposition_kind in DispositionKind
        ],
        kind=kind.value,
        reason=request.form.get("reason", ""),
        problem=problems.problem,
        faults=problems.faults,
    )
    return make_response(page, problems.status if refused else status)


def _kind(text: str) -> DispositionKind:
    return DispositionKind.EXTEND if text == DispositionKind.EXTEND else DispositionKind.DESTROY
