"""Registers that wait for the head of their agency, as the page of approvals takes them."""

from typing import Any

from flask import url_for
from sqlalchemy import Select

from archive_service import access, clock
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.transfer.transfer import Transfer, TransferDirection, TransferState
from archive_service.request import services
from archive_service.web.display import moment, number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.people import People, people
from retention.transfer.documents import TransferDocument
from retention.transfer.listing import matching_transfers, transfer_documents


def transfers_to_decide(actor: Actor) -> tuple[Select[Transfer], Select[Transfer]]:
    """Drafts that somebody else composed, and what may be let go from here; the earliest first."""
    out = matching_transfers(actor=actor, direction=TransferDirection.OUT.value)
    drafts = out.where(
        Transfer.state == TransferState.DRAFT,
        Transfer.composed_by.not_in((actor.account, WORKER.account)),  # nobody read it yet
    ).order_by(Transfer.composed_at)
    over = out.where(
        Transfer.state == TransferState.CLOSED,
        Transfer.removable_on <= clock.today(),
        Transfer.removal_at.is_(None),
        Transfer.composed_by != actor.account,
        Transfer.closed_by != actor.account,
    ).order_by(Transfer.removable_on)
    return drafts, over


def waiting_transfers(actor: Actor) -> list[dict[str, Any]]:
    """What ``transfers_to_decide`` finds, as the page of approvals lists it."""
    if not access.may(actor, "transfer:approve"):
        return []
    drafts, over = transfers_to_decide(actor)
    with services().read_only() as session:
        rows = [*session.scalars(drafts), *session.scalars(over)]
        found = transfer_documents(session, rows, language(), most=0)
    who = people(found, "composed_by", "closed_by")
    return [_waiting(transfer, who) for transfer in found]


def _waiting(transfer: TransferDocument, who: People) -> dict[str, Any]:
    draft = transfer.state == TransferState.DRAFT
    by, at = (
        (transfer.composed_by, transfer.composed_at)
        if draft
        else (transfer.closed_by, transfer.closed_at)
    )
    partner = t("pages.transfers.to_out", partner=transfer.partner)
    return {
        "id": str(transfer.id),
        "kind": "transfer",
        "title": t("pages.transfer.name_out", number=transfer.number),
        "text": partner if draft else t("pages.transfer.removal_waits"),
        "by": f"{who[by]}, {moment(at)}",
        "href": url_for("approvals.show", item=transfer.id),
        "transfer": transfer,
    }


def transfer_item(chosen: dict[str, Any]) -> dict[str, Any]:
    """What is decided on the transfer's own page, where its case files are."""
    transfer: TransferDocument = chosen["transfer"]
    draft = transfer.state == TransferState.DRAFT
    shown = ("listed", "refused") if draft else ("transferred",)
    step = "composed" if draft else "closed"
    return {
        "title": chosen["title"],
        "figures": [
            (number(count, language()), "", t(f"labels.transfer-item.{state}").lower())
            for state in shown
            if (count := transfer.counts.get(state, 0))
        ],
        "people": [
            (t("columns.agency"), transfer.agency_name),
            (t("pages.transfers.partner"), transfer.partner),
            (t(f"pages.transfer_line.{step}"), chosen["by"]),
            (t("pages.transfers.remark"), transfer.reason),
        ],
        "why": t("pages.transfer.why_approve" if draft else "pages.transfer.why_remove"),
        "look": url_for("transfers.show", transfer_id=transfer.id),
        "look_words": t("pages.transfer.look" if draft else "pages.transfer.look_removal"),
    }
