"""What of a document can be shown in the viewer."""

from dataclasses import dataclass
from uuid import UUID

from archive_service.catalogue.case_files.access_copies import copied_files, is_copied
from archive_service.domain.case_files.document import DigitalObject, Document

_AS_IMAGE = ("image/jpeg", "image/png")


@dataclass(frozen=True, slots=True)
class Openable:
    """What of a document can be shown: one PDF, its page images, or an access copy of files.

    ``others`` are files beside it of which an access copy is made when somebody asks for it.
    ``sheets`` were scanned, and their words read; people may have put some right.
    """

    pdf: UUID | None
    images: tuple[UUID, ...]
    copied: bool = False  # an access copy of all is what is shown
    others: tuple[UUID, ...] = ()
    sheets: int = 0

    @property
    def nothing(self) -> bool:
        """Whether there is no page to show."""
        return self.pdf is None and not self.images and not self.copied


def openable_of(document: Document) -> Openable:
    """What a reader with the right to it is shown."""
    pdf = document.readable_pdf()
    images = [file for file in document.files if _is_shown(file)]
    copied = pdf is None and bool(copied_files(document))
    return Openable(
        pdf=None if pdf is None else pdf.id,
        images=() if pdf or copied else tuple(file.id for file in images),
        copied=copied,
        others=tuple(file.id for file in document.current_files() if is_copied(file)),
        sheets=_sheets(document),
    )


def _sheets(document: Document) -> int:
    if document.text_files()[1] is None:
        return 0
    images, pdf = document.page_images(), document.readable_pdf()
    return len(images) or (pdf.pages if pdf else 0) or 1


def _is_shown(file: DigitalObject) -> bool:
    return file.media_type in _AS_IMAGE
