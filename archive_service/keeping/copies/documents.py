"""The copies, as the REST API tells them."""

from pydantic import BaseModel

from archive_service.document import Document, Moment


class MediumDocument(BaseModel):
    """What was stated of the medium of a retired copy: a person's word, nothing that was read."""

    fate: str
    on: str
    by: str
    how: str
    minutes: str
    told_by: str
    told_by_name: str
    told_at: str


class CopyLagDocument(Document):
    """What a copy lacks, and since when."""

    versions: int
    acts: int
    segments: int
    bytes: int
    since: Moment | None


class KnownCopyDocument(Document):
    """A copy of the settings, or one that was enrolled once; ``url`` is null where it is gone."""

    name: str
    url: str | None
    state: str
    role: str
    identity: str | None
    lag: CopyLagDocument
    verified_at: Moment | None
    away_since: Moment | None
    free_bytes: int | None
    retired_at: Moment | None
    medium: MediumDocument | None


class CopyList(BaseModel):
    """All of them; there are few."""

    copies: list[KnownCopyDocument]
