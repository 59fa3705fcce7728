"""A draft as its page shows it."""

from dataclasses import dataclass
from uuid import UUID

from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import DeclaredCaseFile, Submission
from archive_service.storage.uploads import Upload
from ingest.completeness.completeness import Item, State
from ingest.completeness.rules import Level, Sets
from ingest.drafts.proposals import Proposal


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """A draft as its page shows it."""

    row: Submission  # with its files
    draft: Draft
    declared: DeclaredCaseFile
    findings: list[Finding]
    judged: list[Finding]  # what the desk would find beside them
    items: list[Item]
    sets: Sets
    order: str
    unfinished: list[Upload]
    changed_by: str  # name of the person
    same_code: tuple[UUID, ...] = ()  # other drafts of this code
    planned: str = ""  # the kind of case file that the file plan names: code of a set
    proposals: tuple[Proposal, ...] = ()
    returned: Submission | None = None  # that it mends, with files and findings
    returned_by: str = ""  # name of the person
    own: tuple[OwnField, ...] = ()  # fields of the agency's own that are in use

    @property
    def lacking(self) -> list[Item]:
        """What its rules require, and is not there."""
        return lacking_of(self.items)


def lacking_of(items: list[Item]) -> list[Item]:
    """Of a list what is required and missing, but for what the checks of data say themselves."""
    return [
        item
        for item in items
        if item.state is State.MISSING
        and item.rule.level is Level.REQUIRED
        and item.rule.told_by != "fields"
    ]
