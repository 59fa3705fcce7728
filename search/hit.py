"""A hit made of an entry as a backend keeps it: under the names that an entry has."""

from collections.abc import Sequence
from uuid import UUID

from search.port import Begun, FoundPage, Hit, Kept


def hit_of(kept: Kept, *, snippet: str, pages: int, further: Sequence[FoundPage]) -> Hit:
    """One hit; ``pages`` counts the entries found in its document."""
    return Hit(
        case_file_id=UUID(kept["case_file_id"]),
        code=kept["code"],
        document_id=UUID(kept["document_id"]) if kept["document_id"] else None,
        title=kept["document_title"],
        page=kept["page"],
        snippet=snippet,
        agency_id=UUID(kept["agency_id"]),
        fonds=kept["fonds"],
        year=kept["year"],
        type=kept["type"],
        mode=kept["mode"],
        date=kept["date"],
        source=kept["source"],
        reduced=bool(kept["reduced"]),
        pages=pages,
        further=further,
        part=kept["part"],
    )


def begun_of(kept: Kept) -> Begun:
    """One that fits what is being typed."""
    document_id = UUID(kept["document_id"]) if kept["document_id"] else None
    return Begun(kept["code"], kept["document_title"], document_id, kept["signer"] or None)
