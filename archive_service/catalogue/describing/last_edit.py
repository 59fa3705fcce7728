"""What an edit by hand leaves on its case file, so that it can be undone while it is the last."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor


class Changed(Protocol):
    """One field of one row; ``document`` 0 is the case file."""

    @property
    def document(self) -> int: ...
    @property
    def field(self) -> str: ...
    @property
    def was(self) -> str: ...


@dataclass(frozen=True, slots=True)
class LastEdit:
    """The edit that made the edition that stands; what it changed, as it was before."""

    by: str
    at: str  # ISO 8601
    was: dict[int, dict[str, str]]  # ordinal → field → value

    @property
    def count(self) -> int:
        """How many fields it changed."""
        return sum(len(fields) for fields in self.was.values())


def keep_for_undo(row: CaseFile, changes: Iterable[Changed], *, actor: Actor) -> None:
    """Note the edit on the row, after its edition went up; the caller commits.

    An access mode is not among it: it has its own way back, with a second person.
    """
    was = [
        [change.document, change.field, change.was] for change in changes if change.field != "mode"
    ]
    row.last_described = {
        "edition": row.edition,
        "by": actor.account,
        "at": clock.iso(clock.now()),
        "was": was,
    }


def last_edit(row: CaseFile) -> LastEdit | None:
    """The edit to be undone; ``None`` where there is none, or something else was changed since."""
    note: dict[str, Any] | None = row.last_described
    if note is None or note["edition"] != row.edition or not note["was"]:
        return None
    was: dict[int, dict[str, str]] = {}
    for document, field, value in note["was"]:
        was.setdefault(document, {})[field] = value
    return LastEdit(note["by"], note["at"], was)
