"""Registers that wait for the head of their agency, as the page of approvals takes them."""

from typing import Any

from flask import url_for

from archive_service import access
from archive_service.domain.account import Actor
from archive_service.domain.transfer import Transfer, TransferDirection, TransferState
from archive_service.request import services
from archive_service.transfer.listing import matching_transfers, transfer_documents
from archive_service.web.display import moment, number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.people import people


def waiting_transfers(actor: Actor) -> list[dict[str, Any]]:
    """Drafts that somebody else composed, the earliest first."""
    if not access.may(actor, "transfer:approve"):
        return []
    query = matching_transfers(
        actor=actor, state=TransferState.DRAFT.value, direction=TransferDirection.OUT.value
    ).where(Transfer.composed_by != actor.account)
    with services().read_only() as session:
        rows = session.scalars(query.order_by(Transfer.composed_at)).all()
        found = transfer_documents(session, rows, language(), most=0)
    who = people(found, "composed_by")
    return [
        {
            "id": one["id"],
            "kind": "transfer",
            "title": t("pages.transfer.name_out", number=one["number"]),
            "text": t("pages.transfers.to_out", partner=one["partner"]),
            "by": f"{who[one['composed_by']]}, {moment(one['composed_at'])}",
            "href": url_for("approvals.show", item=one["id"]),
            "transfer": one,
        }
        for one in found
    ]


def transfer_item(chosen: dict[str, Any]) -> dict[str, Any]:
    """The register is approved on its own page, where its case files are."""
    told, lang = chosen["transfer"], language()
    refused = told["counts"].get("refused", 0)
    return {
        "title": chosen["title"],
        "figures": [
            (
                number(told["counts"].get("listed", 0), lang),
                "",
                t("pages.transfers.case_files").lower(),
            ),
            *(
                [(number(refused, lang), "", t("labels.transfer-item.refused").lower())]
                if refused
                else []
            ),
        ],
        "people": [
            (t("columns.agency"), told["agency_name"]),
            (t("pages.transfers.partner"), told["partner"]),
            (t("pages.transfer_line.composed"), chosen["by"]),
            (t("pages.transfers.remark"), told["reason"]),
        ],
        "why": t("pages.transfer.why_approve"),
        "look": url_for("transfers.show", transfer_id=told["id"]),
        "look_words": t("pages.transfer.look"),
    }
