"""Events of the audit trail in words: what happened, to which version or fields, and who did it."""

from collections.abc import Sequence
from dataclasses import dataclass

from archive_service import law
from archive_service.domain.keeping.audit_event import TrailEvent
from archive_service.web.fields import label_of
from archive_service.web.layout import t

# The word of a tag's subject → the symbol of parts/timeline.html.
_KINDS = {
    "submission:accepted": "accepted",
    "submission:returned": "returned",
    "submission:stored": "receipt",
    "case-file:digitized": "digitized",
    "case-file:indexed": "indexed",
    "case-file:verified": "fixity",
    "case-file:described": "edited",
    "document:read": "read",
}
_PROOFS = {"submission:accepted", "submission:stored", "case-file:stored"}
_WORKER = "worker"


@dataclass(frozen=True, slots=True)
class EventLine:
    """A line of a timeline; ``kind`` chooses its symbol, ``ok`` and ``error`` the colour."""

    at: str
    kind: str
    text: str
    who: str
    ok: bool
    error: bool


def event_line(event: TrailEvent) -> EventLine:
    """One event of the trail as a line of a timeline."""
    return EventLine(
        at=event.at,
        kind=_KINDS.get(event.tag, event.tag.partition(":")[0]),
        text=event_text(event),
        who=who_did(event),
        ok=event.tag in _PROOFS,
        error=event.tag == "submission:rejected",
    )


def event_text(event: TrailEvent) -> str:
    """What happened, in words; a tag without words is its own."""
    key = f"labels.events.{event.tag}"
    text = t(key)
    if text == key:
        return event.tag
    if event.act:
        key = f"labels.hold-stopped.{event.act}"
        what = t(key)
        return text if what == key else t("pages.audit.of_stopped", text=text, what=what)
    if event.addition:
        what = t(f"labels.record-status.{event.addition}")
        text = t("pages.audit.of_addition", text=text, what=what)
    if event.fields:
        return t("pages.describe.of_fields", text=text, fields=_field_names(event.fields))
    if event.version:
        return t("pages.audit.of_version", text=text, version=event.version)
    if event.ordinal:
        return t("pages.audit.of_document", text=text, ordinal=event.ordinal)
    return text


def _field_names(names: Sequence[str]) -> str:
    """Labels of the fields that an edit changed, each once."""
    labels = {
        rule.name: label_of(rule)
        for kind in ("media", "picture", "document", "case-file")
        for rule in law.fields(kind)
    }
    return ", ".join(dict.fromkeys(labels.get(name, name) for name in names))


def who_did(event: TrailEvent) -> str:
    """The name of whoever did it; our own workers are the system."""
    return t("pages.case_file.system") if event.account == _WORKER else event.who
