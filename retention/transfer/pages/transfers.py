"""Nộp lưu: transfers to and from other archives as a list; one transfer with its acts."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import Transfer, TransferDirection, TransferState
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import day, moment
from archive_service.web.layout import t
from archive_service.web.refusals import day_in_form
from archive_service.web.toasts import tell
from retention.transfer.amounts import count_found
from retention.transfer.documents import TransferDocument
from retention.transfer.given import Amendment, Approval, PaperAnswer, PaperSent, Withdrawal
from retention.transfer.listing import matching_transfers, transfer_documents
from retention.transfer.network import exchange as network_exchange
from retention.transfer.pages.transfer import told_on_page, transfer_page
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer
from retention.transfer.register import composing
from retention.transfer.register.pages import new as pages_new
from retention.transfer.register.typed_codes import codes_in, declined_in

bp = Blueprint("transfers", __name__, template_folder="../templates", url_prefix="/nop-luu")

_STATES = tuple(state.value for state in TransferState)
_DIRECTIONS = tuple(transfer_direction.value for transfer_direction in TransferDirection)
_COLUMNS = (
    "pages.transfers.number",
    "pages.transfers.direction",
    "columns.agency",
    "pages.transfers.partner",
    "columns.state",
    "pages.transfers.case_files",
    "pages.transfers.began",
    "pages.transfers.due",
)


@bp.get("")
def show_list() -> Response:
    """Transfers, the newest first, narrowed; or all of them as a table to download."""
    actor = current_actor()
    access.require(actor, "transfer:list")
    given = lists.asked()
    state, direction = lists.choice("state", _STATES), lists.choice("direction", _DIRECTIONS)
    late = lists.choice("late", ("1",)) == "1"
    query = matching_transfers(
        actor=actor, state=state, direction=direction, text=given.text, late=late
    )
    ordered = query.order_by(Transfer.composed_at.desc(), Transfer.id.desc())
    with services().read_only() as session:
        if given.export:
            found = transfer_documents(session, session.scalars(ordered).all(), most=0)
            headings = [t(key) for key in _COLUMNS]
            return lists.as_table("nop-luu", given.export, headings, _cells(found))
        part = ordered.limit(lists.PAGE_ROWS).offset(given.offset)
        found = transfer_documents(session, session.scalars(part).all(), most=0)
        total = count_found(session, query)
    composes = access.may(actor, "transfer:compose")
    first = composes and not request.args
    due = composing.agencies_due(services(), actor=actor) if first else []
    return make_response(
        render_template(
            "transfer/transfers.html",
            here_key="transfers",
            tools=lists.tools(given, _choices(state, direction, late=late)),
            transfers=found,
            troubled=network_exchange.in_trouble(services(), found),
            total=total,
            may_compose=composes,
            receives=access.may(actor, "transfer:receive")
            and services().settings.archive.role == "historical",
            due=due,
            announced=_announced(actor) if not request.args else 0,
            paging=lists.paging(given, len(found), total),
        )
    )


@bp.get("/new")
def new() -> Response:
    """The form of a register: what is due of an agency, or case files that the address names."""
    return pages_new.asked_page()


@bp.post("")
def compose() -> Response:
    """Make the register; what may not stand on it is told with its reason."""
    return pages_new.compose()


@bp.get("/<uuid:transfer_id>")
def show(transfer_id: UUID) -> Response:
    """One transfer: what comes next, its steps, its case files, where its disks are."""
    return transfer_page(transfer_id)


@bp.post("/<uuid:transfer_id>/approval")
@told_on_page
def approve(transfer_id: UUID) -> Response:
    """The head of the agency lets the register go as it is shown."""
    register_acts.approve(
        services(),
        transfer_id,
        Approval(
            number=request.form.get("approval_number", ""),
            list_sha256=request.form.get("list_sha256", ""),
        ),
        actor=current_actor(),
    )
    return _back(transfer_id, "approved")


@bp.post("/<uuid:transfer_id>/register")
@told_on_page
def note_sent(transfer_id: UUID) -> Response:
    """The register went to the other archive with this paper."""
    register_answer.note_sent(
        services(),
        transfer_id,
        PaperSent(
            on=day_in_form("register_on", t("pages.transfer.paper_on")),
            number=request.form.get("register_number", ""),
        ),
        actor=current_actor(),
    )
    return _back(transfer_id, "registered")


@bp.post("/<uuid:transfer_id>/answer")
@told_on_page
def note_answer(transfer_id: UUID) -> Response:
    """What the other archive says of the register, and what it does not take."""
    form = request.form
    register_answer.note_answer(
        services(),
        transfer_id,
        PaperAnswer(
            on=day_in_form("answer_on", t("pages.transfer.paper_on")),
            number=form.get("answer_number", ""),
            reason=form.get("answer_reason", ""),
            declined=declined_in(form.get("declined", "")),
        ),
        actor=current_actor(),
    )
    return _back(transfer_id, "answered")


@bp.post("/<uuid:transfer_id>/amendment")
@told_on_page
def amend(transfer_id: UUID) -> Response:
    """Case files put on the register or taken off it: it is a draft again."""
    form = request.form
    register_acts.amend(
        services(),
        transfer_id,
        Amendment(
            add=codes_in(form.get("add", "")),
            drop=[*form.getlist("drop"), *codes_in(form.get("drop_codes", ""))],
        ),
        actor=current_actor(),
    )
    return _back(transfer_id, "amended")


@bp.post("/<uuid:transfer_id>/withdrawal")
@told_on_page
def withdraw(transfer_id: UUID) -> Response:
    """Nothing of it goes."""
    register_answer.withdraw(
        services(),
        transfer_id,
        Withdrawal(reason=request.form.get("withdraw_reason", "")),
        actor=current_actor(),
    )
    return _back(transfer_id, "withdrawn")


def _announced(actor: Actor) -> int:
    """Registers of other archives that wait for our answer."""
    query = matching_transfers(
        actor=actor, state=TransferState.REGISTERED.value, direction=TransferDirection.IN.value
    )
    with services().read_only() as session:
        return count_found(session, query)


def _back(transfer_id: UUID, done: str) -> Response:
    tell(t(f"pages.transfers.done.{done}"))
    return make_response(redirect(url_for(".show", transfer_id=transfer_id), code=303))


def _choices(state: str, direction: str, *, late: bool) -> list[dict[str, Any]]:
    late_words = [("1", t("pages.transfers.late"))]
    return [
        _choice(
            "direction",
            direction,
            [(one, t(f"labels.transfer-direction.{one}")) for one in _DIRECTIONS],
        ),
        _choice("state", state, [(one, t(f"labels.transfer-state.{one}")) for one in _STATES]),
        _choice("late", "1" if late else "", late_words),
    ]


def _choice(name: str, value: str, values: Iterable[tuple[str, str]]) -> dict[str, Any]:
    label = t(f"pages.transfers.choice_{name}")
    options = lists.options(f"pages.transfers.any_{name}", values)
    return {"name": name, "label": label, "options": options, "value": value}


def _cells(found: Iterable[TransferDocument]) -> Iterator[Row]:
    for transfer in found:
        yield (
            transfer.number,
            t(f"labels.transfer-direction.{transfer.direction}"),
            transfer.agency_name,
            transfer.partner,
            t(f"labels.transfer-state.{transfer.state}"),
            transfer.going,
            moment(transfer.composed_at),
            day(transfer.due),
        )
