"""What backups tell: sets that were made and lie on media, runs, and papers of them."""

from typing import Any

from archive_service.document import Document, Moment
from archive_service.domain.keeping.backup_run import BackupOutcome


class BackupDocument(Document):
    """A set that was made.

    ``keys`` is the folder of those that open it, null of one that is not encrypted; ``absent`` are
    digests of staged bytes that were gone already.
    """

    name: str
    kind: str
    files: int
    size_bytes: int
    seconds: float
    objects: int
    object_files: int
    manifest_sha256: str
    keys: str | None
    absent: list[str]
    warnings: list[str]  # codes of ``warnings_about``


class BackupRunDocument(Document):
    """A run as the audit trail and its act tell it."""

    kind: str
    media: str
    name: str
    with_objects: bool
    started_at: Moment
    ended_at: Moment | None
    files: int
    size_bytes: int
    outcome: BackupOutcome
    manifest_sha256: str
    run_by: str
    facts: dict[str, Any]


class SetDocument(Document):
    """A set on its medium; of one that cannot be read only ``trouble`` is known."""

    media: str
    name: str
    kind: str | None
    made_at: str | None
    with_objects: bool | None
    size_bytes: int | None
    goes_on_from: str | None
    trouble: str | None
    may_go: bool  # neither the calendar nor a set that stays asks for it


class PaperDocument(Document):
    """A paper that was printed."""

    path: str


class LogDocument(PaperDocument):
    """Sổ theo dõi sao lưu, with how many runs it lists."""

    runs: int


class MinutesDocument(PaperDocument):
    """Biên bản sao lưu, with the name of the set."""

    run: str


class InspectedMedium(Document):
    """A medium whose newest set was read whole; ``reason`` and ``words`` say what is wrong."""

    media: str
    ok: bool
    set: str | None = None
    files: int | None = None
    size_bytes: int | None = None
    reason: str | None = None
    words: str | None = None


class InspectionDocument(PaperDocument):
    """Biên bản kiểm tra, with what was found on each medium."""

    media: list[InspectedMedium]

    def as_json(self) -> dict[str, Any]:
        """Of each medium only what is known of it."""
        return self.model_dump(mode="json", exclude_none=True)
