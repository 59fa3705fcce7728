"""Fields whose texts name terms of the vocabularies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from archive_service.domain.agencies.term import TermKind
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import (
    Document,
    PictureDescription,
    RecordingDescription,
)


@dataclass(frozen=True, slots=True)
class Source:
    """A field whose texts name terms: its name in the circular, its column, whose it is."""

    field: str
    column: InstrumentedAttribute[Any]
    of_document: bool = True


SOURCES: Mapping[TermKind, tuple[Source, ...]] = {
    TermKind.KEYWORD: (
        Source("keyword", CaseFile.keyword, of_document=False),
        Source("keyword", Document.keyword),
    ),
    TermKind.PERSON: (
        Source("signer", Document.signer),
        Source("photographer", PictureDescription.photographer),
        Source("recorder", RecordingDescription.recorder),
    ),
    TermKind.PLACE: (
        Source("photoPlace", PictureDescription.photo_place),
        Source("recordPlace", RecordingDescription.record_place),
    ),
}


KIND_OF_FIELD = {source.field: kind for kind, sources in SOURCES.items() for source in sources}
