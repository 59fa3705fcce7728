"""Tiến trình: the steps of a transfer in their order, the same for both archives."""

import datetime as dt
from dataclasses import dataclass

from archive_service import clock
from archive_service.domain.transfer.transfer import TransferState
from archive_service.web.display import day, days_until, moment
from archive_service.web.layout import t
from archive_service.web.people import people
from retention.transfer.documents import TransferDocument


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the fields of TRANSFER that tell when, who, the paper's number, and by when.

    ``reached``: the state from which on it is behind us, though this side may not know the day.
    """

    name: str
    side: str  # whose act it is: giver or receiver
    at: str
    by: str = ""
    number: str = ""
    due: str = ""
    reached: TransferState | None = None


STEPS = (
    Step("composed", "giver", "composed_at", "composed_by", reached=TransferState.DRAFT),
    Step(
        "approved",
        "giver",
        "approved_at",
        "approved_by",
        "approval_number",
        reached=TransferState.APPROVED,
    ),
    Step(
        "registered",
        "giver",
        "registered_on",
        number="register_number",
        reached=TransferState.REGISTERED,
    ),
    Step(
        "answered",
        "receiver",
        "answered_on",
        number="answer_number",
        due="answer_due",
        reached=TransferState.ANSWERED,
    ),
    Step("built", "giver", "built_at", reached=TransferState.BUILT),
    Step("sent", "giver", "sent_at", reached=TransferState.SENT),
    Step("received", "receiver", "received_at", reached=TransferState.RECEIVED),
    Step(
        "decided",
        "receiver",
        "decided_at",
        "decided_by",
        due="decide_by",
        reached=TransferState.DECIDED,
    ),
    Step("replied", "receiver", "replied_at", reached=TransferState.REPLIED),
    Step("closed", "giver", "closed_at", "closed_by", reached=TransferState.CLOSED),
    Step("removable", "giver", "removable_on"),
    Step("removed", "giver", "removal_at", "removal_by"),
)
_ORDER = list(TransferState)
_OF_GIVER = ("composed", "approved")  # who did it is known at the giver's alone


def line_of(document: TransferDocument) -> list[dict[str, str]]:
    """``[{state, text, note, end}]`` of parts/progress.html for a TRANSFER.

    What is behind a transfer is ticked, also where this archive was not told the day; the first
    step ahead is marked, with the day by which it is due.
    """
    who = people([document], *(step.by for step in STEPS if step.by), "withdrawn_by")
    withdrawn = document.state == TransferState.WITHDRAWN
    rows: list[dict[str, str]] = []
    is_next = not withdrawn
    for step in STEPS:
        known = not (document.direction == "in" and step.name in _OF_GIVER)
        at = getattr(document, step.at) if known else None
        if step.name == "sent" and document.direction == "in" and document.received_at:
            at = document.built_at  # all that the manifest tells: not before
        if withdrawn and not at and step.name != "composed":
            continue
        done = _is_done(step, document, at)
        if not done and step.reached is not None:
            at = None  # a day of an earlier round: it is to be done again
        rows.append(
            _row(step, document, at, state="done" if done else "now" if is_next else "open")
        )
        rows[-1]["note"] = _note(
            step, document, who[getattr(document, step.by)] if step.by and known else ""
        )
        if not done and is_next:
            _mark_late(rows[-1], step, document)
            is_next = False
    if withdrawn:
        rows.append(_withdrawn(document, who[document.withdrawn_by]))
    return rows


def _is_done(step: Step, document: TransferDocument, at: dt.date | None) -> bool:
    if step.name == "removable":
        return at is not None and days_until(at) <= 0
    if step.reached is None or document.state is TransferState.WITHDRAWN:
        return at is not None
    return _ORDER.index(document.state) >= _ORDER.index(step.reached)


def _row(
    step: Step, document: TransferDocument, at: dt.date | None, *, state: str
) -> dict[str, str]:
    text = t(f"pages.transfer_line.{step.name}")
    end = ""
    if at:
        end = day(at) if step.at.endswith("_on") else moment(at)
        if step.name == "sent" and document.direction == "in":
            end = t("pages.transfer_line.not_before", day=day(at))
        elif step.name == "removable" and state != "done":
            end = t("pages.transfer_line.from", day=day(at))
    elif step.due and getattr(document, step.due) and state != "done":
        end = t("pages.transfer_line.by", day=day(getattr(document, step.due)))
    return {"state": state, "text": text, "end": end, "note": ""}


def _note(step: Step, told: TransferDocument, who: str) -> str:
    side = t(f"pages.transfer_line.{step.side}")
    number = getattr(told, step.number) if step.number else ""
    paper = t("pages.transfer_line.paper", number=number) if number else ""
    note = ", ".join(filter(None, (side, who, paper)))
    words = told.answer_reason if step.name == "answered" else ""
    if step.name == "answered" and told.wanted_on:
        from_day = t("pages.transfer_register.wanted_from", day=day(told.wanted_on))
        words = ". ".join(filter(None, (from_day, words)))
    return f"{note}. {words}" if words else note


def _mark_late(row: dict[str, str], step: Step, document: TransferDocument) -> None:
    due = getattr(document, step.due) if step.due else None
    if due and due < clock.today():
        row["state"] = "warning"
        row["note"] += ". " + t("pages.transfer_line.late", days=-days_until(due))


def _withdrawn(document: TransferDocument, who: str) -> dict[str, str]:
    side = t("pages.transfer_line.giver")
    note = ", ".join(filter(None, (side, who))) + (
        f". {document.reason}" if document.reason else ""
    )
    return {
        "state": "error",
        "text": t("pages.transfer_line.withdrawn"),
        "end": moment(document.withdrawn_at),
        "note": note,
    }
