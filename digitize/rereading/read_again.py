"""One document read again: its page images, or the pages of a PDF that has a searchable twin."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from archive_service import messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import CLEARED, READ_AGAIN, DigitalObject, Document
from archive_service.domain.signing.copy_signing import SEALED
from archive_service.formats.child import ParserFailure
from archive_service.formats.page_text import scan_texts
from archive_service.formats.pdf.layers import PageKind
from archive_service.packaging.copy_facts import copy_facts
from archive_service.storage.work_folder import work_place
from digitize.documents.assemble import PageNotReadError
from digitize.documents.case_file import Desk, MadeFile, fetched, files_of_images
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.reading_file import dump_reading, load_reading
from digitize.ocr.words import PageReading
from digitize.page_one.secrecy import refuse_secret
from digitize.rereading.rules import ALTO_HEAD, Gain, alto_software, gain_of
from digitize.twins.files import twin_files
from digitize.twins.need import look_at_pdf, need_of, need_of_pages
from digitize.twins.readings import keep
from digitize.twins.twin import Twin, TwinOrder, make_twin

AT_ONCE = 16  # pages whose images lie at hand at the same time
LOOK_LIMIT_S = 120


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What came of it; ``readings`` are digests in staging, "" for a page that was not read."""

    text: DigitalObject  # what it was compared with
    software_before: str
    gain: Gain
    readings: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages were read."""
        return sum(bool(reading) for reading in self.readings)


def text_to_read_again(document: Document) -> tuple[DigitalObject, DigitalObject] | None:
    """Its current text and ALTO, where they were read from images; ``None`` for anything else."""
    text, alto = document.text_files()
    if document.quarantined or text is None or alto is None:
        return None
    return text, alto


def read_again(
    case_file: CaseFile, document: Document, *, desk: Desk, engine: TesseractEngine
) -> ReadAgain | None:
    """Read it with ``engine``, the new readings in staging; nothing where there is no text.

    What the same engine has read before is not read again, and gains nothing.

    Raises:
        SecrecyMarkFoundError: a page bears the mark of a state secret.
        InputError: a page of it cannot be read.
    """
    found = text_to_read_again(document)
    if found is None:
        return None
    text, alto = found
    with work_place(desk.folder, "digitize-") as folder:
        texts = [fetched(file, desk, folder) for file in (text, alto)]
        with texts[1].open("rb") as buffered_reader:
            software = alto_software(buffered_reader.read(ALTO_HEAD))
        if software == engine.software:
            return ReadAgain(text, software, Gain())
        before = scan_texts(*texts)
        original = document.pdf_read(text)
        if original is None:
            readings: Sequence[PageReading | None] = list(
                _read_images(document.page_images(), desk, engine, folder)
            )
        else:
            twin = _twin(case_file, document, original, desk, engine, folder, ())
            readings = [twin.readings.get(number + 1) for number in range(twin.pages)]
        if document.secrecy != CLEARED:
            for number, reading in enumerate(readings, start=1):
                if reading is not None:
                    refuse_secret(f"{text.name}, {number}", reading)
        after = [*readings, *[None] * (len(before) - len(readings))][: len(before)]
        return ReadAgain(text, software, gain_of(before, after), _staged(readings, desk))


def files_read_again(
    case_file: CaseFile,
    document: Document,
    readings: Sequence[str],
    *,
    told: Mapping[str, Any],
    desk: Desk,
    engine: TesseractEngine,
) -> list[MadeFile]:
    """PDF, text and ALTO with these readings, in staging, under paths of their own.

    A sealed copy is not superseded by them: readers keep it until the new one is sealed too.

    Args:
        readings: digests, as ``read_again`` gave them.
        told: the figures before and after, and who adopted them, for the package.

    Raises:
        InputError: they cannot be made.
    """
    found = text_to_read_again(document)
    original = None if found is None else document.pdf_read(found[0])
    kept = [_reading(sha256, desk) if sha256 else None for sha256 in readings]
    sources = {original.path} if original else {page.path for page in document.page_images()}
    making = {
        "kind": READ_AGAIN,
        "detail": messages.text("rereading.detail"),
        "note": messages.text("rereading.note", **told),
        "supersedes": [file.path for file in document.made_of(sources) if file.made_as != SEALED],
    }
    taken = {file.path for one in case_file.documents for file in one.files}
    with work_place(desk.folder, "digitize-") as folder:
        if original is not None:
            twin = _twin(case_file, document, original, desk, engine, folder, kept)
            return twin_files(
                twin,
                original,
                ordinal=document.ordinal,
                taken=taken,
                signatures=int(any(file.making.get("of_signed") for file in document.files)),
                staging=desk.staging,
                more=making,
            )
        given = {
            image.id: reading for image, reading in zip(document.page_images(), kept, strict=True)
        }
        files = files_of_images(
            case_file,
            document,
            desk,
            folder,
            kept=lambda image: given[image.id],
            taken=taken,
        )
        for file in files:
            file.making["kind"] = READ_AGAIN
        outcomes = [file.path for file in files]
        files[0].making.update(making, software=engine.software, outcomes=outcomes)
        return files


def _read_images(
    images: Sequence[DigitalObject], desk: Desk, engine: TesseractEngine, folder: Path
) -> Iterator[PageReading]:
    for start in range(0, len(images), AT_ONCE):
        bundle = images[start : start + AT_ONCE]
        with work_place(folder, "pages-") as place:
            requests = [
                PageRequest(fetched(image, desk, place), image.turn_deg, image.dpi)
                for image in bundle
            ]
            for image, answer in zip(bundle, engine.read(requests), strict=True):
                if isinstance(answer, ParserFailure):
                    raise PageNotReadError(name=image.name, reason=answer.reason.value)
                yield answer


def _twin(
    case_file: CaseFile,
    document: Document,
    original: DigitalObject,
    desk: Desk,
    engine: TesseractEngine,
    folder: Path,
    kept: Sequence[PageReading | None],
) -> Twin:
    """The twin made anew; pages whose reading is kept are not read."""
    source = fetched(original, desk, folder)
    look = look_at_pdf(source, limit_s=LOOK_LIMIT_S)
    place = folder / "readings"
    place.mkdir()
    for number, reading in enumerate(kept, start=1):
        if reading is not None:
            keep(place, number, reading)
    numbers = [number for number, reading in enumerate(kept, start=1) if reading is not None]
    images = look.of_kind(PageKind.IMAGE, PageKind.IMAGE_WITH_TEXT)
    need = None if numbers else need_of(look, source, engine=engine, folder=folder)
    if need is None or not need.pages:
        need = need_of_pages(look, numbers or [page.number for page in images])
    about = replace(copy_facts(case_file, document, desk.keepers), source_digest=original.sha256)
    order = TwinOrder(
        source=source,
        need=need,
        model=engine.model,
        readings=place,
        title=document.subject or original.name,
        about=about,
        made_at=desk.made_at,
        stored=original.path,
    )
    return make_twin(order, folder / "twin.pdf", progress=lambda _share: None)


def _staged(readings: Sequence[PageReading | None], desk: Desk) -> tuple[str, ...]:
    data = [b"" if reading is None else dump_reading(reading) for reading in readings]
    staged = iter(desk.staging.receive_all([content for content in data if content]))
    return tuple(next(staged).sha256 if content else "" for content in data)


def _reading(sha256: str, desk: Desk) -> PageReading:
    with desk.staging.open(sha256) as source:
        return load_reading(source.read())
