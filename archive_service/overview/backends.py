"""Backends as rows of the page of the system, and this machine's clock among them."""

from typing import Any

from archive_service.status.documents import (
    BackendDocument,
    StatusDocument,
    UncountedStatusDocument,
)
from archive_service.status.health import clock_words, detail_words, state_of
from archive_service.storage.machine_clock import MachineClock
from archive_service.web.language import language
from archive_service.web.layout import t


def backend_rows(status: StatusDocument | UncountedStatusDocument) -> list[dict[str, Any]]:
    """``{name, detail, state, answer_ms}`` of each, the clock last."""
    return [*(_backend(row) for row in status.backends), _clock(status.clock)]


def _backend(row: BackendDocument) -> dict[str, Any]:
    state = state_of(row)
    why = "" if state in ("ok", "none") else detail_words(row.detail, language())
    return {
        "name": " ".join((t(f"pages.system.ports.{row.port}"), *row.name.split(":")[1:])),
        "detail": "" if state == "none" else "  ".join(part for part in (row.url, why) if part),
        "state": state,
        "answer_ms": row.answer_ms if state == "ok" else None,
    }


def _clock(machine: MachineClock) -> dict[str, Any]:
    """This machine's clock, as a row among the backends."""
    is_near = machine.offset_ms is not None and not machine.is_apart
    return {
        "name": t("pages.system.ports.clock"),
        "detail": clock_words(machine, language()),
        "state": "ok" if is_near else "warning",
        "answer_ms": None,
    }
