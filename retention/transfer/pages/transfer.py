"""The page of one transfer; a refused form stands as it was filled, the fault at its field."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    GOING,
    Transfer,
    TransferItem,
    TransferItemState,
    TransferMessage,
)
from archive_service.errors import (
    ArchiveError,
    ConflictError,
    InputError,
    IntegrityViolationError,
    NotAllowedError,
    NotFoundError,
)
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import here, t
from archive_service.web.refusals import at_fields
from retention.transfer import jobs as transfer_jobs
from retention.transfer.amounts import Amount, amounts_of, count_beside
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.disks.documents import MediumDocument
from retention.transfer.disks.media import media_of
from retention.transfer.documents import TransferDocument, TransferItemDocument
from retention.transfer.items import matching_items, page_of_items
from retention.transfer.listing import get_transfer, transfer_documents
from retention.transfer.network import exchange as network_exchange
from retention.transfer.network import send as network_send
from retention.transfer.network.client import PartnerLaterError, PartnerSilentError
from retention.transfer.pages.open_acts import blocks, open_acts
from retention.transfer.pages.refused_fields import FIELDS
from retention.transfer.pages.running_jobs import MEDIA, work_of
from retention.transfer.pages.steps import line_of
from retention.transfer.papers import acts as papers_acts
from retention.transfer.papers.letters import SECTIONS
from retention.transfer.partners.rules import takers_of
from retention.transfer.receiving import decide as receiving_decide
from retention.transfer.register.typed_codes import answer_given

# How the bar of counts shows a state: from what is done, dark, to what has hardly begun; what
# does not go is white, what a hold or a change stopped is hatched.
_SHADES = {
    "removed": "a",
    "transferred": "a",
    "stored": "a",
    "receipted": "b",
    "accepted": "b",
    "sent": "c",
    "arrived": "c",
    "built": "d",
    "listed": "d",
    "awaited": "d",
    "stopped": "hatch",
    "returned": "never",
    "declined": "never",
    "recalled": "never",
    "refused": "never",
}
# A reply that contradicts what was sent changed nothing: who carried it here reads so at once.
_TOLD = (
    *(ConflictError, InputError, NotAllowedError, NotFoundError, IntegrityViolationError),
    *(PartnerSilentError, PartnerLaterError),
)
_TO_DECIDE = (TransferItemState.AWAITED, TransferItemState.ARRIVED)
_BAR = 1000  # units of its picture
_ITEM_COLUMNS = ("ordinal", "case_file", "documents", "pages", "package", "state", "receipt")


def transfer_page(transfer_id: UUID, refused: ArchiveError | None = None) -> Response:
    """The transfer as it is; where a form of it was refused, with what was typed and why."""
    actor = current_actor()
    access.require(actor, "transfer:list")
    given = lists.asked()
    with services().read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        amounts = amounts_of(session, row.id)
        state = lists.choice("state", [amount.value for amount in amounts])
        query = matching_items(row, state=state, text=given.text)
        ordered = query.order_by(TransferItem.ordinal)
        counted = {row.id: {one: amount.count for one, amount in amounts.items()}}
        (document,) = transfer_documents(session, [row], language(), most=0, counted=counted)
        if given.export:
            found = session.scalars(ordered.execution_options(yield_per=500))
            headings = [t(f"pages.transfer.column_{name}") for name in _ITEM_COLUMNS]
            rows = (_cells(TransferItemDocument.of(item, language())) for item in found)
            return lists.as_table(f"nop-luu-{row.id}", given.export, headings, rows)
        part = page_of_items(
            session, row, state=state, text=given.text, offset=given.offset, limit=lists.PAGE_ROWS
        )
        may = open_acts(session, row, amounts, actor)
        items = _items(session, part, judged=may.get("decide", False))
        total = (
            count_beside(session, query, part, limit=lists.PAGE_ROWS, offset=given.offset)
            if given.text
            else sum(amount.count for name, amount in amounts.items() if state in ("", name.value))
        )
        blocked = blocks(row, amounts, actor)
        desk = _desk(session, row, may, actor)
    form, why = refusal_of(refused)
    page = render_template(
        "transfer/transfer.html",
        here_key="transfers",
        told=document,
        line=line_of(document),
        figures=_figures(amounts),
        counts=counts_bar(amounts, state),
        items=items,
        total=total,
        tools=lists.tools(given, [_state_choice(amounts, state)]),
        paging=lists.paging(given, len(items), total),
        papers=papers_acts.papers_of(services(), transfer_id, actor=actor),
        sections=SECTIONS,
        sending=_sending(transfer_id, actor),
        unheard=_problem(network_exchange.trouble_of(services(), transfer_id, actor=actor)),
        **desk,
        may=may,
        blocked=blocked,
        going=_count(amounts, TransferItemState.TRANSFERRED),
        today=clock.today().isoformat(),
        built=_built(document, amounts),
        problem=why.problem,
        faults=defaultdict(dict, {form: why.faults}),
        changed=refused.facts["codes"] if refused and refused.code == "transfer-stale" else [],
        kept={} if refused is None else {form: request.form},
    )
    return make_response(page, why.status)


def told_on_page(act: Callable[..., Response]) -> Callable[..., Response]:
    """What refuses the act is told on the page of the transfer."""

    @wraps(act)
    def tried(transfer_id: UUID, **given: Any) -> Response:
        try:
            return act(transfer_id, **given)
        except _TOLD as refused:
            return transfer_page(transfer_id, refused)

    return tried


def _items(session: Session, part: Sequence[TransferItem], *, judged: bool) -> list[dict[str, Any]]:
    """ITEMs, each with its ``submission``; ``back`` says why it goes back where it is ``judged``.

    ``back`` is empty where it may be accepted, ``None`` where that is not known or not asked.
    """
    here = [item for item in part if item.state in _TO_DECIDE] if judged else []
    why = receiving_decide.proposal(session, here, language()) if here else {}
    return [
        dict(TransferItemDocument.of(item, language()))
        | {"submission": item.submission_id, "back": why.get(item.id), "judged": item.id in why}
        for item in part
    ]


def _problem(trouble: dict[str, Any] | None) -> dict[str, str] | None:
    """What stopped an exchange with the other archive, in words."""
    if trouble is None:
        return None
    message = messages.error(trouble["code"], language(), trouble["facts"], web=True)
    return {"message": message.message, "remedy": message.remedy}


def _sending(transfer_id: UUID, actor: Actor) -> dict[str, Any] | None:
    """SENDING with what stopped it last in words, ``problem``; nothing where it goes by disk."""
    found = network_send.sending_of(services(), transfer_id, actor=actor)
    if found is None:
        return None
    return dict(found) | {
        "problem": _problem(found.trouble),
        "words": t(
            "pages.transfer.sent_words",
            sent=number(found.packages_sent, language()),
            packages=number(found.packages, language()),
            size=size(found.bytes_sent, language()),
        ),
    }


def _desk(session: Session, row: Transfer, may: Mapping[str, bool], actor: Actor) -> dict[str, Any]:
    """Its disks and messages, and what workers may be asked for: see transfer/_work.html."""
    replies = may.get("reply") or may.get("take_reply")
    folders = transfer_jobs.folders_carried(services(), actor=actor) if replies else []
    writes, registers = may.get("write"), may.get("send_register")
    takers = takers_of(session, row) if may.get("send") or registers else []
    return {
        "media": [MediumDocument.of(medium, language()) for medium in media_of(session, row)],
        "messages": messages_of(session, row),
        "takers": takers,
        "register_takers": [*takers, ("", t("pages.transfer_register.by_file"))],
        "work": work_of(session, row),
        "sizes": [(str(bytes_a_disk), size(bytes_a_disk, language())) for bytes_a_disk in MEDIA],
        "disks": transfer_jobs.disks_attached(services(), actor=actor) if writes else [],
        "has_disks": bool(services().settings.transfer.disks),
        "folders": [(str(folder), f"{folder.parent.name}/{folder.name}") for folder in folders],
        "appointment": calendar_acts.of_transfer(services(), session, row, actor=actor),
        "may_appoint": access.may(actor, "transfer:appoint", row),
        "answer": answer_given(session, row) if may.get("answer_register") else {},
    }


def messages_of(session: Session, row: Transfer) -> list[Mapping[str, Any]]:
    """Signed documents that went to and fro, the newest first; without their text."""
    message = TransferMessage
    query = (
        select(
            message.kind,
            message.direction,
            message.sequence,
            message.sha256,
            message.at,
            message.delivered_at,
        )
        .where(message.transfer_id == row.id)
        .order_by(message.at.desc(), message.sequence.desc())
    )
    return [dict(found) for found in session.execute(query).mappings()]


def counts_bar(amounts: Mapping[TransferItemState, Amount], chosen: str) -> dict[str, Any]:
    """``{parts: [{x, width, shade}], rows: [{shade, words, count, href, current}]}`` by state."""
    whole = sum(one.count for one in amounts.values()) or 1
    parts, rows, at = [], [], 0.0
    for state, shade in _SHADES.items():
        amount = amounts.get(TransferItemState(state))
        if amount is None:
            continue
        width = amount.count * _BAR / whole
        parts.append({"x": round(at, 2), "width": round(width, 2), "shade": shade})
        at += width
        rows.append(
            {
                "shade": shade,
                "words": t(f"labels.transfer-item.{state}"),
                "count": amount.count,
                "href": here(state=state, cursor=None, q=None),
                "current": state == chosen,
            }
        )
    return {"parts": parts, "rows": rows, "width": _BAR}


def refusal_of(refused: ArchiveError | None) -> tuple[str, Any]:
    """The form that was sent, and where on it the refusal belongs."""
    form = (request.endpoint or "").rpartition(".")[2]
    return form, at_fields(refused, FIELDS.get(form, {}))


def _figures(amounts: Mapping[TransferItemState, Amount]) -> list[tuple[str, str, str]]:
    """Of what goes, or went; what does not is in the bar below."""
    off = ("refused", "declined", "stopped", "returned", "recalled")
    going = [amount for state, amount in amounts.items() if state.value not in off]
    lang, pages = language(), sum(amount.pages for amount in going)
    bytes_ = sum(amount.size_bytes for amount in going)
    rows = [
        (number(sum(amount.count for amount in going), lang), t("pages.transfers.case_files")),
        (number(sum(amount.documents for amount in going), lang), t("columns.documents")),
        (number(pages, lang) if pages else "", t("columns.pages")),  # a manifest does not tell
        (size(bytes_, lang) if bytes_ else "", t("pages.transfer.size")),
    ]
    return [(figure, "", words) for figure, words in rows if figure]


def _built(document: TransferDocument, amounts: Mapping[TransferItemState, Amount]) -> Any:
    """``(packages that are there, packages in all)`` while they are being built; else ``None``."""
    whole = sum(_count(amounts, state) for state in GOING)
    there = _count(amounts, TransferItemState.BUILT)
    if document.direction != "out" or document.state not in ("answered", "built") or not whole:
        return None
    return there, whole


def _count(amounts: Mapping[TransferItemState, Amount], state: TransferItemState) -> int:
    return amounts.get(state, Amount()).count


def _state_choice(amounts: Mapping[TransferItemState, Amount], value: str) -> dict[str, Any]:
    words = [
        (state, t(f"labels.transfer-item.{state}"))
        for state in _SHADES
        if TransferItemState(state) in amounts
    ]
    options = lists.options("pages.transfer.any_state", words)
    return {"name": "state", "label": t("columns.state"), "options": options, "value": value}


def _cells(item: TransferItemDocument) -> Row:
    receipt = item.receipt or {}
    return (
        item.ordinal,
        item.code,
        item.documents,
        item.pages,
        item.sha256 or "",
        t(f"labels.transfer-item.{item.state}") + (f": {item.reason}" if item.reason else ""),
        receipt.get("arc_file_code", ""),
    )
