"""Đợt nộp: lists of many case files, how far each is, and what it brought."""

import tempfile
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from sqlalchemy import func, select

from archive_service import access
from archive_service.db.words import has_words
from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.forms.tables import MEDIA_TYPES
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries.delivery import find_delivery
from ingest.deliveries.documents import DeliveryDocument, RefusalDocument
from ingest.deliveries.mend_list import write_mend_list
from ingest.deliveries.receipts import read_delivery_receipt
from ingest.deliveries.views import brought_by, iter_refusals, matching_deliveries, outcomes

bp = Blueprint("deliveries", __name__, template_folder="templates", url_prefix="/deliveries")

_STATES = tuple(state.value for state in DeliveryState)
_WHICH = ("refused", "received")


@bp.get("")
def show_list() -> Response:
    """Deliveries, the newest first."""
    given = lists.asked()
    state = lists.choice("state", _STATES)
    query = matching_deliveries(
        actor=current_actor(), state=DeliveryState(state) if state else None
    )
    query = query.where(has_words(given.text, Delivery.source))
    ordered = query.order_by(Delivery.received_at.desc(), Delivery.id.desc())
    with services().read_only() as session:
        rows = session.scalars(ordered.limit(lists.PAGE_ROWS).offset(given.offset)).all()
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        outcomes_by_id = outcomes(session, rows)
    choice = {
        "name": "state",
        "label": t("columns.state"),
        "options": lists.options(
            "pages.deliveries.any_state", [(one, t(f"badges.delivery.{one}")) for one in _STATES]
        ),
        "value": state,
    }
    return make_response(
        render_template(
            "deliveries/deliveries.html",
            here_key="deliveries",
            tools=lists.tools(given, [choice], exports=False),
            total=total,
            deliveries=[
                DeliveryDocument.of(row, outcomes_by_id[row.id], language()) for row in rows
            ],
            paging=lists.paging(given, len(rows), total),
        )
    )


@bp.get("/<uuid:delivery_id>")
def show(delivery_id: UUID) -> str:
    """One delivery: its progress, which goes on by itself, and the case files that it brought."""
    actor, given = current_actor(), lists.asked()
    which = lists.choice("which", _WHICH)
    with services().read_only() as session:
        row = find_delivery(session, delivery_id, actor=actor)
        brought = brought_by(
            session,
            delivery_id,
            which=which,
            text=given.text,
            offset=given.offset,
            limit=lists.PAGE_ROWS,
        )
        outcome = outcomes(session, [row])[row.id]
    choice = {
        "name": "which",
        "label": t("columns.state"),
        "options": lists.options(
            "pages.deliveries.any_came",
            [(origin, t(f"pages.deliveries.{origin}")) for origin in _WHICH],
        ),
        "value": which,
    }
    shown = len(brought.refused) + len(brought.received)
    return render_template(
        "deliveries/delivery.html",
        here_key="deliveries",
        delivery=DeliveryDocument.of(row, outcome, language()),
        refused=[RefusalDocument.of(each, language()) for each in brought.refused],
        received=brought.received,
        tools=lists.tools(given, [choice], exports=False),
        total=brought.total,
        paging=lists.paging(given, shown, brought.total),
        may_act=access.may(actor, "submission:create"),
        may_read=access.may(actor, "submission:read", row),
    )


@bp.get("/<uuid:delivery_id>/refused.xlsx")
def refused_list(delivery_id: UUID) -> Response:
    """The refused case files as a list to mend and send again."""
    held = tempfile.TemporaryDirectory(dir=services().work_folder, prefix="list-")
    try:
        target = Path(held.name) / "ho-so-can-sua.xlsx"
        with services().read_only() as session:
            find_delivery(session, delivery_id, actor=current_actor())
            write_mend_list(target, iter_refusals(session, delivery_id), _words)
        return lists.sent(target, MEDIA_TYPES["xlsx"], held)
    except BaseException:
        held.cleanup()
        raise


@bp.post("/<uuid:delivery_id>/stop")
def stop(delivery_id: UUID) -> Response:
    """Take no further case file of it."""
    deliveries_acts.stop(services(), delivery_id, actor=current_actor())
    return _back_to(delivery_id, "pages.deliveries.done_stopped")


@bp.post("/<uuid:delivery_id>/resume")
def resume(delivery_id: UUID) -> Response:
    """Go on with it."""
    deliveries_acts.resume(services(), delivery_id, actor=current_actor())
    return _back_to(delivery_id, "pages.deliveries.done_resumed")


@bp.post("/<uuid:delivery_id>/close")
def close(delivery_id: UUID) -> Response:
    """No more of it will come."""
    deliveries_acts.close(services(), delivery_id, actor=current_actor())
    return _back_to(delivery_id, "pages.deliveries.done_closed")


@bp.get("/<uuid:delivery_id>/receipt")
def receipt(delivery_id: UUID) -> Response:
    """The one signed receipt of all its case files, PDF/A."""
    number, data = read_delivery_receipt(services(), delivery_id, actor=current_actor())
    return file_answer(data, f"{number.replace('/', '-')}.pdf")


def _back_to(delivery_id: UUID, key: str) -> Response:
    with services().read_only() as session:
        source = find_delivery(session, delivery_id, actor=current_actor()).source
    tell(t(key, source=source))
    return make_response(redirect(url_for(".show", delivery_id=delivery_id), code=303))


def _words(row: DeliveryRefusal) -> list[str]:
    refusal = RefusalDocument.of(row, language())
    return [f"{finding.message} {finding.remedy}" for finding in refusal.findings]
