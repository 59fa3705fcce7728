"""Which tables the documents say are compared, and which differ from what acts tell."""

from itertools import chain
from pathlib import Path

from archive_service.keeping.fixity.told_kinds import LISTS, TOLD

SECURITY = Path(__file__).parents[5] / "docs" / "security.md"
# With the catalogue record in the newest version of the package, in a copy.
PACKAGE = {
    "case_file",
    "digital_object",
    "document",
    "document_link",
    "document_relation",
    "finding",
    "picture_description",
    "recording_description",
    "submission",
    "submission_file",
}
# With the log of events: versions, ends, acts, rights, sessions, holds, and the chain itself.
LOG = {
    "access_token",
    "account",
    "act",
    "audit_event",
    "audit_segment",
    "delegation",
    "group_member",
    "oidc_binding",
    "package_version",
    "passkey",
    "reader_group",
    "reading_grant",
    "recovery_code",
    "web_session",
}

# With the events of their own, which opened and closed them.
EVENTS = {"incident", "review", "review_line"}


def told_by_acts() -> set[str]:
    kinds = {kind.__tablename__ for parts in TOLD.values() for _, kind in parts}
    lists = chain.from_iterable(LISTS.values())
    return kinds | {told_list.owner.class_.__tablename__ for told_list in lists}
