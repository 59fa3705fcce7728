"""Words of a document that stand neither in its data nor on its pages, each as the part it is."""

from collections.abc import Iterator

from archive_service.domain.case_files.document import Document, FileRole

_PICTURE = (
    "image_title",
    "event_name",
    "photographer",
    "photo_place",
    "photo_time",
    "archives_number",
)
_RECORDING = (
    "movie_title",
    "event_name",
    "recorder",
    "record_place",
    "record_date",
    "archives_number",
)


def beside_pages(document: Document) -> Iterator[tuple[str, str]]:
    """``(part, text)``: the sheet of a photograph or a recording, and the names of what came."""
    if document.kind == "picture":
        yield from _sheet("picture:", document.picture, _PICTURE)
    elif document.kind == "media":
        yield from _sheet("recording:", document.recording, _RECORDING)
    originals = [file for file in document.current_files() if file.role is FileRole.ORIGINAL]
    names = [file.name for file in originals if not file.page_image]
    if any(letter.isalpha() for name in names for letter in name.rpartition(".")[0]):
        yield "file-names:", "\n".join(names)


def _sheet(part: str, row: object, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    words = [getattr(row, name, None) for name in names]
    if any(words):
        yield part, "\n".join(word for word in words if word)
