"""Who describes which part of a case file: by role all of it, by a grant what it names."""

from collections.abc import Iterable

from archive_service import access
from archive_service.catalogue.describing.fields import subjects
from archive_service.catalogue.describing.term_effects import OF_RULE, Edits
from archive_service.catalogue.holdings.uses import scopes_of
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.errors import NotAllowedError
from archive_service.law import FieldRule

DESCRIBE = "case-file:describe"
# How long it is kept, which is counted from its end, and who reads it are no matter of a grant.
_STAYS = OF_RULE | {"endDate", "mode"}


class FieldNotManagedError(NotAllowedError):
    """A grant to manage reaches neither term, nor the end it is counted from, nor access mode."""


def describes(actor: Actor, row: CaseFile, part: CaseFile | Document) -> bool:
    """Whether the account describes the case file itself, or a document of it."""
    mode, of = row.mode, scopes_of(row)
    if isinstance(part, Document):
        mode, of = access.stricter_mode(mode, part.mode), (part.id, *of)
    return access.may_in_part(actor, DESCRIBE, row, mode, *of)


def require_some(actor: Actor) -> None:
    """``ActNotAllowedError`` of who describes nothing at all, by role or grant."""
    if not access.manages_any(actor):
        access.require(actor, DESCRIBE)


def require_parts(actor: Actor, row: CaseFile, edits: Edits) -> None:
    """The edits touch nothing but what the account describes.

    Raises:
        ActNotAllowedError
        FieldNotManagedError
    """
    if access.may(actor, DESCRIBE, row):
        return
    parts = dict(subjects(row))
    named = [parts[number] for number, given in edits.items() if given and number in parts] or [row]
    if not all(describes(actor, row, subject) for subject in named):
        raise access.not_allowed(actor, DESCRIBE)
    for name in sorted({name for given in edits.values() for name in given} & _STAYS):
        raise FieldNotManagedError(field=name, code=row.code)


def fields_for(actor: Actor, row: CaseFile, rules: Iterable[FieldRule]) -> list[FieldRule]:
    """Those of the fields that the account may write."""
    by_role = access.may(actor, DESCRIBE, row)
    return [rule for rule in rules if by_role or rule.name not in _STAYS]
