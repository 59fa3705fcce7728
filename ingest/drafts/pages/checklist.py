"""The list of what a draft has and lacks, each with the place where it is mended."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from archive_service.domain.intake.field_source import CASE_FILE
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.web.language import language
from archive_service.web.layout import t
from ingest.completeness.completeness import Item, State

_STATES = {State.MET: "done", State.MISSING: "open", State.DOUBTFUL: "warning"}


def field_anchor(row: int, name: str) -> str:
    """Id of a field in the page; a colon would mean something else to selectors."""
    return f"f-{row}-{name.replace(':', '-')}"


def check_line(draft_id: UUID, documents: Sequence[DeclaredDocument], item: Item) -> dict[str, Any]:
    """One line of it, for ``checks`` of ``parts/progress.html``."""
    english = language() == "en"
    rule = item.rule
    note = "" if item.state is State.MET else item.todo(english=english)
    if item.rows and item.state is not State.MET:
        ordinals = {document.row: at for at, document in enumerate(documents, 1)}
        which = ", ".join(str(ordinals[row]) for row in item.rows[:10])
        more = "…" if len(item.rows) > 10 else ""
        note = f"{t('pages.draft.of_documents', which=which + more)} {note}"
    return {
        "state": _STATES[item.state],
        "text": rule.title_en if english else rule.title,
        "note": note,
        "level": rule.level.value,
        "href": _mended_at(draft_id, item) if item.state is not State.MET else "",
        "link": t("pages.draft.mend"),
    }


def _mended_at(draft_id: UUID, item: Item) -> str:
    if item.rule.of_case_file:
        return f"#{field_anchor(CASE_FILE, item.field)}"
    if not item.rows:
        return "#files-panel"
    row = item.rows[0]
    anchor = field_anchor(row, item.field) if item.field else "document"
    return url_for("drafts.show", draft_id=draft_id, document=row) + f"#{anchor}"
