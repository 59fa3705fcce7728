"""What the page of a list shows of its file (hồ sơ hủy), and which acts on it are open."""

from typing import Any
from uuid import UUID

from archive_service import access
from archive_service.domain.account import Actor
from archive_service.request import services
from archive_service.workflow import disposition_reading
from retention.disposition_list import get_disposition


def file_panel(told: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """What the page of a list shows of its file, and which acts on it this account may do."""
    row_id = UUID(told["id"])
    papers = disposition_reading.papers_of(services(), row_id, actor=actor)
    asks = bool(papers) and access.may(actor, "disposition:ask-signature")
    signers = []
    if asks:
        with services().read_only() as session:
            row = get_disposition(session, row_id, actor=actor)
            signers = disposition_reading.signers_of(session, row)
    waits = [
        one
        for one in told["items"]
        if one["paper"]
        and one["outcome"] == "destroy"
        and one["state"] in ("claimed", "done")
        and not one["paper_destroyed_on"]
    ]
    executes = access.may(actor, "disposition:execute")
    return {
        "papers": papers,
        "signers": signers,
        "may_make": executes and bool(papers),
        "certified": any(one["form"] == "certificate" and not one["due"] for one in papers),
        "may_note_paper": executes and told["state"] == "executing" and bool(waits),
        "halves": waits,
        "may_note_opinion": told["state"] == "reviewed"
        and access.may(actor, "disposition:council"),
    }
