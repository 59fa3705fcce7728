"""Pages, documents and lists as the search for people's errors sees them, and what it doubts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from archive_service.domain.intake.finding import Finding, Severity
from digitize.batches.doubts.traits import PageTraits
from digitize.page_one.proposals import Proposal

CHECK = "doubts"  # findings of this name are looked for anew whenever pages changed places


@dataclass(frozen=True, slots=True)
class SeenPage:
    """One page in its order; ``traits`` is ``None`` for one without a word.

    ``batch`` is the number of another batch, empty for the one that is looked through.
    """

    id: UUID
    name: str
    document: UUID | None
    traits: PageTraits | None
    perceptual_hash: str = ""
    sha256: str = ""
    blank: bool = False
    batch: str = ""


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """One document: its place, and what its first page says of it."""

    id: UUID
    case_code: str
    ordinal: int | None  # in the list of its case file; None: not known
    proposals: Mapping[str, Proposal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """One row of a case file's document list; ``fields`` by their names in ``page_one``."""

    case_code: str
    ordinal: int
    fields: Mapping[str, str] = field(default_factory=dict)
    awaits_pages: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """A possible error of a person: on the first of ``pages``, shown beside the others."""

    code: str
    pages: tuple[SeenPage, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    document: UUID | None = None

    def finding(self) -> Finding:
        """A warning: a person looks. ``facts`` name the pages by their ids, for the pictures."""
        place = self.pages[0].name if self.pages else ""
        facts = {"pages": [str(page.id) for page in self.pages], **self.facts}
        if len(self.pages) > 1:
            facts["other"] = self.pages[1].name
        return Finding(CHECK, self.code, Severity.WARNING, place, facts)
