"""Rows of batches as their documents: for commands, REST and pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from archive_service import clock, messages
from archive_service.domain.digitization.scan_batch import (
    PageState,
    RescanTicket,
    ScanBatch,
    ScanDocument,
    ScanEdit,
    ScanPage,
    Verdict,
)
from archive_service.domain.digitization.station import Station
from digitize.batches.desk.snapshot import finding_key
from digitize.batches.documents import (
    BatchFindingRow,
    BatchRow,
    DecidedRow,
    DocumentRow,
    EditRow,
    FindingRow,
    PageRow,
    TicketRow,
)
from digitize.batches.reading.verdicts import (
    Standing,
    batch_findings_undecided,
    counts,
    is_flagged,
    is_secret,
    is_undecided,
    severity_rank,
    stops_release,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many pages of a batch are where, without its pages being loaded."""

    pages: int = 0
    waiting: int = 0
    flagged: int = 0
    undecided: int = 0
    good: int = 0
    documents: int = 0
    tickets: int = 0


def batch_row(
    batch: ScanBatch,
    station: Station,
    tally: Tally,
    *,
    agency: str = "",
    left_s: float | None = None,
    acts: Sequence[str] = (),
) -> BatchRow:
    """The batch without what is in it."""
    read = tally.pages - tally.waiting
    return {
        "batch": batch.number,
        "id": str(batch.id),
        "state": batch.state.value,
        "station": station.name,
        "station_title": station.title or station.name,
        "agency": agency,
        "code": batch.case_code,
        "reference": batch.reference,
        "standard": batch.standard,
        "split": batch.split,
        "duplex": batch.duplex,
        "pages": tally.pages,
        "documents": tally.documents,
        "progress": {
            "read": read,
            "total": tally.pages,
            "share": read / tally.pages if tally.pages else 0.0,
            "left_s": left_s,
        },
        "flagged": tally.flagged,
        "undecided": tally.undecided,
        "good": tally.good,
        "tickets": tally.tickets,
        "errors": len(batch_findings_undecided(batch)),
        "compared": batch.looked_at_edit == batch.last_edit,
        "pages_expected": batch.pages_expected,
        "created_by": batch.created_by,
        "created_at": clock.iso(batch.created_at),
        "closed_at": _moment(batch.closed_at),
        "read_at": _moment(batch.read_at),
        "decided_by": batch.decided_by,
        "decided_at": _moment(batch.decided_at),
        "reason": batch.decision_reason,
        "acts": list(acts),
    }


def finding_shown(finding: dict[str, Any], *, place: str = "", lang: str = "vi") -> FindingRow:
    """A finding in words; ``place`` is the page's name where the finding names none."""
    where = finding.get("place") or place
    facts = finding.get("facts", {})
    words = messages.finding(finding["code"], lang, {**_spoken(facts, lang), "place": where})
    pages = facts.get("pages", ())
    return {
        "key": finding_key(finding),
        "check": finding.get("check", "page"),
        "code": finding["code"],
        "severity": finding["severity"],
        "place": where,
        "message": words.message,
        "remedy": words.remedy,
        "facts": facts,
        "pages": [str(page) for page in pages] if isinstance(pages, (list, tuple)) else [],
        "decided": _decided(finding, lang),
    }


def batch_finding_shown(finding: dict[str, Any], *, lang: str = "vi") -> BatchFindingRow:
    """The same of the batch or of a document."""
    return {**finding_shown(finding, lang=lang), "stops": stops_release(finding)}


def _decided(finding: dict[str, Any], lang: str) -> DecidedRow | None:
    """A person's word; what was read was taken or refused where that settled the finding."""
    word: dict[str, str] | None = finding.get("decided")
    if not word:
        return None
    if "state" not in word:
        return {"by": word["by"], "at": word["at"], "reason": word["reason"]}
    reason = messages.label("settled-by", word["state"], lang)
    return {"by": word["by"], "at": word["at"], "reason": reason}


def _spoken(facts: dict[str, Any], lang: str) -> dict[str, Any]:
    """Facts as a text says them: ``6,9`` in Vietnamese, ``6.9`` in English."""
    return {
        name: f"{value:g}".replace(".", "," if lang == "vi" else ".")
        if isinstance(value, float)
        else value
        for name, value in facts.items()
    }


def page_row(
    page: ScanPage,
    *,
    number: int | None,
    sampled: frozenset[str] = frozenset(),
    ticket: bool = False,
    replaces: UUID | None = None,
    hidden: bool = False,
) -> PageRow:
    """The page as lists tell it; ``hidden``: its picture is not for the account."""
    found = sorted(page.findings, key=severity_rank)
    return {
        "id": str(page.id),
        "number": number,
        "name": page.name,
        "document": _id(page.document_id),
        "side": page.side,
        "state": page.state.value,
        "verdict": page.verdict.value if page.verdict else None,
        "decision": page.decision,
        "decision_reason": page.decision_reason,
        "decided_by": page.decided_by,
        "decided_at": _moment(page.decided_at),
        "flagged": is_flagged(page),
        "undecided": is_undecided(page, sampled),
        "sampled": str(page.id) in sampled,
        "blank": page.blank,
        "separator": page.separator,
        "removed": page.removed_at is not None,
        "replaced_by": _id(page.replaced_by),
        "replaces": _id(replaces),
        "turn_deg": page.turn_deg,
        "dpi": page.dpi,
        "dpi_from": page.dpi_from,
        "width_px": page.width_px,
        "height_px": page.height_px,
        "size_bytes": page.size_bytes,
        "media_type": page.media_type,
        "confidence": page.confidence,
        "words": page.word_count,
        "doubtful": page.doubtful_words,
        "codes": list(dict.fromkeys(finding["code"] for finding in found)),
        "ticket": ticket,
        "thumbnail": page.thumbnail_sha256 is not None and not hidden,
        "secret": is_secret(page),
        "hidden": hidden,
    }


def document_row(
    document: ScanDocument, pages: Sequence[Standing], *, title: str = "", lang: str = "vi"
) -> DocumentRow:
    """A document of a batch; ``pages`` are its own, in order."""
    own = [page for page in pages if counts(page)]
    return {
        "id": str(document.id),
        "ordinal": document.ordinal,
        "code": document.case_code,
        "document": document.document_ordinal,
        "title": title,
        "state": document_state(own),
        "pages": len(own),
        "pages_expected": document.pages_expected,
        "first_page": str(own[0].id) if own else None,
        "without_image": document.without_image,
        "place": document.place,
        "reason": document.reason,
        "proposals": document.proposals,
        "findings": [batch_finding_shown(finding, lang=lang) for finding in document.findings],
    }


def document_state(pages: Sequence[Standing]) -> str:
    """``reading``; as measured ``rescan look accept``; ``ready`` where a person decided."""
    if any(page.state is PageState.WAITING for page in pages):
        return "reading"
    for verdict in (Verdict.RESCAN, Verdict.LOOK):
        if any(page.verdict is verdict and not page.decision for page in pages):
            return verdict.value
    return "ready" if any(page.decision for page in pages) else Verdict.ACCEPT.value


def edit_row(edit: ScanEdit, *, lang: str = "vi") -> EditRow:
    """One act on the desk."""
    return {
        "number": edit.number,
        "kind": edit.kind,
        "label": messages.label("scan-edits", edit.kind, lang),
        "by": edit.account,
        "at": clock.iso(edit.at),
        "undone_at": _moment(edit.undone_at),
        "undone_by": edit.undone_by,
        "pages": list(edit.after.get("pages", ())),
        "documents": list(edit.after.get("documents", ())),
    }


def ticket_row(
    ticket: RescanTicket, *, batch: str, page_name: str, station: str, lang: str = "vi"
) -> TicketRow:
    """A page that is to be scanned again, and why."""
    reasons = [reason for reason in ticket.reasons if "code" in reason]
    return {
        "id": str(ticket.id),
        "batch": batch,
        "page": str(ticket.page_id),
        "page_name": page_name,
        "station": station,
        "reasons": [finding_shown(reason, place=page_name, lang=lang) for reason in reasons],
        "reason": next((reason["reason"] for reason in ticket.reasons if "reason" in reason), ""),
        "opened_by": ticket.opened_by,
        "opened_at": clock.iso(ticket.opened_at),
        "closed_at": _moment(ticket.closed_at),
        "answered_by_page": _id(ticket.answered_by_page),
    }


def _moment(moment: Any) -> str | None:
    return None if moment is None else clock.iso(moment)


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
